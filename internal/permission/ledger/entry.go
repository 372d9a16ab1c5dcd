package ledger

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/spelling"
)

// Entry is one call that got as far as having a method, or one prompt.
type Entry struct {
	At        int64 // Unix milliseconds when it began; 0: now
	Extension int64 // row of alcove_extension
	Method    string
	// Key is what it wanted, with an exact target. What an app keeps for itself
	// has the action permission.Own.
	permission.Key
	Verdict permission.Verdict // "" counts as allowed
	Code    string             // of the fault; "" if there was none
	Took    time.Duration
	In, Out int64 // bytes that the app got, and that it gave
	Asked   bool  // it is not a call but a prompt that is shown to the person
	// Part says that it is not a call of its own: only its bytes are added to
	// its target's.
	Part bool
}

// Blocked is the verdict of what no call was made for: the policy of the app's
// page kept it from an address, as the web engine reports.
const Blocked permission.Verdict = "blocked"

// Class says which of an app's lines crowd each other out.
type Class int

// The classes. They are part of the vault's format.
const (
	ClassOwn     Class = 0 // its own data, allowed
	ClassBeyond  Class = 1 // anything else that was allowed
	ClassRefused Class = 2
	ClassAsked   Class = 3
)

func (e *Entry) allowed() bool { return e.Verdict == "" || e.Verdict == permission.Allowed }

func (e *Entry) class() Class {
	switch {
	case e.Asked:
		return ClassAsked
	case !e.allowed():
		return ClassRefused
	case e.Action == permission.Own:
		return ClassOwn
	}
	return ClassBeyond
}

// Bounds of the texts of an entry, in bytes.
const (
	maxTarget = 512
	maxWord   = 64
)

// bound keeps an entry from holding more than its kind needs.
func (e *Entry) bound() {
	e.At, e.Took = max(e.At, 0), max(e.Took, 0)
	e.In, e.Out = max(e.In, 0), max(e.Out, 0)
	e.Target = cut(Target(e.Key), maxTarget)
	e.Method, e.Resource, e.Action = cut(e.Method, maxWord), cut(e.Resource, maxWord), cut(e.Action, maxWord)
	e.Verdict, e.Code = permission.Verdict(cut(string(e.Verdict), maxWord)), cut(e.Code, maxWord)
}

// Target is what the ledger keeps of a target. An address is cut to its origin,
// because its path and its query can hold what an app sends.
func Target(k permission.Key) string {
	if k.Resource != "net" {
		return k.Target
	}
	// Of what is no address nothing is kept: the app can have written anything there.
	return strings.ToLower(spelling.Origin(k.Target))
}

// cut shortens s to at most n bytes of valid text, and shows that it did.
func cut(s string, n int) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "")
	}
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n-len(Others)], "") + Others
}
