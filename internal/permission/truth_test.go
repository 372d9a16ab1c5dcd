package permission_test

import (
	"testing"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// relation is how the target of a rule stands to that of a call.
type relation string

const (
	equal     relation = "equal"
	wider     relation = "covers"
	narrower  relation = "narrower"
	sibling   relation = "sibling"
	lookalike relation = "look-alike"
	spelling  relation = "other spelling" // of the same thing, for some reader
)

// targets are a call's target and one of each relation to it. A relation that a
// resource does not have is left out.
var targets = map[string]struct {
	call  string
	rules map[relation]string
}{
	"db": {key + "__notes__pages", map[relation]string{
		equal: key + "__notes__pages", wider: key + "__notes__*", narrower: key + "__notes__pages-old", sibling: key + "__notes__tags", lookalike: key + "__notes2__*",
	}},
	"files": {"{documents}/Reports/a.md", map[relation]string{
		equal: "{documents}/Reports/a.md", wider: "{documents}/**", narrower: "{documents}/Reports/a.md/*", sibling: "{documents}/Reports/b.md",
		lookalike: "{documents}/Reports2/**", spelling: "{documents}/REPORTS/A.md",
	}},
	"net": {"https://api.example.com/v1/items", map[relation]string{
		equal: "https://api.example.com/v1/items", wider: "https://*.example.com/*", narrower: "https://api.example.com/v1/items/*", sibling: "https://www.example.com/*",
		lookalike: "https://api.example.com.evil.org/*", spelling: "https://api.example.com/V1/*",
	}},
	"shell": {"git", map[relation]string{equal: "git", wider: "*", sibling: "rm", lookalike: "git-evil", spelling: "GIT"}},
	"peers": {key + ".notes/find", map[relation]string{
		equal: key + ".notes/find", wider: "*.notes/*", sibling: key + ".notes/remove", lookalike: key + ".notes2/*",
	}},
	"mail": {"imap.example.com", map[relation]string{
		equal: "imap.example.com", wider: "example.com", narrower: "a.imap.example.com", sibling: "smtp.example.com", lookalike: "evil-imap.example.com", spelling: "IMAP.example.com",
	}},
	"passwords": {"work", map[relation]string{
		equal: "work", wider: "*", sibling: "home", lookalike: "work-old", spelling: "WORK",
	}},
	"storage": {"https://s3.example.com/files", map[relation]string{
		equal: "https://s3.example.com/files", wider: "*", narrower: "https://s3.example.com/files/a", sibling: "https://s3.example.com/other",
		lookalike: "https://s3.example.com.evil.org/files", spelling: "https://s3.example.com/FILES",
	}},
	"secrets":       {"", map[relation]string{equal: ""}},
	"clipboard":     {"", map[relation]string{equal: ""}},
	"spaces":        {"", map[relation]string{equal: ""}},
	"notifications": {"", map[relation]string{equal: ""}},
	"background":    {"", map[relation]string{equal: ""}},
}

// TestTruthTable goes through every combination of what is declared, what the
// policy forbids, what was granted, the actions of all three, and how their
// targets stand to the call's. What is expected is read off the words of the
// specification, and knows nothing of targets.
func TestTruthTable(t *testing.T) {
	includes := func(resource, has, wants string) bool {
		return has == wants || (resource == "db" || resource == "files" || resource == "passwords" || resource == "spaces" || resource == "storage") && has == "readWrite" && wants == "read"
	}
	covers := func(r relation) bool { return r == equal || r == wider }
	tally := map[permission.Verdict]int{}
	for resource, target := range targets {
		type rule struct {
			action string
			relation
		}
		rules := []rule{{}} // none
		for _, action := range actionsOf[resource] {
			for r := range target.rules {
				if action != "pick" {
					rules = append(rules, rule{action, r})
				}
			}
		}
		policies := []string{"", resource, "printer"}
		for _, action := range actionsOf[resource] {
			policies = append(policies, resource+"."+action)
		}
		for _, wanted := range actionsOf[resource] {
			if wanted == "pick" {
				continue
			}
			for _, declared := range rules {
				for _, granted := range rules {
					for _, decision := range []permission.Decision{permission.Allow, permission.Ask, permission.Deny, "unknown"} {
						for _, forbidden := range policies {
							isDeclared := declared.action != "" && includes(resource, declared.action, wanted) && covers(declared.relation)
							isGranted := granted.action != "" && includes(resource, granted.action, wanted) && covers(granted.relation)
							touched := granted.action != "" && (includes(resource, granted.action, wanted) || includes(resource, wanted, granted.action)) &&
								(covers(granted.relation) || granted.relation == spelling)
							verdict := permission.Verdict(permission.Ask)
							switch {
							case forbidden == resource || forbidden == resource+"."+wanted,
								wanted == "readWrite" && forbidden == resource+".read", wanted == "terminal" && forbidden == "shell.run":
								verdict = permission.Forbidden
							case !isDeclared:
								verdict = permission.Undeclared
							case touched && decision != permission.Allow && decision != permission.Ask:
								verdict = permission.Denied
							case isGranted && decision == permission.Allow:
								verdict = permission.Allowed
							}
							var list []manifest.Permission
							if declared.action != "" {
								list = append(list, ask(resource, declared.action, target.rules[declared.relation], nil))
							}
							var held []permission.Grant
							if granted.action != "" {
								held = append(held, grant(resource, granted.action, target.rules[granted.relation], decision))
							}
							got := permission.Judge(permission.Policy{forbidden: forbidden != ""}, list, permission.NewHeld(held), wants(resource, wanted, target.call), 0).Verdict
							tally[got]++
							if got != verdict {
								t.Errorf("%s.%s, declared %v, granted %v as %s, forbidden %q: %s, want %s", resource, wanted, declared, granted, decision, forbidden, got, verdict)
							}
						}
					}
				}
			}
		}
	}
	total := 0
	for _, n := range tally {
		total += n
	}
	t.Logf("%d combinations: %v", total, tally)
	if total < 100_000 || len(tally) != 5 {
		t.Errorf("only %d combinations: %v", total, tally)
	}
}

// TestTruthTableOfPicks is the same for what a person picked.
func TestTruthTableOfPicks(t *testing.T) {
	other := "{picked-00000000000000ff}"
	n := 0
	for _, declared := range [][]string{{}, {"file"}, {"folder"}, {"file", "folder"}} {
		for _, pick := range []permission.Decision{"", permission.Allow, permission.Ask, permission.Deny} {
			for _, action := range []string{"read", "readWrite"} {
				for _, target := range []string{"", picked, picked + "/**", other, other + "/**"} {
					for _, decision := range []permission.Decision{permission.Allow, permission.Ask, permission.Deny} {
						for _, wanted := range []string{"read", "readWrite"} {
							for _, call := range []string{picked, picked + "/a/b.md"} {
								inside := call != picked
								asks, allowed := false, false
								for _, kind := range declared {
									asks = asks || kind == "folder" || !inside
									fits := kind == "file" && target == picked && !inside || kind == "folder" && target == picked+"/**"
									covers := decision == permission.Allow && (action == wanted || action == "readWrite")
									allowed = allowed || fits && covers && pick != permission.Deny
								}
								denied := decision == permission.Deny && (target == picked && !inside || target == picked+"/**")
								verdict := permission.Denied
								switch {
								case !asks:
									verdict = permission.Undeclared
								case allowed && !denied:
									verdict = permission.Allowed
								}
								var list []manifest.Permission
								var held []permission.Grant
								for _, kind := range declared {
									list = append(list, ask("files", "pick", kind, nil))
									if pick != "" {
										held = append(held, grant("files", "pick", kind, pick))
									}
								}
								if target != "" {
									held = append(held, grant("files", action, target, decision))
								}
								n++
								if got := permission.Judge(nil, list, permission.NewHeld(held), wants("files", wanted, call), 0).Verdict; got != verdict {
									t.Errorf("declared %v (%s), granted %s %s as %s, wants %s %s: %s, want %s", declared, pick, action, target, decision, wanted, call, got, verdict)
								}
								if got := permission.Judge(permission.Policy{"files.pick": true}, list, permission.NewHeld(held), wants("files", wanted, call), 0).Verdict; got != permission.Forbidden {
									t.Errorf("picking is forbidden, and %s is %s", call, got)
								}
							}
						}
					}
				}
			}
		}
	}
	t.Logf("%d combinations", n)
}
