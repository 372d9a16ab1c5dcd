package bridge

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
)

// TestTheLedgerCountsEveryCall of 10,000 mixed ones, side by side: as many of
// each kind as there were. The second half of them leaves nothing in memory.
func TestTheLedgerCountsEveryCall(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(
		m{"resource": "clipboard", "action": "read", "reason": "To paste."},
		m{"resource": "shell", "action": "run", "target": "git", "reason": "To fetch."},
	)))
	s.rate = rate.NewLimiter(rate.Inf, 1)
	p.must(s, "db.migrate", m{"migrations": []any{m{"name": "1", "sql": "CREATE TABLE {{t}} (id TEXT PRIMARY KEY, v)"}}})
	work := func(name string, key permission.Key, fails bool) {
		p.bridge.methods[name] = &method{name: name, deadline: time.Minute, parse: func(_ *Session, a *args) work {
			a.ignoreOthers()
			return work{wants: wanting(permission.Call{Key: key}), run: func(context.Context, grantedTerms) (result, error) {
				if fails {
					return nil, errNoDesk
				}
				return empty, nil
			}}
		}}
	}
	paste := permission.Key{Resource: "clipboard", Action: "read"}
	git := permission.Key{Resource: "shell", Action: "run", Target: "git"}
	work("test.paste", paste, false)
	work("test.git", git, true)
	work("test.undeclared", permission.Key{Resource: "net", Action: "fetch", Target: "https://bad.example/?secret"}, false)
	decide(s, paste, permission.Allow)
	decide(s, git, permission.Deny)

	const workers, each, halves = 10, 500, 2
	calls := []struct {
		method string
		params m
	}{
		{"db.query", m{"sql": "SELECT 1", "params": []any{}}},
		{"kv.get", m{"key": "a"}},
		{"test.paste", m{}},
		{"test.git", m{}},
		{"test.undeclared", m{}},
	}
	var lost atomic.Int64
	var live [halves]int64
	for half := range halves {
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := range each {
					c := calls[(w+i)%len(calls)]
					if _, code := p.call(s, c.method, c.params); code == "quota.calls" {
						lost.Add(1)
					}
				}
			})
		}
		wg.Wait()
		live[half] = p.live()
	}
	if lost.Load() != 0 {
		t.Fatalf("%d calls did not get to have a method", lost.Load())
	}
	// 100 bytes of each of the 5,000 calls; the least that one makes is its
	// envelope and its reply.
	if grown := live[1] - live[0]; grown > 500_000 {
		t.Errorf("%d bytes more are in use after 10,000 calls than after 5,000", grown)
	}
	sums, err := p.counts().Of(context.Background(), s.Running.Row)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]ledger.Uses{}
	for _, sum := range sums {
		got[sum.Resource+"."+sum.Action] = sum.Uses
	}
	const part = workers * each * halves / 5
	for _, c := range []struct {
		name                  string
		done, failed, refused int64
	}{
		{"db.own", part + 1, 0, 0}, // with the migration
		{"kv.own", part, 0, 0},
		{"clipboard.read", part, 0, 0},
		{"shell.run", 0, 0, part},
		{"net.fetch", 0, 0, part},
	} {
		u := got[c.name]
		if u.Done != c.done || u.Failed != c.failed || u.Refused != c.refused {
			t.Errorf("%s: %d done, %d failed, %d refused, want %+v", c.name, u.Done, u.Failed, u.Refused, c)
		}
	}
	if len(got) != 5 {
		t.Errorf("%v", got)
	}
	if got["clipboard.read"].In == 0 || got["clipboard.read"].Out == 0 {
		t.Errorf("no bytes were counted: %+v", got["clipboard.read"])
	}
	targets, err := p.counts().Targets(context.Background(), s.Running.Row, "net", "fetch", 5)
	if err != nil || len(targets) != 1 || targets[0].Target != "https://bad.example" {
		t.Errorf("%+v %v", targets, err)
	}

	// What was allowed and fails is told from what was refused.
	decide(s, git, permission.Allow)
	if _, code := p.call(s, "test.git", m{}); code != "capability.unavailable" {
		t.Fatal(code)
	}
	if u, err := p.counts().OnTarget(context.Background(), s.Running.Row, git); err != nil || u.Failed != 1 || u.Refused != part {
		t.Errorf("%+v %v", u, err)
	}
}

// TestAQuestionIsRecorded when it is asked, and its answer with the call.
func TestAQuestionIsRecorded(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(m{"resource": "clipboard", "action": "read", "reason": "To paste."})))
	key := permission.Key{Resource: "clipboard", Action: "read"}
	p.bridge.methods["test.paste"] = &method{name: "test.paste", deadline: time.Minute, parse: func(*Session, *args) work {
		return work{wants: wanting(permission.Call{Key: key}), run: func(context.Context, grantedTerms) (result, error) { return empty, nil }}
	}}
	decide(s, key, permission.Ask)
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseDeny} })
	if _, code := p.call(s, "test.paste", m{}); code != "permission.denied" {
		t.Fatal(code)
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseOnce} })
	p.must(s, "test.paste", m{})
	u, err := p.counts().OnTarget(context.Background(), s.Running.Row, key)
	if err != nil || u.Asked != 2 || u.Refused != 1 || u.Done != 1 {
		t.Errorf("%+v %v", u, err)
	}
}

// TestBytesOfAHandleAreCountedWhereItWasOpenedTo, and its calls as the app's
// own.
func TestBytesOfAHandleAreCountedWhereItWasOpenedTo(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(m{"resource": "net", "action": "fetch", "target": "https://h.example/*", "reason": "To read."})))
	key := permission.Key{Resource: "net", Action: "fetch", Target: "https://h.example/long"}
	decide(s, permission.Key{Resource: "net", Action: "fetch", Target: "https://h.example/*"}, permission.Allow)
	number, err := s.keep(&spring{data: make([]byte, 10_000)}, permission.Call{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p.must(s, "handle.read", m{"handle": number, "max": 1000})
	}
	u, err := p.counts().OnTarget(context.Background(), s.Running.Row, key)
	if err != nil || u.Done != 0 || u.In < 3000 || u.In > 3500 || u.LastUsed == 0 {
		t.Errorf("%+v %v", u, err)
	}
	own, err := p.counts().OnTarget(context.Background(), s.Running.Row, permission.Key{Resource: "handle", Action: permission.Own})
	if err != nil || own.Done != 3 || own.In != 0 {
		t.Errorf("%+v %v", own, err)
	}
}

// spring is a handle that gives its data in pieces.
type spring struct{ data []byte }

func (s *spring) Close() error { return nil }

func (s *spring) Read(_ context.Context, limit int) ([]byte, bool, map[string]any, error) {
	n := min(limit, len(s.data))
	piece := s.data[:n]
	s.data = s.data[n:]
	return piece, len(s.data) == 0, nil, nil
}

// TestATableOfAnotherAppIsRecorded beside the call.
func TestATableOfAnotherAppIsRecorded(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	table := fmt.Sprintf("%064x__other__t", 7)
	s.usedTable("read", table)
	u, err := p.counts().OnTarget(context.Background(), s.Running.Row, permission.Key{Resource: "db", Action: "read", Target: table})
	if err != nil || u.Done != 1 {
		t.Errorf("%+v %v", u, err)
	}
}

// TestWhatIsTriedWithAnothersTableIsRefused in the ledger, under the name of the
// table and by the verdict, and no failure of the app's own; the app learns no
// name from it.
func TestWhatIsTriedWithAnothersTableIsRefused(t *testing.T) {
	p := newPlace(t)
	owner := p.open(p.install(nil, bundletest.With("name", "owner"), bundletest.WithKey(1)))
	p.must(owner, "db.migrate", m{"migrations": []any{m{"name": "1", "sql": "CREATE TABLE {{people}} (id TEXT PRIMARY KEY NOT NULL, pin TEXT); CREATE TABLE {{closed}} (id TEXT PRIMARY KEY NOT NULL); CREATE TABLE {{filled}} (id TEXT PRIMARY KEY NOT NULL)"}}})
	people, closed := owner.Context.Prefix+"people", owner.Context.Prefix+"closed"
	id := p.install(nil, bundletest.With("name", "guest"), bundletest.WithKey(2), permissions(
		m{"resource": "db", "action": "read", "target": people, "reason": "To read.", "constraints": m{"columns": []any{"id"}}},
		m{"resource": "db", "action": "readWrite", "target": owner.Context.Prefix + "filled", "reason": "To write."},
		m{"resource": "db", "action": "delete", "target": people, "reason": "To tidy."},
	))
	guest := p.open(id)
	p.decide(id, permission.Key{Resource: "db", Action: "read", Target: people}, permission.Allow)
	p.decide(id, permission.Key{Resource: "db", Action: "readWrite", Target: owner.Context.Prefix + "filled"}, permission.Allow)
	p.decide(id, permission.Key{Resource: "db", Action: "delete", Target: people}, permission.Deny)
	for _, c := range []struct {
		method, sql   string
		action, table string
		verdict       permission.Verdict
	}{
		{"db.query", `SELECT * FROM "%s"`, "read", closed, permission.Undeclared},
		{"db.query", `SELECT id FROM main."%s"`, "read", strings.ToUpper(closed), permission.Undeclared},
		{"db.execute", `INSERT INTO "%s" VALUES ('x')`, "readWrite", closed, permission.Undeclared},
		{"db.execute", `UPDATE OR IGNORE "%s" SET id = 'x'`, "readWrite", closed, permission.Undeclared},
		{"db.execute", `DELETE FROM main.%s`, "delete", closed, permission.Undeclared},
		{"db.execute", `DELETE FROM "%s"`, "delete", people, permission.Denied},
		{"db.execute", `REPLACE INTO "%s" VALUES ('x')`, "delete", owner.Context.Prefix + "filled", permission.Undeclared},
		{"db.query", `SELECT pin FROM "%s"`, "read", people, permission.Denied},
		{"db.query", `SELECT a.id FROM "%s" AS a NATURAL JOIN "%[1]s" AS b`, "read", people, permission.Denied},
		{"db.query", `SELECT key FROM "%s"`, "read", "alcove_setting", permission.Undeclared},
		{"db.migrate", `DROP TABLE IF EXISTS "%s"`, "alterDrop", closed, permission.Undeclared},
		{"db.migrate", `CREATE TABLE "%s" (id TEXT PRIMARY KEY NOT NULL)`, "create", owner.Context.Prefix + "new", permission.Undeclared},
		{"db.migrate", `CREATE INDEX "{{i}}" ON "%s" (id)`, "alterDrop", closed, permission.Undeclared},
		{"db.migrate", `DROP TABLE "%s"`, "alterDrop", people, permission.Undeclared},
	} {
		key := permission.Key{Resource: "db", Action: c.action, Target: strings.ToLower(c.table)}
		before, err := p.counts().OnTarget(context.Background(), guest.Running.Row, key)
		if err != nil {
			t.Fatal(err)
		}
		sql := fmt.Sprintf(c.sql, c.table)
		params := m{"sql": sql}
		if c.method == "db.migrate" {
			params = m{"migrations": []any{m{"name": "1", "sql": sql}}}
		}
		r := p.send(guest.Secret, envelope(t, 1, c.method, params))
		if want := map[bool]string{true: "db.migration_failed", false: "db.denied"}[c.method == "db.migrate"]; r.code() != want {
			t.Errorf("%s: %q", sql, r.code())
		}
		if said := fmt.Sprint(r.Error); strings.Contains(strings.ToLower(said), owner.Context.Prefix) || strings.Contains(said, "alcove_setting") {
			t.Errorf("%s: the app is told %s", sql, said)
		}
		after, err := p.counts().OnTarget(context.Background(), guest.Running.Row, key)
		if err != nil || after.Refused != before.Refused+1 || after.Done+after.Failed != before.Done+before.Failed {
			t.Errorf("%s: %+v after %+v, %v", sql, after, before, err)
		}
		if lines := p.recorded(c.method); lines[len(lines)-1] != string(c.verdict)+" "+r.code() {
			t.Errorf("%s: recorded as %q", sql, lines[len(lines)-1])
		}
	}
	own, err := p.counts().OnTarget(context.Background(), guest.Running.Row, permission.Key{Resource: "db", Action: permission.Own})
	if err != nil || own.Failed+own.Done != 0 {
		t.Errorf("counted as the app's own: %+v %v", own, err)
	}
}
