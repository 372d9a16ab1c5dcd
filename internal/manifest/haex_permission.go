package manifest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Request is something a haex manifest asks for and Alcove cannot give: there is
// nothing to decide, and it gets nothing by it. A review names it all the same.
type Request struct {
	Category string `json:"category"` // as the manifest calls it
	Action   string `json:"action"`   // "" if it names none
	Target   string `json:"target"`   // "" if it names none
	Why      string `json:"why"`      // one of the Why constants
}

// Why a request cannot be given.
const (
	WhyNotBuilt = "not_built" // Alcove knows what it is and has nothing like it yet
	WhyTooWide  = "too_wide"  // Alcove gives such a thing to no app as a whole
	WhyForm     = "form"      // Alcove has no permission of this form
	WhyUnknown  = "unknown"   // the category, or what is written in it, means nothing to Alcove
)

// maxRequests bounds permissions and requests of a manifest, each.
const maxRequests = 100

// haexCategories are what a haex manifest can ask for: the actions of each, and
// what an entry becomes.
var haexCategories = map[string]struct {
	actions []string
	give    func(e haexEntry) []Permission // nil: nothing can be given yet
	later   []string                       // actions for which nothing can be given yet
	absent  []string                       // targets for which nothing can be given yet
}{
	"database":      {actions: []string{"read", "readWrite", "create", "delete", "alterDrop"}, give: giveTables},
	"filesystem":    {actions: []string{"read", "readWrite"}, give: giveFiles},
	"web":           {actions: append([]string{"*"}, methods...), give: giveAddresses},
	"shell":         {actions: []string{"execute"}, give: givePrograms},
	"passwords":     {actions: []string{"read", "readWrite"}, give: givePasswords},
	"mail":          {actions: []string{"fetch", "send", "poll"}, give: giveMail, later: []string{"poll"}},
	"spaces":        {actions: []string{"read", "readWrite"}, give: giveSpaces},
	"notifications": {actions: []string{"show"}, give: giveNotifications},
	"filesync":      {actions: []string{"read", "readWrite"}, give: giveStorage, absent: []string{"spaces", "rules"}},
	"identities":    {actions: []string{"read"}},
}

// haexEntry is one thing a manifest asks for, its spellings made one.
type haexEntry struct {
	category, action, target string
	constraints              *Constraints
}

// permissions reads what the extension asks for. Nothing is left out: what
// Alcove has no permission for becomes a request.
func (r *haexReader) permissions() (list []Permission, requests []Request) {
	var categories map[string]json.RawMessage
	if !r.read("permissions", &categories) {
		return haexDialogs(), nil
	}
	for _, category := range slices.Sorted(maps.Keys(categories)) {
		if string(categories[category]) == "null" {
			continue
		}
		var entries []json.RawMessage
		if json.Unmarshal(categories[category], &entries) != nil {
			r.refuse(CodeFieldType, "permissions.%.40s is not a list.", category)
			return nil, nil
		}
		for i, raw := range entries {
			place := fmt.Sprintf("permissions.%.40s[%d]", category, i)
			given, request := r.entry(category, place, raw)
			list, requests = r.merge(list, given, place), append(requests, request...)
		}
	}
	list = append(list, haexDialogs()...)
	if len(list) > maxRequests || len(requests) > maxRequests {
		r.refuse(CodeFieldTooLong, "permissions ask for more than %d things.", maxRequests)
	}
	return list, slices.Compact(requests)
}

// haexDialogs are what no haex manifest declares, since its host lets every
// extension open a file dialog: the person picks, and that is the grant.
func haexDialogs() []Permission {
	return []Permission{
		{Resource: "files", Action: "pick", Target: "file"},
		{Resource: "files", Action: "pick", Target: "folder"},
	}
}

// entry reads one entry of a category.
func (r *haexReader) entry(category, place string, raw json.RawMessage) ([]Permission, []Request) {
	name := category
	if name == "http" {
		name = "web"
	}
	known, ok := haexCategories[name]
	e, form := readEntry(name, raw)
	request := func(why string) []Request {
		return []Request{{Category: cut(visible(category), 40), Action: cut(visible(e.action), 40), Target: cut(visible(e.target), 200), Why: why}}
	}
	if !ok || !form || !slices.Contains(known.actions, e.action) {
		return nil, request(WhyUnknown)
	}
	built := known.give != nil && !slices.Contains(known.later, e.action) && !slices.Contains(known.absent, e.target)
	constraints, bounded := haexConstraints(raw)
	if !bounded || constraints != nil && !built {
		r.refuse(CodePermissionConstraint, "%s has constraints that Alcove could not hold it to.", place)
		return nil, nil
	}
	e.constraints = constraints
	if !built {
		return nil, request(WhyNotBuilt)
	}
	given := known.give(e)
	for i := range given {
		p := &given[i]
		var err error
		if p.Constraints, err = p.Constraints.Check(p.Resource, p.Action); err != nil {
			r.refuse(CodePermissionConstraint, "%s has constraints that Alcove could not hold it to.", place)
			return nil, nil
		}
		if p.validate() != nil {
			given = nil
			break
		}
	}
	switch {
	case len(given) > 0:
		return given, nil
	case e.target == "*":
		return nil, request(WhyTooWide)
	}
	return nil, request(WhyForm)
}

// readEntry makes the spellings of an entry one. It is false for one with a key
// that means nothing, or without a target.
func readEntry(category string, raw json.RawMessage) (e haexEntry, ok bool) {
	e.category = category
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return e, false
	}
	ok = true
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		value := fields[key]
		switch key {
		case "target":
			ok = json.Unmarshal(value, &e.target) == nil && ok
		case "operation", "action":
			if string(value) != "null" {
				ok = json.Unmarshal(value, &e.action) == nil && ok
			}
		case "constraints":
		case "status": // what the person will have decided is not for the author to say
		default:
			ok = false
		}
	}
	if fields["operation"] != nil && fields["action"] != nil && string(fields["operation"]) != string(fields["action"]) {
		ok = false
	}
	switch {
	case e.action == "read_write", e.action == "write" && category == "filesystem":
		e.action = "readWrite"
	case e.action == "" && category == "web":
		e.action = "*"
	}
	// Of these its host looks at no target.
	free := category == "spaces" || category == "notifications"
	return e, ok && (e.target != "" || free)
}

// merge adds permissions to a list in which none is there twice. One that asks
// for a second time widens the first: by methods, or to have no constraints.
func (r *haexReader) merge(list, more []Permission, place string) []Permission {
	for _, p := range more {
		at := slices.IndexFunc(list, func(q Permission) bool {
			return q.Resource == p.Resource && q.Action == p.Action && q.Target == p.Target
		})
		if at < 0 {
			list = append(list, p)
			continue
		}
		both, ok := wider(list[at].Constraints, p.Constraints)
		if !ok {
			r.refuse(CodeDuplicateEntry, "%s asks for something a second time, with other constraints.", place)
		}
		list[at].Constraints = both
	}
	return list
}

// wider is what either of two constraints lets through. It is false where that
// cannot be said by one.
func wider(a, b *Constraints) (*Constraints, bool) {
	switch {
	case a == nil || b == nil:
		return nil, true
	case a.Equal(b):
		return a, true
	}
	both, rest := *a, *b
	both.Methods, rest.Methods = nil, nil
	if a.Methods != nil && b.Methods != nil && both.Equal(&rest) {
		both.Methods = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(a.Methods), b.Methods...))))
		return &both, true
	}
	return nil, false
}
