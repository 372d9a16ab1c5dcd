package crdt

import (
	"fmt"
	"strings"

	"github.com/alcove-vault/alcove/internal/store"
)

// newColumn is a column that begins to be tracked.
type newColumn struct {
	Name     string
	GID      GlobalID
	Fallback []byte
}

// track begins to track a table that is there and has not been tracked. Its
// columns are those that SQLite stores; rows that it holds already are the
// caller's to give births. Error: quota.schema.
func (e *Engine) track(tx *store.Tx, app, fullName string, gid GlobalID, auto bool, columns []newColumn) (*table, error) {
	reg, err := e.writing(tx)
	if err != nil {
		return nil, err
	}
	if len(columns) > maxColumns {
		return nil, tooManyColumns(strings.TrimPrefix(fullName, app))
	}
	e.touched = true
	t := &table{gid: gid, app: app, name: fullName, auto: auto, floor: reg.floors[gid], dropped: map[GlobalID]bool{}}
	flags := int64(0)
	if auto {
		flags |= flagAuto
	}
	q := tx.Query("INSERT INTO alcove_crdt_table (gid, app, name, flags) VALUES (?, ?, ?, ?)")
	q.Blob(1, gid[:])
	q.Text(2, []byte(app))
	q.Text(3, []byte(fullName))
	q.Int(4, flags)
	if err := q.Run(); err != nil {
		return nil, fmt.Errorf("register table %s: %w", fullName, err)
	}
	t.id = tx.LastInsertID()
	for bit, c := range columns {
		if err := t.insertColumn(tx, column{c.GID, bit, c.Name, c.Fallback}); err != nil {
			return nil, err
		}
	}
	if err := t.loadShape(tx); err != nil {
		return nil, err
	}
	if err := t.makeClockTables(tx); err != nil {
		return nil, err
	}
	reg.add(t)
	return t, e.attach(tx, t)
}

// insertColumn registers a column under a bit that is free.
func (t *table) insertColumn(tx *store.Tx, c column) error {
	q := tx.Query("INSERT INTO alcove_crdt_column (tbl, gid, bit, name, fallback) VALUES (?, ?, ?, ?, ?)")
	q.Int(1, t.id)
	q.Blob(2, c.gid[:])
	q.Int(3, int64(c.bit))
	q.Text(4, []byte(c.name))
	if c.fallback != nil {
		q.Blob(5, c.fallback)
	} else {
		q.Null(5)
	}
	if err := q.Run(); err != nil {
		return fmt.Errorf("register column %s of %s: %w", c.name, t.name, err)
	}
	t.columns = append(t.columns, c)
	return nil
}

// freeName takes a table's name from it, so that another may have it.
func (r *registry) freeName(tx *store.Tx, t *table) error {
	q := tx.Query("UPDATE alcove_crdt_table SET name = NULL WHERE id = ?")
	q.Int(1, t.id)
	if err := q.Run(); err != nil {
		return err
	}
	r.unname(t)
	return nil
}

// untrack ends the tracking of a table that was dropped. Its clocks go; its
// global id stays known, so that late changes of it are discarded.
func (e *Engine) untrack(tx *store.Tx, t *table) error {
	reg, err := e.writing(tx)
	if err != nil {
		return err
	}
	e.touched = true
	if err := reg.freeName(tx, t); err != nil {
		return err
	}
	q := tx.Query("UPDATE alcove_crdt_column SET name = NULL, bit = NULL WHERE tbl = ?")
	q.Int(1, t.id)
	if err := q.Run(); err != nil {
		return err
	}
	if err := tx.Untrack(t.id); err != nil {
		return err
	}
	for _, kind := range clockKinds {
		if err := tx.Exec("DROP TABLE IF EXISTS " + t.of(kind)); err != nil {
			return err
		}
	}
	for _, c := range t.columns {
		t.dropped[c.gid] = true
	}
	t.name, t.columns, t.keyed, t.edge = "", nil, keyed{}, edge{}
	return nil
}

// reshape takes up what a migration made of the columns of t: the caller has
// registered them in the tables. The triggers are made anew.
func (e *Engine) reshape(tx *store.Tx, t *table) error {
	e.touched = true
	fresh, err := loadNames(tx)
	if err != nil {
		return err
	}
	reg, err := e.writing(tx)
	if err != nil {
		return err
	}
	now := fresh.tables[t.id]
	if now == nil || now.name == "" {
		return errDamaged
	}
	reg.unname(t)
	*t = *now
	if err := t.loadShape(tx); err != nil {
		return err
	}
	reg.add(t)
	return e.attach(tx, t)
}
