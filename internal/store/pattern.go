package store

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"unicode/utf8"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// LIKE and GLOB of SQLite try every place of a text for every part of a
// pattern, and cannot be ended while they do: a pattern of 200 letters takes
// minutes over a few megabytes. Here SQLite's own matching does what is small,
// and what is large is matched step by step, so that it can be ended.
var patternFunctions = []struct {
	name string
	args int32
	fn   func(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr)
	kind patternKind
}{
	{"like", 2, sqlLike, patternKind{'%', '_', 0, 1}},
	{"like", 3, sqlLike, patternKind{'%', '_', 0, 1}},
	{"glob", 2, sqlGlob, patternKind{'*', '?', '[', 0}},
}

// patternKind is SQLite's compareInfo: what stands for any run of characters,
// for one, for one of a set, and whether case does not matter.
type patternKind [4]byte

// smallMatch is pattern times text, in bytes, up to which SQLite matches.
const smallMatch = 1 << 20

// patternKinds are the kinds in C memory, where SQLite looks at them to see
// whether an index can help.
var patternKinds = sync.OnceValues(func() ([]uintptr, error) {
	tls := libc.NewTLS()
	defer tls.Close()
	list := make([]uintptr, len(patternFunctions))
	for i, f := range patternFunctions {
		if list[i] = libc.Xcalloc(tls, 1, 8); list[i] == 0 {
			return nil, errors.New("no memory for LIKE")
		}
		copy(memory(list[i], 4), f.kind[:])
	}
	return list, nil
})

// installPatterns makes the connection use them. SQLite lets only a function
// that is marked as LIKE or GLOB use an index, and marks none that is
// registered; so the mark is set in its own record, which
// TestPatternsUseAnIndex would miss after an upgrade.
func (h handle) installPatterns() error {
	kinds, err := patternKinds()
	if err != nil {
		return err
	}
	const flags = sqlite3.SQLITE_UTF8 | sqlite3.SQLITE_DETERMINISTIC | sqlite3.SQLITE_INNOCUOUS
	for i, f := range patternFunctions {
		name, err := libc.CString(f.name)
		if err != nil {
			return err
		}
		rc := sqlite3.Xsqlite3_create_function_v2(h.tls, h.db, name, f.args, flags, kinds[i], address(f.fn), 0, 0, 0)
		libc.Xfree(h.tls, name)
		if rc != sqlite3.SQLITE_OK {
			return fmt.Errorf("function %s: %w", f.name, h.failure(rc))
		}
	}
	for e := (*sqlite3.Tsqlite3)(pointer(h.db)).FaFunc.Ffirst; e != 0; {
		elem := (*sqlite3.THashElem)(pointer(e))
		for p := elem.Fdata; p != 0; {
			def := (*sqlite3.TFuncDef)(pointer(p))
			switch def.FpUserData {
			case kinds[0], kinds[1]:
				def.FfuncFlags |= sqlite3.SQLITE_FUNC_LIKE
			case kinds[2]:
				def.FfuncFlags |= sqlite3.SQLITE_FUNC_LIKE | sqlite3.SQLITE_FUNC_CASE
			}
			p = def.FpNext
		}
		e = elem.Fnext
	}
	return nil
}

func sqlLike(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr) {
	c := sqlCall{tls, ctx, argv}
	var escape rune
	if argc == 3 {
		if c.kind(2) == sqlite3.SQLITE_NULL {
			return
		}
		text := c.text(2)
		if utf8.RuneCount(text) != 1 {
			c.fail("ESCAPE expression must be a single character")
			return
		}
		escape, _ = utf8.DecodeRune(text)
	}
	c.compare(pattern{all: '%', one: '_', escape: escape, fold: true}, func(p, s uintptr) bool {
		return sqlite3.Xsqlite3_strlike(tls, p, s, uint32(escape)) == 0
	})
}

func sqlGlob(tls *libc.TLS, ctx uintptr, _ int32, argv uintptr) {
	sqlCall{tls, ctx, argv}.compare(pattern{all: '*', one: '?', sets: true}, func(p, s uintptr) bool {
		return sqlite3.Xsqlite3_strglob(tls, p, s) == 0
	})
}

// compare answers whether argument 1 is like the pattern in argument 0. Blobs
// are like nothing.
func (c sqlCall) compare(p pattern, small func(pattern, text uintptr) bool) {
	if c.kind(0) == sqlite3.SQLITE_BLOB || c.kind(1) == sqlite3.SQLITE_BLOB {
		sqlite3.Xsqlite3_result_int(c.tls, c.ctx, 0)
		return
	}
	db := sqlite3.Xsqlite3_context_db_handle(c.tls, c.ctx)
	want := c.text(0)
	if len(want) > int(sqlite3.Xsqlite3_limit(c.tls, db, sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, -1)) {
		c.fail("LIKE or GLOB pattern too complex")
		return
	}
	if c.null(2) {
		return
	}
	text := c.text(1)
	var found bool
	special := p.escape != 0 && (p.escape == p.all || p.escape == p.one)
	if len(want)*len(text) <= smallMatch && !special {
		found = small(sqlite3.Xsqlite3_value_text(c.tls, c.arg(0)), sqlite3.Xsqlite3_value_text(c.tls, c.arg(1)))
	} else {
		p.text, _, _ = bytes.Cut(want, []byte{0})
		text, _, _ = bytes.Cut(text, []byte{0})
		var ended bool
		found, ended = p.match(text, func() bool { return sqlite3.Xsqlite3_is_interrupted(c.tls, db) != 0 })
		if ended {
			sqlite3.Xsqlite3_result_error_code(c.tls, c.ctx, sqlite3.SQLITE_INTERRUPT)
			return
		}
	}
	result := int32(0)
	if found {
		result = 1
	}
	sqlite3.Xsqlite3_result_int(c.tls, c.ctx, result)
}

func (c sqlCall) fail(message string) {
	z, err := libc.CString(message)
	if err != nil {
		sqlite3.Xsqlite3_result_error_nomem(c.tls, c.ctx)
		return
	}
	sqlite3.Xsqlite3_result_error(c.tls, c.ctx, z, -1)
	libc.Xfree(c.tls, z)
}

// pattern is what LIKE or GLOB compares with. A character that is not in the
// pattern language is 0.
type pattern struct {
	text             []byte
	all, one, escape rune
	sets             bool // [a-z]
	fold             bool // ASCII letters match whatever their case
}

// matchSteps is how many steps go by between looks at whether to end.
const matchSteps = 1 << 14

// match reports whether text is like the pattern. It goes back only to the last
// run of any characters: an earlier one need not be longer.
func (p pattern) match(text []byte, over func() bool) (found, ended bool) {
	at, in := 0, 0       // in the text, in the pattern
	back, again := 0, -1 // where the last run ends in the text, and what follows it in the pattern
	for steps := 1; ; steps++ {
		if steps%matchSteps == 0 && over() {
			return false, true
		}
		if in == len(p.text) && at == len(text) {
			return true, false
		}
		if in < len(p.text) {
			c, n := utf8.DecodeRune(p.text[in:])
			if c == p.all && c != p.escape {
				in += n
				again, back = in, at
				continue
			}
			if at == len(text) {
				return false, false // going back leaves even less
			}
			if used, size := p.first(p.text[in:], text[at:]); used > 0 {
				in, at = in+used, at+size
				continue
			}
		}
		if again < 0 || back == len(text) {
			return false, false
		}
		back += firstCharacter(text[back:])
		at, in = back, again
	}
}

// first compares the first element of a pattern, which is not a run, with the
// first character of a text. It returns their lengths in bytes, or 0 if they
// differ.
func (p pattern) first(want, text []byte) (used, size int) {
	c, n := utf8.DecodeRune(want)
	size = firstCharacter(text)
	got, _ := utf8.DecodeRune(text)
	switch {
	case p.escape != 0 && c == p.escape:
		if len(want) == n {
			return 0, 0
		}
		var m int
		c, m = utf8.DecodeRune(want[n:])
		n += m
	case c == p.one:
		return n, size
	case p.sets && c == '[':
		return p.set(want, got), size
	}
	if c == got && (c != utf8.RuneError || bytes.HasPrefix(text, want[:n])) || p.fold && c < 0x80 && got < 0x80 && lowerByte(byte(c)) == lowerByte(byte(got)) {
		return n, size
	}
	return 0, 0
}

func lowerByte(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// set is first for a set, such as [^a-z].
func (p pattern) set(want []byte, got rune) (used int) {
	next := func() rune {
		if used >= len(want) {
			return 0
		}
		c, n := utf8.DecodeRune(want[used:])
		used += n
		return c
	}
	next()
	seen, invert := false, false
	var before rune
	c := next()
	if c == '^' {
		invert = true
		c = next()
	}
	if c == ']' {
		seen = got == ']'
		c = next()
	}
	for c != 0 && c != ']' {
		if c == '-' && used < len(want) && want[used] != ']' && before > 0 {
			c = next()
			seen = seen || before <= got && got <= c
			before = 0
		} else {
			seen = seen || c == got
			before = c
		}
		c = next()
	}
	if c == 0 || seen == invert {
		return 0
	}
	return used
}
