// Package permission says what an extension may do: to a person in plain
// sentences, and to the bridge as a verdict about one call.
//
// A permission is a resource, an action and a target, declared in the manifest
// with the app's own reason. A grant is the person's decision about one of
// them, a row of alcove_grant. Both gates must agree: what no manifest line
// covers is refused whatever was granted, and what nobody decided is asked.
//
// The package knows the grammar's meaning, not its syntax: package manifest
// has judged resources, actions and targets before they arrive here, and a
// target that it would have refused covers nothing.
package permission

import "github.com/alcove-vault/alcove/internal/manifest"

// Decision is what the person chose for one permission.
type Decision string

// The decisions besides Ask.
const (
	Allow Decision = "allow"
	Deny  Decision = "deny"
)

// Ask is the decision to be asked at each need, and the verdict that the
// person has to be asked now.
const Ask = "ask"

// Valid reports whether d is one of the three decisions.
func (d Decision) Valid() bool { return d == Allow || d == Ask || d == Deny }

// Key names a permission, or a call that wants one.
type Key struct {
	Resource string `json:"resource"`
	Action   string `json:"action"`
	Target   string `json:"target"`
}

// KeyOf returns the key of a declared permission.
func KeyOf(p manifest.Permission) Key {
	return Key{Resource: p.Resource, Action: p.Action, Target: p.Target}
}

// The groups of a review, in the order they are shown.
const (
	Stays     = "stays"
	Outside   = "outside"
	Sensitive = "sensitive"
)

// How a line differs from the version that is installed. A line that is not
// part of an update has none of them.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed" // asked for before, with narrower constraints
	Same    = "same"
)

// Line is one permission as a person reads it.
type Line struct {
	Resource string `json:"resource"`
	Action   string `json:"action"`
	Target   string `json:"target"`
	// Sentence is Alcove's own plain sentence, Detail what else Alcove knows.
	Sentence string `json:"sentence"`
	Detail   string `json:"detail"`
	// Reason is the app's own words, which nobody can check. It may be empty.
	Reason string `json:"reason"`
	// Icon is the name of a Lucide icon.
	Icon  string `json:"icon"`
	Group string `json:"group"`
	// Fixed lines have no choice: own data always, removed lines never.
	Fixed bool `json:"fixed"`
	// Unavailable lines are of what Alcove cannot give: fixed, and denied.
	Unavailable bool     `json:"unavailable,omitempty"`
	Optional    bool     `json:"optional"`
	Decision    Decision `json:"decision"`
	// Held is the decision until now, in an update; empty when there was none.
	Held   Decision `json:"held"`
	Change string   `json:"change"`
}

// Key returns what the line is about.
func (l Line) Key() Key { return Key{Resource: l.Resource, Action: l.Action, Target: l.Target} }

// Choosable reports whether a person decides about the line.
func (l Line) Choosable() bool { return !l.Fixed && l.Change != Removed }

// Segment is a piece of a sentence. Strong ones name exact things: a host, a
// folder, a table.
type Segment struct {
	Text   string `json:"text"`
	Strong bool   `json:"strong"`
}
