package crdt

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// putBack makes rows what they were. It writes them with the host's hands and
// then accounts for them as for any transaction of this device.
type putBack struct {
	e      *Engine
	tx     *store.Tx
	out    *Restored
	tables []*putTable
}

// putTable is what happens to one table.
type putTable struct {
	t       *table
	plan    []*step
	aside   []*step  // of rows that are hidden
	bring   [][]byte // keys of hidden rows that are to be seen again
	brought [][]byte // those that were, of an auto table under their new births
	changes store.TableChanges
	made    []int64 // rowids of rows that were inserted
}

// maxRestoreConflicts is how many conflicts are listed.
const maxRestoreConflicts = 1000

// run does all of it, or returns an error, after which nothing of it counts.
func (w *putBack) run() error {
	before, err := w.dangling()
	if err != nil {
		return err
	}
	if err := w.alone(w.write); err != nil {
		return err
	}
	if err := w.refuse(); err != nil {
		return err
	}
	settle, err := w.writeHidden()
	if err != nil {
		return err
	}
	if err := w.account(before); err != nil {
		return err
	}
	if err := settle(); err != nil {
		return err
	}
	if err := w.bringBack(); err != nil {
		return err
	}
	// Only now every hidden row is back that could come.
	if err := w.checkForeign(before); err != nil {
		return err
	}
	if err := w.checkSeen(); err != nil {
		return err
	}
	return w.refuse()
}

// refuse is the error if there are conflicts.
func (w *putBack) refuse() error {
	if len(w.out.Conflicts) == 0 {
		return nil
	}
	return fault.New("crdt.restore_conflict", "Some rows cannot be put back, because others are in their way or something they need is missing. Nothing was changed. Put back more at once, or settle these rows first.")
}

// alone calls fn while no trigger runs, no foreign key acts and nothing is
// captured. CHECK counts, other than in merger.run: what is put back is a write of
// this device, and a row that breaks a rule of the table as it is now is a
// conflict.
func (w *putBack) alone(fn func() error) (err error) {
	w.tx.Capture(false)
	defer w.tx.Capture(true)
	if err := w.tx.Triggers(false); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.tx.Triggers(true)) }()
	if err := w.tx.ForeignKeys(false); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.tx.ForeignKeys(true)) }()
	return fn()
}

// write writes the tables. Rows that go make room first. A row whose value
// another one still has is taken out of the table until all others are right.
func (w *putBack) write() error {
	for _, p := range w.tables {
		for _, s := range p.plan {
			if s.gone {
				if err := p.take(w.tx, s); err != nil {
					return err
				}
				p.deleted(s)
				w.out.Deleted++
			}
		}
		var waiting []*step
		for _, s := range p.plan {
			if !s.there || s.gone {
				continue
			}
			switch err := p.update(w.tx, s); {
			case err == nil:
				p.updated(s)
				w.out.Updated++
			case store.IsUniqueViolation(err):
				waiting = append(waiting, s)
			default:
				if err := w.conflict(p, s, err); err != nil {
					return err
				}
			}
		}
		for _, s := range waiting {
			if err := p.take(w.tx, s); err != nil {
				return err
			}
		}
		for _, s := range waiting {
			err := p.insert(w.tx, s)
			if err == nil {
				p.updated(s)
				w.out.Updated++
			} else if err := w.conflict(p, s, err); err != nil {
				return err
			}
		}
		for _, s := range p.plan {
			if s.there {
				continue
			}
			err := p.insert(w.tx, s)
			if err == nil {
				p.inserted(w.tx, s)
				w.out.Inserted++
			} else if err := w.conflict(p, s, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// conflict notes a row that does not fit. It returns err if that is not why.
func (w *putBack) conflict(p *putTable, s *step, err error) error {
	why := "constraint"
	switch {
	case store.IsUniqueViolation(err):
		why = "unique"
	case !store.IsConstraint(err):
		return err
	}
	w.note(p.t.name, s.id, why)
	return nil
}

func (w *putBack) note(table string, key []byte, why string) {
	if len(w.out.Conflicts) < maxRestoreConflicts {
		w.out.Conflicts = append(w.out.Conflicts, RestoreConflict{table, key, why})
	}
}

// dangling counts the rows whose parents are not there, of tables that refer to
// one of those to be written, or are one of them.
func (w *putBack) dangling() (map[danglingRow]int, error) {
	changed := map[string]bool{}
	for _, p := range w.tables {
		if len(p.plan)+len(p.bring) > 0 {
			changed[strings.ToLower(p.t.name)] = true
		}
	}
	// Tables that are not kept in sync refer to those that are, too.
	var children []string
	q := w.tx.Query(`SELECT DISTINCT s.name, lower(s.name), lower(f."table") FROM sqlite_schema s, pragma_foreign_key_list(s.name) f WHERE s.type = 'table'`)
	for q.Step() {
		if changed[string(q.ColumnBytes(1))] || changed[string(q.ColumnBytes(2))] {
			children = append(children, string(q.ColumnBytes(0)))
		}
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	found := map[danglingRow]int{}
	for _, name := range slices.Compact(children) {
		q := w.tx.Query("SELECT rowid, fkid FROM pragma_foreign_key_check(?)")
		q.Text(1, []byte(name))
		for q.Step() {
			found[danglingRow{name, q.ColumnInt(0), q.ColumnInt(1)}]++
		}
		if err := q.Err(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// danglingRow is a row that refers to one that is not there. Those of a WITHOUT
// ROWID table have no rowid and are counted together.
type danglingRow struct {
	table      string
	rowid, key int64
}

// checkForeign notes the rows whose parents are not there any more. Where that
// was so before it says nothing: a merge may leave such rows in tables that are
// not kept in sync.
func (w *putBack) checkForeign(before map[danglingRow]int) error {
	after, err := w.dangling()
	if err != nil {
		return err
	}
	for row, n := range after {
		for range n - before[row] {
			w.note(row.table, nil, "foreign")
		}
	}
	return nil
}

// bind binds the parameters of table.isRow from number n on.
func (p *putTable) bind(q *store.Query, n int, s *step) {
	if p.t.rowid {
		q.Int(n, s.rid)
		return
	}
	for j, i := range p.t.key {
		bindValue(q, n+j, s.was[i])
	}
}

func (p *putTable) take(tx *store.Tx, s *step) error {
	q := tx.Query("DELETE FROM " + quote(p.t.name) + " WHERE " + p.t.isRow("", 1))
	p.bind(q, 1, s)
	return q.Run()
}

func (p *putTable) update(tx *store.Tx, s *step) error {
	var parts []string
	var values []sqlvalue.Value
	for i, c := range p.t.columns {
		if s.set.has(c.bit) {
			values = append(values, s.values[i])
			parts = append(parts, fmt.Sprintf("%s = ?%d", quote(c.name), len(values)))
		}
	}
	q := tx.Query("UPDATE OR ABORT " + quote(p.t.name) + " SET " + strings.Join(parts, ", ") + " WHERE " + p.t.isRow("", len(values)+1))
	for i, v := range values {
		bindValue(q, i+1, v)
	}
	p.bind(q, len(values)+1, s)
	return q.Run()
}

// insert adds the row of a step; one that was there before under its rowid.
func (p *putTable) insert(tx *store.Tx, s *step) error {
	var names, marks []string
	var values []sqlvalue.Value
	for i, c := range p.t.columns {
		if s.there || s.set.has(c.bit) {
			names, marks, values = append(names, quote(c.name)), append(marks, "?"), append(values, s.values[i])
		}
	}
	numbered := s.there && p.t.rowid && !p.t.integer
	if numbered {
		names, marks = append(names, p.t.rowidName), append(marks, "?")
	}
	q := tx.Query("INSERT OR ABORT INTO " + quote(p.t.name) + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")")
	for i, v := range values {
		bindValue(q, i+1, v)
	}
	if numbered {
		q.Int(len(names), s.rid)
	}
	return q.Run()
}
