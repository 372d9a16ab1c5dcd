package crdt

import (
	"slices"

	"github.com/alcove-vault/alcove/internal/store"
)

// noteFilling notes a table in which the migration may make rows: INSERT does,
// and an UPDATE of the key. Whether it does can be otherwise on another device,
// so what it did here says nothing.
func (m *migration) noteFilling(w *store.TableWrite, f *follow) {
	if w.Inserts || f != nil && slices.ContainsFunc(w.Updates, f.isKey) {
		m.filled[w.Table] = true
	}
}

// isKey reports whether a column of the table's key has this name now.
func (f *follow) isKey(name string) bool {
	return slices.ContainsFunc(f.was.key, func(i int) bool { return f.columns[i].now == name && !f.columns[i].gone })
}

// noteFilled keeps that a migration may have made rows in a table: a device that
// runs it later, or joins, makes them with keys that may have died here. So the
// tombstones of such a table are kept, see collector.keepsTombs.
func (m *migration) noteFilled(t *table) error {
	if t.filled {
		return nil
	}
	t.filled = true
	q := m.tx.Query("UPDATE alcove_crdt_table SET flags = flags | ? WHERE id = ?")
	q.Int(1, flagFilled)
	q.Int(2, t.id)
	return q.Run()
}
