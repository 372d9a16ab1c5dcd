package store

import (
	"bytes"
	"slices"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// SQLite counts what violates foreign keys and refuses a COMMIT, or a statement,
// while the count is not 0. It counts one too few where a row refers to itself and
// an UPDATE writes the column that it refers to: the row is still there when the
// rows are looked for that the new key satisfies, and found, although it never was
// counted. So an UPDATE of the kind SET id = id hides one violation elsewhere, and
// rows without a parent would stay here that every other device hides. The same
// happens where an UPDATE OR REPLACE makes a row its own parent. As soon as such a
// row was updated, the flush looks for itself.

// ownParent reports whether an update, whose OLD and NEW columns begin at first,
// is of a row that may refer to itself, as it was, as it is, or across the two.
func (c *change) ownParent(first int) bool {
	for _, key := range c.t.Self {
		for _, side := range [][2]int{{0, 0}, {1, 1}, {0, 1}, {1, 0}} {
			if c.refers(key, first+side[0], first+side[1]) {
				return true
			}
		}
	}
	return false
}

// refers reports whether the child columns of a key, of which column i is at
// child + 2i, may refer to the parent columns.
func (c *change) refers(key SelfKey, child, parent int) bool {
	for n, i := range key.Child {
		j := key.Parent[n]
		if i >= 0 && c.kind(child+2*i) == sqlite3.SQLITE_NULL {
			return false
		}
		if i >= 0 && j >= 0 && !c.alike(child+2*i, parent+2*j) {
			return false
		}
	}
	return true
}

// alike reports whether two values may be the same to a foreign key, by whatever
// collation and affinity.
func (c *change) alike(a, b int) bool {
	if c.kind(a) != c.kind(b) {
		return true
	}
	for _, by := range []sqlvalue.Collation{sqlvalue.Binary, sqlvalue.NoCase, sqlvalue.RTrim} {
		c.scratch = sqlvalue.AppendKey(c.scratch[:0], c.value(a), by)
		n := len(c.scratch)
		c.scratch = sqlvalue.AppendKey(c.scratch, c.value(b), by)
		if bytes.Equal(c.scratch[:n], c.scratch[n:]) {
			return true
		}
	}
	return false
}

// checkForeignKeys fails, as COMMIT would, if a row that the transaction wrote has
// no parent, or one that refers to such a row.
func (c *conn) checkForeignKeys() error {
	var names []string
	for _, t := range c.capture.touched {
		names = append(names, lowerASCII(t.Table))
	}
	table, err := c.handle.orphaned(func(child, parent string) bool {
		return slices.Contains(names, child) || slices.Contains(names, parent)
	})
	if err == nil && table != "" {
		err = &sqliteError{code: sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, message: "FOREIGN KEY constraint failed"}
	}
	return err
}
