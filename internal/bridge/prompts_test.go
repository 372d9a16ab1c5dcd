package bridge

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

// asking lets an app declare two sets of hosts, and puts a method in the
// place of net.fetch that only says that it ran, and with what terms.
func asking(p *place) *Session {
	new(desk).sit(p)
	p.bridge.methods["net.fetch"] = &method{name: "net.fetch", deadline: time.Minute, parse: func(_ *Session, a *args) work {
		url, verb := a.text("url", 4096), a.optionalText("method", 10)
		return work{
			wants: wanting(permission.Call{Key: permission.Key{Resource: "net", Action: "fetch", Target: url}, Method: verb}),
			run:   func(context.Context, grantedTerms) (result, error) { return empty, nil },
		}
	}}
	return p.open(p.install(nil, permissions(
		m{"resource": "net", "action": "fetch", "target": "https://*.example.com/*", "reason": "To find feeds."},
		m{"resource": "clipboard", "action": "read", "reason": "To paste."},
		m{"resource": "shell", "action": "run", "target": "git", "reason": "To keep versions."},
	)))
}

// ask makes a call that is asked about and returns its ticket.
func (p *place) ask(s *Session, id int, method string, params m) ticketOf {
	p.t.Helper()
	r := p.bridge.Call(context.Background(), s.Secret, envelope(p.t, id, method, params))
	if !r.Deferred {
		p.t.Fatalf("%s was answered: %q", method, p.read(r.Envelope).code())
	}
	ticket := p.ticket(r)
	if !ticket.waiting {
		p.t.Errorf("%s waits for a person and does not say so", method)
	}
	return ticket
}

// answer answers the question that is shown.
func (p *place) answer(a Answer) {
	p.t.Helper()
	a.ID = p.bridge.Prompt().ID
	if err := p.bridge.PromptShown(a.ID); err != nil {
		p.t.Fatal(err)
	}
	p.ahead.Add(int64(armTime))
	if err := p.bridge.AnswerPrompt(context.Background(), a, true); err != nil {
		p.t.Fatalf("%+v: %v", a, err)
	}
}

func host(name string) m { return m{"url": "https://" + name + ".example.com/v1/find?q=tide"} }

func TestAQuestionSaysWhatIsExactAndWhoseWordsTheReasonIs(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	p.ask(s, 1, "net.fetch", m{"url": "https://api.example.com/v1/find?q=tide", "method": "POST"})
	got := p.bridge.Prompt()
	var said strings.Builder
	for _, part := range got.Sentence {
		said.WriteString(part.Text)
	}
	if said.String() != "Hello wants to reach api.example.com" || !got.Sentence[1].Strong {
		t.Errorf("sentence %q %+v", said.String(), got.Sentence)
	}
	if got.Reason != "To find feeds." || got.Extension != s.Running.ID.String() || got.Title != "Hello" || !got.Keeps || got.OfferNever || got.Confirm {
		t.Errorf("%+v", got)
	}
	want := []permission.Fact{
		{Label: "Would send", Text: "POST /v1/find?q=tide", Code: true},
		{Label: "Has read", Text: "Only its own tables since it opened"},
		{Label: "Asked before", Text: "Not that Alcove remembers"},
	}
	if !slices.Equal(got.Facts, want) {
		t.Errorf("facts %+v", got.Facts)
	}
}

func TestTheSameAskedTwiceIsOneQuestion(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	other := p.open(s.Running.ID)
	var tickets []ticketOf
	for i := range 10 {
		tickets = append(tickets, p.ask(s, i, "net.fetch", host("api")))
	}
	late := p.ask(other, 3, "net.fetch", host("api"))
	if q := p.bridge.Prompt(); q.Waiting != 0 {
		t.Errorf("%d more are waiting", q.Waiting)
	}
	p.ask(s, 11, "net.fetch", m{"url": host("api")["url"], "method": "POST"})
	if q := p.bridge.Prompt(); q.Waiting != 1 || q.Same != 1 {
		t.Errorf("another method: %d more are waiting, %d of them alike", q.Waiting, q.Same)
	}
	p.answer(Answer{Choice: ChooseOnce})
	for _, ticket := range tickets {
		if r := p.fetch(s.Secret, ticket); r.code() != "" {
			t.Errorf("call %d: %s", r.ID, r.code())
		}
	}
	if r := p.fetch(other.Secret, late); r.code() != "" {
		t.Errorf("of the other frame: %s", r.code())
	}
	if len(s.slots)+len(other.slots) != 0 || len(s.waiting) != 1 {
		t.Error("an answered call still counts")
	}
}

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

func TestAQuestionIsNotAnsweredBeforeItCanBeRead(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	ticket := p.ask(s, 1, "net.fetch", host("api"))
	id := p.bridge.Prompt().ID
	answer := func(a Answer) string {
		return fault.Code(p.bridge.AnswerPrompt(context.Background(), a, false))
	}
	always := Answer{ID: id, Choice: ChooseAlways}
	p.ahead.Add(int64(time.Hour))
	if got := answer(always); got != "prompt.armed" {
		t.Errorf("before it was painted: %q", got)
	}
	if err := p.bridge.PromptShown(id); err != nil {
		t.Fatal(err)
	}
	p.ahead.Add(int64(armTime) / 2)
	if err := p.bridge.PromptShown(id); err != nil { // painted anew: the first time counts
		t.Fatal(err)
	}
	for _, choice := range []string{ChooseAlways, ChooseOnce, ChooseDeny} {
		if got := answer(Answer{ID: id, Choice: choice}); got != "prompt.armed" {
			t.Errorf("%s after 250 ms: %q", choice, got)
		}
	}
	p.ahead.Add(int64(armTime) / 2)
	for _, bad := range []Answer{
		{ID: id, Choice: ""},
		{ID: id, Choice: "yes"},
		{ID: id, Choice: ChooseUntil},
		{ID: id, Choice: ChooseUntil, Until: 1},
		{ID: id, Choice: ChooseUses},
		{ID: id, Choice: ChooseUses, Uses: -1},
		{ID: id, Choice: ChooseUses, Uses: maxUses + 1},
		{ID: id, Choice: ChooseAlways, Uses: 1},
		{ID: id, Choice: ChooseOnce, Until: time.Now().Add(240 * time.Hour).UnixMilli()},
	} {
		if got := answer(bad); got != "request.malformed" {
			t.Errorf("%+v: %q", bad, got)
		}
	}
	if got := answer(Answer{ID: id + 1, Choice: ChooseOnce}); got != "prompt.gone" {
		t.Errorf("another question: %q", got)
	}
	if got := answer(always); got != "" {
		t.Errorf("after 500 ms: %q", got)
	}
	if got := answer(always); got != "prompt.gone" {
		t.Errorf("twice: %q", got)
	}
	if r := p.fetch(s.Secret, ticket); r.code() != "" {
		t.Errorf("the call: %q", r.code())
	}
}

func TestASecondNoOffersNotToBeAskedAgain(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	for i, want := range []struct {
		never, close bool
		before       string
	}{
		{false, false, "Not that Alcove remembers"},
		{true, false, "Once; you didn’t allow it last time"},
		{true, true, "2 times; you didn’t allow it last time"},
	} {
		ticket := p.ask(s, i, "net.fetch", m{"url": "https://api.example.com/" + strings.Repeat("x", i)})
		q := p.bridge.Prompt()
		if q.OfferNever != want.never || q.OfferClose != want.close || q.Facts[len(q.Facts)-1].Text != want.before {
			t.Errorf("question %d: %+v", i+1, q)
		}
		p.answer(Answer{Choice: ChooseDeny})
		if r := p.fetch(s.Secret, ticket); r.code() != "permission.denied" {
			t.Errorf("the call: %q", r.code())
		}
	}
	// A question that was not answered is no for this time, and not a no to count.
	ticket := p.ask(s, 9, "net.fetch", host("b"))
	if err := p.bridge.DismissPrompt(p.bridge.Prompt().ID); err != nil {
		t.Fatal(err)
	}
	if r := p.fetch(s.Secret, ticket); r.code() != "permission.dismissed" {
		t.Errorf("the call: %q", r.code())
	}
	p.ask(s, 10, "net.fetch", host("b"))
	if q := p.bridge.Prompt(); q.OfferNever || q.Facts[len(q.Facts)-1].Text != "Once; you didn’t answer last time" {
		t.Errorf("after one that was not answered: %+v", q)
	}
}

// TestWhatWasAskedIsKnownAfterALock, to the number and the last answer, so that
// a second no can be the last one then, too.
func TestWhatWasAskedIsKnownAfterALock(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	other := p.open(p.install(nil, permissions(m{"resource": "net", "action": "fetch", "target": "https://*.example.com/*", "reason": "r"}), named("other")))
	const dismiss, giveUp = "dismiss", "give up"
	for i, want := range []struct {
		asked  int
		never  bool
		before string
		answer string
	}{
		{0, false, "Not that Alcove remembers", ChooseDeny},
		{1, true, "Once; you didn’t allow it last time", dismiss},
		{2, true, "2 times; you didn’t answer last time", giveUp},
		{3, true, "3 times; you didn’t answer last time", ChooseDeny},
		{4, true, "4 times; you didn’t allow it last time", ChooseOnce},
		{5, false, "5 times; you allowed it last time", dismiss},
		{6, false, "6 times; you didn’t answer last time", ChooseDeny},
		{7, true, "7 times; you didn’t allow it last time", ChooseDeny},
	} {
		// What is in memory goes with a lock.
		p.bridge.prompts.mu.Lock()
		p.bridge.prompts.memory, p.bridge.prompts.noes = nil, nil
		p.bridge.prompts.mu.Unlock()
		ticket := p.ask(s, i, "net.fetch", host("api"))
		q := p.bridge.Prompt()
		if q.AskedBefore != want.asked || q.OfferNever != want.never || q.Facts[len(q.Facts)-1].Text != want.before {
			t.Errorf("question %d: %+v", i+1, q)
		}
		switch want.answer {
		case dismiss:
			if err := p.bridge.DismissPrompt(q.ID); err != nil {
				t.Fatal(err)
			}
		case giveUp:
			p.must(s, "call.cancel", m{"call": i})
		default:
			p.answer(Answer{Choice: want.answer})
		}
		p.fetch(s.Secret, ticket)
	}
	// What waits at this moment was not asked before.
	p.ask(other, 200, "net.fetch", host("api"))
	p.ask(other, 201, "net.fetch", m{"url": host("api")["url"], "method": "POST"})
	if q := p.bridge.Prompt(); q.AskedBefore != 0 || q.OfferNever || q.Waiting != 1 {
		t.Errorf("of another app: %+v", q)
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
	if q := p.bridge.Prompt(); q.Waiting != 4 || q.Same != 2 {
		t.Errorf("%d are waiting, %d alike", q.Waiting, q.Same)
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

func TestAQuestionHoldsNobodyUpAndHasNoTime(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	other := p.open(p.install(nil, named("other")))
	var tickets []ticketOf
	for i := range maxCalls + 20 {
		tickets = append(tickets, p.ask(s, i, "net.fetch", host("h"+strings.Repeat("x", i))))
	}
	p.must(s, "context.get", m{})
	p.must(other, "context.get", m{})
	p.ahead.Add(int64(1000 * time.Hour))
	if r := p.bridge.Result(s.Secret, tickets[0].name, 0); !r.Deferred {
		t.Error("a call that waits for a person has run out of time")
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseOnce} })
	for _, ticket := range tickets {
		if r := p.fetch(s.Secret, ticket); r.code() != "" {
			t.Errorf("call %d: %q", r.ID, r.code())
		}
	}
}

func TestAQuestionEndsWithWhatAskedIt(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	second := p.open(s.Running.ID)
	a := p.ask(s, 1, "net.fetch", host("a"))
	p.ask(second, 2, "net.fetch", host("b"))
	p.must(s, "call.cancel", m{"call": 1})
	if r := p.fetch(s.Secret, a); r.code() != "request.aborted" {
		t.Errorf("given up: %q", r.code())
	}
	if q := p.bridge.Prompt(); q == nil || q.Waiting != 0 {
		t.Fatalf("then %+v is asked", q)
	}
	p.bridge.Close(second.Secret)
	if q := p.bridge.Prompt(); q != nil {
		t.Errorf("of a closed app: %+v", q)
	}
	p.ask(s, 3, "net.fetch", host("c"))
	p.bridge.CloseAll()
	if q := p.bridge.Prompt(); q != nil {
		t.Errorf("after locking: %+v", q)
	}
	told := p.page.told(eventPrompt)
	if last := told[len(told)-1]; last.data["waiting"] != 0 {
		t.Errorf("the page was last told %v", last.data)
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
	p.ahead.Add(int64(armTime))
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
	p.ahead.Add(int64(armTime))
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
	if count[""] != 5 || count["permission.denied"] != 15 {
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
	p.ahead.Add(int64(armTime))
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

// TestNothingIsAskedForWhatJustWentOutOfSight: also where it went between the
// look and the question.
func TestNothingIsAskedForWhatJustWentOutOfSight(t *testing.T) {
	p := newPlace(t)
	s := asking(p)
	s.hide()
	call := permission.Call{Key: permission.Key{Resource: "net", Action: "fetch", Target: "https://a.example.com/"}}
	w := p.bridge.prompts.ask(s, call, s.judge(call))
	if q := p.bridge.Prompt(); q != nil {
		t.Fatalf("%+v is asked", q)
	}
	if o, err := p.bridge.prompts.await(t.Context(), w); o != dismissed || err != nil {
		t.Errorf("%v, %v", o, err)
	}
}
