package crdt

import (
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/store"
)

// attach captures what happens to tables from now on, or anew, because they
// have changed. It makes their triggers as they should be.
func (e *Engine) attach(tx *store.Tx, tables ...*table) error {
	list := make([]store.Tracked, 0, len(tables))
	for _, t := range tables {
		list = append(list, t.tracked(e.keepsHistory(t)))
	}
	return tx.Track(list...)
}

// tracked is what the store has to know of a table to capture its changes.
func (t *table) tracked(history bool) store.Tracked {
	tracked := store.Tracked{ID: t.id, Table: t.name, Key: t.key, Rowid: t.rowid, KeyMayBeNull: t.nullable, History: history}
	for _, c := range t.columns {
		tracked.Columns = append(tracked.Columns, store.TrackedColumn{Name: c.name, Bit: c.bit})
	}
	for n, i := range t.key {
		tracked.Columns[i].Collation = t.collations[n]
	}
	for _, key := range t.parents {
		if key.parent == strings.ToLower(t.name) {
			tracked.Self = append(tracked.Self, store.SelfKey{Child: key.child, Parent: t.referred(key)})
		}
	}
	return tracked
}

// referred are the columns of t that a foreign key to itself refers to: of each of
// its own columns the index of the other, or -1.
func (t *table) referred(key foreignKey) []int {
	list := make([]int, len(key.child))
	for n := range list {
		switch {
		case n < len(key.parentCols):
			list[n] = slices.IndexFunc(t.columns, func(c column) bool { return strings.EqualFold(c.name, key.parentCols[n]) })
		case len(key.parentCols) == 0 && n < len(t.key): // then it is the primary key
			list[n] = t.key[n]
		default:
			list[n] = -1
		}
	}
	return list
}

// attachAll attaches every table that is there.
func (e *Engine) attachAll(tx *store.Tx) error {
	var list []*table
	for _, t := range e.reg.tables {
		if t.name != "" {
			list = append(list, t)
		}
	}
	return e.attach(tx, list...)
}
