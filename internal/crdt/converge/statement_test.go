package converge

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// statement is SQL with {name} for full names, and its values.
type statement struct {
	sql    string
	params []any
	// once: each row is written at most once, and only if it was there: what
	// has no new value has no new clock.
	once bool
}

func (s statement) String() string { return fmt.Sprintf("%s %#v", s.sql, s.params) }

// GoString is for the reports of rapid.
func (s statement) GoString() string { return s.String() }

// pools are few values, so that keys and unique columns meet often.
var pools = map[string][]any{
	"text":    {"a", "A", "b", "a ", "ä", "", "c"},
	"integer": {int64(1), int64(2), int64(3), int64(0), int64(-1), int64(1) << 40},
	"real":    {0.5, 1.0, 2.0, math.Copysign(0, -1), 1e300},
	"blob":    {[]byte{}, []byte("a"), []byte{0, 255}, []byte("b")},
	"any":     {int64(1), 1.0, "1", "a", "A ", []byte("a"), 0.5},
	"numeric": {int64(1), 1.5, "2", "x", 3.0},
	"null":    {nil},
}

func (c columnDef) draw(r *rapid.T) any {
	if !c.notNull && rapid.IntRange(0, 5).Draw(r, "null") == 0 {
		return nil
	}
	return rapid.SampledFrom(pools[c.pool]).Draw(r, c.name)
}

// transactions makes the statements of one transaction.
func transactions(s *schemaDef) *rapid.Generator[[]statement] {
	return rapid.SliceOfN(rapid.Custom(func(r *rapid.T) statement {
		t := rapid.SampledFrom(s.tables).Draw(r, "table")
		switch rapid.SampledFrom([]string{"insert", "insert", "insert", "upsert", "update", "update", "update", "delete", "other"}).Draw(r, "statement") {
		case "insert":
			return t.drawInsert(r)
		case "upsert":
			return t.drawUpsert(r)
		case "update":
			return t.drawUpdate(r)
		case "delete":
			return t.drawDelete(r)
		}
		return t.drawOther(r)
	}), 1, 4)
}

// drawInsert inserts one row or several, with all columns or some.
func (t *tableDef) drawInsert(r *rapid.T) statement {
	verb := rapid.SampledFrom([]string{"INSERT", "INSERT", "INSERT", "INSERT OR IGNORE", "INSERT OR REPLACE", "REPLACE", "INSERT OR FAIL"}).Draw(r, "verb")
	return t.insert(r, verb, rapid.SampledFrom([]int{1, 1, 1, 2, 4}).Draw(r, "rows"))
}

func (t *tableDef) insert(r *rapid.T, verb string, rows int) statement {
	var columns []int
	for _, i := range t.synced() {
		// An automatic key may be left to SQLite, a column to its default.
		if t.isKey(i) && !t.auto || rapid.IntRange(0, 4).Draw(r, "given") > 0 {
			columns = append(columns, i)
		}
	}
	if len(columns) == 0 {
		return statement{sql: fmt.Sprintf("%s INTO {%s} DEFAULT VALUES", verb, t.name)}
	}
	st := statement{sql: fmt.Sprintf("%s INTO {%s} (%s) VALUES ", verb, t.name, t.names(columns))}
	for i := range rows {
		if i > 0 {
			st.sql += ", "
		}
		st.sql += "(?" + strings.Repeat(", ?", len(columns)-1) + ")"
		for _, c := range columns {
			st.params = append(st.params, t.columns[c].draw(r))
		}
	}
	return st
}

func (t *tableDef) drawUpsert(r *rapid.T) statement {
	st := t.insert(r, "INSERT", rapid.SampledFrom([]int{1, 1, 3}).Draw(r, "rows"))
	if strings.HasSuffix(st.sql, "DEFAULT VALUES") {
		return st
	}
	switch rapid.IntRange(0, 3).Draw(r, "conflict") {
	case 0:
		st.sql += " ON CONFLICT DO NOTHING"
	case 1:
		st.sql += " ON CONFLICT DO UPDATE SET " + t.assign(r, &st)
	default:
		st.sql += " ON CONFLICT (" + t.names(t.key) + ") DO UPDATE SET " + t.assign(r, &st)
		if rapid.Bool().Draw(r, "where") {
			st.sql += " WHERE true"
		}
	}
	return st
}

// assign draws what SET sets.
func (t *tableDef) assign(r *rapid.T, st *statement) string {
	var parts []string
	set := map[int]bool{}
	for range rapid.SampledFrom([]int{1, 1, 2}).Draw(r, "set") {
		i := rapid.SampledFrom(t.synced()).Draw(r, "column")
		if set[i] || t.isKey(i) && rapid.IntRange(0, 3).Draw(r, "key too") > 0 {
			i = len(t.synced()) - 1
		}
		if set[i] {
			continue
		}
		set[i] = true
		name := t.columns[i].name
		switch rapid.IntRange(0, 9).Draw(r, "value") {
		case 0:
			parts = append(parts, name+" = "+t.columns[rapid.SampledFrom(t.synced()).Draw(r, "from")].name)
		case 1:
			parts = append(parts, name+" = "+name) // nothing changes
		default:
			parts = append(parts, name+" = ?")
			st.params = append(st.params, t.columns[i].draw(r))
		}
	}
	return strings.Join(parts, ", ")
}

// where draws a condition: one row by its key, some, or all of them.
func (t *tableDef) where(r *rapid.T, st *statement) string {
	switch rapid.IntRange(0, 9).Draw(r, "which") {
	case 0:
		return ""
	case 1, 2:
		i := rapid.IntRange(0, len(t.columns)-1).Draw(r, "by")
		if t.columns[i].generated != "" {
			return " WHERE " + t.columns[i].name + " IS NOT NULL"
		}
		st.params = append(st.params, t.columns[i].draw(r))
		return fmt.Sprintf(" WHERE %s %s ?", t.columns[i].name, rapid.SampledFrom([]string{"=", ">", "<", "IS"}).Draw(r, "compare"))
	}
	return t.byKey(r, st)
}

// byKey draws the key of one row.
func (t *tableDef) byKey(r *rapid.T, st *statement) string {
	var parts []string
	for _, k := range t.key {
		parts = append(parts, t.columns[k].name+" = ?")
		st.params = append(st.params, rapid.SampledFrom(pools[t.columns[k].pool]).Draw(r, "key"))
	}
	return " WHERE " + strings.Join(parts, " AND ")
}

func (t *tableDef) drawUpdate(r *rapid.T) statement {
	verb := rapid.SampledFrom([]string{"UPDATE", "UPDATE", "UPDATE", "UPDATE OR REPLACE", "UPDATE OR IGNORE"}).Draw(r, "verb")
	st := statement{once: verb == "UPDATE"}
	set := t.assign(r, &st)
	st.sql = fmt.Sprintf("%s {%s} SET %s", verb, t.name, set)
	st.sql += t.where(r, &st)
	return st
}

// drawRivals makes two statements that give one unique value to a row each, or
// none, if no table has something unique that can be set.
func (s *schemaDef) drawRivals(r *rapid.T) (list []statement) {
	t := rapid.SampledFrom(s.tables).Draw(r, "table")
	if len(t.uniques) == 0 {
		return nil
	}
	var parts []string
	var values []any
	for _, c := range rapid.SampledFrom(t.uniques).Draw(r, "unique").columns {
		if !t.isKey(c) && t.columns[c].generated == "" {
			parts = append(parts, t.columns[c].name+" = ?")
			values = append(values, t.columns[c].draw(r))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	for range 2 {
		st := statement{sql: fmt.Sprintf("UPDATE {%s} SET %s", t.name, strings.Join(parts, ", ")), params: slices.Clone(values), once: true}
		st.sql += t.byKey(r, &st)
		list = append(list, st)
	}
	return list
}

func (t *tableDef) drawDelete(r *rapid.T) statement {
	st := statement{}
	where := t.where(r, &st)
	st.sql = fmt.Sprintf("DELETE FROM {%s}%s", t.name, where)
	return st
}

// drawOther is what the others leave out.
func (t *tableDef) drawOther(r *rapid.T) statement {
	switch rapid.IntRange(0, 3).Draw(r, "other") {
	case 0: // fails, so the transaction is undone
		return statement{sql: fmt.Sprintf("INSERT INTO {%s} SELECT 1, 2, 3, 4, 5, 6, 7, 8, 9", t.name)}
	case 1: // all rows again
		names := t.names(t.synced())
		return statement{sql: fmt.Sprintf("INSERT OR REPLACE INTO {%s} (%s) SELECT %s FROM {%s}", t.name, names, names, t.name)}
	case 2:
		st := t.drawInsert(r)
		st.sql += " RETURNING *"
		return st
	}
	st := t.drawDelete(r)
	st.sql += " RETURNING *"
	return st
}
