package permission_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

func strong(list []permission.Segment) []string {
	var out []string
	for _, s := range list {
		if s.Strong {
			out = append(out, s.Text)
		}
	}
	return out
}

func TestTheThreatSentenceOnlyGrowsWithWhatIsGiven(t *testing.T) {
	pool := asked()
	rank := []permission.Decision{permission.Deny, permission.Ask, permission.Allow}
	rapid.Check(t, func(rt *rapid.T) {
		chosen := rapid.SliceOfNDistinct(rapid.IntRange(0, len(pool)-1), 1, 8, rapid.ID[int]).Draw(rt, "permissions")
		current := map[permission.Key]permission.Decision{}
		m := &manifest.Manifest{}
		var previous *manifest.Manifest
		if rapid.Bool().Draw(rt, "update") {
			previous = &manifest.Manifest{}
		}
		decisions := map[permission.Key]permission.Decision{}
		for _, i := range chosen {
			p := pool[i]
			m.Permissions = append(m.Permissions, p)
			decisions[permission.KeyOf(p)] = rapid.SampledFrom(rank).Draw(rt, "decision")
			if previous != nil && rapid.Bool().Draw(rt, "had it") {
				previous.Permissions = append(previous.Permissions, p)
				current[permission.KeyOf(p)] = rapid.SampledFrom(rank).Draw(rt, "held")
			}
		}
		sentence := func() []permission.Segment {
			lines := permission.Describe(m, "Probe", current, previous)
			for i := range lines {
				if d, ok := decisions[lines[i].Key()]; ok && lines[i].Choosable() {
					lines[i].Decision = d
				}
			}
			return permission.Threat("Probe", lines)
		}
		before := sentence()
		if rapid.Bool().Draw(rt, "add") {
			extra := pool[rapid.IntRange(0, len(pool)-1).Draw(rt, "extra")]
			if _, had := decisions[permission.KeyOf(extra)]; had {
				return
			}
			m.Permissions = append(m.Permissions, extra)
			decisions[permission.KeyOf(extra)] = rapid.SampledFrom(rank).Draw(rt, "decision")
		} else {
			k := permission.KeyOf(m.Permissions[0])
			at := slices.Index(rank, decisions[k])
			decisions[k] = rank[min(at+1, 2)]
		}
		after := sentence()
		for _, text := range strong(before) {
			if !slices.Contains(strong(after), text) {
				rt.Fatalf("%q is gone\nbefore %s\nafter  %s", text, show(before), show(after))
			}
		}
		whole := show(after)
		for _, p := range m.Permissions {
			d := decisions[permission.KeyOf(p)]
			if p.Resource != "net" || d == permission.Deny {
				continue
			}
			host := p.Target
			switch {
			case host == "*" && p.Action == "private":
				host = "devices in your own network"
			case host == "*":
				host = "any https host"
			default:
				host = strings.Split(host, "/")[2]
				if strings.HasPrefix(host, "*") {
					host = strings.TrimLeft(host, "*.")
				}
			}
			named := slices.ContainsFunc(strong(after), func(s string) bool {
				return strings.Contains(s, host) || host == "" && s == "any host without encryption"
			})
			if !named || !strings.Contains(whole, "could send *") && !strings.Contains(whole, "could still send *") {
				rt.Fatalf("%s may be reached, and the sentence hides it: %s", p.Target, whole)
			}
			if strings.Contains(whole, "not send") {
				rt.Fatalf("%s may be reached, and the sentence denies it: %s", p.Target, whole)
			}
		}
	})
}

func TestWhatItCouldNotDoIsSaidOnlyWhenNoLineComesNear(t *testing.T) {
	for claim, breakers := range map[string][]wish{
		"send anything off this computer": {
			{"net", "fetch", "*", permission.Ask},
			{"shell", "run", "git", permission.Ask},
			{"clipboard", "write", "", permission.Ask},
			{"notifications", "show", "", permission.Ask},
			{"files", "readWrite", "{documents}/*", permission.Ask},
			{"peers", "call", "*.a/*", permission.Ask},
			{"db", "readWrite", key + "__a__b", permission.Ask},
			{"db", "create", key + "__a__b", permission.Ask},
		},
		"reach any other app": {{"db", "delete", key + "__a__b", permission.Ask}, {"peers", "call", "*.a/*", permission.Ask}, {"shell", "terminal", "sh", permission.Ask}},
		"read your files":     {{"files", "pick", "file", permission.Ask}, {"files", "read", "{home}/a", permission.Ask}, {"shell", "run", "git", permission.Ask}},
		"see the clipboard":   {{"clipboard", "read", "", permission.Ask}, {"shell", "run", "git", permission.Ask}},
	} {
		if got := show(permission.Threat("Probe", linesOf())); !strings.Contains(got, claim) {
			t.Errorf("an app that asks nothing: no %q in %s", claim, got)
		}
		for _, w := range breakers {
			if got := show(permission.Threat("Probe", linesOf(w))); strings.Contains(got, claim) {
				t.Errorf("%v: claims it could not %q: %s", w, claim, got)
			}
			w.decision = permission.Deny
			if got := show(permission.Threat("Probe", linesOf(w))); !strings.Contains(got, claim) {
				t.Errorf("%v: no %q in %s", w, claim, got)
			}
		}
	}
}
