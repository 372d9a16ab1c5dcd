package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
)

// TestManyExpressionsAreWhatEachIs: a statement with many expressions is
// rearranged, one with few is not.
func TestManyExpressionsAreWhatEachIs(t *testing.T) {
	_, c := twoExtensions(t)
	execute(t, c, "INSERT INTO {tags} (tag) VALUES ('1'), ('2.5'), (NULL), ('abc'), ('\u00c4'), (7), (x'31')")
	var list []string
	for i := range 12 {
		for _, e := range []string{
			"tag + %d", "tag || '%d'", "tag > %d", "CASE WHEN tag THEN upper(tag) ELSE %d END", "tag AND %d", "NOT tag OR %d",
			"coalesce(tag, %d)", "tag IN (%d, '1')", "CAST(tag AS INTEGER) % 3 = %d", "iif(tag IS NULL, %d, length(tag))", "(SELECT max(o.tag) FROM {tags} o WHERE o.tag < n.tag + %d)",
			"sum(tag = %d) OVER (ORDER BY rowid)",
		} {
			list = append(list, strings.ReplaceAll(e, "%d", fmt.Sprint(i)))
		}
	}
	all := query(t, c, "SELECT "+strings.Join(list, ", ")+" FROM {tags} n ORDER BY rowid").Rows
	if len(all) != 7 {
		t.Fatalf("%d rows", len(all))
	}
	for i, e := range list {
		one := query(t, c, "SELECT "+e+" FROM {tags} n ORDER BY rowid").Rows
		for row := range one {
			if diff := cmp.Diff(one[row][0], all[row][i]); diff != "" {
				t.Errorf("%s, row %d: %s", e, row, diff)
			}
		}
	}
	sums := query(t, c, "SELECT tag IS NULL"+strings.Repeat(", sum(tag), max(tag), group_concat(tag)", 20)+" FROM {tags} GROUP BY 1 ORDER BY 1").Rows
	few := query(t, c, "SELECT tag IS NULL, sum(tag), max(tag), group_concat(tag) FROM {tags} GROUP BY 1 ORDER BY 1").Rows
	for row := range few {
		if diff := cmp.Diff(few[row][1:], sums[row][len(sums[row])-3:]); diff != "" {
			t.Errorf("sums: %s", diff)
		}
	}
}

// TestTriggersWithManyExpressions also call themselves.
func TestTriggersWithManyExpressions(t *testing.T) {
	s, c := twoExtensions(t)
	conditions := make([]string, 100)
	for i := range conditions {
		conditions[i] = fmt.Sprintf("(length(NEW.x || '%d') > %d)", i, i%3)
	}
	if err := migrate(s, 1, notesPrefix, migration("many", "CREATE TABLE {count} (x); CREATE TRIGGER {up} AFTER INSERT ON {count} WHEN NEW.x < 20 AND "+
		strings.Join(conditions, " + ")+" BEGIN INSERT INTO {count} VALUES (NEW.x + 1), (NEW.x + 100); UPDATE {count} SET x = x + "+
		strings.Join(conditions, " + ")+" WHERE x = NEW.x + 100; END")); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		execute(t, c, "INSERT INTO {count} VALUES (1)")
	}
	if got := query(t, c, "SELECT count(*), min(x), max(x) FROM {count}").Rows[0]; got[0] != int64(117) || got[1] != int64(1) {
		t.Errorf("%v", got)
	}
}

// TestAStatementIsJudgedAnewWithTheSchema: a reading connection learns that a
// table has changed when the statement runs.
func TestAStatementIsJudgedAnewWithTheSchema(t *testing.T) {
	s, c := twoExtensions(t)
	if err := migrate(s, 1, notesPrefix, migration("the trigger knows two columns", "DROP TRIGGER {tagged}")); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if got := query(t, c, "SELECT * FROM {tags}").Columns; len(got) != 2+i {
			t.Errorf("columns %v", got)
		}
		if err := migrate(s, 1, notesPrefix, migration(fmt.Sprint("column ", i), fmt.Sprintf("ALTER TABLE {tags} ADD COLUMN c%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := migrate(s, 1, notesPrefix, migration("gone", "DROP TABLE {tags}")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Query(t.Context(), Statement{SQL: own("SELECT * FROM {tags}")}); fault.Code(err) != "db.syntax" {
		t.Errorf("a table that is gone: %v", err)
	}
}

// TestAStatementIsCompiledForItsValues, before it runs, and judged and arranged
// like the first time.
func TestAStatementIsCompiledForItsValues(t *testing.T) {
	s, c := twoExtensions(t)
	execute(t, c, "INSERT INTO {notes} (title, body) VALUES ('a', 'xa'), ('b', 'xb'), ('c', 'yc')")
	for range 2 {
		if got := query(t, c, "SELECT title FROM {notes} WHERE body LIKE ? ORDER BY title LIMIT ?", "x%", int64(5)).Rows; len(got) != 2 {
			t.Errorf("%v", got)
		}
		if out := execute(t, c, "UPDATE {notes} SET made = 1 WHERE body LIKE ? RETURNING id", "y%"); out.RowsAffected != 1 || len(out.Rows) != 1 {
			t.Errorf("%+v", out)
		}
	}
	err := s.writer.raw(func(h handle) error {
		st, _, err := h.prepare(own("SELECT title, "+many("length(title)")+" FROM {notes} WHERE body LIKE ?"), 0)
		if err != nil {
			return err
		}
		defer st.finish()
		if st.expired() || st.spare == 0 {
			t.Error("at first")
		}
		if err := st.bind([]any{"x%"}); err != nil {
			return err
		}
		if !st.expired() {
			t.Error("SQLite would not compile it anew")
		}
		if err := st.compileAnew(); err != nil {
			return err
		}
		if st.expired() || st.spare == 0 || st.explains() != 0 {
			t.Error("after it was compiled anew")
		}
		for _, want := range []string{"a", "b"} {
			more, err := st.step()
			if err != nil || !more || st.value(0) != want || st.value(1) != int64(4096) {
				t.Errorf("%v %v", more, err)
			}
		}
		more, err := st.step()
		if more {
			t.Error("a third row")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
