package bridge

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/arming"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

func TestAnAnswerCountsAsLongAsThePersonSaid(t *testing.T) {
	date := time.Now().Add(24 * time.Hour).UnixMilli()
	asks, allowed, denied := "asks", "", "permission.denied"
	for _, c := range []struct {
		answer Answer
		// What the call itself, the next one, the same host by another path, one in a
		// new session and one two days later get.
		now, next, path, reopened, later string
	}{
		{Answer{Choice: ChooseDeny}, denied, asks, asks, asks, asks},
		{Answer{Choice: ChooseNever}, denied, denied, denied, denied, denied},
		{Answer{Choice: ChooseOnce}, allowed, asks, asks, asks, asks},
		{Answer{Choice: ChooseOpen}, allowed, allowed, allowed, asks, asks},
		{Answer{Choice: ChooseUntil, Until: date}, allowed, allowed, allowed, allowed, asks},
		{Answer{Choice: ChooseUses, Uses: 3}, allowed, allowed, allowed, asks, asks},
		{Answer{Choice: ChooseAlways}, allowed, allowed, allowed, allowed, allowed},
	} {
		t.Run(c.answer.Choice, func(t *testing.T) {
			p := newPlace(t)
			s := asking(p)
			try := func(when, want string, params m) {
				t.Helper()
				r := p.bridge.Call(context.Background(), s.Secret, envelope(t, 1, "net.fetch", params))
				got := asks
				if !r.Deferred {
					got = p.read(r.Envelope).code()
				} else if err := p.bridge.DismissPrompt(p.bridge.Prompt().ID); err != nil {
					t.Fatal(err)
				}
				if got != want {
					t.Errorf("%s: %q, want %q", when, got, want)
				}
			}
			first := host("api")
			if c.answer.Choice == ChooseNever {
				// It is offered the second time.
				p.ask(s, 1, "net.fetch", first)
				p.answer(Answer{Choice: ChooseDeny})
			}
			ticket := p.ask(s, 2, "net.fetch", first)
			p.answer(c.answer)
			if r := p.fetch(s.Secret, ticket); r.code() != c.now {
				t.Errorf("the call: %q, want %q", r.code(), c.now)
			}
			try("the next", c.next, first)
			try("another path", c.path, m{"url": "https://api.example.com/other"})
			try("another host", asks, host("b"))
			p.bridge.Close(s.Secret)
			s = p.open(s.Running.ID)
			try("reopened", c.reopened, first)
			p.ahead.Add(int64(48 * time.Hour))
			try("two days later", c.later, first)
		})
	}
}

func TestOneAnswerForAllOfAKind(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	other := p.open(p.install(nil, permissions(m{"resource": "net", "action": "fetch", "target": "https://*.example.com/*", "reason": "r"}), named("other")))
	var tickets []ticketOf
	for i, name := range []string{"a", "b", "c"} {
		tickets = append(tickets, p.ask(s, i, "net.fetch", host(name)))
	}
	copied := p.ask(s, 7, "clipboard.read", m{})
	foreign := p.ask(other, 8, "net.fetch", host("a"))
	if q := p.bridge.Prompt(); q.Waiting != 4 || q.Same != 2 || !slices.Equal(q.Named, []string{"b.example.com", "c.example.com"}) || q.Unnamed {
		t.Errorf("%d are waiting, %d alike: %q, %v", q.Waiting, q.Same, q.Named, q.Unnamed)
	}
	p.answer(Answer{Choice: ChooseAlways, Fold: true})
	for _, ticket := range tickets {
		if r := p.fetch(s.Secret, ticket); r.code() != "" {
			t.Errorf("call %d: %q", r.ID, r.code())
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		p.must(s, "net.fetch", host(name))
	}
	if q := p.bridge.Prompt(); q.Resource != "clipboard" || q.Waiting != 1 {
		t.Errorf("then %+v is asked", q)
	}
	p.answer(Answer{Choice: ChooseDeny, Fold: true})
	if r := p.fetch(s.Secret, copied); r.code() != "permission.denied" {
		t.Errorf("the other kind: %q", r.code())
	}
	if q := p.bridge.Prompt(); q.Extension != other.Running.ID.String() {
		t.Errorf("then %+v is asked", q)
	}
	p.answer(Answer{Choice: ChooseOnce})
	if r := p.fetch(other.Secret, foreign); r.code() != "" {
		t.Errorf("the other app: %q", r.code())
	}
	if p.bridge.Prompt() != nil {
		t.Error("something is still asked")
	}
}

// TestAYesForAllOfAKindGoesForWhatIsNamed, a no for everything.
func TestAYesForAllOfAKindGoesForWhatIsNamed(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	names := []string{"a", "b", "c", "d", "e", "f", "g"}
	var tickets []ticketOf
	for i, name := range names {
		tickets = append(tickets, p.ask(s, i, "net.fetch", host(name)))
	}
	same := p.ask(s, 20, "net.fetch", m{"url": host("a")["url"].(string) + "2"})
	if q := p.bridge.Prompt(); q.Same != 7 || len(q.Named) != maxNamed || !q.Unnamed {
		t.Errorf("%d alike: %q, %v", q.Same, q.Named, q.Unnamed)
	}
	p.answer(Answer{Choice: ChooseAlways, Fold: true})
	for _, ticket := range append(slices.Clone(tickets[:1+maxNamed]), same) {
		if r := p.fetch(s.Secret, ticket); r.code() != "" {
			t.Errorf("call %d: %q", r.ID, r.code())
		}
	}
	if q := p.bridge.Prompt(); q == nil || q.Same != 1 || !slices.Equal(q.Named, []string{"g.example.com"}) || q.Unnamed {
		t.Fatalf("then %+v is asked", q)
	}
	p.answer(Answer{Choice: ChooseDeny, Fold: true})
	for _, ticket := range tickets[1+maxNamed:] {
		if r := p.fetch(s.Secret, ticket); r.code() != "permission.denied" {
			t.Errorf("call %d: %q", r.ID, r.code())
		}
	}
}

func TestADecisionInTheListAnswersWhatIsAsked(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	key := permission.Key{Resource: "net", Action: "fetch", Target: "https://*.example.com/*"}
	a := p.ask(s, 1, "net.fetch", host("a"))
	p.decide(s.Running.ID, key, permission.Allow)
	if r := p.fetch(s.Secret, a); r.code() != "" {
		t.Errorf("allowed there: %q", r.code())
	}
	p.decide(s.Running.ID, key, permission.Ask)
	b := p.ask(s, 2, "net.fetch", host("b"))
	p.decide(s.Running.ID, key, permission.Deny)
	if r := p.fetch(s.Secret, b); r.code() != "permission.denied" {
		t.Errorf("denied there: %q", r.code())
	}
	p.decide(s.Running.ID, key, permission.Ask)
	c := p.ask(s, 3, "net.fetch", host("c"))
	p.bridge.Forbid(permission.Policy{"net": true})
	if r := p.fetch(s.Secret, c); r.code() != "permission.policy" {
		t.Errorf("forbidden there: %q", r.code())
	}
	if q := p.bridge.Prompt(); q != nil {
		t.Errorf("%+v is still asked", q)
	}
}

// What was allowed as long as the app is open is taken back like anything else.
func TestTakingBackEndsWhatCountsWhileOpen(t *testing.T) {
	for name, take := range map[string]func(*place, *Session) error{
		"the grant": func(p *place, s *Session) error {
			list := p.bridge.Temporary(s.Running.ID)
			if len(list) != 1 || list[0].Scope != permission.ScopeSession {
				return fault.New("test.temporary", "No.").With("list", list)
			}
			return p.bridge.Revoke(context.Background(), s.Running.ID, list[0].Key)
		},
		"what it is part of": func(p *place, s *Session) error {
			p.decide(s.Running.ID, permission.Key{Resource: "net", Action: "fetch", Target: "https://*.example.com/*"}, permission.Ask)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			s := asking(p)
			p.fetch(s.Secret, func() ticketOf {
				ticket := p.ask(s, 1, "net.fetch", host("a"))
				p.answer(Answer{Choice: ChooseOpen})
				return ticket
			}())
			p.must(s, "net.fetch", host("a"))
			if err := take(p, s); err != nil {
				t.Fatal(err)
			}
			p.ask(s, 2, "net.fetch", host("a"))
			told := p.page.told(eventFrame)
			if len(told) != 1 || told[0].data["data"].(permission.Key).Target != "https://a.example.com/*" {
				t.Errorf("the frame was told %v", told)
			}
		})
	}
}

// An answer that only lets one call go on is not taken back by decisions about
// something else.
func TestWhatWasAllowedOnceGoesOn(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	begun, hold := make(chan struct{}, 1), make(chan struct{})
	run := p.bridge.methods["net.fetch"].parse
	p.bridge.methods["net.fetch"].parse = func(s *Session, a *args) work {
		w := run(s, a)
		w.run = func(ctx context.Context, _ grantedTerms) (result, error) {
			begun <- struct{}{}
			select {
			case <-hold:
				return empty, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		return w
	}
	ticket := p.ask(s, 1, "net.fetch", host("a"))
	p.answer(Answer{Choice: ChooseOnce})
	<-begun
	p.decide(s.Running.ID, permission.Key{Resource: "clipboard", Action: "read"}, permission.Allow)
	p.decide(s.Running.ID, permission.Key{Resource: "clipboard", Action: "read"}, permission.Deny)
	close(hold)
	if r := p.fetch(s.Secret, ticket); r.code() != "" {
		t.Errorf("the call: %q", r.code())
	}
}

func TestRunningAProgramNeedsThePassphrase(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	p.bridge.methods["shell.run"] = &method{name: "shell.run", deadline: time.Minute, parse: func(_ *Session, a *args) work {
		var arguments []string
		for _, v := range a.list("arguments", 9) {
			text, _ := v.Text()
			arguments = append(arguments, text)
		}
		return work{
			wants: wanting(permission.Call{Key: permission.Key{Resource: "shell", Action: "run", Target: "git"}, Arguments: arguments}),
			run:   func(context.Context, grantedTerms) (result, error) { return empty, nil },
		}
	}}
	log := m{"arguments": []any{"log", "--format=%s \"x\"", ""}}
	ticket := p.ask(s, 1, "shell.run", log)
	q := p.bridge.Prompt()
	if !q.Confirm || q.Facts[0].Text != `git log "--format=%s \"x\"" ""` {
		t.Errorf("%+v", q)
	}
	_ = p.bridge.PromptShown(q.ID)
	p.ahead.Add(int64(arming.Time))
	for _, choice := range []string{ChooseOnce, ChooseOpen, ChooseAlways} {
		if err := p.bridge.AnswerPrompt(context.Background(), Answer{ID: q.ID, Choice: choice}, false); fault.Code(err) != "prompt.confirm" {
			t.Errorf("%s without it: %v", choice, err)
		}
	}
	p.answer(Answer{Choice: ChooseAlways})
	if r := p.fetch(s.Secret, ticket); r.code() != "" {
		t.Errorf("the call: %q", r.code())
	}
	p.must(s, "shell.run", log)
	// Exactly these arguments were allowed, and what has a star can be allowed
	// only once, since a pattern would take it for anything.
	p.ask(s, 2, "shell.run", m{"arguments": []any{"push"}})
	if err := p.bridge.AnswerPrompt(context.Background(), Answer{ID: p.bridge.Prompt().ID, Choice: ChooseDeny}, false); fault.Code(err) != "prompt.armed" {
		t.Errorf("%v", err)
	}
	p.answer(Answer{Choice: ChooseDeny})
	p.ask(s, 3, "shell.run", m{"arguments": []any{"add", "*"}})
	if q := p.bridge.Prompt(); q.Keeps {
		t.Errorf("%+v", q)
	}
	q = p.bridge.Prompt()
	_ = p.bridge.PromptShown(q.ID)
	p.ahead.Add(int64(arming.Time))
	if err := p.bridge.AnswerPrompt(context.Background(), Answer{ID: q.ID, Choice: ChooseAlways}, true); fault.Code(err) != "request.malformed" {
		t.Errorf("always for a star: %v", err)
	}
	p.answer(Answer{Choice: ChooseOnce})
}

// A number of uses is that number, however many calls come at once.
func TestUsesAreCounted(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	ticket := p.ask(s, 0, "net.fetch", host("a"))
	p.answer(Answer{Choice: ChooseUses, Uses: 6})
	p.fetch(s.Secret, ticket)
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseDeny} })
	codes := make(chan string, 20)
	for range 20 {
		go func() { codes <- p.send(s.Secret, envelope(t, 1, "net.fetch", host("a"))).code() }()
	}
	count := map[string]int{}
	for range 20 {
		count[<-codes]++
	}
	// One may find the last use gone after it was let through.
	if count[""] != 5 || count["permission.denied"]+count["permission.revoked"] != 15 {
		t.Errorf("after one use of six, 20 calls end with %v", count)
	}
}

// TestOneAnswerIsForWhatCouldBeSeen: what an app asks for in the moment that
// the person answers is not part of the answer.
func TestOneAnswerIsForWhatCouldBeSeen(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	p.ask(s, 1, "net.fetch", host("a"))
	second := p.ask(s, 2, "net.fetch", host("b"))
	q := p.bridge.Prompt()
	if err := p.bridge.PromptShown(q.ID); err != nil {
		t.Fatal(err)
	}
	p.ahead.Add(int64(arming.Time))
	p.ask(s, 3, "net.fetch", host("c"))
	if err := p.bridge.AnswerPrompt(context.Background(), Answer{ID: q.ID, Choice: ChooseAlways, Fold: true}, true); err != nil {
		t.Fatal(err)
	}
	if r := p.fetch(s.Secret, second); r.code() != "" {
		t.Errorf("seen as one more: %q", r.code())
	}
	if q := p.bridge.Prompt(); q == nil || q.Waiting != 0 {
		t.Errorf("of what was asked for too late to be seen: %+v", q)
	}
}

// TestEachProgramIsAnAnswerOfItsOwn: the passphrase is typed for the command
// line that is on the screen.
func TestEachProgramIsAnAnswerOfItsOwn(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	p.bridge.methods["shell.run"] = &method{name: "shell.run", deadline: time.Minute, parse: func(_ *Session, a *args) work {
		want := permission.Call{Key: permission.Key{Resource: "shell", Action: "run", Target: "git"}, Arguments: a.optionalTexts("args", 10, 100)}
		return work{wants: wanting(want), run: func(context.Context, grantedTerms) (result, error) { return empty, nil }}
	}}
	first := p.ask(s, 1, "shell.run", m{"args": []string{"status"}})
	p.ask(s, 2, "shell.run", m{"args": []string{"push"}})
	if q := p.bridge.Prompt(); !q.Confirm || q.Same != 0 {
		t.Errorf("confirm %v, %d offered with it", q.Confirm, q.Same)
	}
	p.answer(Answer{Choice: ChooseAlways, Fold: true})
	if r := p.fetch(s.Secret, first); r.code() != "" {
		t.Errorf("%q", r.code())
	}
	if p.bridge.Prompt() == nil {
		t.Error("nobody is asked about the other command")
	}
}
