package bridge

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/spelling"
)

// eventTables tells an app that tables have other rows now, which came from
// another device: {tables}, their full names.
const eventTables = "sync.tablesUpdated"

// gathering is how long changes gather after apps were told of some, so that they
// hear of any number of them ten times a second at most.
const gathering = 100 * time.Millisecond

// namesAtOnce is how many bytes of names one event has: with what is around them
// they stay below maxEmit.
const namesAtOnce = maxEmit - 1<<10

// changes are tables that apps are to be told of.
type changes struct {
	after func(time.Duration, func()) (stop func() bool)

	mu     sync.Mutex
	tables map[string]bool
	soon   bool // somebody comes and tells
	ended  bool // nobody tells any more
	stop   func() bool
	coming sync.WaitGroup // of who comes after a while
}

// Changed tells the open apps that tables have other rows now, which came from
// another device, by their full names: each its own, and those it may read.
func (b *Bridge) Changed(tables []string) {
	if len(tables) == 0 {
		return
	}
	c := &b.changes
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return
	}
	if c.tables == nil {
		c.tables = make(map[string]bool)
	}
	for _, table := range tables {
		c.tables[table] = true
	}
	soon := c.soon
	c.soon = true
	c.mu.Unlock()
	if !soon {
		b.tellChanged()
	}
}

// tellChanged tells what has gathered, and comes back as long as something does.
func (b *Bridge) tellChanged() {
	c := &b.changes
	c.mu.Lock()
	tables := slices.Sorted(maps.Keys(c.tables))
	clear(c.tables)
	c.soon = len(tables) > 0 && !c.ended
	again := c.soon
	c.mu.Unlock()
	if !again {
		return
	}
	for _, s := range b.all() {
		s.tellTables(tables)
	}
	c.comeBack(b.tellChanged)
}

// comeBack lets tell run after a while.
func (c *changes) comeBack(tell func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.coming.Add(1)
	c.stop = c.after(gathering, func() {
		defer c.coming.Done()
		tell()
	})
}

// end lets nobody come and tell any more, and waits for who does just now: the
// vault is being locked.
func (c *changes) end() {
	c.mu.Lock()
	c.ended = true
	stop := c.stop
	c.mu.Unlock()
	if stop != nil && stop() {
		c.coming.Done()
	}
	c.coming.Wait()
}

// tellTables tells the session of those tables that it may read.
func (s *Session) tellTables(tables []string) {
	var seen []string
	for _, table := range tables {
		if s.reads(table) {
			seen = append(seen, table)
		}
	}
	if s.haex != nil && len(seen) > 0 {
		s.haex.Changed(seen)
		return
	}
	for len(seen) > 0 {
		n, size := 1, len(seen[0])
		for n < len(seen) && size+len(seen[n]) <= namesAtOnce {
			size += len(seen[n])
			n++
		}
		s.Emit(eventTables, map[string]any{"tables": seen[:n]})
		seen = seen[n:]
	}
}

// reads reports whether the app may read a table without asking anybody.
func (s *Session) reads(table string) bool {
	if _, own := spelling.OwnTable(s.Context.Prefix, table); own {
		return true
	}
	return s.judge(permission.Call{Key: permission.Key{Resource: "db", Action: "read", Target: table}}).Verdict == permission.Allowed
}
