package bridge

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// heardTables are the names in the events of a frame, one list for each event.
func (p *place) heardTables(s *Session) (lists [][]string) {
	for _, i := range p.page.told(eventFrame) {
		if i.data["session"] == s.ID && i.data["name"] == eventTables {
			lists = append(lists, slices.Clone(i.data["data"].(map[string]any)["tables"].([]string)))
		}
	}
	return lists
}

// later keeps what the bridge wants to do after a while, as a timer that a test
// lets run out: what was stopped before does nothing.
func (p *place) later() *[]func() {
	var list []func()
	p.bridge.changes.after = func(_ time.Duration, f func()) func() bool {
		over := false
		list = append(list, func() {
			if !over {
				over = true
				f()
			}
		})
		return func() (stopped bool) {
			stopped, over = !over, true
			return stopped
		}
	}
	return &list
}

func TestAnAppHearsOfTheTablesThatItMayRead(t *testing.T) {
	p := newPlace(t)
	p.later()
	other := p.install(nil, bundletest.WithKey(2), named("other"))
	wanted := m{"resource": "db", "action": "read", "target": other.TablePrefix() + "*", "reason": "To show them."}
	id := p.install(nil, permissions(wanted))
	reader, owner, stranger := p.open(id), p.open(other), p.open(p.install(nil, bundletest.WithKey(3), named("stranger")))
	all := []string{"alcove_kv", id.TablePrefix() + "notes", other.TablePrefix() + "x", other.TablePrefix() + "y", id.TablePrefix()}
	slices.Sort(all)
	p.bridge.tellChanged() // of nothing
	p.bridge.Changed(nil)
	p.bridge.Changed(all)
	if got := p.heardTables(reader); !reflect.DeepEqual(got, [][]string{{id.TablePrefix() + "notes"}}) {
		t.Errorf("before it was allowed: %v", got)
	}
	if got := p.heardTables(owner); !reflect.DeepEqual(got, [][]string{{other.TablePrefix() + "x", other.TablePrefix() + "y"}}) {
		t.Errorf("the owner: %v", got)
	}
	if got := p.heardTables(stranger); got != nil {
		t.Errorf("a stranger: %v", got)
	}
	p.decide(id, permission.Key{Resource: "db", Action: "read", Target: other.TablePrefix() + "*"}, permission.Allow)
	for _, s := range []*Session{reader, owner, stranger} {
		s.tellTables(all)
	}
	got := p.heardTables(reader)
	want := []string{id.TablePrefix() + "notes", other.TablePrefix() + "x", other.TablePrefix() + "y"}
	slices.Sort(want)
	if len(got) != 2 || !reflect.DeepEqual(got[1], want) {
		t.Errorf("after it was allowed: %v", got)
	}
}

func TestManyChangesAreOneEvent(t *testing.T) {
	p := newPlace(t)
	soon := p.later()
	id := p.install(nil)
	s := p.open(id)
	for i := range 1000 {
		p.bridge.Changed([]string{fmt.Sprintf("%st%d", id.TablePrefix(), i%3)})
	}
	if got := p.heardTables(s); !reflect.DeepEqual(got, [][]string{{id.TablePrefix() + "t0"}}) || len(*soon) != 1 {
		t.Fatalf("at once: %v", got)
	}
	(*soon)[0]()
	if got := p.heardTables(s); len(got) != 2 || len(got[1]) != 3 || len(*soon) != 2 {
		t.Fatalf("after a while: %v", got)
	}
	(*soon)[1]() // nothing came meanwhile
	if got := p.heardTables(s); len(got) != 2 || len(*soon) != 2 {
		t.Errorf("after another: %v", got)
	}
	p.bridge.Changed([]string{id.TablePrefix() + "t2"})
	if got := p.heardTables(s); len(got) != 3 {
		t.Errorf("later: %v", got)
	}
}

func TestLockingEndsWhatWasToBeToldLater(t *testing.T) {
	p := newPlace(t)
	soon := p.later()
	id := p.install(nil)
	p.open(id)
	p.bridge.Changed([]string{id.TablePrefix() + "a"})
	p.bridge.Changed([]string{id.TablePrefix() + "b"})
	p.bridge.CloseAll()
	c := &p.bridge.changes
	if c.stop() {
		t.Error("the timer still runs")
	}
	(*soon)[0]()
	p.bridge.Changed([]string{id.TablePrefix() + "c"})
	if len(*soon) != 1 || len(c.tables) != 1 {
		t.Errorf("%d times somebody wanted to come back, of %v", len(*soon), c.tables)
	}
	p.bridge.CloseAll() // once more, as where the program ends
}

func TestLockingWaitsForWhoTellsJustNow(t *testing.T) {
	c := changes{after: func(_ time.Duration, f func()) func() bool { return time.AfterFunc(0, f).Stop }}
	tells, locks, told := make(chan struct{}), make(chan struct{}), false
	c.comeBack(func() {
		close(tells)
		<-locks
		told = true
	})
	<-tells
	go close(locks)
	c.end()
	if !told {
		t.Error("the vault was locked meanwhile")
	}
	c.comeBack(func() { t.Error("somebody came after that") })
	c.end()
}

func TestAnEventHasRoomForItsNames(t *testing.T) {
	p := newPlace(t)
	p.later()
	id := p.install(nil)
	s := p.open(id)
	var all, got []string
	for i := range 100 {
		all = append(all, fmt.Sprintf("%s%03d%s", id.TablePrefix(), i, strings.Repeat("x", i*3)))
	}
	p.bridge.Changed(all)
	for _, list := range p.heardTables(s) {
		got = append(got, list...)
	}
	if !reflect.DeepEqual(got, all) {
		t.Errorf("%d of %d names came", len(got), len(all))
	}
}
