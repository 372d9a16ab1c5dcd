package bridge

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/arming"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// TestEveryCallGetsOneReplyWhateverHappensToItsQuestion lets several sessions
// of two apps ask, give up, close and be locked, and a person answer, in any
// order. Every call gets exactly one reply, no two questions are shown at once,
// and in the end nothing is asked and nothing held.
func TestEveryCallGetsOneReplyWhateverHappensToItsQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t)
		first := asking(p)
		other := p.install(nil, permissions(
			m{"resource": "net", "action": "fetch", "target": "https://*.example.com/*", "reason": "r"}), named("other"))
		ids := []manifest.ID{first.Running.ID, other}
		// Only the methods that may be called in a bubble.
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) { newWalk(p, t, ids).run() })
	})
}

// walk is one run: what was asked, and what is owed.
type walk struct {
	p        *place
	t        *rapid.T
	apps     []manifest.ID
	sessions []*Session
	owed     map[ticketOf]*Session // tickets of calls without a reply
	next     int
}

func newWalk(p *place, t *rapid.T, apps []manifest.ID) *walk {
	p.bridge.closed = false
	for _, id := range apps { // what was decided in another run
		for _, host := range []string{"a", "b", "c"} {
			key := permission.Key{Resource: "net", Action: "fetch", Target: "https://" + host + ".example.com/*"}
			if err := p.bridge.Revoke(context.Background(), id, key); err != nil {
				t.Fatal(err)
			}
		}
	}
	return &walk{p: p, t: t, apps: apps, owed: map[ticketOf]*Session{}}
}

func (r *walk) run() {
	r.t.Repeat(map[string]func(*rapid.T){
		"open":   func(*rapid.T) { r.open() },
		"ask":    func(*rapid.T) { r.ask() },
		"ask 2":  func(*rapid.T) { r.ask() },
		"answer": func(*rapid.T) { r.answer() },
		"cancel": func(*rapid.T) { r.cancel() },
		"close":  func(*rapid.T) { r.close() },
		"decide": func(*rapid.T) { r.decide() },
		"":       func(*rapid.T) { r.settled() },
	})
	r.p.bridge.CloseAll()
	r.sessions = nil
	r.settled()
	if q := &r.p.bridge.prompts; len(q.list) != 0 || len(r.owed) != 0 {
		r.t.Fatalf("%d questions and %d calls are left after locking", len(q.list), len(r.owed))
	}
}

func (r *walk) open() {
	if len(r.sessions) < 4 {
		r.sessions = append(r.sessions, r.p.open(rapid.SampledFrom(r.apps).Draw(r.t, "app")))
	}
}

func (r *walk) session() *Session {
	if len(r.sessions) == 0 {
		r.t.Skip("nothing is open")
	}
	return r.sessions[rapid.IntRange(0, len(r.sessions)-1).Draw(r.t, "session")]
}

func (r *walk) ask() {
	s := r.session()
	r.next++
	url := fmt.Sprintf("https://%s.example.com/%d", rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r.t, "host"), rapid.IntRange(0, 1).Draw(r.t, "path"))
	reply := r.p.bridge.Call(context.Background(), s.Secret, envelope(r.p.t, r.next, "net.fetch", m{"url": url}))
	if reply.Deferred {
		ticket := r.p.ticket(reply)
		r.owed[ticket] = s
		return
	}
	if got := r.p.read(reply.Envelope); got.ID != uint64(r.next) || got.code() != "" && got.code() != "permission.denied" {
		r.t.Fatalf("call %d was answered %+v", r.next, got)
	}
}

func (r *walk) answer() {
	q := r.p.bridge.Prompt()
	if q == nil {
		r.t.Skip("nothing is asked")
	}
	if err := r.p.bridge.PromptShown(q.ID); err != nil {
		r.t.Fatal(err)
	}
	r.p.ahead.Add(int64(arming.Time))
	choice := rapid.SampledFrom([]string{"", ChooseDeny, ChooseNever, ChooseOnce, ChooseOpen, ChooseUntil, ChooseUses, ChooseAlways}).Draw(r.t, "choice")
	if choice == "" {
		if err := r.p.bridge.DismissPrompt(q.ID); err != nil {
			r.t.Fatal(err)
		}
		return
	}
	a := Answer{ID: q.ID, Choice: choice, Fold: rapid.Bool().Draw(r.t, "fold")}
	if choice == ChooseUses {
		a.Uses = rapid.Int64Range(1, 3).Draw(r.t, "uses")
	}
	if choice == ChooseUntil {
		a.Until = r.p.bridge.now().UnixMilli() + rapid.Int64Range(1, 2000).Draw(r.t, "until")
	}
	if err := r.p.bridge.AnswerPrompt(context.Background(), a, true); err != nil {
		r.t.Fatal(err)
	}
}

func (r *walk) cancel() {
	for ticket, s := range r.owed {
		r.p.must(s, "call.cancel", m{"call": ticket.id})
		return
	}
	r.t.Skip("nothing waits")
}

func (r *walk) close() {
	s := r.session()
	r.sessions = slices.DeleteFunc(r.sessions, func(other *Session) bool { return other == s })
	r.p.bridge.Close(s.Secret)
}

func (r *walk) decide() {
	id := rapid.SampledFrom(r.apps).Draw(r.t, "app")
	key := permission.Key{Resource: "net", Action: "fetch", Target: "https://" + rapid.SampledFrom([]string{"a", "b"}).Draw(r.t, "host") + ".example.com/*"}
	if err := r.p.bridge.Revoke(context.Background(), id, key); err != nil {
		r.t.Fatal(err)
	}
}

// settled takes the replies that must be there now, and holds what still waits
// against the questions.
func (r *walk) settled() {
	synctest.Wait()
	q := &r.p.bridge.prompts
	waits := 0
	q.mu.Lock()
	for _, p := range q.list {
		if len(p.waiters) == 0 || p.busy {
			r.t.Errorf("question %d is asked for nobody", p.id)
		}
		waits += len(p.waiters)
	}
	q.mu.Unlock()
	for ticket, s := range r.owed {
		if !slices.Contains(r.sessions, s) {
			if got := r.p.read(r.p.bridge.Result(s.Secret, ticket.name, ticket.id).Envelope); got.code() != "session.ended" || got.ID != ticket.id {
				r.t.Fatalf("of an ended session: %+v", got)
			}
			delete(r.owed, ticket)
		}
	}
	// Whoever is not waiting any more has been answered.
	for ticket, s := range r.owed {
		reply := r.p.bridge.Result(s.Secret, ticket.name, ticket.id)
		if reply.Deferred {
			waits--
			continue
		}
		got := r.p.read(reply.Envelope)
		if got.ID != ticket.id || (got.OK == nil) == (got.code() == "") {
			r.t.Fatalf("reply %+v", got)
		}
		if again := r.p.read(r.p.bridge.Result(s.Secret, ticket.name, ticket.id).Envelope); again.code() != "request.fetched" {
			r.t.Fatalf("a second reply: %+v", again)
		}
		delete(r.owed, ticket)
	}
	if waits != 0 {
		r.t.Fatalf("%d more calls wait than are not answered", waits)
	}
}
