package store

import (
	"bytes"
	"fmt"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// linear replaces functions of SQLite that need time in proportion to the
// product of their arguments' lengths. SQLite cannot end a function while it
// runs, so with long values one call would hold a connection for hours, beyond
// every deadline. These need time in proportion to the sum, and answer the
// same for well-formed text.
var linear = []struct {
	name string
	args int32
	fn   func(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr)
}{
	{"instr", 2, sqlInstr},
	{"replace", 3, sqlReplace},
	{"trim", 2, sqlTrim},
	{"ltrim", 2, sqlLtrim},
	{"rtrim", 2, sqlRtrim},
	{"unhex", 2, sqlUnhex},
}

// installLinear makes the connection use them.
func (h handle) installLinear() error {
	const flags = sqlite3.SQLITE_UTF8 | sqlite3.SQLITE_DETERMINISTIC | sqlite3.SQLITE_INNOCUOUS
	for _, f := range linear {
		name, err := libc.CString(f.name)
		if err != nil {
			return err
		}
		rc := sqlite3.Xsqlite3_create_function_v2(h.tls, h.db, name, f.args, flags, 0, address(f.fn), 0, 0, 0)
		libc.Xfree(h.tls, name)
		if rc != sqlite3.SQLITE_OK {
			return fmt.Errorf("function %s: %w", f.name, h.failure(rc))
		}
	}
	return nil
}

// sqlCall is one call of a function.
type sqlCall struct {
	tls       *libc.TLS
	ctx, argv uintptr
}

func (c sqlCall) arg(i int) uintptr {
	return *(*uintptr)(pointer(c.argv + uintptr(i)*8))
}

func (c sqlCall) kind(i int) int32 { return sqlite3.Xsqlite3_value_type(c.tls, c.arg(i)) }

// null reports whether one of the first n arguments is NULL, which is then the
// answer.
func (c sqlCall) null(n int) bool {
	for i := range n {
		if c.kind(i) == sqlite3.SQLITE_NULL {
			return true
		}
	}
	return false
}

// text is argument i as text, in SQLite's memory.
func (c sqlCall) text(i int) []byte {
	p := sqlite3.Xsqlite3_value_text(c.tls, c.arg(i))
	return c.bytes(i, p)
}

func (c sqlCall) blob(i int) []byte {
	p := sqlite3.Xsqlite3_value_blob(c.tls, c.arg(i))
	return c.bytes(i, p)
}

func (c sqlCall) bytes(i int, p uintptr) []byte {
	n := int(sqlite3.Xsqlite3_value_bytes(c.tls, c.arg(i)))
	if p == 0 || n == 0 {
		return nil
	}
	return memory(p, n)
}

// answer hands parts, joined, over as the result: text, or a blob.
func (c sqlCall) answer(text bool, size int, fill func([]byte)) {
	if limit := sqlite3.Xsqlite3_limit(c.tls, sqlite3.Xsqlite3_context_db_handle(c.tls, c.ctx), sqlite3.SQLITE_LIMIT_LENGTH, -1); size > int(limit) {
		sqlite3.Xsqlite3_result_error_toobig(c.tls, c.ctx)
		return
	}
	p := libc.Xmalloc(c.tls, types.Size_t(size+1))
	if p == 0 {
		sqlite3.Xsqlite3_result_error_nomem(c.tls, c.ctx)
		return
	}
	buf := memory(p, size+1)
	fill(buf[:size])
	buf[size] = 0
	if text {
		sqlite3.Xsqlite3_result_text(c.tls, c.ctx, p, int32(size), sqlite3.SQLITE_TRANSIENT)
	} else {
		sqlite3.Xsqlite3_result_blob(c.tls, c.ctx, p, int32(size), sqlite3.SQLITE_TRANSIENT)
	}
	clear(buf)
	libc.Xfree(c.tls, p)
}

// sqlInstr is instr(X, Y): the place of Y in X, from 1, in characters, or in
// bytes if both are blobs; 0 if it is not there.
func sqlInstr(tls *libc.TLS, ctx uintptr, _ int32, argv uintptr) {
	c := sqlCall{tls, ctx, argv}
	if c.null(2) {
		return
	}
	if c.kind(0) == sqlite3.SQLITE_BLOB && c.kind(1) == sqlite3.SQLITE_BLOB {
		sqlite3.Xsqlite3_result_int64(tls, ctx, int64(bytes.Index(c.blob(0), c.blob(1))+1))
		return
	}
	x, y := c.text(0), c.text(1)
	at := bytes.Index(x, y)
	place := int64(0)
	if at >= 0 {
		place = 1
		for _, b := range x[:at] {
			if b&0xc0 != 0x80 {
				place++
			}
		}
	}
	sqlite3.Xsqlite3_result_int64(tls, ctx, place)
}

// sqlReplace is replace(X, Y, Z).
func sqlReplace(tls *libc.TLS, ctx uintptr, _ int32, argv uintptr) {
	c := sqlCall{tls, ctx, argv}
	if c.null(2) {
		return
	}
	x, y := c.text(0), c.text(1)
	if len(y) == 0 {
		c.answer(true, len(x), func(out []byte) { copy(out, x) })
		return
	}
	if c.null(3) {
		return
	}
	z := c.text(2)
	size := len(x) + bytes.Count(x, y)*(len(z)-len(y))
	c.answer(true, size, func(out []byte) {
		for {
			before, after, found := bytes.Cut(x, y)
			out = out[copy(out, before):]
			if !found {
				return
			}
			out, x = out[copy(out, z):], after
		}
	})
}

func sqlTrim(tls *libc.TLS, ctx uintptr, _ int32, argv uintptr) {
	sqlCall{tls, ctx, argv}.trim(true, true)
}

func sqlLtrim(tls *libc.TLS, ctx uintptr, _ int32, argv uintptr) {
	sqlCall{tls, ctx, argv}.trim(true, false)
}

func sqlRtrim(tls *libc.TLS, ctx uintptr, _ int32, argv uintptr) {
	sqlCall{tls, ctx, argv}.trim(false, true)
}

// trim is trim(X, Y) at one end or both.
func (c sqlCall) trim(left, right bool) {
	if c.null(2) {
		return
	}
	x, set := c.text(0), characters(c.text(1))
	for left && len(x) > 0 {
		n := firstCharacter(x)
		if !set.has(x[:n]) {
			break
		}
		x = x[n:]
	}
	for right && len(x) > 0 {
		n := 1
		for n < len(x) && x[len(x)-n]&0xc0 == 0x80 {
			n++
		}
		if !set.has(x[len(x)-n:]) {
			break
		}
		x = x[:len(x)-n]
	}
	c.answer(true, len(x), func(out []byte) { copy(out, x) })
}

// firstCharacter is the length of the first character of text that is not
// empty, by SQLite's rule.
func firstCharacter(text []byte) int {
	n := 1
	for text[0] >= 0xc0 && n < len(text) && text[n]&0xc0 == 0x80 {
		n++
	}
	return n
}

// characterSet is a set of characters.
type characterSet struct {
	bytes  [256]bool // those of one byte
	others map[string]bool
}

// characters is the set of characters of text.
func characters(text []byte) *characterSet {
	set := &characterSet{}
	for len(text) > 0 {
		n := firstCharacter(text)
		if n == 1 {
			set.bytes[text[0]] = true
		} else {
			if set.others == nil {
				set.others = map[string]bool{}
			}
			set.others[string(text[:n])] = true
		}
		text = text[n:]
	}
	return set
}

func (s *characterSet) has(character []byte) bool {
	if len(character) == 1 {
		return s.bytes[character[0]]
	}
	return s.others[string(character)]
}

// sqlUnhex is unhex(X, Y): the bytes that X spells, where characters of Y may
// stand between bytes; NULL if it spells none.
func sqlUnhex(tls *libc.TLS, ctx uintptr, _ int32, argv uintptr) {
	c := sqlCall{tls, ctx, argv}
	if c.null(2) {
		return
	}
	x, set := c.text(0), characters(c.text(1))
	out := make([]byte, 0, len(x)/2)
	for len(x) > 0 {
		if high := hexDigit(x[0]); high >= 0 {
			if len(x) < 2 || hexDigit(x[1]) < 0 {
				return
			}
			out = append(out, byte(high<<4|hexDigit(x[1])))
			x = x[2:]
			continue
		}
		n := firstCharacter(x)
		if !set.has(x[:n]) {
			return
		}
		x = x[n:]
	}
	c.answer(false, len(out), func(to []byte) { copy(to, out) })
}

func hexDigit(b byte) int {
	switch {
	case '0' <= b && b <= '9':
		return int(b - '0')
	case 'a' <= b|0x20 && b|0x20 <= 'f':
		return int(b|0x20-'a') + 10
	}
	return -1
}
