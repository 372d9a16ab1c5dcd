package converge

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"
)

// drawSeeds makes the statements of a migration that write rows into t, with the
// few keys that people's rows have too.
func drawSeeds(r *rapid.T, s *schemaDef, t *tableDef) string {
	t = t.seedable(r)
	var list []string
	for range rapid.SampledFrom([]int{1, 1, 2}).Draw(r, "seeds") {
		var st statement
		switch rapid.SampledFrom([]string{"insert", "select", "insert", "key", "insert"}).Draw(r, "seed") {
		case "insert":
			st = t.insert(r, drawSeedVerb(r, "INSERT"), rapid.SampledFrom([]int{1, 2, 3}).Draw(r, "rows"))
		case "select":
			from := rapid.SampledFrom(append(slices.Clone(s.tables), t)).Draw(r, "from")
			st = t.drawSelected(r, from)
		case "key":
			k := rapid.SampledFrom(t.key).Draw(r, "key")
			st.sql = fmt.Sprintf("%s {%s} SET %s = ?", drawSeedVerb(r, "UPDATE"), t.name, t.columns[k].name)
			st.params = append(st.params, rapid.SampledFrom(pools[t.columns[k].pool]).Draw(r, "to"))
			st.sql += t.where(r, &st)
		}
		list = append(list, st.inline())
	}
	return strings.Join(list, ";\n")
}

// drawSeedVerb says what is done about rows that are in the way. A migration
// that fails on them holds its device up for good, so it is seldom that.
func drawSeedVerb(r *rapid.T, verb string) string {
	return verb + rapid.SampledFrom([]string{" OR IGNORE", " OR REPLACE", " OR IGNORE", " OR REPLACE", ""}).Draw(r, "or")
}

// seedable is t without what would refer to other rows, most of the time:
// parents that are not there would make most migrations fail.
func (t *tableDef) seedable(r *rapid.T) *tableDef {
	n := *t
	if rapid.IntRange(0, 3).Draw(r, "with parents") == 0 {
		return &n
	}
	n.columns = slices.Clone(t.columns)
	for _, p := range t.parents {
		for _, c := range p.child {
			n.columns[c].pool = "null"
		}
	}
	return &n
}

// drawSelected makes rows of those of a table, t or another: what has a
// column's type there is taken over, unless it is a key of t itself.
func (t *tableDef) drawSelected(r *rapid.T, from *tableDef) statement {
	columns := t.synced()
	var st statement
	var terms []string
	for _, c := range columns {
		at := slices.IndexFunc(from.columns, func(d columnDef) bool { return d.generated == "" && d.pool == t.columns[c].pool })
		own := from.name == t.name && t.isKey(c) && (len(t.key) == 1 || rapid.Bool().Draw(r, "another key"))
		if at < 0 || own || t.auto && t.isKey(c) {
			terms = append(terms, "?")
			st.params = append(st.params, t.columns[c].draw(r))
			continue
		}
		if from.name == t.name {
			at = c
		}
		terms = append(terms, from.columns[at].name)
	}
	st.sql = fmt.Sprintf("%s INTO {%s} (%s) SELECT %s FROM {%s}", drawSeedVerb(r, "INSERT"), t.name, t.names(columns), strings.Join(terms, ", "), from.name)
	st.sql += from.where(r, &st)
	return st
}

// inline is a statement with its values in its text: migrations have no others.
func (s statement) inline() string {
	parts := strings.Split(s.sql, "?")
	text := parts[0]
	for i, p := range s.params {
		text += literal(p) + parts[i+1]
	}
	return text
}

func literal(v any) string {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		text := strconv.FormatFloat(v, 'e', -1, 64)
		if v == 0 && math.Signbit(v) {
			text = "-0.0"
		}
		return text
	case string:
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case []byte:
		return fmt.Sprintf("x'%x'", v)
	}
	return "NULL"
}
