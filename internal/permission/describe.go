package permission

import (
	"slices"
	"strconv"
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// Describe puts everything a manifest asks for into lines, group by group, in
// the manifest's order. What every app has (its own tables and values) comes
// first and is fixed.
//
// Current holds the decisions that are stored; a permission without one gets
// its start decision, which is never allow. Previous is the manifest of the
// installed version in an update, otherwise nil: with it, each line says how
// it changed, and only a permission that is unchanged to the letter keeps its
// decision. What it asks for and Alcove cannot give follows, and lines that the
// update gives up come last in their group.
func Describe(m *manifest.Manifest, title string, current map[Key]Decision, previous *manifest.Manifest) []Line {
	t := english()
	before := map[Key]*manifest.Constraints{}
	if previous != nil {
		for _, p := range previous.Permissions {
			before[KeyOf(p)] = p.Constraints
		}
	}
	lines := t.own(m, previous != nil)
	seen := map[Key]bool{}
	for _, p := range m.Permissions {
		key := KeyOf(p)
		if seen[key] {
			continue
		}
		seen[key] = true
		line := t.describe(p, title)
		line.Decision = start(line)
		held, decided := current[key]
		terms, had := before[key]
		switch {
		case previous == nil:
			if decided {
				line.Decision = held
			}
		case had:
			line.Change, line.Held = Same, start(line)
			if decided {
				line.Held = held
			}
			wider := Wider(p.Constraints, terms)
			if wider {
				line.Change = Changed
				line.Detail = strings.TrimSpace(line.Detail + " " + t.say("changed", "terms", strings.Join(t.termsOf(terms), " ")))
			}
			if !wider || line.Held == Deny {
				line.Decision = line.Held
			}
		default:
			line.Change = Added
		}
		lines = append(lines, line)
	}
	lines = append(lines, t.requests(m, previous)...)
	if previous != nil {
		lines = append(lines, t.removed(previous, title, seen, current)...)
	}
	order := map[string]int{Stays: 0, Outside: 1, Sensitive: 2}
	slices.SortStableFunc(lines, func(a, b Line) int { return order[a.Group] - order[b.Group] })
	return lines
}

// removed are the lines of what the previous version asked for and this one
// does not.
func (t texts) removed(previous *manifest.Manifest, title string, kept map[Key]bool, current map[Key]Decision) []Line {
	var lines []Line
	for _, p := range previous.Permissions {
		key := KeyOf(p)
		if kept[key] {
			continue
		}
		line := t.describe(p, title)
		line.Held = start(line)
		if held, ok := current[key]; ok {
			line.Held = held
		}
		line.Change, line.Fixed, line.Decision = Removed, true, Deny
		line.Detail = t.say("removed")
		lines = append(lines, line)
	}
	return lines
}

// maxNamed is how many tables are named before they are only counted.
const maxNamed = 6

// own are the two lines of what every app has.
func (t texts) own(m *manifest.Manifest, update bool) []Line {
	detail := t.say("own.detail.none")
	if len(m.Tables) > 0 {
		// The author's words: quoted, so that they do not pass for Alcove's, and
		// bounded, so that what Alcove says after them is seen.
		var names []string
		for i, table := range m.Tables {
			if i == maxNamed {
				names = append(names, t.say("own.more", "count", strconv.Itoa(len(m.Tables)-i)))
				break
			}
			name := strings.TrimRight(strings.TrimSpace(table.Description), ".")
			if name == "" {
				name = table.Name
			}
			names = append(names, quote(name))
		}
		detail = t.say("own.detail", "tables", strings.Join(names, t["list.comma"]))
	}
	tables := Line{
		Resource: "db", Action: "own", Sentence: t.say("own.sentence"), Detail: detail,
		Icon: "database", Group: Stays, Fixed: true, Decision: Allow,
	}
	values := Line{
		Resource: "kv", Action: "own", Sentence: t.say("kv.sentence"), Detail: t.say("kv.detail"),
		Icon: "key-round", Group: Stays, Fixed: true, Decision: Allow,
	}
	if update {
		tables.Change, tables.Held = Same, Allow
		values.Change, values.Held = Same, Allow
	}
	return []Line{tables, values}
}
