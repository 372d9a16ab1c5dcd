package bridge

import (
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// TestAnotherAppsTableNeedsAGrant goes through all there is: the manifest of
// one app names a table of another, and the person decides while both run.
func TestAnotherAppsTableNeedsAGrant(t *testing.T) {
	p := newPlace(t)
	owner := p.open(p.install(nil, bundletest.With("name", "owner"), bundletest.WithKey(1)))
	table := owner.Context.Prefix + "shared"
	private := owner.Context.Prefix + "private"
	p.must(owner, "db.migrate", m{"migrations": []any{m{"name": "1", "sql": "CREATE TABLE {{shared}} (v, id TEXT PRIMARY KEY NOT NULL DEFAULT (hex(randomblob(16)))); INSERT INTO {{shared}} (v) VALUES ('kept'); CREATE TABLE {{private}} (v PRIMARY KEY)"}}})

	id := p.install(nil, bundletest.With("name", "guest"), bundletest.WithKey(2), permissions(
		m{"resource": "db", "action": "read", "target": table, "reason": "To read."},
		m{"resource": "db", "action": "readWrite", "target": owner.Context.Prefix + "sh*", "reason": "To write."},
	))
	guest := p.open(id)
	read, write, other := m{"sql": `SELECT v FROM "` + table + `"`}, m{"sql": `INSERT INTO "` + table + `" (v) VALUES ('new')`}, m{"sql": `SELECT * FROM "` + private + `"`}
	want := func(when string, codes ...string) {
		t.Helper()
		for i, call := range []struct {
			method string
			params m
		}{{"db.query", read}, {"db.execute", write}, {"db.query", other}} {
			if _, code := p.call(guest, call.method, call.params); code != codes[i] {
				t.Errorf("%s, call %d: %q, want %q", when, i, code, codes[i])
			}
		}
	}
	decide := func(action, target string, d permission.Decision) {
		t.Helper()
		key := permission.Key{Resource: "db", Action: action, Target: target}
		p.decide(id, key, d)
	}
	want("before any decision", "db.denied", "db.denied", "db.denied")
	decide("read", table, permission.Allow)
	want("reading allowed", "", "db.denied", "db.denied")
	decide("readWrite", owner.Context.Prefix+"sh*", permission.Allow)
	want("writing allowed", "", "", "db.denied")
	decide("read", table, permission.Deny)
	want("reading denied", "db.denied", "db.denied", "db.denied")
	decide("read", table, permission.Ask)
	want("reading to be asked", "", "", "db.denied")

	p.bridge.Close(guest.Secret)
	guest = p.open(id)
	want("after a restart", "", "", "db.denied")
	if got := p.must(owner, "db.query", m{"sql": `SELECT count(*) FROM "` + table + `"`})["rows"]; got.([]any)[0].([]any)[0] != int64(4) {
		t.Errorf("the owner finds %v rows", got)
	}
	r := p.send(guest.Secret, pack(t, m{"v": 1, "id": 1, "method": "db.query", "params": other}))
	if said, _ := r.Error["message"].(string); strings.Contains(said, "private") {
		t.Errorf("a refusal names the table: %s", said)
	}
}

// TestConstraintsOfATableHoldAndItsUsesCount goes from the manifest to the
// statement and back to the grant.
func TestConstraintsOfATableHoldAndItsUsesCount(t *testing.T) {
	p := newPlace(t)
	owner := p.open(p.install(nil, bundletest.With("name", "owner"), bundletest.WithKey(1)))
	table := owner.Context.Prefix + "people"
	p.must(owner, "db.migrate", m{"migrations": []any{m{"name": "1", "sql": "CREATE TABLE {{people}} (name TEXT PRIMARY KEY NOT NULL, pin TEXT); INSERT INTO {{people}} VALUES ('ada', '1'), ('bob', '2')"}}})
	id := p.install(nil, bundletest.With("name", "guest"), bundletest.WithKey(2), permissions(
		m{"resource": "db", "action": "read", "target": table, "reason": "To read.", "constraints": m{"columns": []any{"Name"}, "maxRows": 1}},
	))
	guest := p.open(id)
	key := permission.Key{Resource: "db", Action: "read", Target: table}
	p.decide(id, key, permission.Allow)
	for sql, want := range map[string]string{
		`SELECT name FROM "%s" WHERE name = 'ada'`: "",
		`SELECT name FROM "%s"`:                    "quota.rows",
		`SELECT pin FROM "%s" WHERE name = 'ada'`:  "db.denied",
	} {
		if _, code := p.call(guest, "db.query", m{"sql": strings.Replace(sql, "%s", table, 1)}); code != want {
			t.Errorf("%s: %q, want %q", sql, code, want)
		}
	}
	if _, err := p.bridge.apps.EndGrants(t.Context()); err != nil { // writes what was counted
		t.Fatal(err)
	}
	held, err := p.bridge.apps.Held(t.Context(), guest.Running.Row)
	if err != nil {
		t.Fatal(err)
	}
	if g, ok := held.Get(key); !ok || g.Used != 1 || g.LastUsed == 0 {
		t.Errorf("%+v", g)
	}
}
