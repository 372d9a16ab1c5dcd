package bridge

import (
	"context"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/wire"
)

// outside adds a method that waits for something outside until hold is closed.
func outside(p *place) (begun, hold chan struct{}) {
	begun, hold = make(chan struct{}, 2*maxWaiting), make(chan struct{})
	p.bridge.methods["test.outside"] = &method{name: "test.outside", implicit: true, outside: true, parse: func(_ *Session, _ *args) work {
		return work{run: func(ctx context.Context, _ grantedTerms) (result, error) {
			begun <- struct{}{}
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-hold:
				return empty, nil
			}
		}}
	}}
	return begun, hold
}

func envelope(t testing.TB, id int, method string, params m) []byte {
	return pack(t, m{"v": 1, "id": id, "method": method, "params": params})
}

func TestASlowCallIsAnsweredLaterAndKeepsItsSlot(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	_, hold := blocker(p, time.Minute, true)
	// The request may go away once it is answered.
	ctx, cancel := context.WithCancel(context.Background())
	r := p.bridge.Call(ctx, s.Secret, block(t))
	cancel()
	if !r.Deferred {
		t.Fatal("the call was answered")
	}
	got := p.ticket(r)
	if got.id != 9 || len(got.name) != 43 || got.waiting {
		t.Errorf("ticket %+v", got)
	}
	if len(s.slots) != 1 || len(s.waiting) != 0 {
		t.Errorf("%d slots, %d waiting", len(s.slots), len(s.waiting))
	}
	if again := p.bridge.Result(s.Secret, got.name, 9); !again.Deferred || p.ticket(again) != got {
		t.Error("a call that is not done has to be deferred again")
	}
	close(hold)
	if r := p.fetch(s.Secret, got); r.code() != "" || r.ID != 9 {
		t.Errorf("reply %+v", r)
	}
	if r := p.read(p.bridge.Result(s.Secret, got.name, 9).Envelope); r.code() != "request.fetched" || r.ID != 9 {
		t.Errorf("fetched twice: %+v", r)
	}
	if len(s.slots) != 0 || len(s.tickets.open) != 0 || s.tickets.bytes != 0 {
		t.Error("something is left of the call")
	}
}

func TestWhatWaitsHoldsNobodyUp(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	begun, hold := outside(p)
	replies := make(chan Reply)
	for i := range maxWaiting {
		go func() { replies <- p.bridge.Call(context.Background(), s.Secret, envelope(t, i, "test.outside", m{})) }()
		<-begun
	}
	if len(s.slots) != 0 {
		t.Errorf("%d slots are held by calls that wait", len(s.slots))
	}
	if _, code := p.call(s, "test.outside", m{}); code != "quota.waiting" {
		t.Errorf("one more: %q", code)
	}
	p.must(s, "context.get", m{})
	var tickets []ticketOf
	for range maxWaiting {
		r := <-replies
		if !r.Deferred || !p.ticket(r).waiting {
			t.Fatal("a call that waits has to say so")
		}
		tickets = append(tickets, p.ticket(r))
	}
	close(hold)
	seen := map[uint64]bool{}
	for _, ticket := range tickets {
		r := p.fetch(s.Secret, ticket)
		if r.code() != "" || seen[r.ID] {
			t.Errorf("reply %+v", r)
		}
		seen[r.ID] = true
	}
	p.must(s, "test.outside", m{})
}

func TestACallEndsWithItsRequestAsLongAsThatIsOpen(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	begun, _ := blocker(p, time.Minute, true)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan Reply)
	go func() { done <- p.bridge.Call(ctx, s.Secret, block(t)) }()
	<-begun
	cancel()
	<-done
	if err := idle(s); err != nil {
		t.Error(err)
	}
}

// idle waits until no call runs, at most as long as a test may take.
func idle(s *Session) error {
	done := make(chan struct{})
	go func() { s.calls.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-time.After(10 * time.Second):
		return context.DeadlineExceeded
	}
}

func TestTheEndOfASessionEndsWhatIsDeferred(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	outside(p)
	ticket := p.ticket(p.bridge.Call(context.Background(), s.Secret, envelope(t, 7, "test.outside", m{})))
	p.bridge.Close(s.Secret)
	if r := p.read(p.bridge.Result(s.Secret, ticket.name, ticket.id).Envelope); r.code() != "session.ended" || r.ID != 7 {
		t.Errorf("reply %+v", r)
	}
}

func TestATicketIsWorthNothingInAnotherSession(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil)
	a, b := p.open(id), p.open(id)
	_, hold := outside(p)
	ticket := p.ticket(p.bridge.Call(context.Background(), a.Secret, envelope(t, 7, "test.outside", m{})))
	close(hold)
	p.page.await(func(i item) bool { return i.key == ticket.name })
	if r := p.read(p.bridge.Result(b.Secret, ticket.name, 7).Envelope); r.code() != "request.fetched" {
		t.Errorf("in another session: %+v", r)
	}
	if r := p.fetch(a.Secret, ticket); r.code() != "" {
		t.Errorf("in its own: %+v", r)
	}
}

func TestRepliesThatNobodyFetchesAreBounded(t *testing.T) {
	var told int
	box := tickets{tell: func(string, string, any) { told++ }}
	large := make([]byte, maxTicketBytes/2)
	for i := range 3 {
		c := &call{session: new(Session), request: request{ID: uint64(i)}}
		if _, ok := box.issue(c); !ok {
			t.Fatal("no ticket")
		}
		if box.settle(c, large) {
			t.Fatal("the request was answered already")
		}
	}
	if box.bytes > maxTicketBytes+1000 || told != 3 {
		t.Errorf("%d bytes are kept, the page was told %d times", box.bytes, told)
	}
	for len(box.open) < maxTickets {
		if _, ok := box.issue(&call{}); !ok {
			t.Fatal("no ticket")
		}
	}
	late := &call{}
	if _, ok := box.issue(late); ok {
		t.Error("one ticket more than there may be")
	}
	if !box.settle(late, nil) {
		t.Error("a call without a ticket answers its own request")
	}
	if _, ok := (&tickets{}).issue(&call{settled: true}); ok {
		t.Error("a call that is done got a ticket")
	}
}

func TestAnAppCanGiveUpACall(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil)
	s, other := p.open(id), p.open(id)
	_, hold := outside(p)
	defer close(hold)
	ticket := p.ticket(p.bridge.Call(context.Background(), s.Secret, envelope(t, 7, "test.outside", m{})))
	p.must(other, "call.cancel", m{"call": 7})
	p.must(s, "call.cancel", m{"call": 8})
	if r := p.bridge.Result(s.Secret, ticket.name, 7); !r.Deferred {
		t.Fatal("a call was given up that nobody named")
	}
	p.must(s, "call.cancel", m{"call": 7})
	if r := p.fetch(s.Secret, ticket); r.code() != "request.aborted" || r.ID != 7 {
		t.Errorf("reply %+v", r)
	}
}

// A call that is slow first and waits afterwards says so when it begins to.
func TestThePageLearnsThatASlowCallWaits(t *testing.T) {
	var told []string
	box := tickets{tell: func(kind, _ string, _ any) { told = append(told, kind) }}
	c := &call{request: request{ID: 3}}
	envelope, _ := box.issue(c)
	box.waits(c)
	box.waits(c)
	if len(told) != 1 || told[0] != eventWaiting {
		t.Errorf("told %q", told)
	}
	for want, data := range map[bool][]byte{false: envelope, true: box.fetch(3, c.ticket).Envelope} {
		v, err := wire.Parse(data, wire.Limits{Bytes: 200, Depth: 2, Items: 8})
		if err != nil {
			t.Fatal(err)
		}
		fields, _ := v.Fields()
		if got, _ := fields["waiting"].Truth(); got != want {
			t.Errorf("waiting %v, want %v", got, want)
		}
	}
}
