package bridge

import (
	"strings"
	"sync"
	"testing"
)

// page is a host page that keeps all it is told.
type page struct {
	mu      sync.Mutex
	items   []item
	changed chan struct{}
	// prompted is called when another question may be shown.
	prompted func()
	heard    func(item)
}

// hear lets f see every item from now on. It must not tell anything itself.
func (p *page) hear(f func(item)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = f
}

type item struct {
	kind, key string
	data      map[string]any
}

func newPage() *page { return &page{changed: make(chan struct{})} }

func (p *page) Tell(kind, key string, data any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.items = append(p.items, item{kind, key, data.(map[string]any)})
	close(p.changed)
	p.changed = make(chan struct{})
	if p.heard != nil {
		p.heard(p.items[len(p.items)-1])
	}
	if kind == eventPrompt && p.prompted != nil {
		p.prompted()
	}
}

// await returns the first item that matches, once it is there.
func (p *page) await(match func(item) bool) item {
	for {
		p.mu.Lock()
		items, changed := p.items, p.changed
		p.mu.Unlock()
		for _, i := range items {
			if match(i) {
				return i
			}
		}
		<-changed
	}
}

// told returns the items of a kind.
func (p *page) told(kind string) (list []item) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range p.items {
		if i.kind == kind {
			list = append(list, i)
		}
	}
	return list
}

func TestAnEventGoesToItsFrameOnlyAndOnlyWhileItIsOpen(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil)
	a, b := p.open(id), p.open(id)
	if a.ID == b.ID || a.ID == a.Secret || a.ID == a.Path || len(a.ID) != 43 {
		t.Fatal("frames need names of their own that open nothing")
	}
	b.Emit("files.changed", m{"path": "a"})
	b.Emit("files.changed", m{"path": strings.Repeat("x", maxEmit)})
	p.bridge.Close(b.Secret)
	b.Emit("files.changed", m{"path": "c"})
	told := p.page.told(eventFrame)
	if len(told) != 1 || told[0].data["session"] != b.ID || told[0].data["name"] != "files.changed" {
		t.Errorf("told %v", told)
	}
	if r := p.send(b.ID, block(t)); r.code() != "session.ended" {
		t.Errorf("the frame's name was taken for its secret: %q", r.code())
	}
}
