package crdt

import (
	"fmt"
	"slices"
	"strings"
)

// uniqueText is a unique constraint as queries need it.
type uniqueText struct {
	why     string
	list    string // the terms, for an index
	set     columns
	width   int
	ofRow   string // terms and condition of one visible row
	ofHid   string // the same of a hidden row
	visible string // rows of the table that have given terms
	shadow  string // hidden rows that would be visible but for a foreign key
}

// uniqueTexts makes the queries for every unique constraint; the key of an auto
// table is one, because two rows may have it.
func (g *merging) uniqueTexts() []*uniqueText {
	list := slices.Clone(g.t.uniques)
	why := slices.Repeat([]string{whyUnique}, len(list))
	if g.t.auto {
		u := uniqueIndex{set: g.t.keySet}
		for n, i := range g.t.key {
			u.terms = append(u.terms, quote(g.t.columns[i].name))
			u.colls = append(u.colls, collationName(g.t.collations[n]))
		}
		list, why = append(list, u), append(why, whyKey)
	}
	var out []*uniqueText
	for at, u := range list {
		n := len(u.terms)
		same, terms, of, hid, asHid := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
		for i, term := range u.terms {
			terms[i] = "(" + term + ") COLLATE " + u.colls[i]
			of[i] = term
			if u.where != "" {
				// Where the condition does not hold, a term may fail.
				of[i] = "CASE WHEN " + u.where + " THEN " + term + " END"
			}
			hid[i] = "(" + of[i] + ") COLLATE " + u.colls[i]
			asHid[i] = fmt.Sprintf("%s = ?%d", hid[i], i+1)
			same[i] = fmt.Sprintf("%s = ?%d", terms[i], i+1)
		}
		where := strings.Join(same, " AND ")
		condition := "1"
		if u.where != "" {
			where += " AND (" + u.where + ")"
			condition = "(" + u.where + ") IS TRUE"
		}
		row := "SELECT " + strings.Join(of, ", ") + ", " + condition + " FROM "
		h := g.t.of(kindHidden)
		out = append(out, &uniqueText{
			why: why[at], list: strings.Join(hid, ", "), set: u.set, width: len(u.terms),
			ofRow:   row + quote(g.t.name) + " AS x WHERE " + g.t.isRow("x.", 1),
			ofHid:   row + h + " WHERE alcove_rid = ?1",
			visible: "SELECT " + g.merged.keysVisible + " FROM " + quote(g.t.name) + " AS x WHERE " + where,
			shadow:  "SELECT alcove_k FROM " + h + " WHERE " + strings.Join(asHid, " AND ") + " AND alcove_why = '" + whyForeign + "'",
		})
	}
	return out
}

// termsOf returns what a row has under a unique constraint; ok is false if it
// takes no part, because of a NULL or of the condition.
func (g *merging) termsOf(u *uniqueText, f *found) (terms []any, ok bool, err error) {
	text := u.ofRow
	if f.at == hidden {
		text = u.ofHid
	}
	q := g.tx.Query(text)
	if f.at == hidden {
		q.Int(1, f.rid)
	} else if err := g.bindAt(q, f); err != nil {
		return nil, false, err
	}
	if !q.Step() {
		if err := q.Err(); err != nil {
			return nil, false, err
		}
		return nil, false, errDamaged
	}
	ok = q.ColumnInt(u.width) != 0
	for i := range u.width {
		v := q.ColumnValue(i)
		terms = append(terms, v)
		ok = ok && v != nil
	}
	q.Reset()
	return terms, ok, nil
}
