package store

import (
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// pageCache keeps the pages of one connection. SQLite's own puts the pages of
// all connections of the process in one list, under one lock: a connection that
// has filled it leaves the others without any cache, for good, because a page
// that comes on top of a full list is freed as soon as it is let go. Here every
// connection has what it was told with cache_size, no more and no less.
//
// It lies in C memory like everything SQLite holds, and points only to C memory.
// The collector ignores such pointers, but looks at what a store overwrites: so
// memory is cleared before it holds any, and none outlives what it points to.
//
// SQLite uses a cache from one goroutine at a time.
type pageCache struct {
	pageSize  int32 // bytes
	extraSize int32 // bytes of SQLite's own beside each page
	purgeable bool  // false for a database that is only in memory
	limit     uint32
	pages     uint32
	highest   uint32 // no page has had a higher number since the last truncation
	idle      uint32 // pages that are not in use, in the list below

	slots     *[1 << 28]*cachedPage // hash table
	slotCount uint32                // a power of two

	newest, oldest *cachedPage // idle pages, by when they were last used

	// Pages that hold nothing any more, linked by older, for the next to come. A
	// connection forgets all of its pages whenever another one has written;
	// giving each back to the system and getting it anew took 40 ms for 64 MB.
	spare  *cachedPage
	spares uint32
}

// cachedPage is the record of a page; it lies between the page and extra. The
// first two fields are sqlite3_pcache_page, which SQLite reads.
type cachedPage struct {
	page  uintptr
	extra uintptr

	number       uint32
	isIdle       bool
	next         *cachedPage // in the same slot
	newer, older *cachedPage
}

const (
	firstSlots  = 256
	pointerSize = uint32(unsafe.Sizeof(uintptr(0)))
	recordSize  = int32(unsafe.Sizeof(cachedPage{})+7) &^ 7
)

// setPageCache fills in the functions of a page cache. It leaves the two that
// start and stop SQLite's own, which also counts what is beside a cache.
func setPageCache(m *sqlite3.Tsqlite3_pcache_methods2) {
	m.FxCreate = address(cacheCreate)
	m.FxCachesize = address(cacheLimit)
	m.FxPagecount = address(cacheCount)
	m.FxFetch = address(cacheFetch)
	m.FxUnpin = address(cacheUnpin)
	m.FxRekey = address(cacheRekey)
	m.FxTruncate = address(cacheTruncate)
	m.FxDestroy = address(cacheDestroy)
	m.FxShrink = address(cacheShrink)
}

func theCache(p uintptr) *pageCache { return (*pageCache)(pointer(p)) }

func addressOf[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

func cacheCreate(tls *libc.TLS, pageSize, extraSize, purgeable int32) uintptr {
	p := mallocBounded(tls, int32(unsafe.Sizeof(pageCache{})))
	if p == 0 {
		return 0
	}
	clear(memory(p, int(unsafe.Sizeof(pageCache{}))))
	c := theCache(p)
	*c = pageCache{pageSize: pageSize, extraSize: (extraSize + 7) &^ 7, purgeable: purgeable != 0}
	if !c.resize(tls, firstSlots) {
		freeOverwritten(tls, p)
		return 0
	}
	return p
}

// cacheLimit sets how many pages the cache may hold. What is beyond it and not
// in use is freed at once.
func cacheLimit(tls *libc.TLS, p uintptr, n int32) {
	c := theCache(p)
	c.limit = uint32(max(n, 0))
	c.shrink(tls, c.limit)
}

func cacheCount(_ *libc.TLS, p uintptr) int32 { return int32(theCache(p).pages) }

// cacheFetch returns a page and marks it as in use. One that is not there is
// made, unless create is 0; if create is 1 only while most of the cache is not
// in use: SQLite then writes changed pages out first.
func cacheFetch(tls *libc.TLS, p uintptr, number uint32, create int32) uintptr {
	c := theCache(p)
	for e := c.slots[number&(c.slotCount-1)]; e != nil; e = e.next {
		if e.number == number {
			c.use(e)
			return addressOf(e)
		}
	}
	if create == 0 || create == 1 && c.purgeable && c.pages-c.idle >= c.limit-c.limit/10 {
		return 0
	}
	if c.pages >= c.slotCount {
		c.resize(tls, c.slotCount*2) // without memory the table stays as it is
	}
	var e *cachedPage
	if c.purgeable && c.pages >= c.limit {
		e = c.recycle()
	}
	if e == nil {
		e = c.takeSpare()
	}
	if e == nil {
		e = c.allocate(tls)
	}
	if e == nil && c.purgeable {
		e = c.recycle() // there is no more memory
	}
	if e == nil {
		return 0
	}
	*(*uintptr)(pointer(e.extra)) = 0 // tells SQLite that the page is new
	e.number = number
	c.insert(e)
	c.pages++
	return addressOf(e)
}

// cacheUnpin ends the use of a page. It stays for the next use, unless SQLite
// says that there is none or the cache is fuller than it may be.
func cacheUnpin(tls *libc.TLS, p, page uintptr, discard int32) {
	c, e := theCache(p), (*cachedPage)(pointer(page))
	if discard != 0 || c.purgeable && c.pages > c.limit {
		c.discard(tls, e)
		return
	}
	e.isIdle, e.newer, e.older = true, nil, c.newest
	if c.newest != nil {
		c.newest.newer = e
	} else {
		c.oldest = e
	}
	c.newest = e
	c.idle++
}

// cacheRekey gives a page another number. A page that has that number goes.
func cacheRekey(tls *libc.TLS, p, page uintptr, _, number uint32) {
	c, e := theCache(p), (*cachedPage)(pointer(page))
	c.remove(e)
	for other := c.slots[number&(c.slotCount-1)]; other != nil; other = other.next {
		if other.number == number {
			c.discard(tls, other)
			break
		}
	}
	e.number = number
	c.insert(e)
}

// cacheTruncate takes out all pages from a number on, in use or not.
func cacheTruncate(tls *libc.TLS, p uintptr, from uint32) {
	c := theCache(p)
	if from > c.highest || c.pages == 0 { // at every commit
		return
	}
	if from <= 1 && c.idle == c.pages && c.purgeable {
		c.spareAll()
		return
	}
	for i := range c.slotCount {
		for e := c.slots[i]; e != nil; {
			next := e.next
			if e.number >= from {
				c.discard(tls, e)
			}
			e = next
		}
	}
	c.highest = max(from, 1) - 1
}

func cacheDestroy(tls *libc.TLS, p uintptr) {
	cacheTruncate(tls, p, 0)
	theCache(p).shrink(tls, 0)
	freeOverwritten(tls, addressOf(theCache(p).slots))
	freeOverwritten(tls, p)
}

// cacheShrink frees all pages that are not in use.
func cacheShrink(tls *libc.TLS, p uintptr) { theCache(p).shrink(tls, 0) }

func (c *pageCache) shrink(tls *libc.TLS, limit uint32) {
	for c.purgeable && c.pages > limit && c.oldest != nil {
		c.discard(tls, c.oldest)
	}
	for c.spares > 0 && c.pages+c.spares > limit {
		freeOverwritten(tls, c.takeSpare().page)
	}
}
