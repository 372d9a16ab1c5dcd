package store

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
)

// peopleTable is a table of another app with a column that is not granted.
var peopleTable = otherPrefix + "people"

func withPeople(t testing.TB) *Store {
	t.Helper()
	s, _ := twoExtensions(t)
	err := migrate(s, 2, otherPrefix, migration("0002", `
		CREATE TABLE {{people}} (id INTEGER PRIMARY KEY, name TEXT, pin TEXT, shown TEXT GENERATED ALWAYS AS (upper(name)));
		CREATE TABLE {{bare}} (pin TEXT);
		CREATE VIEW {{cards}} AS SELECT name, pin FROM {{people}};
		CREATE TRIGGER {{renamed}} AFTER UPDATE OF name ON {{people}} BEGIN UPDATE {{people}} SET pin = pin || '' WHERE id = NEW.id; END;
		INSERT INTO {{people}} (id, name, pin) VALUES (1, 'ada', '1111'), (2, 'bob', '2222'), (3, 'cy', '3333');
		INSERT INTO {{bare}} VALUES ('1111')`))
	if err != nil {
		t.Fatal(err)
	}
	run(t, s, expand("INSERT INTO {notes} (title, body) VALUES ('a', 'b')"))
	return s
}

// What an app sees does not depend on a column that was not granted, whatever
// it asks: each statement is answered the same before and after the column
// changes, or refused.
func TestWithheldColumnsChangeNothingThatAnAppSees(t *testing.T) {
	grants := []Grant{
		{Action: ActionReadWrite, Target: peopleTable, Columns: []string{"id", "name", "shown"}},
		{Action: ActionDelete, Target: peopleTable},
		{Action: ActionRead, Target: otherPrefix + "bare", Columns: []string{"nothing"}},
		{Action: ActionRead, Target: otherPrefix + "cards", Columns: []string{"name"}},
	}
	statements := []struct{ text, code string }{
		{"SELECT id, name FROM {{people}}", ""},
		{"SELECT shown FROM {{people}} ORDER BY name", ""},
		{"SELECT count(*) FROM {{people}}", ""},
		{"SELECT p.name, n.title FROM {{people}} AS p JOIN {notes} AS n ON n.id = p.id", ""},
		{"SELECT name FROM {{cards}} ORDER BY name", ""},
		{"SELECT count(*) FROM {{cards}}", ""},
		{"SELECT count(*) FROM {{bare}}", ""},
		{"UPDATE {{people}} SET name = 'eve' WHERE id = 1 RETURNING id, name", ""},
		{"UPDATE {{people}} SET (name) = (SELECT title FROM {notes})", ""},
		{"INSERT OR IGNORE INTO {notes} (title) SELECT name FROM {{people}}", ""},
		{"WITH p AS (SELECT name FROM {{people}}) SELECT * FROM p ORDER BY name", ""},

		{"SELECT pin FROM {{people}}", "db.denied"},
		{"SELECT * FROM {{people}}", "db.denied"},
		{"SELECT p.* FROM {{people}} AS p", "db.denied"},
		{"SELECT PIN FROM {{people}}", "db.denied"},
		{`SELECT "p"."pin" FROM {{people}} AS "p"`, "db.denied"},
		{"SELECT name FROM {{people}} WHERE pin = '1111'", "db.denied"},
		{"SELECT name FROM {{people}} ORDER BY pin", "db.denied"},
		{"SELECT count(*) FROM {{people}} GROUP BY pin", "db.denied"},
		{"SELECT max(pin) FROM {{people}}", "db.denied"},
		{"SELECT name, count(*) FILTER (WHERE pin > '2') FROM {{people}}", "db.denied"},
		{"SELECT row_number() OVER (ORDER BY pin) FROM {{people}}", "db.denied"},
		{"SELECT (SELECT pin FROM {{people}} WHERE id = 1)", "db.denied"},
		{"SELECT 1 WHERE EXISTS (SELECT 1 FROM {{people}} WHERE pin LIKE '1%')", "db.denied"},
		{"SELECT '1111' IN {{bare}}", "db.denied"},
		{"SELECT '1111' IN (SELECT pin FROM {{bare}})", "db.denied"},
		{"SELECT pin FROM {{bare}}", "db.denied"},
		{"WITH x AS (SELECT pin FROM {{people}}) SELECT * FROM x", "db.denied"},
		{"WITH x AS (SELECT * FROM {{people}}) SELECT name FROM x", "db.denied"},
		{"WITH x(a, b, c, d) AS (SELECT * FROM {{people}}) SELECT count(*) FROM x", "db.denied"},
		{"SELECT name FROM {{people}} UNION SELECT pin FROM {{people}}", "db.denied"},
		{"SELECT count(*) FROM {{people}} JOIN (SELECT '1111' AS pin) USING (pin)", "db.denied"},
		{"SELECT count(*) FROM {{people}} NATURAL JOIN (SELECT '1111' AS pin)", "db.denied"},
		{"SELECT count(*) FROM (SELECT '1111' AS pin) NATURAL LEFT JOIN {{people}}", "db.denied"},
		{"SELECT count(*) FROM {{bare}} JOIN (SELECT '1111' AS pin) USING (pin)", "db.denied"},
		{"SELECT count(*) FROM (SELECT '1111' AS pin) /**/ natural/**/join {{cards}}", "db.denied"},
		{"SELECT a.name FROM {{people}} AS a JOIN {{people}} AS b ON a.pin = b.pin", "db.denied"},
		{"SELECT pin FROM {{cards}}", "db.denied"},
		{"SELECT * FROM {{cards}}", "db.denied"},
		{"SELECT rowid FROM {{people}} WHERE rowid = pin - 1110", "db.denied"},

		{"UPDATE {{people}} SET pin = 'x'", "db.denied"},
		{"UPDATE {{people}} SET name = pin", "db.denied"},
		{"UPDATE {{people}} SET name = name WHERE pin = '1111'", "db.denied"},
		{"UPDATE {{people}} SET (name, pin) = ('x', 'y')", "db.denied"},
		{"UPDATE {{people}} SET name = 'x' RETURNING pin", "db.denied"},
		{"UPDATE {{people}} SET name = 'x' RETURNING *", "db.denied"},
		{"UPDATE {notes} SET body = p.pin FROM {{people}} AS p WHERE p.id = 1", "db.denied"},
		{"UPDATE {{people}} SET name = 'x' FROM (SELECT '1111' AS pin) AS g WHERE g.pin = {{people}}.pin", "db.denied"},
		{"DELETE FROM {{people}} WHERE pin = '1111'", "db.denied"},
		{"DELETE FROM {{people}} WHERE id = 1 RETURNING pin", "db.denied"},
		{"INSERT INTO {{people}} (name) VALUES ('x')", "db.denied"},
		{"INSERT INTO {{people}} (id, name, pin) VALUES (4, 'x', 'y')", "db.denied"},
		{"REPLACE INTO {{people}} (id, name) VALUES (1, 'x')", "db.denied"},
		{"INSERT INTO {{people}} (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = pin", "db.denied"},
		{"INSERT INTO {notes} (title) SELECT pin FROM {{people}}", "db.denied"},
		{"INSERT INTO {notes} (title) VALUES ((SELECT pin FROM {{people}} WHERE id = 1))", "db.denied"},
	}
	var told [][]string
	for _, pin := range []string{"1111", "9999"} {
		s := withPeople(t)
		run(t, s, expand("UPDATE {{people}} SET pin = ? WHERE id = 1"), pin)
		run(t, s, expand("UPDATE {{bare}} SET pin = ?"), pin)
		c := s.Confine(Rights{Own: notesPrefix, Grants: grants}, DefaultLimits())
		var answers []string
		for _, st := range statements {
			out, err := c.Execute(t.Context(), Statement{SQL: expand(st.text)})
			if fault.Code(err) != st.code {
				t.Errorf("%s: %v, want %q", st.text, err, st.code)
			}
			answers = append(answers, fmt.Sprint(st.text, out.Rows, out.RowsAffected, fault.Code(err)))
		}
		told = append(told, answers)
		c.Close()
	}
	if diff := cmp.Diff(told[0], told[1]); diff != "" {
		t.Error(diff)
	}
}

func TestColumnsOfSeveralGrantsAddUp(t *testing.T) {
	s := withPeople(t)
	for _, tt := range []struct {
		name   string
		grants []Grant
		text   string
		ok     bool
	}{
		{"one each", []Grant{{Action: ActionRead, Target: peopleTable, Columns: []string{"name"}}, {Action: ActionRead, Target: otherPrefix + "*", Columns: []string{"pin"}}}, "SELECT name, pin FROM {{people}}", true},
		{"one of all", []Grant{{Action: ActionRead, Target: peopleTable, Columns: []string{"name"}}, {Action: ActionRead, Target: otherPrefix + "*"}}, "SELECT * FROM {{people}}", true},
		{"all may be written, one read", []Grant{{Action: ActionReadWrite, Target: peopleTable}, {Action: ActionRead, Target: peopleTable, Columns: []string{"name"}}}, "SELECT * FROM {{people}}", true},
		{"one may be written, all read", []Grant{{Action: ActionReadWrite, Target: peopleTable, Columns: []string{"name"}}, {Action: ActionRead, Target: peopleTable}}, "UPDATE {{people}} SET pin = '1' WHERE pin = '2'", false},
		{"and that one", []Grant{{Action: ActionReadWrite, Target: peopleTable, Columns: []string{"name"}}, {Action: ActionRead, Target: peopleTable}}, "UPDATE {{people}} SET name = pin", true},
		{"a denial", []Grant{{Action: ActionRead, Target: peopleTable, Columns: []string{"name"}}, {Action: ActionRead, Target: peopleTable, Deny: true}}, "SELECT name FROM {{people}}", false},
		{"deleting only", []Grant{{Action: ActionDelete, Target: peopleTable}}, "SELECT count(*) FROM {{people}} JOIN (SELECT '1111' AS pin) USING (pin)", false},
		{"deleting only, naturally", []Grant{{Action: ActionDelete, Target: peopleTable}}, "DELETE FROM {{people}} WHERE 1 IN (SELECT 1 FROM {{people}} NATURAL JOIN (SELECT '1111' AS pin))", false},
		{"USING with a table that may be read", []Grant{{Action: ActionRead, Target: peopleTable}}, "SELECT count(*) FROM {{people}} JOIN (SELECT '1111' AS pin) USING (pin)", true},
		{"until a date that is past", []Grant{{Action: ActionRead, Target: peopleTable, Until: 1}}, "SELECT name FROM {{people}}", false},
		{"until one that is not", []Grant{{Action: ActionRead, Target: peopleTable, Until: math.MaxInt64}}, "SELECT name FROM {{people}}", true},
		{"a denial that has ended", []Grant{{Action: ActionRead, Target: peopleTable}, {Action: ActionRead, Target: peopleTable, Deny: true, Until: 1}}, "SELECT name FROM {{people}}", true},
		{"none", []Grant{{Action: ActionRead, Target: peopleTable, Columns: []string{}}}, "SELECT name FROM {{people}}", false},
		{"USING beside other tables", []Grant{{Action: ActionRead, Target: peopleTable, Columns: []string{"name"}}}, "SELECT * FROM {notes} JOIN (SELECT 1 AS id) USING (id)", true},
	} {
		c := s.Confine(Rights{Own: notesPrefix, Grants: tt.grants}, DefaultLimits())
		_, err := c.Execute(t.Context(), Statement{SQL: expand(tt.text)})
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
		c.Close()
	}
}

func TestRowsOfAGrantedTableAreLimited(t *testing.T) {
	s := withPeople(t)
	c := s.Confine(Rights{Own: notesPrefix, Grants: []Grant{
		{Action: ActionReadWrite, Target: peopleTable, MaxRows: 2},
		{Action: ActionRead, Target: otherPrefix + "cards"},
	}}, DefaultLimits())
	defer c.Close()
	for text, code := range map[string]string{
		"SELECT name FROM {{people}} LIMIT 2":                                   "",
		"SELECT name FROM {{people}}":                                           "quota.rows",
		"SELECT a.name FROM {{cards}}, (SELECT 1) AS a, {{people}}":             "db.syntax",
		"SELECT name FROM {{cards}} LIMIT 2":                                    "",
		"SELECT 1 FROM {{cards}}, {{people}}":                                   "quota.rows",
		"SELECT 1 FROM {{people}} JOIN (SELECT 1 AS x UNION SELECT 2) ON x < 3": "quota.rows",
		"SELECT 1 FROM {notes} JOIN {{people}} USING (id)":                      "",
		"SELECT 1 FROM {{people}} JOIN (SELECT id FROM {{people}}) USING (id)":  "quota.rows",
		"UPDATE {{people}} SET name = name":                                     "",
		"UPDATE {{people}} SET name = name RETURNING name":                      "quota.rows",
		"UPDATE {{people}} SET name = name WHERE id < 3 RETURNING name":         "",
	} {
		if _, err := c.Execute(t.Context(), Statement{SQL: expand(text)}); fault.Code(err) != code {
			t.Errorf("%s: %v", text, err)
		}
	}
	_, err := c.Query(t.Context(), Statement{SQL: expand("SELECT name FROM {{people}}")})
	if fault.Code(err) != "quota.rows" || !strings.Contains(err.Error(), "2 rows") {
		t.Error(err)
	}
}

func TestWhatWasDoneByAGrantIsTold(t *testing.T) {
	s := withPeople(t)
	var told []string
	c := s.Confine(Rights{Own: notesPrefix, Grants: []Grant{
		{Action: ActionReadWrite, Target: peopleTable}, {Action: ActionRead, Target: otherPrefix + "bare"}, {Action: ActionDelete, Target: otherPrefix + "bare"},
	}, Used: func(action Action, table string) {
		told = append(told, string(action)+" "+strings.TrimPrefix(table, otherPrefix))
	}}, DefaultLimits())
	defer c.Close()
	for text, want := range map[string][]string{
		"SELECT * FROM {notes}":                                        nil,
		"SELECT name, pin FROM {{people}}":                             {"read people"},
		"SELECT * FROM {{people}}, {{bare}}":                           {"read bare", "read people"},
		"UPDATE {{people}} SET name = 'x' WHERE id = 2":                {"read people", "readWrite people"},
		"SELECT 1 FROM {{people}} JOIN (SELECT 1 AS id) USING (id)":    {"read people"},
		"SELECT missing FROM {{people}}":                               nil,
		"INSERT INTO {{bare}} VALUES (1)":                              nil,
		"DELETE FROM {{bare}} WHERE pin = 'x'":                         {"delete bare", "read bare"},
		"WITH x AS (SELECT pin FROM {{bare}}) SELECT count(*) FROM x":  {"read bare"},
		"INSERT INTO {notes} (title) SELECT pin FROM {{bare}} LIMIT 1": {"read bare"},
	} {
		told = nil
		_, _ = c.Execute(t.Context(), Statement{SQL: expand(text)})
		slices.Sort(told)
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}
