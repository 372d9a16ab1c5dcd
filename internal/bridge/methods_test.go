package bridge

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
)

func TestValuesKeepTheirTypeThroughTheDatabase(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	table := `"` + s.Context.Prefix + `t"`
	if got := p.must(s, "db.migrate", m{"migrations": []any{m{"name": "1", "sql": "CREATE TABLE {{t}} (id TEXT PRIMARY KEY NOT NULL DEFAULT (hex(randomblob(16))), v)"}}}); !cmp.Equal(got["applied"], []any{"1"}) {
		t.Fatalf("applied %v", got)
	}
	if got := p.must(s, "db.migrate", m{"migrations": []any{m{"name": "1", "sql": "CREATE TABLE {{t}} (id TEXT PRIMARY KEY NOT NULL DEFAULT (hex(randomblob(16))), v)"}}}); len(got["applied"].([]any)) != 0 {
		t.Errorf("applied again: %v", got)
	}
	if _, code := p.call(s, "db.migrate", m{"migrations": []any{m{"name": "1", "sql": "CREATE TABLE {{u}} (id)"}}}); code != "db.migration_changed" {
		t.Errorf("a changed migration: %q", code)
	}
	values := []any{nil, int64(math.MaxInt64), int64(math.MinInt64), int64(1<<53 + 1), 1.5, "grüße", "", []byte{0, 255}, []byte{}}
	for i, v := range values {
		got := p.must(s, "db.execute", m{"sql": "INSERT INTO " + table + " (v) VALUES (?)", "params": []any{v}})
		if got["rowsAffected"] != int64(1) || got["lastInsertId"] != int64(i+1) || got["columns"] != nil {
			t.Errorf("insert %v: %v", v, got)
		}
	}
	got := p.must(s, "db.query", m{"sql": "SELECT v FROM " + table + " ORDER BY rowid"})
	want := make([]any, len(values))
	for i, v := range values {
		want[i] = []any{v}
	}
	if diff := cmp.Diff(m{"columns": []any{"v"}, "rows": want}, got); diff != "" {
		t.Error(diff)
	}
	got = p.must(s, "db.execute", m{"sql": "DELETE FROM " + table + " WHERE rowid <= ? RETURNING rowid", "params": []any{2}})
	if !cmp.Equal(got["rows"], []any{[]any{int64(1)}, []any{int64(2)}}) {
		t.Errorf("returning: %v", got)
	}
	got = p.must(s, "db.transaction", m{"statements": []any{
		m{"sql": "UPDATE " + table + " SET v = ?", "params": []any{true}},
		m{"sql": "DELETE FROM " + table, "params": []any{}},
	}})
	if results := got["results"].([]any); len(results) != 2 || results[1].(map[string]any)["rowsAffected"] != int64(7) {
		t.Errorf("transaction: %v", got)
	}
}

func TestArgumentsAreHeldAgainstTheSchema(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	for _, c := range []struct {
		method string
		params m
		want   string
	}{
		{"context.get", m{"id": "other"}, "request.malformed"},
		{"db.query", m{}, "request.malformed"},
		{"db.query", m{"sql": 1}, "request.malformed"},
		{"db.query", m{"sql": "SELECT 1", "params": m{}}, "request.malformed"},
		{"db.query", m{"sql": "SELECT ?", "params": []any{[]any{1}}}, "request.malformed"},
		{"db.query", m{"sql": "SELECT ?", "params": []any{m{}}}, "request.malformed"},
		{"db.query", m{"sql": "SELECT ?", "params": []any{uint64(math.MaxUint64)}}, "request.malformed"},
		{"db.query", m{"sql": "SELECT 1", "limit": 1}, "request.malformed"},
		{"db.query", m{"sql": strings.Repeat(" ", 200_000) + "SELECT 1"}, "quota.statement"},
		{"db.query", m{"sql": "DELETE FROM x"}, "db.syntax"},
		{"db.transaction", m{"statements": m{}}, "request.malformed"},
		{"db.transaction", m{"statements": []any{"SELECT 1"}}, "request.malformed"},
		{"db.transaction", m{"statements": []any{m{"sql": "SELECT 1", "x": 1}}}, "request.malformed"},
		{"db.migrate", m{"migrations": []any{m{"name": "", "sql": ""}}}, "request.malformed"},
		{"db.migrate", m{"migrations": []any{m{"name": "1", "sql": "CREATE TABLE {{A B}} (id)"}}}, "manifest.migration_placeholder"},
		{"kv.get", m{}, "request.malformed"},
		{"kv.get", m{"key": ""}, "kv.key"},
		{"kv.get", m{"key": strings.Repeat("k", 513)}, "kv.key"},
		{"kv.set", m{"key": "a"}, "request.malformed"},
		{"kv.set", m{"key": "a", "value": make([]byte, 1<<20)}, "quota.value"},
		{"kv.list", m{"limit": 0}, "request.malformed"},
		{"kv.list", m{"limit": 10_001}, "request.malformed"},
		{"kv.list", m{"limit": 1.5}, "request.malformed"},
		{"__proto__", m{}, "method.unknown"},
	} {
		_, code := p.call(s, c.method, c.params)
		if code != c.want {
			t.Errorf("%s %.80v: %q, want %q", c.method, fmt.Sprint(c.params), code, c.want)
		}
	}
}

func TestAnAppReachesNoTableButItsOwn(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	other := p.open(p.install(nil, bundletest.With("name", "other")))
	p.must(other, "db.migrate", m{"migrations": []any{m{"name": "1", "sql": "CREATE TABLE {{t}} (v PRIMARY KEY)"}}})
	for _, sql := range []string{
		"SELECT * FROM alcove_kv", "SELECT * FROM sqlite_master",
		`SELECT * FROM "` + other.Context.Prefix + `t"`, "PRAGMA database_list", "ATTACH ':memory:' AS x",
	} {
		if _, code := p.call(s, "db.query", m{"sql": sql}); !strings.HasPrefix(code, "db.") {
			t.Errorf("%s: %q", sql, code)
		}
	}
}

func TestValuesThatSurvive(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil)
	s := p.open(id)
	other := p.open(p.install(nil, bundletest.With("name", "other")))
	value := m{"a": []any{nil, true, int64(math.MaxInt64), 1.5, []byte{1, 2}, "x"}}
	p.must(s, "kv.set", m{"key": "settings", "value": value})
	p.must(s, "kv.set", m{"key": "nothing", "value": nil})
	p.bridge.Close(s.Secret)
	s = p.open(id)
	if diff := cmp.Diff(map[string]any{"found": true, "value": value}, p.must(s, "kv.get", m{"key": "settings"})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"found": true, "value": nil}, p.must(s, "kv.get", m{"key": "nothing"})); diff != "" {
		t.Error(diff)
	}
	if got := p.must(other, "kv.get", m{"key": "settings"}); got["found"] != false {
		t.Errorf("another app sees it: %v", got)
	}
	if got := p.must(s, "kv.delete", m{"key": "settings"}); got["deleted"] != true {
		t.Errorf("delete: %v", got)
	}
	if got := p.must(s, "kv.delete", m{"key": "settings"}); got["deleted"] != false {
		t.Errorf("delete again: %v", got)
	}
}

func TestKeysAreListedInOrder(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	for _, key := range []string{"b", "a/1", "a/2", "a/3", "ä", "a%", "A"} {
		p.must(s, "kv.set", m{"key": key, "value": 1})
	}
	for _, c := range []struct {
		params m
		want   []any
	}{
		{m{}, []any{"A", "a%", "a/1", "a/2", "a/3", "b", "ä"}},
		{m{"prefix": "a/"}, []any{"a/1", "a/2", "a/3"}},
		{m{"prefix": "a/", "after": "a/1", "limit": 1}, []any{"a/2"}},
		{m{"prefix": "a%"}, []any{"a%"}},
		{m{"prefix": "ä"}, []any{"ä"}},
		{m{"prefix": "z"}, []any{}},
		{m{"prefix": "", "after": "", "limit": 2}, []any{"A", "a%"}},
	} {
		if diff := cmp.Diff(c.want, p.must(s, "kv.list", c.params)["keys"]); diff != "" {
			t.Errorf("%v: %s", c.params, diff)
		}
	}
}

func TestAReplyOverItsBoundIsAnError(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	_, code := p.call(s, "db.query", m{"sql": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50) SELECT zeroblob(1000000) FROM n"})
	if code != "quota.bytes" {
		t.Errorf("code %q", code)
	}
	// The session goes on.
	if _, err := p.bridge.Open(context.Background(), s.Running.ID, Environment{}); err != nil {
		t.Error(err)
	}
	p.must(s, "context.get", m{})
}
