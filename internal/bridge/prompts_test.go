package bridge

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/arming"
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
	p.ahead.Add(int64(arming.Time))
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
	p.ahead.Add(int64(arming.Time) / 2)
	if err := p.bridge.PromptShown(id); err != nil { // painted anew: the first time counts
		t.Fatal(err)
	}
	for _, choice := range []string{ChooseAlways, ChooseOnce, ChooseDeny} {
		if got := answer(Answer{ID: id, Choice: choice}); got != "prompt.armed" {
			t.Errorf("%s after 250 ms: %q", choice, got)
		}
	}
	p.ahead.Add(int64(arming.Time) / 2)
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
