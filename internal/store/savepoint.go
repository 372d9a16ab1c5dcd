package store

import (
	"fmt"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// A statement that fails is undone by SQLite, and so is everything since a
// SAVEPOINT by ROLLBACK TO; what was captured meanwhile must go as well. SQLite
// tells only virtual tables about that. So there is an empty one, which every
// write transaction joins by deleting from it.

const (
	savepointTable  = "alcove_crdt_savepoint"
	joinTransaction = "DELETE FROM " + savepointTable
)

// savepointModule is the module in C memory, and behind it the number of the
// connection's capture.
type savepointModule struct {
	sqlite3.Tsqlite3_module
	slot uintptr
}

// savepointVtab is the table of one connection in C memory.
type savepointVtab struct {
	sqlite3.Tsqlite3_vtab
	slot uintptr
}

// installSavepoint registers the module. Without xCreate it makes nothing but
// the table of its own name.
func (h handle) installSavepoint(c *capture) error {
	p := libc.Xcalloc(h.tls, 1, types.Size_t(unsafe.Sizeof(savepointModule{})))
	name, err := libc.CString(savepointTable)
	if p == 0 || err != nil {
		return fmt.Errorf("no memory for a module of SQLite")
	}
	defer libc.Xfree(h.tls, name)
	m := (*savepointModule)(pointer(p))
	m.slot = c.slot
	m.FiVersion = 2
	m.FxConnect = address(savepointConnect)
	m.FxDisconnect = address(savepointDisconnect)
	m.FxBestIndex = address(savepointBestIndex)
	m.FxOpen = address(savepointOpen)
	m.FxClose = address(savepointClose)
	m.FxFilter = address(savepointFilter)
	m.FxNext = address(savepointNext)
	m.FxEof = address(savepointEOF)
	m.FxColumn = address(savepointColumn)
	m.FxRowid = address(savepointRowid)
	m.FxUpdate = address(savepointUpdate)
	m.FxBegin = address(savepointBegin)
	m.FxSync = address(savepointNothing)
	m.FxCommit = address(savepointEnd)
	m.FxRollback = address(savepointUndone)
	m.FxSavepoint = address(savepointSet)
	m.FxRelease = address(savepointRelease)
	m.FxRollbackTo = address(savepointBack)
	if rc := sqlite3.Xsqlite3_create_module_v2(h.tls, h.db, name, p, p, address(savepointFree)); rc != sqlite3.SQLITE_OK {
		return h.failure(rc) // SQLite has freed p
	}
	return nil
}

func savepointFree(tls *libc.TLS, p uintptr) { libc.Xfree(tls, p) }

func savepointConnect(tls *libc.TLS, db, module uintptr, _ int32, _, out, _ uintptr) int32 {
	schema, err := libc.CString("CREATE TABLE x (x)")
	if err != nil {
		return sqlite3.SQLITE_NOMEM
	}
	defer libc.Xfree(tls, schema)
	if rc := sqlite3.Xsqlite3_declare_vtab(tls, db, schema); rc != sqlite3.SQLITE_OK {
		return rc
	}
	p := libc.Xcalloc(tls, 1, types.Size_t(unsafe.Sizeof(savepointVtab{})))
	if p == 0 {
		return sqlite3.SQLITE_NOMEM
	}
	(*savepointVtab)(pointer(p)).slot = (*savepointModule)(pointer(module)).slot
	*(*uintptr)(pointer(out)) = p
	return sqlite3.SQLITE_OK
}

func savepointDisconnect(tls *libc.TLS, p uintptr) int32 {
	libc.Xfree(tls, p)
	return sqlite3.SQLITE_OK
}

// The table is empty.

func savepointBestIndex(*libc.TLS, uintptr, uintptr) int32 { return sqlite3.SQLITE_OK }

func savepointOpen(tls *libc.TLS, _, out uintptr) int32 {
	p := libc.Xcalloc(tls, 1, types.Size_t(unsafe.Sizeof(sqlite3.Tsqlite3_vtab_cursor{})))
	if p == 0 {
		return sqlite3.SQLITE_NOMEM
	}
	*(*uintptr)(pointer(out)) = p
	return sqlite3.SQLITE_OK
}

func savepointClose(tls *libc.TLS, p uintptr) int32 {
	libc.Xfree(tls, p)
	return sqlite3.SQLITE_OK
}

func savepointFilter(*libc.TLS, uintptr, int32, uintptr, int32, uintptr) int32 {
	return sqlite3.SQLITE_OK
}
func savepointNext(*libc.TLS, uintptr) int32                   { return sqlite3.SQLITE_OK }
func savepointEOF(*libc.TLS, uintptr) int32                    { return 1 }
func savepointColumn(*libc.TLS, uintptr, uintptr, int32) int32 { return sqlite3.SQLITE_OK }
func savepointRowid(*libc.TLS, uintptr, uintptr) int32         { return sqlite3.SQLITE_OK }
func savepointNothing(*libc.TLS, uintptr) int32                { return sqlite3.SQLITE_OK }

// savepointUpdate is called for rows, of which there are none but those
// somebody tries to insert.
func savepointUpdate(*libc.TLS, uintptr, int32, uintptr, uintptr) int32 {
	return sqlite3.SQLITE_READONLY
}

func captureOf(vtab uintptr) *capture { return captures.at((*savepointVtab)(pointer(vtab)).slot) }

func savepointBegin(_ *libc.TLS, vtab uintptr) int32 {
	c := captureOf(vtab)
	c.clear()
	c.before, c.joined, c.paused = c.tables, true, false
	return sqlite3.SQLITE_OK
}

func savepointEnd(_ *libc.TLS, vtab uintptr) int32 {
	c := captureOf(vtab)
	c.clear()
	c.before, c.joined, c.paused = nil, false, false
	return sqlite3.SQLITE_OK
}

func savepointUndone(_ *libc.TLS, vtab uintptr) int32 {
	c := captureOf(vtab)
	c.clear()
	c.tables, c.before, c.last = c.before, nil, nil
	c.joined, c.paused = false, false
	return sqlite3.SQLITE_OK
}

// savepointSet begins savepoint n: SQLite counts those that are open from 0,
// its own for a statement among them.
func savepointSet(_ *libc.TLS, vtab uintptr, n int32) int32 {
	c := captureOf(vtab)
	c.release(n)
	m := c.mark()
	for len(c.marks) <= int(n) {
		c.marks = append(c.marks, m)
	}
	return sqlite3.SQLITE_OK
}

func savepointRelease(_ *libc.TLS, vtab uintptr, n int32) int32 {
	captureOf(vtab).release(n)
	return sqlite3.SQLITE_OK
}

// release ends savepoint n and those within it.
func (c *capture) release(n int32) {
	c.marks = c.marks[:min(len(c.marks), int(n))]
}

func savepointBack(_ *libc.TLS, vtab uintptr, n int32) int32 {
	c := captureOf(vtab)
	if int(n) < len(c.marks) {
		c.back(c.marks[n])
		c.marks = c.marks[:n+1]
	}
	return sqlite3.SQLITE_OK
}
