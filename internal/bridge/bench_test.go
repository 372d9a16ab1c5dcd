//go:build bench

package bridge

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/sidebyside"
	"github.com/alcove-vault/alcove/internal/store"
)

// unhurried lets a session call as often as it likes.
func unhurried(s *Session) {
	s.rate.SetLimit(1e9)
	s.rate.SetBurst(1e9)
	limits := store.DefaultLimits()
	limits.Calls, limits.Traffic = math.MaxInt64, math.MaxInt64
	s.network.meters.limits.Store(&limits)
}

// TestBenchBridge holds a db.query through the whole pipeline, envelope to
// envelope, against the same statement given to the store directly. It is for
// orientation: the budget is about the whole way from a frame.
func TestBenchBridge(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	unhurried(s)
	table := `"` + s.Context.Prefix + `t"`
	p.must(s, "db.migrate", m{"migrations": []any{m{"name": "1", "sql": "CREATE TABLE {{t}} (id INT PRIMARY KEY, title TEXT, body TEXT)"}}})
	p.must(s, "db.execute", m{"sql": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10000) INSERT INTO " + table + " SELECT i, 'note ' || i, hex(randomblob(50)) FROM n"})
	confined := p.store.Confine(store.Rights{Own: s.Context.Prefix}, store.DefaultLimits())
	defer confined.Close()
	ctx := context.Background()
	for _, c := range []struct {
		name  string
		sql   string
		calls int
	}{
		{"query of one row", "SELECT id, title, body FROM " + table + " WHERE id = ?", 500},
		{"query of 1,000 rows", "SELECT id, title, body FROM " + table + " WHERE id > ? LIMIT 1000", 20},
	} {
		envelope := pack(t, m{"v": 1, "id": 1, "method": "db.query", "params": m{"sql": c.sql, "params": []any{4711}}})
		if r := p.send(s.Secret, envelope); r.code() != "" {
			t.Fatal(r.code())
		}
		statement := store.Statement{SQL: c.sql, Params: []any{int64(4711)}}
		run := func(once func()) func() time.Duration {
			return func() time.Duration {
				start := time.Now()
				for range c.calls {
					once()
				}
				return time.Since(start) / time.Duration(c.calls)
			}
		}
		sidebyside.Compare(t, "bridge", c.name, 15,
			sidebyside.Subject{Name: "store.Confined.Query", Run: run(func() {
				if _, err := confined.Query(ctx, statement); err != nil {
					t.Fatal(err)
				}
			})},
			sidebyside.Subject{Name: "bridge.Call", Run: run(func() { p.bridge.Call(ctx, s.Secret, envelope) })},
		)
	}
}
