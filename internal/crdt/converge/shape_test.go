package converge

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/crdt/model"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// shapeOf translates a schema for the model.
func shapeOf(s *schemaDef, tables map[string]trackedTable) model.Shape {
	var shape model.Shape
	for _, t := range s.tables {
		at := t.synced()
		ts := model.TableShape{ID: tables[t.name].id}
		for i, c := range tables[t.name].columns {
			ts.Columns = append(ts.Columns, model.Column{ID: c.id, Default: t.columns[at[i]].constant()})
		}
		if t.auto {
			ts.Unique = append(ts.Unique, func(v []string) (string, bool) { return t.keyOf(v), true })
		}
		for _, u := range t.uniques {
			ts.Unique = append(ts.Unique, u.key(at))
		}
		for _, p := range t.parents {
			parent := s.tables[p.table]
			var collations []sqlvalue.Collation // the parent's, on both sides
			for _, c := range p.columns {
				collations = append(collations, parent.columns[c].collation)
			}
			ts.Parents = append(ts.Parents, model.Reference{
				Child:  keyOver(at, p.child, collations),
				Parent: p.table,
				Key:    keyOver(parent.synced(), p.columns, collations),
			})
		}
		shape = append(shape, ts)
	}
	return shape
}

// constant is the exact form of the default of a column.
func (c columnDef) constant() string {
	return map[string]string{
		"":       string(sqlvalue.AppendNull(nil)),
		"'none'": string(sqlvalue.AppendText(nil, []byte("none"))),
		"7":      string(sqlvalue.AppendInteger(nil, 7)),
		"0.5":    string(sqlvalue.AppendFloat(nil, 0.5)),
		"x'00'":  string(sqlvalue.AppendBlob(nil, []byte{0})),
		"1":      string(sqlvalue.AppendInteger(nil, 1)),
		"1.5":    string(sqlvalue.AppendFloat(nil, 1.5)),
	}[c.fallback]
}

// keyOver makes a key of columns; at are the columns that values hold. A row
// with a NULL in it takes no part.
func keyOver(at, columns []int, collations []sqlvalue.Collation) model.Key {
	return func(values []string) (string, bool) {
		var key []byte
		for i, c := range columns {
			v := valueAt(at, values, c)
			if v.Tag == sqlvalue.Null {
				return "", false
			}
			key = sqlvalue.AppendKey(key, v, collations[i])
		}
		return string(key), true
	}
}

func valueAt(at []int, values []string, column int) sqlvalue.Value {
	v, _, err := sqlvalue.Read([]byte(values[slices.Index(at, column)]))
	if err != nil {
		panic(err)
	}
	return v
}

func (u uniqueDef) key(at []int) model.Key {
	plain := keyOver(at, u.columns, u.collations)
	return func(values []string) (string, bool) {
		if u.where >= 0 && valueAt(at, values, u.where).Tag == sqlvalue.Null {
			return "", false
		}
		if u.lower {
			// Of a TEXT column, so what is no text is NULL or a blob, which
			// lower() takes for text.
			v := valueAt(at, values, u.columns[0])
			if v.Tag == sqlvalue.Null {
				return "", false
			}
			return lowered(v.Data), true
		}
		return plain(values)
	}
}

// lowered is what lower() of SQLite makes of text.
func lowered(text []byte) string {
	out := []byte(string(text))
	for i, b := range out {
		if 'A' <= b && b <= 'Z' {
			out[i] = b + 'a' - 'A'
		}
	}
	return string(out)
}

// canonical writes a state down. What a collection below floor may forget is
// left out: stamps up to there, and tombstones.
func canonical(s model.State, shape model.Shape, floor int64) []string {
	var out []string
	stamp := func(st model.Stamp) string {
		if st.H <= floor {
			return "-"
		}
		return fmt.Sprintf("%d.%d/%x/%d", st.H>>15, st.H&0x7fff, st.Site[:2], st.M)
	}
	for i, t := range shape {
		for _, key := range slices.SortedFunc(maps.Keys(s[t.ID]), cmp.Compare[string]) {
			row := s[t.ID][key]
			if !row.Alive() {
				if row.Stamp.H > floor {
					out = append(out, fmt.Sprintf("%d %x dead %d %s", i, key, row.Life, stamp(row.Stamp)))
				}
				continue
			}
			var cells []string
			values := t.Values(row)
			for n, c := range t.Columns {
				cells = append(cells, show(values[n])+"@"+stamp(row.Cells[c.ID].Stamp))
			}
			life := fmt.Sprint(row.Life)
			if row.Stamp.H <= floor {
				life = "-"
			}
			out = append(out, fmt.Sprintf("%d %x life %s %s: %s", i, key, life, stamp(row.Stamp), strings.Join(cells, " ")))
		}
	}
	return out
}

func show(value string) string {
	v, _, err := sqlvalue.Read([]byte(value))
	if err != nil {
		return fmt.Sprintf("malformed %x", value)
	}
	return fmt.Sprintf("%#v", v.Go())
}
