package store

import (
	"strings"
	"testing"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
	"pgregory.net/rapid"
)

// TestLargeMatchesAreLikeSmallOnes holds our matching against SQLite's.
func TestLargeMatchesAreLikeSmallOnes(t *testing.T) {
	tls := libc.NewTLS()
	defer tls.Close()
	text := func(alphabet string) *rapid.Generator[string] {
		return rapid.StringOfN(rapid.SampledFrom([]rune(alphabet)), 0, 12, -1)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := text("aAbBü€-]^[").Draw(t, "text")
		like, glob := text("aAbBü€%_\\").Draw(t, "like"), text("aAbBü€*?[]^-").Draw(t, "glob")
		escape := rapid.SampledFrom([]rune{0, '\\', 'a'}).Draw(t, "escape")
		zs, zlike, zglob := cString(tls, s), cString(tls, like), cString(tls, glob)
		defer func() { libc.Xfree(tls, zs); libc.Xfree(tls, zlike); libc.Xfree(tls, zglob) }()
		if got, _ := (pattern{text: []byte(like), all: '%', one: '_', escape: escape, fold: true}).match([]byte(s), nil); got != (sqlite3.Xsqlite3_strlike(tls, zlike, zs, uint32(escape)) == 0) {
			t.Fatalf("%q LIKE %q ESCAPE %q: %v", s, like, escape, got)
		}
		if got, _ := (pattern{text: []byte(glob), all: '*', one: '?', sets: true}).match([]byte(s), nil); got != (sqlite3.Xsqlite3_strglob(tls, zglob, zs) == 0) {
			t.Fatalf("%q GLOB %q: %v", s, glob, got)
		}
	})
}

func cString(tls *libc.TLS, s string) uintptr {
	p := libc.Xmalloc(tls, types.Size_t(len(s)+1))
	copy(memory(p, len(s)+1), s+"\x00")
	return p
}

func TestPatternsUseAnIndex(t *testing.T) {
	s, c := twoExtensions(t)
	if err := migrate(s, 1, notesPrefix, migration("index", "CREATE TABLE {i} (a TEXT COLLATE NOCASE, b TEXT); CREATE INDEX {ia} ON {i} (a); CREATE INDEX {ib} ON {i} (b)")); err != nil {
		t.Fatal(err)
	}
	for _, where := range []string{"a LIKE 'x%'", "b GLOB 'x*'", `a LIKE 'x%' ESCAPE '\'`} {
		plan := query(t, c, "EXPLAIN QUERY PLAN SELECT * FROM {i} WHERE "+where).Rows[0][3].(string)
		if !strings.HasPrefix(plan, "SEARCH") {
			t.Errorf("%s: %s", where, plan)
		}
	}
	got := query(t, c, `SELECT 'ABC' LIKE 'a%', 'ABC' GLOB 'a*', 'a%' LIKE 'a\%' ESCAPE '\', 'ab' LIKE 'a\%' ESCAPE '\', 'a' LIKE NULL, x'61' LIKE 'a', 12 LIKE '1_', 'x' LIKE '%' ESCAPE '%'`).Rows[0]
	for i, want := range []any{int64(1), int64(0), int64(1), int64(0), nil, int64(0), int64(1), int64(0)} {
		if got[i] != want {
			t.Errorf("column %d: %v, want %v", i, got[i], want)
		}
	}
}
