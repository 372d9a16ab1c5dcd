package crdt

import (
	"bytes"
	"container/heap"
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
			ofRow:   row + quote(g.t.name) + " AS x WHERE " + g.at("x"),
			ofHid:   row + h + " WHERE alcove_rid = ?1",
			visible: "SELECT " + g.merged.keysVisible + " FROM " + quote(g.t.name) + " AS x WHERE " + where,
			shadow:  "SELECT alcove_k FROM " + h + " WHERE " + strings.Join(asHid, " AND ") + " AND alcove_why = '" + whyForeign + "'",
		})
	}
	return out
}

// candidate is a row whose visibility is to be decided, among the rows of its
// table that have unique values in common.
type candidate struct {
	id    string
	birth stamp
}

// candidates are judged newest birth first; of equal births, the smaller
// identity first.
type candidates struct {
	list  []candidate
	known map[string]bool
	sites *sites
}

func (c *candidates) Len() int           { return len(c.list) }
func (c *candidates) Less(i, j int) bool { return c.newer(c.list[i], c.list[j]) }
func (c *candidates) Swap(i, j int)      { c.list[i], c.list[j] = c.list[j], c.list[i] }
func (c *candidates) Push(x any)         { c.list = append(c.list, x.(candidate)) }

func (c *candidates) Pop() any {
	last := c.list[len(c.list)-1]
	c.list = c.list[:len(c.list)-1]
	return last
}

func (c *candidates) newer(a, b candidate) bool {
	if o := c.sites.compare(a.birth, b.birth); o != 0 {
		return o > 0
	}
	return a.id < b.id
}

// maxCandidates is how many rows wait to be judged; then they are.
const maxCandidates = 20_000

// judge lets a row be judged.
func (g *merging) judge(id []byte, birth stamp) error {
	if g.judging == nil {
		g.judging = map[*merging]*candidates{}
	}
	c := g.judging[g]
	if c == nil {
		c = &candidates{known: map[string]bool{}, sites: &g.reg.sites}
		g.judging[g] = c
	}
	if c.known[string(id)] {
		return nil
	}
	c.known[string(id)] = true
	heap.Push(c, candidate{string(id), birth})
	return nil
}

// released lets the rows be judged that were hidden because of a row that is
// not what it was.
func (g *merging) released(id []byte) error {
	if !g.edge.hidden {
		return nil
	}
	var f found
	q := g.tx.Query(g.merged.waiting)
	q.Blob(1, id)
	for q.Step() {
		if err := readClocks(q.ColumnBytes(1), &f.clocks); err != nil {
			q.Reset()
			return err
		}
		if err := g.judge(q.ColumnBytes(0), f.birth); err != nil {
			q.Reset()
			return err
		}
	}
	return q.Err()
}

// touched is called for a visible row that is new or was changed, if the table
// has hidden rows: it may have let go of a value, or met a row that only waits
// for its parent.
func (g *merging) touched(id []byte, c *clocks) error {
	if err := g.released(id); err != nil {
		return err
	}
	if len(g.uniques) == 0 {
		return nil
	}
	return g.judge(id, c.birth)
}

// settleUnique judges until no row is left. Every row is judged after all newer
// ones, and only older ones are added.
func (g *merging) settleUnique() error {
	c := g.judging[g]
	if c == nil {
		return nil
	}
	for c.Len() > 0 {
		x := heap.Pop(c).(candidate)
		delete(c.known, x.id)
		if err := g.judgeOne(x); err != nil {
			return err
		}
	}
	return nil
}

// judgeOne decides about one row, all newer ones being decided.
func (g *merging) judgeOne(x candidate) error {
	var f found
	if err := g.find([]byte(x.id), &f); err != nil {
		return err
	}
	if f.at != visible && f.at != hidden {
		return nil
	}
	me := candidate{x.id, f.birth}
	rivals, err := g.rivals(&f)
	if err != nil {
		return err
	}
	order := g.judging[g]
	var above *rival
	for i := range rivals {
		if r := &rivals[i]; order.newer(r.candidate, me) && (above == nil || order.newer(r.candidate, above.candidate)) {
			above = r
		}
	}
	if above != nil {
		return g.lower(&f, above.why, []byte(above.id))
	}
	// Who is older and has something in common gives way.
	for _, r := range rivals {
		var other found
		if err := g.find([]byte(r.id), &other); err != nil {
			return err
		}
		if other.at == absent || other.at == dead {
			return errDamaged
		}
		if err := g.lower(&other, r.why, f.id); err != nil {
			return err
		}
	}
	if f.at == visible || f.why == whyForeign {
		return nil
	}
	return g.unhide(&f)
}

// lower hides a row for a newer one, or keeps it hidden.
func (g *merging) lower(f *found, why string, by []byte) error {
	if f.at == visible {
		if err := g.hide(f, why, by); err != nil {
			return err
		}
		g.changed(f.id)
		return g.released(f.id)
	}
	was := f.why
	if err := g.rewhy(f, why, by); err != nil {
		return err
	}
	if was == whyForeign {
		return g.released(f.id)
	}
	return nil
}

// rival is a row that has a unique value in common with another and is visible,
// or would be but for a foreign key.
type rival struct {
	candidate
	why string
}

// rivals finds the rivals of a row.
func (g *merging) rivals(f *found) (list []rival, err error) {
	var key []byte
	for _, u := range g.uniques {
		terms, ok, err := g.termsOf(u, f)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		var ids [][]byte
		q := g.tx.Query(u.visible)
		for i, v := range terms {
			q.Bind(i+1, v)
		}
		for q.Step() {
			rid := q.ColumnInt(0)
			key = g.t.appendRowKey(key[:0], q, 1)
			if f.at == visible && (g.t.rowid && rid == f.rid || !g.t.rowid && bytes.Equal(key, f.id)) {
				continue
			}
			ids = append(ids, bytes.Clone(key))
		}
		if err := q.Err(); err != nil {
			return nil, err
		}
		for _, id := range ids {
			if list, err = g.addRival(list, id, u.why, true); err != nil {
				return nil, err
			}
		}
		if !g.edge.hidden {
			continue
		}
		ids = ids[:0]
		q = g.tx.Query(u.shadow)
		for i, v := range terms {
			q.Bind(i+1, v)
		}
		for q.Step() {
			if id := q.ColumnBytes(0); !bytes.Equal(id, f.id) {
				ids = append(ids, bytes.Clone(id))
			}
		}
		if err := q.Err(); err != nil {
			return nil, err
		}
		for _, id := range ids {
			if list, err = g.addRival(list, id, u.why, false); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// addRival adds the row with a key of the table, or with the identity of a
// hidden row.
func (g *merging) addRival(list []rival, id []byte, why string, inTable bool) ([]rival, error) {
	var f found
	var there bool
	var err error
	if inTable {
		if there, err = g.findVisible(id, &f); err == nil && there {
			err = g.loadRow(&f)
		}
		if g.t.auto {
			id = appendAutoKey(id, g.reg.sites.outer(f.birth))
		}
	} else {
		there, err = g.findHidden(id, &f)
	}
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, errDamaged
	}
	if slices.ContainsFunc(list, func(r rival) bool { return r.id == string(id) }) {
		return list, nil
	}
	return append(list, rival{candidate{string(id), f.birth}, why}), nil
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
