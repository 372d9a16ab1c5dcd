package bridge

import (
	"context"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// TestALimitThatAPersonChangesCountsAtOnce, in the frame that is open and after
// a restart, and is shown with what is used.
func TestALimitThatAPersonChangesCountsAtOnce(t *testing.T) {
	p := newPlace(t)
	ctx := context.Background()
	id := p.install(nil)
	s := p.open(id)
	p.must(s, "db.migrate", m{"migrations": []any{m{"name": "1", "sql": "CREATE TABLE {{t}} (id TEXT PRIMARY KEY, v)"}}})
	large := m{"sql": `INSERT INTO "` + s.Context.Prefix + `t" VALUES (hex(randomblob(8)), ?)`, "params": []any{strings.Repeat("x", 3_000_000)}}
	p.must(s, "db.execute", large)
	set := func(name string, value int64) {
		t.Helper()
		limits, err := p.apps.SetLimit(ctx, id, name, value)
		if err != nil {
			t.Fatal(err)
		}
		p.bridge.Limit(id, limits)
	}
	set("storage", 1_000_000)
	for range 2 {
		if _, code := p.call(s, "db.execute", large); code != "quota.storage" {
			t.Errorf("3 MB more: %q", code)
		}
		p.bridge.Close(s.Secret)
		s = p.open(id)
	}
	detail, err := p.apps.Detail(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if detail.TableBytes < 3_000_000 || detail.TableBytes > 3_100_000 {
		t.Errorf("%d bytes are shown as used", detail.TableBytes)
	}
	shown := map[string]store.Limit{}
	for _, l := range detail.Limits {
		shown[l.Name] = l
	}
	if l := shown["storage"]; l.Value != 1_000_000 || l.Default != store.DefaultLimits().Storage || len(shown) != 12 {
		t.Errorf("shown: %+v", detail.Limits)
	}
	set("storage", shown["storage"].Default)
	p.must(s, "db.execute", large)

	set("rows", 100)
	if _, code := p.call(s, "db.query", m{"sql": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 101) SELECT i FROM n"}); code != "quota.rows" {
		t.Errorf("101 rows: %q", code)
	}
	for name, value := range map[string]int64{"storage": 1, "time": 61_000, "nothing": 5} {
		if _, err := p.apps.SetLimit(ctx, id, name, value); fault.Code(err) != "request.malformed" {
			t.Errorf("%s %d: %v", name, value, err)
		}
	}
}
