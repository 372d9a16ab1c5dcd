package store

import (
	"bytes"
	"cmp"
	"slices"
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
