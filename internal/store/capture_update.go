package store

import (
	"bytes"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// sqlCaptureUpdate has the rowids, old and new, and so each column.
func sqlCaptureUpdate(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr) {
	var c change
	if !c.begin(tls, ctx, argv) {
		return
	}
	first, moved := 1, false
	if c.t.Rowid {
		first, moved = 3, c.integer(1) != c.integer(2)
	}
	if int(argc) != first+2*len(c.t.Columns) {
		c.expects(-1, 0)
		return
	}
	c.unsure = c.unsure || c.ownParent(first)
	var set uint64
	for i := range c.t.Columns {
		if !c.same(first+2*i, first+2*i+1) {
			set |= 1 << c.t.Columns[i].Bit
		}
	}
	if set == 0 && !moved {
		return
	}
	before := func(i int) int { return first + 2*c.t.Key[i] }
	after := func(i int) int { return before(i) + 1 }
	if set&c.t.keySet != 0 {
		for i := range c.t.Key {
			if c.kind(after(i)) == sqlite3.SQLITE_NULL {
				c.keyIsNull(c.t.Key[i])
				return
			}
		}
	}
	if moved || set&c.t.keySet != 0 && c.rekeyed(before, after) {
		c.deleted(before, func(i int) int { return first + 2*i })
		if c.t.Rowid {
			c.argv += 8 // the new rowid is where an insert has its own
			c.inserted(nil)
		} else {
			c.inserted(after)
		}
		return
	}
	c.updated(set, first, before)
}

// rekeyed reports whether the key form has changed.
func (c *change) rekeyed(before, after func(int) int) bool {
	c.key(after)
	n := len(c.scratch)
	for i, column := range c.t.Key {
		c.scratch = sqlvalue.AppendKey(c.scratch, c.value(before(i)), c.t.Columns[column].Collation)
	}
	return !bytes.Equal(c.scratch[:n], c.scratch[n:])
}

// updated logs that columns of a row changed.
func (c *change) updated(set uint64, first int, before func(int) int) {
	o := op{kind: opUpdate, arg: set}
	c.scratch = c.scratch[:0]
	if c.t.Rowid {
		o.rowid = c.integer(1)
	}
	if !c.t.Rowid || c.t.History {
		c.key(before)
	}
	keyed := len(c.scratch)
	var old []byte
	if c.t.History && !c.oldDropped {
		for _, i := range c.t.byBit {
			if set&(1<<c.t.Columns[i].Bit) != 0 {
				c.scratch = sqlvalue.Append(c.scratch, c.value(first+2*i))
			}
		}
		old = c.keepOld(c.scratch[keyed:])
	}
	if keyed > 0 || old != nil {
		o.data = c.data.put(c.scratch[:keyed], old)
	}
	c.full(c.add(c.t, o))
}
