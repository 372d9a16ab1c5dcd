package crdt

import (
	"bytes"
	"slices"
)

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
