package extension

import "container/list"

// maxCache bounds the files that one running extension keeps in memory, in
// bytes. It exists so that what was read to verify it at its start is not read
// and decrypted once more for its page.
const maxCache = 8 << 20

// cache holds the most recently used files by their hash. It is not safe for
// use by several goroutines.
type cache struct {
	size    int
	order   *list.List // of *cached, the most recent first
	entries map[[32]byte]*list.Element
}

type cached struct {
	sum  [32]byte
	data []byte
}

func newCache() *cache {
	return &cache{order: list.New(), entries: map[[32]byte]*list.Element{}}
}

func (c *cache) get(sum [32]byte) (data []byte, ok bool) {
	e, ok := c.entries[sum]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached).data, true
}

// put keeps data, and lets go of what was used longest ago. A file larger than
// a quarter of the whole is not worth it.
func (c *cache) put(sum [32]byte, data []byte) {
	if _, ok := c.entries[sum]; ok || len(data) > maxCache/4 {
		return
	}
	c.entries[sum] = c.order.PushFront(&cached{sum: sum, data: data})
	c.size += len(data)
	for c.size > maxCache {
		last := c.order.Back()
		old := c.order.Remove(last).(*cached)
		delete(c.entries, old.sum)
		c.size -= len(old.data)
	}
}

func (c *cache) clear() {
	c.order.Init()
	clear(c.entries)
	c.size = 0
}
