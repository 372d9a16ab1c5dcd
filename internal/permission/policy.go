package permission

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// Policy is what a vault forbids to every app, whatever is declared or granted:
// resources ("shell") and single actions ("net.private"). Nil forbids nothing.
// What an app keeps for itself is no resource, and is never forbidden. As JSON
// it is a sorted list of those names.
type Policy map[string]bool

// Forbids reports whether the policy refuses what k names. Where an action
// includes another, forbidding the lesser forbids the greater: no reading is no
// readWrite, no running is no terminal. No network is no mail and no storage,
// which go over it.
func (p Policy) Forbids(k Key) bool { return p.by(k) != "" }

// by is what of the policy refuses what k names, "" if nothing does.
func (p Policy) by(k Key) string {
	if len(p) == 0 {
		return ""
	}
	names := []string{k.Resource, k.Resource + "." + k.Action}
	switch {
	case k.Action == "readWrite":
		names = append(names, k.Resource+".read")
	case k.Resource == "shell" && k.Action == "terminal":
		names = append(names, "shell.run")
	}
	if k.Resource == "mail" || k.Resource == "storage" {
		names = append(names, "net")
	}
	for _, name := range names {
		if p[name] {
			return name
		}
	}
	return ""
}

// By is what of the policy refuses a call, "" if nothing does: a resource or a
// single action, and for what was picked perhaps that files are picked at all.
func (p Policy) By(call Call) string { return p.refuses(newWanted(&call)) }

func (p Policy) refuses(w *wanted) string {
	name := p.by(w.call.Key)
	if name == "" && w.picked {
		name = p.by(Key{Resource: "files", Action: "pick"})
	}
	return name
}

// ForbiddenBy says that a vault's policy refuses something, and where that can
// be changed. Name is as By returns it.
func ForbiddenBy(name string) string {
	t := english()
	label, known := t["policy."+name]
	if !known {
		label = name // set by the command line, or by a later version
	}
	return t.say("policy.forbids", "policy", label)
}

// Valid returns an error for a name that no resource or action has.
func (p Policy) Valid() error {
	for name := range p {
		resource, action, single := strings.Cut(name, ".")
		actions := manifest.Actions(resource)
		if actions == nil || single && !actions[action] {
			return fmt.Errorf("policy: %q is no resource and no action", name)
		}
	}
	return nil
}

// Names are the resources and actions it forbids, in order.
func (p Policy) Names() []string {
	names := []string{}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if p[name] {
			names = append(names, name)
		}
	}
	return names
}

// MarshalJSON writes Names.
func (p Policy) MarshalJSON() ([]byte, error) { return json.Marshal(p.Names()) }

// UnmarshalJSON reads what MarshalJSON wrote. Names that this version does not
// know stay, so that a newer version's policy is not lost.
func (p *Policy) UnmarshalJSON(data []byte) error {
	var names []string
	if err := json.Unmarshal(data, &names); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	*p = make(Policy, len(names))
	for _, name := range names {
		(*p)[name] = true
	}
	return nil
}
