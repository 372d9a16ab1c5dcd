package store

import "modernc.org/libc"

// allocate makes a page that is in no table yet, or returns nil. The record
// follows the page, because on a damaged page SQLite may read past its end.
func (c *pageCache) allocate(tls *libc.TLS) *cachedPage {
	p := mallocBounded(tls, c.pageSize+recordSize+c.extraSize)
	if p == 0 {
		return nil
	}
	record := p + uintptr(c.pageSize)
	clear(memory(record, int(recordSize)))
	e := (*cachedPage)(pointer(record))
	e.page, e.extra = p, record+uintptr(recordSize)
	return e
}

// recycle takes the page that was not in use for longest out, or returns nil.
func (c *pageCache) recycle() *cachedPage {
	e := c.oldest
	if e != nil {
		c.use(e)
		c.remove(e)
		c.pages--
	}
	return e
}

// discard takes a page out. It is kept for the next one that comes, as long as
// the cache then has no more memory than it may.
func (c *pageCache) discard(tls *libc.TLS, e *cachedPage) {
	c.use(e)
	c.remove(e)
	c.pages--
	if !c.purgeable || c.pages+c.spares >= c.limit {
		freeOverwritten(tls, e.page)
		return
	}
	e.older, c.spare = c.spare, e
	c.spares++
}

// spareAll takes all pages out, of which there is one at least and none in use.
// How many there are does not matter.
func (c *pageCache) spareAll() {
	clear(c.slots[:c.slotCount])
	c.oldest.older, c.spare = c.spare, c.newest
	c.spares += c.pages
	c.newest, c.oldest = nil, nil
	c.pages, c.idle, c.highest = 0, 0, 0
}

// takeSpare returns a page that held something once, or nil.
func (c *pageCache) takeSpare() *cachedPage {
	e := c.spare
	if e == nil {
		return nil
	}
	c.spare = e.older
	c.spares--
	e.isIdle, e.newer, e.older = false, nil, nil
	return e
}

// use takes a page out of the list of idle ones.
func (c *pageCache) use(e *cachedPage) {
	if !e.isIdle {
		return
	}
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		c.newest = e.older
	}
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		c.oldest = e.newer
	}
	e.isIdle, e.newer, e.older = false, nil, nil
	c.idle--
}

func (c *pageCache) insert(e *cachedPage) {
	slot := &c.slots[e.number&(c.slotCount-1)]
	e.next, *slot = *slot, e
	c.highest = max(c.highest, e.number)
}

func (c *pageCache) remove(e *cachedPage) {
	slot := &c.slots[e.number&(c.slotCount-1)]
	for *slot != e {
		slot = &(*slot).next
	}
	*slot, e.next = e.next, nil
}

// resize makes the table of n slots, a power of two, and reports whether there
// was memory for it.
func (c *pageCache) resize(tls *libc.TLS, n uint32) bool {
	if n > 1<<27 { // the allocator counts bytes in an int32
		return false
	}
	p := mallocBounded(tls, int32(n*pointerSize))
	if p == 0 {
		return false
	}
	clear(memory(p, int(n*pointerSize)))
	old, oldCount := c.slots, c.slotCount
	c.slots, c.slotCount = (*[1 << 28]*cachedPage)(pointer(p)), n
	for i := range oldCount {
		for e := old[i]; e != nil; {
			next := e.next
			c.insert(e)
			e = next
		}
	}
	if old != nil {
		freeOverwritten(tls, addressOf(old))
	}
	return true
}
