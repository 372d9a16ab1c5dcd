//go:build bench

package permission_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/sidebyside"
)

// checkBudget is how much a check among 1,000 grants may take beside one among
// 10.
const checkBudget = 2.0

// TestBenchCheck times one check per resource, allowed by one of many grants
// that have the resource in common, some of them denies elsewhere.
func TestBenchCheck(t *testing.T) {
	const checks = 2_000
	for _, c := range []struct {
		resource, action, declared string
		target                     func(i int) string // of the grant
		call                       func(i int) permission.Call
	}{
		{"net", "fetch", "*", func(i int) string { return fmt.Sprintf("https://host%d.example.com/*", i) }, func(i int) permission.Call {
			return wants("net", "fetch", fmt.Sprintf("https://host%d.example.com/v1/items?page=2", i))
		}},
		{"net", "fetch", "https://api.example.com/*", func(i int) string { return fmt.Sprintf("https://api.example.com/v%d/*", i) }, func(i int) permission.Call {
			return wants("net", "fetch", fmt.Sprintf("https://api.example.com/v%d/items", i))
		}},
		{"files", "readWrite", "{documents}/**", func(i int) string { return fmt.Sprintf("{documents}/Reports/%d/a.md", i) }, func(i int) permission.Call {
			return wants("files", "read", fmt.Sprintf("{documents}/Reports/%d/a.md", i))
		}},
		{"db", "read", key + "__*", func(i int) string { return fmt.Sprintf("%s__notes__t%d", key, i) }, func(i int) permission.Call {
			return wants("db", "read", fmt.Sprintf("%s__notes__t%d", key, i))
		}},
		{"peers", "call", "*.notes/*", func(i int) string { return fmt.Sprintf("%s.notes/m%d", key, i) }, func(i int) permission.Call {
			return wants("peers", "call", fmt.Sprintf("%s.notes/m%d", key, i))
		}},
	} {
		declared := []manifest.Permission{ask(c.resource, c.action, c.declared, nil)}
		subject := func(n int) sidebyside.Subject {
			var grants []permission.Grant
			for i := range n {
				d := permission.Allow
				if i%10 == 9 {
					d = permission.Deny
				}
				grants = append(grants, grant(c.resource, c.action, c.target(i), d))
			}
			held := permission.NewHeld(grants)
			calls := make([]permission.Call, 9) // of the first, the last and others between
			for i := range calls {
				calls[i] = c.call(i * (n / 10) / 10 * 10)
			}
			return sidebyside.Subject{Name: fmt.Sprintf("%d grants", n), Run: func() time.Duration {
				start := time.Now()
				for i := range checks {
					if r := permission.Judge(nil, declared, held, calls[i%len(calls)], 0); r.Verdict != permission.Allowed {
						t.Fatalf("%v is %s", calls[i%len(calls)], r.Verdict)
					}
				}
				return time.Since(start)
			}}
		}
		name := fmt.Sprintf("2,000 checks, %s.%s %.24s", c.resource, c.action, c.declared)
		results := sidebyside.Compare(t, "permission", name, 21, subject(10), subject(1000))
		if ratio := results[1].Ratio; ratio > checkBudget {
			t.Errorf("%s: %.2f times as long, and %.1f are allowed", name, ratio, checkBudget)
		}
	}
}
