package store

import (
	"fmt"
	"slices"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// row makes one change, or two, of what happened to one rowid or key.
func (n *netting) row(events []event) error {
	if len(events) == 1 {
		n.single(&events[0])
		return nil
	}
	was := events[0].kind != opInsert
	is := was
	inserts, deletes := 0, 0
	plain := true // each event could follow the one before
	for _, e := range events {
		plain = plain && is == (e.kind != opInsert)
		switch e.kind {
		case opInsert:
			inserts++
			is = true
		case opDelete:
			deletes++
			is = false
		}
	}
	if !plain || !was && !is {
		// A trigger that runs because a row is deleted, but before ours does, can
		// make a row of the same rowid or key.
		var err error
		if is, err = n.exists(&events[0]); err != nil {
			return err
		}
		was = is && inserts == deletes || !is && deletes > inserts
	}
	switch {
	case was && deletes > 0:
		n.deleted(events)
		if is && inserts > 0 {
			n.inserted(&events[0])
		}
	case was:
		n.updated(events)
	case is:
		n.inserted(&events[0])
	}
	return nil
}

// single makes the change of a row that only one thing happened to.
func (n *netting) single(e *event) {
	switch e.kind {
	case opInsert:
		n.inserted(e)
	case opUpdate:
		key, old := n.data.get(e.data)
		n.out.Updated = append(n.out.Updated, UpdatedRow{Rowid: e.rowid, Key: key, Set: e.arg, Old: n.kept(old)})
	case opDelete:
		key, old := n.data.get(e.data)
		n.out.Deleted = append(n.out.Deleted, DeletedRow{Rowid: e.rowid, Key: key, Old: n.kept(old)})
	}
}

// kept is old, if all old values of the transaction were kept.
func (n *netting) kept(old []byte) []byte {
	if n.oldDropped {
		return nil
	}
	return old
}

func (n *netting) inserted(e *event) {
	if n.t.Rowid {
		n.out.Inserted = append(n.out.Inserted, Run{e.rowid, e.rowid})
	} else {
		n.out.InsertedKeys = append(n.out.InsertedKeys, e.key)
	}
}

func (n *netting) updated(events []event) {
	key, _ := n.data.get(events[0].data)
	row := UpdatedRow{Rowid: events[0].rowid, Key: key}
	for _, e := range events {
		row.Set |= e.arg
	}
	if olds := n.firstOld(events); olds != nil {
		for _, i := range n.t.byBit {
			row.Old = append(row.Old, olds[n.t.Columns[i].Bit]...)
		}
	}
	n.out.Updated = append(n.out.Updated, row)
}

// deleted is of the row that was there before the transaction: the first that
// was deleted while none was inserted that it could be, or else the last.
func (n *netting) deleted(events []event) {
	at, balance := 0, 0
	for i := 0; i < len(events) && balance < 1; i++ {
		switch events[i].kind {
		case opInsert:
			balance--
		case opDelete:
			at = i
			balance++
		}
	}
	e := &events[at]
	key, old := n.data.get(e.data)
	row := DeletedRow{Rowid: e.rowid, Key: key}
	if old != nil && !n.oldDropped {
		row.Old = n.overlay(old, n.firstOld(events[:at]))
	}
	n.out.Deleted = append(n.out.Deleted, row)
}

// firstOld returns, by bit, the old value of each column in the first update of
// it that comes before a delete, or nil without history.
func (n *netting) firstOld(events []event) (olds [][]byte) {
	if !n.t.History || n.oldDropped {
		return nil
	}
	olds = make([][]byte, maxBit+1)
	for _, e := range events {
		if e.kind != opUpdate {
			continue
		}
		_, old := n.data.get(e.data)
		for _, i := range n.t.byBit {
			bit := n.t.Columns[i].Bit
			if e.arg&(1<<bit) == 0 {
				continue
			}
			rest, err := sqlvalue.Skip(old)
			if err != nil {
				break
			}
			if olds[bit] == nil {
				olds[bit] = old[:len(old)-len(rest)]
			}
			old = rest
		}
	}
	return olds
}

// overlay puts what columns had earlier into the old values of a deleted row.
func (n *netting) overlay(old []byte, earlier [][]byte) []byte {
	if !slices.ContainsFunc(earlier, func(v []byte) bool { return v != nil }) {
		return old
	}
	var all []byte
	for _, column := range n.t.Columns {
		rest, err := sqlvalue.Skip(old)
		if err != nil {
			break
		}
		if first := earlier[column.Bit]; first != nil {
			all = append(all, first...)
		} else {
			all = append(all, old[:len(old)-len(rest)]...)
		}
		old = rest
	}
	return all
}

// exists looks whether the row is there now.
func (n *netting) exists(e *event) (bool, error) {
	if n.t.Rowid {
		rowid, err := n.tx.conn.handle.rowidName(n.t.Table)
		if err != nil {
			return false, err
		}
		q := n.tx.Query(fmt.Sprintf("SELECT 1 FROM %s WHERE %s = ?", quoteName(n.t.Table), rowid))
		q.Int(1, e.rowid)
		return first(q)
	}
	text := "SELECT 1 FROM " + quoteName(n.t.Table) + " WHERE true"
	for _, i := range n.t.Key {
		text += " AND " + quoteName(n.t.Columns[i].Name) + " = ?"
	}
	q := n.tx.Query(text)
	rest := e.key
	for i := range n.t.Key {
		var v sqlvalue.Value
		var err error
		if v, rest, err = sqlvalue.Read(rest); err != nil {
			return false, err
		}
		q.Bind(i+1, v.Go())
	}
	return first(q)
}

// first reports whether the query has a row.
func first(q *Query) (bool, error) {
	found := q.Step()
	err := q.Err()
	q.Reset()
	return found, err
}
