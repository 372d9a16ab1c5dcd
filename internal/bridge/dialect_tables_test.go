package bridge

import (
	"reflect"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// A statement on a table of another app that is declared and not decided about
// is asked about like everything else; what is allowed once is of that call only.
func TestHaexStatementsAskForTablesOfOtherApps(t *testing.T) {
	p := newHaexPlace(t)
	other := p.install(nil, bundletest.WithKey(2), named("other"))
	target := other.TablePrefix() + "notes"
	wanted := func(action string) m {
		return m{"resource": "db", "action": action, "target": other.TablePrefix() + "*", "reason": "To show them."}
	}
	id := p.install(nil, permissions(wanted("read"), wanted("readWrite"), wanted("delete")))
	s, theirs := p.open(id), p.open(other)
	p.register(theirs, notes(other))
	p.register(s, notes(id))
	p.good(theirs, "extension_database_execute", m{"sql": "INSERT INTO " + table(other, "notes") + " (id, text) VALUES ('a', 'theirs')"})
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseOnce} })
	for _, tt := range []struct {
		method, sql, action string
		rows                []any
	}{
		{"query", "SELECT text FROM " + table(other, "notes"), "read", []any{[]any{"theirs"}}},
		{"execute", "select text from `" + target + "`", "read", []any{[]any{"theirs"}}},
		{"execute", "INSERT INTO " + table(id, "notes") + " (id, text) SELECT id, text FROM " + table(other, "notes") + " RETURNING id", "read", []any{[]any{"a"}}},
		{"execute", "UPDATE " + table(other, "notes") + " SET text = 'mine' WHERE id = 'a' RETURNING text", "readWrite", []any{[]any{"mine"}}},
	} {
		method, params := "extension_database_"+tt.method, m{"sql": tt.sql, "params": []any{}}
		asked := p.asked(s, method, params)
		if asked["resourceType"] != "db" || asked["action"] != tt.action || asked["target"] != target {
			t.Errorf("%s: %v", tt.sql, asked)
		}
		if got := p.resolved(s, asked); got != "granted" {
			t.Fatal(got)
		}
		if got := rows(p.good(s, method, params)); !reflect.DeepEqual(got, tt.rows) {
			t.Errorf("%s: %v", tt.sql, got)
		}
	}
	deletes := m{"statements": []any{[]any{"DELETE FROM " + table(other, "notes") + " WHERE id = ?", []any{"a"}}}}
	for _, action := range []string{"delete", "read"} {
		asked := p.asked(s, "extension_database_transaction", deletes)
		if asked["action"] != action {
			t.Errorf("%v", asked)
		}
		p.resolved(s, asked)
	}
	if got := p.good(s, "extension_database_transaction", deletes).(map[string]any); got["rowsAffected"] != int64(1) {
		t.Errorf("%v", got)
	}
	p.asked(s, "extension_database_query", m{"sql": "SELECT 1 FROM " + table(other, "notes")}) // once was once

	p.decide(id, permission.Key{Resource: "db", Action: "read", Target: other.TablePrefix() + "*"}, permission.Allow)
	if got := rows(p.good(s, "extension_database_query", m{"sql": "SELECT count(*) FROM " + table(other, "notes")})); !reflect.DeepEqual(got, []any{[]any{int64(0)}}) {
		t.Errorf("%v", got)
	}
}

func TestHaexStatementsAskForNothingElse(t *testing.T) {
	p := newHaexPlace(t)
	other := p.install(nil, bundletest.WithKey(2), named("other"))
	id := p.install(nil, permissions(m{"resource": "db", "action": "read", "target": other.TablePrefix() + "notes", "reason": "To show them."}))
	s, theirs := p.open(id), p.open(other)
	p.register(theirs, notes(other), m{"name": "0001_more", "sql": "CREATE TABLE " + table(other, "secrets") + " (id text primary key)"})
	p.register(s, notes(id))
	foreign := table(other, "notes")
	for _, sql := range []string{
		"SELECT * FROM " + table(other, "secrets"),
		"SELECT * FROM " + foreign + ", " + table(other, "secrets"),
		"UPDATE " + foreign + " SET text = 'x'",
		"DELETE FROM " + foreign,
		"SELECT * FROM alcove_kv",
		"SELECT nonsense FROM " + table(id, "notes"),
	} {
		if number, reason := p.code(s, "extension_database_execute", m{"sql": sql}); number != 2000 {
			t.Errorf("%s: %d %s", sql, number, reason)
		}
	}
	if q := p.bridge.Prompt(); q != nil {
		t.Errorf("asked %v", q)
	}
	// A yes to one table is none to what hides in the statement beside it.
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseOnce} })
	sneaky := m{"sql": "SELECT (SELECT count(*) FROM alcove_kv) FROM " + foreign}
	p.resolved(s, p.asked(s, "extension_database_query", sneaky))
	if number, reason := p.code(s, "extension_database_query", sneaky); number != 2000 {
		t.Errorf("%d %s", number, reason)
	}
}
