package web

import (
	"errors"

	"github.com/alcove-vault/alcove/internal/wire"
)

// Bounds of an event that gathers.
const (
	maxSame     = 64       // items with one key
	maxGathered = 16 << 20 // bytes of all items
)

// gathering are the things that one event tells, in order.
type gathering struct {
	items []gathered
	bytes int
	same  map[string]int // how many there are of a key
}

type gathered struct {
	key  string
	data wire.Value
}

// gather adds an item to the newest event of its kind, if no poll was answered
// with that yet, and otherwise begins one. So a page that is slow finds one
// long event and not many short ones that push out the others. Of too many
// items with one key, or of too large ones, the oldest are dropped. The event
// is brief, and its data is the list of items.
func (l *eventLog) gather(kind, key string, data any) {
	value := encoded(data)
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := len(l.ring) - 1; i >= 0 && l.ring[i].seq > l.handed; i-- {
		if e := &l.ring[i]; e.kind == kind && e.many != nil {
			e.many.add(key, value)
			return
		}
	}
	many := &gathering{same: make(map[string]int)}
	many.add(key, value)
	l.push(event{kind: kind, brief: true, many: many})
}

func (g *gathering) add(key string, data wire.Value) {
	g.items = append(g.items, gathered{key, data})
	g.bytes += len(data)
	g.same[key]++
	if g.same[key] > maxSame {
		for i := range g.items {
			if g.items[i].key == key {
				g.drop(i)
				break
			}
		}
	}
	for g.bytes > maxGathered && len(g.items) > 1 {
		g.drop(0)
	}
}

func (g *gathering) drop(i int) {
	g.bytes -= len(g.items[i].data)
	g.same[g.items[i].key]--
	g.items = append(g.items[:i], g.items[i+1:]...)
}

// encode writes the list of items.
func (g *gathering) encode(e *wire.Encoder) error {
	err := e.EncodeArrayLen(len(g.items))
	for _, it := range g.items {
		err = errors.Join(err, wire.Raw(e, it.data))
	}
	return err
}
