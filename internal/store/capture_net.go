package store

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// net is what the log comes to. tx looks into tables where the log alone does
// not tell.
func (c *capture) net(tx *Tx) (*Changes, error) {
	changes := &Changes{OldDropped: c.oldDropped}
	for _, log := range c.byTable() {
		n := netting{capture: c, tx: tx, t: log.t}
		n.out.ID = log.t.ID
		if err := n.table(log.ops); err != nil {
			return nil, err
		}
		if o := &n.out; len(o.Inserted)+len(o.InsertedKeys)+len(o.Updated)+len(o.Deleted) > 0 {
			changes.Tables = append(changes.Tables, *o)
		}
	}
	return changes, nil
}

// tableLog is what happened to one table.
type tableLog struct {
	t   *captured // as it was tracked last
	ops []op
}

// byTable divides the log. A table that was tracked anew in the transaction is
// still one.
func (c *capture) byTable() []tableLog {
	counts := make([]int, len(c.touched))
	for i := range c.ops {
		counts[c.ops[i].table]++
	}
	at := map[int64]int{} // by ID: index in logs
	var logs []tableLog
	for i, t := range c.touched {
		if counts[i] == 0 {
			continue
		}
		if _, known := at[t.ID]; !known {
			at[t.ID] = len(logs)
			logs = append(logs, tableLog{})
		}
		logs[at[t.ID]].t = t
	}
	if len(logs) == 1 {
		logs[0].ops = c.ops
		return logs
	}
	total := make([]int, len(logs))
	for i, t := range c.touched {
		if counts[i] > 0 {
			total[at[t.ID]] += counts[i]
		}
	}
	for i := range logs {
		logs[i].ops = make([]op, 0, total[i])
	}
	for _, o := range c.ops {
		log := &logs[at[c.touched[o.table].ID]]
		log.ops = append(log.ops, o)
	}
	slices.SortFunc(logs, func(a, b tableLog) int { return cmp.Compare(a.t.ID, b.t.ID) })
	return logs
}

// netting makes the changes of one table.
type netting struct {
	*capture
	tx  *Tx
	t   *captured
	out TableChanges
}

// event is an op on one row, and when it happened.
type event struct {
	op
	seq int
	key []byte // WITHOUT ROWID only
}

func (n *netting) table(ops []op) error {
	var count [opDelete + 1]int
	for i := range ops {
		count[ops[i].kind]++
	}
	events := n.events(ops, count[opUpdate]+count[opDelete] > 0)
	order := func(a, b event) int {
		if c := cmp.Compare(a.rowid, b.rowid); c != 0 {
			return c
		}
		if c := bytes.Compare(a.key, b.key); c != 0 {
			return c
		}
		return cmp.Compare(a.seq, b.seq)
	}
	if !slices.IsSortedFunc(events, order) {
		slices.SortFunc(events, order)
	}
	n.allocate(count)
	for len(events) > 0 {
		end := 1
		for end < len(events) && events[end].rowid == events[0].rowid && bytes.Equal(events[end].key, events[0].key) {
			end++
		}
		if err := n.row(events[:end]); err != nil {
			return err
		}
		events = events[end:]
	}
	n.mergeRuns()
	return nil
}

func (n *netting) allocate(count [opDelete + 1]int) {
	if k := count[opUpdate]; k > 0 {
		n.out.Updated = make([]UpdatedRow, 0, k)
	}
	if k := count[opDelete]; k > 0 {
		n.out.Deleted = make([]DeletedRow, 0, k)
	}
}

// events lists what happened to rows that something else happened to than
// being inserted. The runs of the others become changes at once.
func (n *netting) events(ops []op, mixed bool) []event {
	if !n.t.Rowid {
		list := make([]event, len(ops))
		for i, o := range ops {
			list[i] = event{op: o, seq: i}
			list[i].key, _ = n.data.get(o.data)
		}
		return list
	}
	if !mixed {
		for _, o := range ops {
			n.out.Inserted = append(n.out.Inserted, Run{o.rowid, int64(o.arg)})
		}
		return nil
	}
	var touched []int64
	for _, o := range ops {
		if o.kind != opInsert {
			touched = append(touched, o.rowid)
		}
	}
	slices.Sort(touched)
	touched = slices.Compact(touched)
	list := make([]event, 0, len(ops))
	for i, o := range ops {
		if o.kind != opInsert {
			list = append(list, event{op: o, seq: i})
			continue
		}
		lo, hi := o.rowid, int64(o.arg)
		at, _ := slices.BinarySearch(touched, lo)
		for ; at < len(touched) && touched[at] <= hi; at++ {
			if lo < touched[at] {
				n.out.Inserted = append(n.out.Inserted, Run{lo, touched[at] - 1})
			}
			list = append(list, event{op: op{rowid: touched[at], kind: opInsert}, seq: i})
			lo = touched[at] + 1 // beyond the greatest rowid there is nothing in touched
		}
		if at == 0 || lo <= hi && touched[at-1] != hi {
			n.out.Inserted = append(n.out.Inserted, Run{lo, hi})
		}
	}
	return list
}

// mergeRuns puts the runs in order and joins those that meet.
func (n *netting) mergeRuns() {
	runs := n.out.Inserted
	if len(runs) < 2 {
		return
	}
	order := func(a, b Run) int { return cmp.Compare(a.Lo, b.Lo) }
	if !slices.IsSortedFunc(runs, order) {
		slices.SortFunc(runs, order)
	}
	merged := runs[:1]
	for _, r := range runs[1:] {
		if last := &merged[len(merged)-1]; last.Hi+1 == r.Lo {
			last.Hi = r.Hi
		} else {
			merged = append(merged, r)
		}
	}
	n.out.Inserted = merged
}

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
