package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"maps"
	"math/rand"
	"slices"
	"testing"

	"modernc.org/libc"
)

// modelled is a page cache and what must be in it.
type modelled struct {
	t      *testing.T
	tls    *libc.TLS
	cache  uintptr
	limit  int
	used   map[uint32]uintptr // pages in use
	idle   []uint32           // the others, the one used last at the end
	number uint64             // of the last page that was made
	marks  map[uint32]uint64  // what is written in the pages
}

func newModelled(t *testing.T, limit int) *modelled {
	t.Helper()
	if err := setAllocator(); err != nil {
		t.Fatal(err)
	}
	m := &modelled{t: t, tls: libc.NewTLS(), used: map[uint32]uintptr{}, marks: map[uint32]uint64{}}
	t.Cleanup(m.tls.Close)
	if m.cache = cacheCreate(m.tls, 512, 20, 1); m.cache == 0 {
		t.Fatal("no cache")
	}
	m.setLimit(limit)
	return m
}

func (m *modelled) setLimit(n int) {
	m.limit = n
	cacheLimit(m.tls, m.cache, int32(n))
	m.evict(n)
}

// evict forgets idle pages, oldest first, until no more than n pages are left.
func (m *modelled) evict(n int) {
	for len(m.marks) > n && len(m.idle) > 0 {
		delete(m.marks, m.idle[0])
		m.idle = m.idle[1:]
	}
}

func (m *modelled) forget(number uint32) {
	delete(m.marks, number)
	delete(m.used, number)
	m.idle = slices.DeleteFunc(m.idle, func(n uint32) bool { return n == number })
}

// fetch checks that the page is there with its content exactly if it must be,
// and writes a mark at both ends of a new page and in what is beside it.
func (m *modelled) fetch(number uint32, create int32) {
	m.t.Helper()
	mark, known := m.marks[number]
	p := cacheFetch(m.tls, m.cache, number, create)
	if !known && (create == 0 || create == 1 && len(m.used) >= m.limit-m.limit/10) {
		if p != 0 {
			m.t.Fatalf("page %d is there", number)
		}
		return
	}
	if p == 0 {
		m.t.Fatalf("page %d is not there", number)
	}
	e := (*cachedPage)(pointer(p))
	page, extra := memory(e.page, 512), memory(e.extra, 20)
	if known {
		want := binary.NativeEndian.AppendUint64(nil, mark)
		if !bytes.HasPrefix(page, want) || !bytes.HasSuffix(page, want) || !bytes.HasPrefix(extra, want) || !bytes.HasSuffix(extra, want) {
			m.t.Fatalf("page %d holds something else", number)
		}
	} else {
		if binary.NativeEndian.Uint64(extra) != 0 {
			m.t.Fatalf("page %d does not say that it is new", number)
		}
		m.evict(m.limit - 1)
		m.number++
		m.marks[number] = m.number
		for _, at := range [][]byte{page, page[504:], extra, extra[12:]} {
			binary.NativeEndian.PutUint64(at, m.number)
		}
	}
	m.idle = slices.DeleteFunc(m.idle, func(n uint32) bool { return n == number })
	m.used[number] = p
}

func (m *modelled) unpin(number uint32, discard int32) {
	p := m.used[number]
	over := len(m.marks) > m.limit
	cacheUnpin(m.tls, m.cache, p, discard)
	delete(m.used, number)
	if discard != 0 || over {
		m.forget(number)
		return
	}
	m.idle = append(m.idle, number)
}

func (m *modelled) step(rng *rand.Rand) {
	number := uint32(rng.Intn(900))
	_, used := m.used[number]
	switch op := rng.Intn(1000); {
	case op == 0:
		m.setLimit(1 + rng.Intn(600))
	case op == 1:
		cacheShrink(m.tls, m.cache)
		m.evict(0)
	case op == 2:
		from := number + 300
		if rng.Intn(2) == 0 {
			from = 1
		}
		cacheTruncate(m.tls, m.cache, from)
		for n := range m.marks {
			if n >= from {
				m.forget(n)
			}
		}
	case op < 20 && used:
		to := uint32(rng.Intn(900))
		if _, busy := m.used[to]; busy {
			return
		}
		p, mark := m.used[number], m.marks[number]
		cacheRekey(m.tls, m.cache, p, number, to)
		m.forget(to)
		m.forget(number)
		m.used[to], m.marks[to] = p, mark
	case used:
		discard := int32(0)
		if rng.Intn(8) == 0 {
			discard = 1
		}
		m.unpin(number, discard)
	case len(m.used) < 200:
		m.fetch(number, int32(rng.Intn(3)))
	default:
		for _, n := range slices.Sorted(maps.Keys(m.used)) {
			m.unpin(n, 0)
		}
	}
	if got := cacheCount(m.tls, m.cache); int(got) != len(m.marks) {
		m.t.Fatalf("%d pages instead of %d", got, len(m.marks))
	}
	if c := theCache(m.cache); c.spares > 0 && int(c.pages+c.spares) > m.limit {
		m.t.Fatalf("%d pages and %d spare ones where %d are allowed", c.pages, c.spares, m.limit)
	}
}

// What SQLite does whenever another connection has written: it must not give
// each page back to the system, or a read costs by what was read before.
func TestPageCacheForgetsAllWithoutFreeing(t *testing.T) {
	m := newModelled(t, 400)
	for n := range uint32(300) {
		m.fetch(n+1, 2)
	}
	for _, n := range slices.Sorted(maps.Keys(m.used)) {
		m.unpin(n, 0)
	}
	held := system.held.Load()
	cacheTruncate(m.tls, m.cache, 1)
	m.evict(0)
	if now := system.held.Load(); now != held {
		t.Errorf("%d bytes instead of %d are held", now, held)
	}
	for n := range uint32(300) {
		m.fetch(n+1, 0)
		m.fetch(n+1, 2)
	}
	if now := system.held.Load(); now != held {
		t.Errorf("%d bytes instead of %d are held with new pages", now, held)
	}
	cacheShrink(m.tls, m.cache)
	cacheDestroy(m.tls, m.cache)
}

func TestPageCacheHoldsWhatWasUsedLast(t *testing.T) {
	before := system.held.Load()
	m := newModelled(t, 400)
	rng := rand.New(rand.NewSource(1))
	for range 200_000 {
		m.step(rng)
	}
	cacheDestroy(m.tls, m.cache)
	if after := system.held.Load(); after > before {
		t.Errorf("%d bytes are left", after-before)
	}
}

func TestPageCacheReusesPagesWithoutMemory(t *testing.T) {
	m := newModelled(t, 100)
	m.fetch(1, 2)
	m.fetch(2, 2)
	m.unpin(1, 0)
	ceiling := system.ceiling.Swap(0)
	defer system.ceiling.Store(ceiling)
	m.limit = 2 // of the model only: it takes the place of page 1
	m.fetch(3, 2)
	if p := cacheFetch(m.tls, m.cache, 4, 2); p != 0 {
		t.Error("there was memory for another page")
	}
	cacheDestroy(m.tls, m.cache)
}

// A connection that has filled its cache must not leave the others without.
func TestEveryConnectionHasItsOwnCache(t *testing.T) {
	s := create(t, WithCache(2<<20))
	ctx := context.Background()
	if err := s.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`CREATE TABLE big (id INTEGER PRIMARY KEY, text TEXT);
			WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
			INSERT INTO big SELECT i, hex(randomblob(1000)) FROM n`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.checkpoint(); err != nil {
		t.Fatal(err)
	}
	look := func() {
		if err := s.View(ctx, func(tx *sql.Tx) error {
			var n int
			return tx.QueryRow("SELECT length(text) FROM big WHERE id = 1500").Scan(&n)
		}); err != nil {
			t.Fatal(err)
		}
	}
	look()
	before := s.volume.BytesRead()
	look()
	if read := s.volume.BytesRead() - before; read != 0 {
		t.Errorf("%d bytes were read again", read)
	}
}
