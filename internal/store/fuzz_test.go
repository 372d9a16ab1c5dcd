package store

import (
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// FuzzConfined gives any text to the confined entries. They must not panic,
// must answer with a code, and must leave what is not the extension's alone.
func FuzzConfined(f *testing.F) {
	for _, e := range corpus(f) {
		f.Add(e.text)
	}
	for _, text := range []string{
		"SELECT '", "SELECT \"", "SELECT [", "/*", "--", "SELECT 1 /* ", "SELECT x'0", "\x00", "SELECT 1\x00; DROP TABLE t", "SELECT ?1, ?32767", ";;;",
		"INSERT INTO {notes} (title) VALUES ('ü\xff') RETURNING *", "SELECT * FROM json_each('[1,2]')", "VALUES (1), (2)",
	} {
		f.Add(own(text))
	}
	s, _ := twoExtensions(f)
	c := s.Confine(Rights{Own: notesPrefix, Extension: 1}, Limits{Statement: 1000, Params: 10, Rows: 100, Bytes: 1 << 16, Time: 30 * time.Millisecond})
	before := othersOf(f, s)
	known := map[string]bool{"": true}
	for _, code := range []string{
		"db.syntax", "db.denied", "db.constraint", "db.not_a_query", "db.several_statements", "db.parameter", "db.busy",
		"db.migration_failed", "quota.statement", "quota.params", "quota.rows", "quota.bytes", "quota.time",
	} {
		known[code] = true
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, queryErr := c.Query(t.Context(), Statement{SQL: text})
		_, executeErr := c.Execute(t.Context(), Statement{SQL: text})
		_, migrateErr := c.Migrate(t.Context(), []Migration{{Name: text, SQL: text}}, MigrateOptions{})
		for _, err := range []error{queryErr, executeErr, migrateErr} {
			if !known[fault.Code(err)] {
				t.Errorf("%q: %v", text, err)
			}
		}
		if after := othersOf(t, s); after != before {
			t.Errorf("%q changed what is not its own:\n%s\n%s", text, before, after)
		}
	})
}

// othersOf describes what belongs to the host and the other extension.
func othersOf(t testing.TB, s *Store) (text string) {
	t.Helper()
	err := s.writer.raw(func(h handle) error {
		return h.rows(`SELECT group_concat(type || name || ifnull(sql, '') || rootpage), (SELECT group_concat(secret) FROM "`+otherPrefix+`secrets"),
			(SELECT group_concat(key || value) FROM alcove_setting) FROM (SELECT * FROM sqlite_schema WHERE name NOT LIKE ? AND name NOT LIKE ? AND name NOT LIKE 'sqlite_sequence' ORDER BY name)`,
			[]any{notesPrefix + "%", "sqlite_autoindex_" + notesPrefix + "%"}, func(row []any) error {
				for _, v := range row {
					part, _ := v.(string)
					text += part + "\n"
				}
				return nil
			})
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
