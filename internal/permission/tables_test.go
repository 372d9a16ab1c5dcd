package permission_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// TestStoreAndJudgeAgree: the store judges statements by a list, calls are
// judged by Judge. For every table and action they say the same.
func TestStoreAndJudgeAgree(t *testing.T) {
	one, two := strings.Repeat("0a", 32), strings.Repeat("0b", 32)
	targets := rapid.SampledFrom([]string{
		one + "__*", one + "__notes__*", one + "__notes__pages", one + "__notes__page*", one + "__notes-x__*", one + "__note__*", two + "__*", two + "__notes__pages",
	})
	tables := []string{
		one + "__notes__pages", one + "__notes__page-2", one + "__notes__other", one + "__notes-x__pages", one + "__note__pages",
		two + "__notes__pages", two + "__x__y", "alcove_grant", "sqlite_schema", one + "__notes", strings.ToUpper(one) + "__Notes__PAGES",
	}
	actions := []string{"read", "readWrite", "create", "delete", "alterDrop"}
	rapid.Check(t, func(t *rapid.T) {
		key := func() permission.Key {
			return permission.Key{Resource: "db", Action: rapid.SampledFrom(actions).Draw(t, "action"), Target: targets.Draw(t, "target")}
		}
		var declared []manifest.Permission
		for range rapid.IntRange(0, 4).Draw(t, "declared") {
			k := key()
			declared = append(declared, manifest.Permission{Resource: k.Resource, Action: k.Action, Target: k.Target})
		}
		grants := map[permission.Key]permission.Decision{{Resource: "net", Action: "fetch", Target: "*"}: permission.Allow}
		for range rapid.IntRange(0, 5).Draw(t, "grants") {
			k := key()
			if len(declared) > 0 && rapid.Bool().Draw(t, "as declared") {
				k = permission.KeyOf(rapid.SampledFrom(declared).Draw(t, "of"))
			}
			grants[k] = rapid.SampledFrom([]permission.Decision{permission.Allow, permission.Allow, permission.Deny, permission.Ask, "nonsense"}).Draw(t, "decision")
		}
		rights := store.Rights{Grants: permission.TableGrants(nil, declared, heldOf(grants), 0)}
		for _, table := range tables {
			for _, action := range actions {
				want := evaluate(declared, grants, permission.Key{Resource: "db", Action: action, Target: table}) == permission.Allowed
				if got := rights.May(store.Action(action), table); got != want {
					t.Fatalf("%s %s: the store says %v\n%v\n%v\n%v", action, table, got, declared, grants, rights.Grants)
				}
			}
		}
	})
}
