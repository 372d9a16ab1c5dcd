package bridge

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

// pipe is a handle that gives back what was written to it.
type pipe struct {
	chunks   chan []byte
	closed   chan struct{}
	once     sync.Once
	finished int
}

func newPipe() *pipe { return &pipe{chunks: make(chan []byte, 8), closed: make(chan struct{})} }

func (p *pipe) Read(ctx context.Context, limit int) ([]byte, bool, map[string]any, error) {
	select {
	case chunk := <-p.chunks:
		return chunk[:min(len(chunk), limit)], false, m{"left": len(p.chunks)}, nil
	case <-p.closed:
		return nil, true, nil, fault.New("test.closed", "Closed.")
	case <-ctx.Done():
		return nil, false, nil, ctx.Err()
	}
}

func (p *pipe) Write(_ context.Context, data []byte) error {
	p.chunks <- bytes.Clone(data)
	return nil
}

func (p *pipe) WriteText(ctx context.Context, text string) error {
	return p.Write(ctx, []byte("text "+text))
}

func (p *pipe) Finish(context.Context) (map[string]any, error) {
	p.finished++
	return m{"size": 3}, nil
}

func (p *pipe) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipe) gone() bool {
	select {
	case <-p.closed:
		return true
	default:
		return false
	}
}

// only is a handle that can do nothing.
type only struct{}

func (only) Close() error { return nil }

func TestAHandleIsReadWrittenAndClosed(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil)
	s, other := p.open(id), p.open(id)
	thing := newPipe()
	n, err := s.keep(thing)
	if err != nil {
		t.Fatal(err)
	}
	p.must(s, "handle.write", m{"handle": n, "data": []byte{0, 255}})
	p.must(s, "handle.write", m{"handle": n, "data": "héllo"})
	if got := p.must(s, "handle.read", m{"handle": n}); !bytes.Equal(got["data"].([]byte), []byte{0, 255}) || got["done"] != false || got["meta"].(m)["left"] != int64(1) {
		t.Errorf("read %v", got)
	}
	if got := p.must(s, "handle.read", m{"handle": n, "max": 6}); string(got["data"].([]byte)) != "text h" {
		t.Errorf("read %v", got)
	}
	for _, method := range []string{"handle.read", "handle.write", "handle.close"} {
		params := m{"handle": n}
		if method == "handle.write" {
			params["data"] = "x"
		}
		if _, code := p.call(other, method, params); code != "handle.unknown" {
			t.Errorf("%s in another session: %q", method, code)
		}
	}
	if got := p.must(s, "handle.close", m{"handle": n}); got["size"] != int64(3) || thing.finished != 1 || !thing.gone() {
		t.Errorf("closed with %v, finished %d times", got, thing.finished)
	}
	if _, code := p.call(s, "handle.close", m{"handle": n}); code != "handle.unknown" {
		t.Errorf("closed twice: %q", code)
	}
	second, _ := s.keep(newPipe())
	if second == n {
		t.Error("a number was given twice")
	}

	aborted := newPipe()
	n, _ = s.keep(aborted)
	if p.must(s, "handle.close", m{"handle": n, "abort": true}); aborted.finished != 0 || !aborted.gone() {
		t.Error("what is given up is not finished")
	}
	n, _ = s.keep(only{})
	for method, want := range map[string]string{"handle.read": "handle.unreadable", "handle.write": "handle.unwritable"} {
		params := m{"handle": n}
		if method == "handle.write" {
			params["data"] = "x"
		}
		if _, code := p.call(s, method, params); code != want {
			t.Errorf("%s: %q", method, code)
		}
	}
	p.must(s, "handle.close", m{"handle": n})
	for _, params := range []m{{}, {"handle": "1"}, {"handle": -1}, {"handle": n, "max": 0}, {"handle": n, "max": maxRead + 1}} {
		if _, code := p.call(s, "handle.read", params); code != "request.malformed" {
			t.Errorf("%v: %q", params, code)
		}
	}
}

func TestReadsOfOneHandleFollowEachOther(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	thing := newPipe()
	n, _ := s.keep(thing)
	first := p.ticket(p.bridge.Call(context.Background(), s.Secret, envelope(t, 1, "handle.read", m{"handle": n})))
	second := p.ticket(p.bridge.Call(context.Background(), s.Secret, envelope(t, 2, "handle.read", m{"handle": n})))
	if !first.waiting || !second.waiting {
		t.Error("a read that waits for data has no time")
	}
	for i, ticket := range []ticketOf{first, second} {
		thing.chunks <- []byte{byte(i)}
		if got := p.fetch(s.Secret, ticket).OK["data"].([]byte); got[0] != byte(i) {
			t.Errorf("read %d got %v", i+1, got)
		}
	}
}

func TestTheNumberOfOpenThingsIsBounded(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	for range s.handles.limit {
		if _, err := s.keep(newPipe()); err != nil {
			t.Fatal(err)
		}
	}
	over := newPipe()
	if _, err := s.keep(over); fault.Code(err) != "quota.handles" || !over.gone() {
		t.Errorf("one more: %v, closed %v", err, over.gone())
	}
	if fault.Code(s.handles.room()) != "quota.handles" || s.handles.count() != 64 {
		t.Error("there has to be no room")
	}
	p.must(s, "handle.close", m{"handle": 1})
	if err := s.handles.room(); err != nil {
		t.Error(err)
	}
}

func TestWhatIsOpenEndsWithTheSession(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	thing := newPipe()
	n, _ := s.keep(thing)
	p.ticket(p.bridge.Call(context.Background(), s.Secret, envelope(t, 1, "handle.read", m{"handle": n})))
	p.bridge.CloseAll()
	if !thing.gone() || thing.finished != 0 {
		t.Error("what was open is not closed, or was finished")
	}
	late := newPipe()
	if _, err := s.keep(late); fault.Code(err) != "session.ended" || !late.gone() {
		t.Errorf("opened after the end: %v", err)
	}
}

// TestTakingBackEndsWhatRunsAndWhatIsOpen changes a decision while a call runs
// that it allowed and while something is open that it allowed.
func TestTakingBackEndsWhatRunsAndWhatIsOpen(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(
		m{"resource": "net", "action": "fetch", "target": "https://api.example.com/*", "reason": "r"},
		m{"resource": "net", "action": "fetch", "target": "https://other.example/*", "reason": "r"},
	)))
	begun := make(chan struct{}, 9)
	p.bridge.methods["net.fetch"] = &method{name: "net.fetch", outside: true, parse: func(_ *Session, a *args) work {
		url := a.text("url", 100)
		return work{
			wants: wanting(permission.Call{Key: permission.Key{Resource: "net", Action: "fetch", Target: url}}),
			run: func(ctx context.Context, _ grantedTerms) (result, error) {
				begun <- struct{}{}
				<-ctx.Done()
				return nil, ctx.Err()
			},
		}
	}}
	key := func(host string) permission.Key {
		return permission.Key{Resource: "net", Action: "fetch", Target: "https://" + host + "/*"}
	}
	id := s.Running.ID
	var kept []uint64
	var tickets []ticketOf
	for i, host := range []string{"api.example.com", "other.example"} {
		p.decide(id, key(host), permission.Allow)
		n, err := s.keep(newPipe(), permission.Call{Key: permission.Key{Resource: "net", Action: "fetch", Target: "https://" + host + "/a"}})
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, n)
		tickets = append(tickets, p.ticket(p.bridge.Call(context.Background(), s.Secret, envelope(t, i, "net.fetch", m{"url": "https://" + host + "/x"}))))
		<-begun
	}
	p.decide(id, key("api.example.com"), permission.Deny)
	if r := p.fetch(s.Secret, tickets[0]); r.code() != "permission.revoked" {
		t.Errorf("the call that ran: %+v", r)
	}
	if _, code := p.call(s, "handle.read", m{"handle": kept[0]}); code != "permission.revoked" {
		t.Errorf("what was open: %q", code)
	}
	if _, code := p.call(s, "net.fetch", m{"url": "https://api.example.com/x"}); code != "permission.denied" {
		t.Errorf("the next call: %q", code)
	}
	p.must(s, "handle.close", m{"handle": kept[0]})
	if r := p.bridge.Result(s.Secret, tickets[1].name, tickets[1].id); !r.Deferred {
		t.Error("a call was ended that is still allowed")
	}
	if _, err := s.handles.find(kept[1]); err != nil {
		t.Errorf("what is still allowed was closed: %v", err)
	}
	told := p.page.told(eventFrame)
	if len(told) != 1 || told[0].data["name"] != "permission.revoked" || told[0].data["data"] != key("api.example.com") {
		t.Errorf("told %v", told)
	}
}

// late is a context at whose first look something happens.
type late struct {
	context.Context
	once sync.Once
	then func()
}

func (l *late) Err() error {
	err := l.Context.Err()
	l.once.Do(l.then)
	return err
}

// TestWhatIsOpenedWhileItIsTakenBackEnds: whichever of the two comes first.
func TestWhatIsOpenedWhileItIsTakenBackEnds(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(m{"resource": "net", "action": "fetch", "target": "https://api.example.com/*", "reason": "r"})))
	key := permission.Key{Resource: "net", Action: "fetch", Target: "https://api.example.com/*"}
	p.decide(s.Running.ID, key, permission.Allow)
	thing := newPipe()
	ctx := &late{Context: t.Context(), then: func() { p.decide(s.Running.ID, key, permission.Deny) }}
	_, _ = s.keepOpen(ctx, thing, []permission.Call{{Key: permission.Key{Resource: "net", Action: "fetch", Target: "https://api.example.com/a"}}})
	if !thing.gone() {
		t.Error("it is open without being allowed")
	}

	over, cancel := context.WithCancel(t.Context())
	cancel()
	unseen := newPipe()
	if n, err := s.keepOpen(over, unseen, nil); err == nil || !unseen.gone() || s.handles.count() != 1 {
		t.Errorf("kept as %d for nobody: %v", n, err)
	}
}

// TestTakingBackEndsWhatIsBeingClosed: an end that waits for a write is not out
// of reach.
func TestTakingBackEndsWhatIsBeingClosed(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(m{"resource": "net", "action": "fetch", "target": "https://api.example.com/*", "reason": "r"})))
	key := permission.Key{Resource: "net", Action: "fetch", Target: "https://api.example.com/*"}
	p.decide(s.Running.ID, key, permission.Allow)
	thing := newPipe()
	n, err := s.keep(thing, permission.Call{Key: permission.Key{Resource: "net", Action: "fetch", Target: "https://api.example.com/a"}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.handles.find(n)
	if err != nil {
		t.Fatal(err)
	}
	e.writing <- struct{}{} // a write that runs
	closing := p.ticket(p.bridge.Call(context.Background(), s.Secret, envelope(t, 1, "handle.close", m{"handle": n})))
	p.decide(s.Running.ID, key, permission.Deny)
	if !thing.gone() {
		t.Error("it is open without being allowed")
	}
	<-e.writing
	if r := p.fetch(s.Secret, closing); r.code() != "permission.revoked" || thing.finished != 0 {
		t.Errorf("%q, finished %d times", r.code(), thing.finished)
	}
	if s.handles.count() != 0 {
		t.Error("it is still in the table")
	}
}

// TestACallThatWasJudgedBeforeItWasTakenBackDoesNotRun: nothing lies between
// the last look at the decisions and the moment from which on they end it.
func TestACallThatWasJudgedBeforeItWasTakenBackDoesNotRun(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(m{"resource": "net", "action": "fetch", "target": "https://api.example.com/*", "reason": "r"})))
	key := permission.Key{Resource: "net", Action: "fetch", Target: "https://api.example.com/*"}
	want := permission.Call{Key: permission.Key{Resource: "net", Action: "fetch", Target: "https://api.example.com/a"}}
	for _, d := range []permission.Decision{permission.Deny, permission.Ask} {
		p.decide(s.Running.ID, key, permission.Allow)
		c := &call{bridge: p.bridge, session: s, wants: []permission.Call{want}, rulings: []permission.Ruling{s.judge(want)}}
		p.decide(s.Running.ID, key, d)
		if err := c.granted(t.Context()); fault.Code(err) != "permission.revoked" {
			t.Errorf("%s: %v", d, err)
		}
	}
}
