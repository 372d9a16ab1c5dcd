package bridge

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
)

// TestTheLedgerCountsEveryCall of 10,000 mixed ones, side by side: as many of
// each kind as there were. The second half of them leaves nothing in memory.
func TestTheLedgerCountsEveryCall(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(
		m{"resource": "clipboard", "action": "read", "reason": "To paste."},
		m{"resource": "shell", "action": "run", "target": "git", "reason": "To fetch."},
	)))
	s.rate = rate.NewLimiter(rate.Inf, 1)
	p.must(s, "db.migrate", m{"migrations": []any{m{"name": "1", "sql": "CREATE TABLE {{t}} (id TEXT PRIMARY KEY, v)"}}})
	work := func(name string, key permission.Key, fails bool) {
		p.bridge.methods[name] = &method{name: name, deadline: time.Minute, parse: func(_ *Session, a *args) work {
			a.ignoreOthers()
			return work{wants: wanting(permission.Call{Key: key}), run: func(context.Context, grantedTerms) (result, error) {
				if fails {
					return nil, errNoDesk
				}
				return empty, nil
			}}
		}}
	}
	paste := permission.Key{Resource: "clipboard", Action: "read"}
	git := permission.Key{Resource: "shell", Action: "run", Target: "git"}
	work("test.paste", paste, false)
	work("test.git", git, true)
	work("test.undeclared", permission.Key{Resource: "net", Action: "fetch", Target: "https://bad.example/?secret"}, false)
	decide(s, paste, permission.Allow)
	decide(s, git, permission.Deny)

	const workers, each, halves = 10, 500, 2
	calls := []struct {
		method string
		params m
	}{
		{"db.query", m{"sql": "SELECT 1", "params": []any{}}},
		{"kv.get", m{"key": "a"}},
		{"test.paste", m{}},
		{"test.git", m{}},
		{"test.undeclared", m{}},
	}
	var lost atomic.Int64
	var live [halves]int64
	for half := range halves {
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := range each {
					c := calls[(w+i)%len(calls)]
					if _, code := p.call(s, c.method, c.params); code == "quota.calls" {
						lost.Add(1)
					}
				}
			})
		}
		wg.Wait()
		live[half] = p.live()
	}
	if lost.Load() != 0 {
		t.Fatalf("%d calls did not get to have a method", lost.Load())
	}
	// 100 bytes of each of the 5,000 calls; the least that one makes is its
	// envelope and its reply.
	if grown := live[1] - live[0]; grown > 500_000 {
		t.Errorf("%d bytes more are in use after 10,000 calls than after 5,000", grown)
	}
	sums, err := p.counts().Of(context.Background(), s.Running.Row)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]ledger.Uses{}
	for _, sum := range sums {
		got[sum.Resource+"."+sum.Action] = sum.Uses
	}
	const part = workers * each * halves / 5
	for _, c := range []struct {
		name                  string
		done, failed, refused int64
	}{
		{"db.own", part + 1, 0, 0}, // with the migration
		{"kv.own", part, 0, 0},
		{"clipboard.read", part, 0, 0},
		{"shell.run", 0, 0, part},
		{"net.fetch", 0, 0, part},
	} {
		u := got[c.name]
		if u.Done != c.done || u.Failed != c.failed || u.Refused != c.refused {
			t.Errorf("%s: %d done, %d failed, %d refused, want %+v", c.name, u.Done, u.Failed, u.Refused, c)
		}
	}
	if len(got) != 5 {
		t.Errorf("%v", got)
	}
	if got["clipboard.read"].In == 0 || got["clipboard.read"].Out == 0 {
		t.Errorf("no bytes were counted: %+v", got["clipboard.read"])
	}
	targets, err := p.counts().Targets(context.Background(), s.Running.Row, "net", "fetch", 5)
	if err != nil || len(targets) != 1 || targets[0].Target != "https://bad.example" {
		t.Errorf("%+v %v", targets, err)
	}

	// What was allowed and fails is told from what was refused.
	decide(s, git, permission.Allow)
	if _, code := p.call(s, "test.git", m{}); code != "capability.unavailable" {
		t.Fatal(code)
	}
	if u, err := p.counts().OnTarget(context.Background(), s.Running.Row, git); err != nil || u.Failed != 1 || u.Refused != part {
		t.Errorf("%+v %v", u, err)
	}
}

// TestAQuestionIsRecorded when it is asked, and its answer with the call.
func TestAQuestionIsRecorded(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(m{"resource": "clipboard", "action": "read", "reason": "To paste."})))
	key := permission.Key{Resource: "clipboard", Action: "read"}
	p.bridge.methods["test.paste"] = &method{name: "test.paste", deadline: time.Minute, parse: func(*Session, *args) work {
		return work{wants: wanting(permission.Call{Key: key}), run: func(context.Context, grantedTerms) (result, error) { return empty, nil }}
	}}
	decide(s, key, permission.Ask)
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseDeny} })
	if _, code := p.call(s, "test.paste", m{}); code != "permission.denied" {
		t.Fatal(code)
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseOnce} })
	p.must(s, "test.paste", m{})
	u, err := p.counts().OnTarget(context.Background(), s.Running.Row, key)
	if err != nil || u.Asked != 2 || u.Refused != 1 || u.Done != 1 {
		t.Errorf("%+v %v", u, err)
	}
}

// TestBytesOfAHandleAreCountedWhereItWasOpenedTo, and its calls as the app's
// own.
func TestBytesOfAHandleAreCountedWhereItWasOpenedTo(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(m{"resource": "net", "action": "fetch", "target": "https://h.example/*", "reason": "To read."})))
	key := permission.Key{Resource: "net", Action: "fetch", Target: "https://h.example/long"}
	decide(s, permission.Key{Resource: "net", Action: "fetch", Target: "https://h.example/*"}, permission.Allow)
	number, err := s.keep(&spring{data: make([]byte, 10_000)}, permission.Call{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p.must(s, "handle.read", m{"handle": number, "max": 1000})
	}
	u, err := p.counts().OnTarget(context.Background(), s.Running.Row, key)
	if err != nil || u.Done != 0 || u.In < 3000 || u.In > 3500 || u.LastUsed == 0 {
		t.Errorf("%+v %v", u, err)
	}
	own, err := p.counts().OnTarget(context.Background(), s.Running.Row, permission.Key{Resource: "handle", Action: permission.Own})
	if err != nil || own.Done != 3 || own.In != 0 {
		t.Errorf("%+v %v", own, err)
	}
}

// spring is a handle that gives its data in pieces.
type spring struct{ data []byte }

func (s *spring) Close() error { return nil }

func (s *spring) Read(_ context.Context, limit int) ([]byte, bool, map[string]any, error) {
	n := min(limit, len(s.data))
	piece := s.data[:n]
	s.data = s.data[n:]
	return piece, len(s.data) == 0, nil, nil
}

// TestATableOfAnotherAppIsRecorded beside the call.
func TestATableOfAnotherAppIsRecorded(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	table := fmt.Sprintf("%064x__other__t", 7)
	s.usedTable("read", table)
	u, err := p.counts().OnTarget(context.Background(), s.Running.Row, permission.Key{Resource: "db", Action: "read", Target: table})
	if err != nil || u.Done != 1 {
		t.Errorf("%+v %v", u, err)
	}
}
