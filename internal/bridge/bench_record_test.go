//go:build bench

package bridge

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/sidebyside"
	"github.com/alcove-vault/alcove/internal/wire"
)

// TestBenchLedger holds a call that is judged among 1,000 grants and recorded
// against the same work as a call that needs no permission and is not recorded.
// The budget is 1.3x.
func TestBenchLedger(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(m{"resource": "net", "action": "fetch", "target": "https://*.example.com/*", "reason": "To look."})))
	unhurried(s)
	for i := range 1000 {
		decide(s, permission.Key{Resource: "net", Action: "fetch", Target: fmt.Sprintf("https://h%d.example.com/*", i)}, permission.Allow)
	}
	table := `"` + s.Context.Prefix + `t"`
	p.must(s, "db.migrate", m{"migrations": []any{m{"name": "1", "sql": "CREATE TABLE {{t}} (id INT PRIMARY KEY, title TEXT, body TEXT)"}}})
	p.must(s, "db.execute", m{"sql": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10000) INSERT INTO " + table + " SELECT i, 'note ' || i, hex(randomblob(50)) FROM n"})
	work := func(wants func(context.Context) ([]permission.Call, error)) func(*Session, *args) work {
		return func(s *Session, a *args) work {
			statement := readStatement(a)
			return work{wants: wants, run: func(ctx context.Context, _ grantedTerms) (result, error) {
				rows, err := s.tables.Query(ctx, statement)
				return func(e *wire.Encoder) error {
					if err := e.EncodeMapLen(2); err != nil {
						return err
					}
					return writeRows(e, rows.Columns, rows.Rows)
				}, err
			}}
		}
	}
	p.bridge.methods["bench.plain"] = &method{name: "bench.plain", implicit: true, deadline: time.Minute, parse: work(nil)}
	p.bridge.methods["bench.checked"] = &method{name: "bench.checked", deadline: time.Minute, parse: work(wanting(permission.Call{
		Key: permission.Key{Resource: "net", Action: "fetch", Target: "https://h500.example.com/a/b?c"},
	}))}
	const calls = 500
	subject := func(name, method string, r Recorder) sidebyside.Subject {
		envelope := pack(t, m{"v": 1, "id": 1, "method": method, "params": m{"sql": "SELECT id, title, body FROM " + table + " WHERE id = ?", "params": []any{4711}}})
		if r := p.send(s.Secret, envelope); r.code() != "" {
			t.Fatal(r.code())
		}
		return sidebyside.Subject{Name: name, Run: func() time.Duration {
			p.bridge.recorder = r
			start := time.Now()
			for range calls {
				p.bridge.Call(context.Background(), s.Secret, envelope)
			}
			return time.Since(start) / calls
		}}
	}
	sidebyside.Compare(t, "bridge", "call with checks and ledger", 25,
		subject("neither", "bench.plain", nil),
		subject("ledger", "bench.plain", p.ledger),
		subject("checks", "bench.checked", nil),
		subject("checks and ledger", "bench.checked", p.ledger),
	)
}
