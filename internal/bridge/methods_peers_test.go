package bridge

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/alcove-vault/alcove/internal/arming"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/capability/peers"
	"github.com/alcove-vault/alcove/internal/permission"
)

// exporting is the manifest of an app that others may ask.
func exporting() bundletest.Option {
	entry := m{"type": "object", "required": []any{"title"}, "additionalProperties": false, "properties": m{"title": m{"type": "string"}}}
	return bundletest.With("exports", []any{
		m{"method": "find", "description": "Finds an entry.", "effect": "read", "params": entry, "result": m{"type": "integer"}},
		m{"method": "choose", "description": "Gives one entry.", "effect": "pick", "params": true, "result": entry, "seconds": 30},
	})
}

// pair is an app that asks and one that is asked, each in a frame.
func pair(p *place) (asks, asked *Session, target string) {
	to := p.install(nil, exporting(), bundletest.With("name", "passwords"), bundletest.WithKey(1))
	target = to.String()
	from := p.install(nil, bundletest.With("name", "feeds"), bundletest.WithKey(2), permissions(
		m{"resource": "peers", "action": "call", "target": "*.passwords/*", "reason": "To sign in."},
	))
	asks, asked = p.open(from), p.open(to)
	p.must(asked, "lifecycle.ready", m{})
	return asks, asked, target
}

// isQuestion reports whether a frame is told that it is asked something.
func isQuestion(i item) bool { return i.kind == eventFrame && i.data["name"] == eventAsked }

// answers lets an app answer what it is asked, until the test ends.
func (p *place) answers(s *Session, answer func(q map[string]any) m) {
	ctx, cancel := context.WithCancel(context.Background())
	asked := make(chan struct{}, 100)
	p.page.hear(func(i item) {
		if isQuestion(i) {
			asked <- struct{}{}
		}
	})
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			select {
			case <-asked:
			case <-ctx.Done():
				return
			}
			for _, q := range p.must(s, "peers.take", m{})["questions"].([]any) {
				q := q.(map[string]any)
				reply := answer(q)
				reply["question"] = q["question"]
				p.must(s, "peers.answer", reply)
			}
		}
	})
	p.t.Cleanup(func() { cancel(); wait.Wait() })
}

func TestOneAppAsksAnother(t *testing.T) {
	p := newPlace(t)
	asks, asked, target := pair(p)
	var caller any
	p.answers(asked, func(q map[string]any) m {
		caller = q["caller"]
		if q["params"].(map[string]any)["title"] == "wrong" {
			return m{"value": "no number"}
		}
		if q["params"].(map[string]any)["title"] == "none" {
			return m{"code": "not_found", "message": "There is none."}
		}
		return m{"value": 7}
	})
	find := func(title any) (map[string]any, string) {
		return p.call(asks, "peers.call", m{"target": target + "/find", "params": m{"title": title}})
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseDeny} })
	if _, code := find("x"); code != "permission.denied" {
		t.Errorf("%q", code)
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseAlways} })
	if got, code := find("x"); code != "" || got["value"] != int64(7) {
		t.Errorf("%v, %q", got, code)
	}
	if c := caller.(map[string]any); c["title"] != "Feeds" || !strings.HasSuffix(c["id"].(string), ".feeds") {
		t.Errorf("the caller is %v", c)
	}
	for title, want := range map[any]string{"wrong": "peers.result", "none": "peers.refused", 5: "peers.params", "y": ""} {
		if _, code := find(title); code != want {
			t.Errorf("%v: %q, want %q", title, code, want)
		}
	}
	if _, code := p.call(asks, "peers.call", m{"target": target + "/find", "params": m{"title": []byte("x")}}); code != "peers.params" {
		t.Errorf("bytes: %q", code)
	}
	for target, want := range map[string]string{
		target + "/lose": "peers.no_method",
		strings.Repeat("0a", 32) + ".passwords/find": "extension.not_found",
		strings.Repeat("0a", 32) + ".other/find":     "permission.undeclared",
		asks.Running.ID.String() + "/find":           "request.malformed",
		"passwords/find":                             "request.malformed",
	} {
		if _, code := p.call(asks, "peers.call", m{"target": target, "params": nil}); code != want {
			t.Errorf("%s: %q, want %q", target, code, want)
		}
	}
	p.bridge.Close(asked.Secret)
	p.decide(asks.Running.ID, permission.Key{Resource: "peers", Action: "call", Target: target + "/find"}, permission.Deny)
	if _, code := find("x"); code != "permission.denied" {
		t.Errorf("taken back: %q", code)
	}
}

// TestAChoiceIsNoWordAboutWhatIsSent: what a call carries reaches no other app
// before the person agreed to the call, also where they choose afterwards.
func TestAChoiceIsNoWordAboutWhatIsSent(t *testing.T) {
	p := newPlace(t)
	asks, asked, target := pair(p)
	p.answers(asked, func(q map[string]any) m {
		t.Errorf("the other app was sent %v", q["params"])
		return m{"code": "back", "message": "and answered"}
	})
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseDeny} })
	if _, code := p.call(asks, "peers.call", m{"target": target + "/choose", "params": m{"secret": "x"}}); code != "permission.denied" {
		t.Errorf("%q", code)
	}
}

// TestThePersonChoosesWhatAnotherAppGives: once the call is allowed the choice is
// the only question, and the asking app learns nothing of what was not chosen.
func TestThePersonChoosesWhatAnotherAppGives(t *testing.T) {
	p := newPlace(t)
	asks, asked, target := pair(p)
	p.decide(asks.Running.ID, permission.Key{Resource: "peers", Action: "call", Target: target + "/choose"}, permission.Allow)
	p.answers(asked, func(q map[string]any) m {
		switch q["kind"] {
		case peers.KindList:
			return m{"value": []any{m{"id": "1", "label": "mail", "detail": "ada"}, m{"id": "2", "label": "bank"}}}
		default:
			return m{"value": m{"title": "item " + q["item"].(string)}}
		}
	})
	choose := func(answer func(*Picker)) (map[string]any, string) {
		r := p.bridge.Call(context.Background(), asks.Secret, envelope(t, 5, "peers.call", m{"target": target + "/choose", "params": nil}))
		ticket := p.ticket(r)
		p.page.await(func(i item) bool { return i.kind == eventPick && p.bridge.Picker() != nil })
		answer(p.bridge.Picker())
		got := p.fetch(asks.Secret, ticket)
		return got.OK, got.code()
	}
	got, code := choose(func(k *Picker) {
		if k.Stage != stageItem || k.Of != "Passwords" || k.Title != "Feeds" || k.What != "Gives one entry." || len(k.Items) != 2 || k.Items[0].Detail != "ada" {
			t.Errorf("%+v", k)
		}
		if err := p.bridge.PickAnswer(k.ID, []string{"2"}, false); err == nil {
			t.Error("it was answered before it could be read")
		}
		if err := p.bridge.PickShown(k.ID); err != nil {
			t.Error(err)
		}
		p.ahead.Add(int64(arming.Time))
		for _, bad := range [][]string{nil, {"3"}, {"1", "2"}} {
			if err := p.bridge.PickAnswer(k.ID, bad, false); err == nil {
				t.Errorf("%v was taken", bad)
			}
		}
		if err := p.bridge.PickAnswer(k.ID, []string{"2"}, false); err != nil {
			t.Error(err)
		}
	})
	if code != "" || got["value"].(map[string]any)["title"] != "item 2" {
		t.Errorf("%v, %q", got, code)
	}
	if _, code := choose(func(k *Picker) {
		if err := p.bridge.PickDismiss(k.ID); err != nil {
			t.Error(err)
		}
	}); code != "peers.dismissed" {
		t.Errorf("%q", code)
	}
	if asked := p.person.questions(); len(asked) != 0 {
		t.Errorf("%d questions besides", len(asked))
	}
}

// TestAnAppThatIsAskedIsStarted: the page is told to start it, out of sight.
func TestAnAppThatIsAskedIsStarted(t *testing.T) {
	p := newPlace(t)
	asks, asked, target := pair(p)
	id := asked.Running.ID
	p.bridge.Close(asked.Secret)
	p.decide(asks.Running.ID, permission.Key{Resource: "peers", Action: "call", Target: target + "/find"}, permission.Allow)
	woken := make(chan struct{})
	p.page.hear(func(i item) {
		if i.kind == eventWake && i.data["extension"] == id.String() {
			close(woken)
		}
	})
	r := p.bridge.Call(context.Background(), asks.Secret, envelope(t, 5, "peers.call", m{"target": target + "/find", "params": m{"title": "x"}}))
	<-woken
	started := p.open(id)
	p.answers(started, func(map[string]any) m { return m{"value": 3} })
	p.must(started, "lifecycle.ready", m{})
	if got := p.fetch(asks.Secret, p.ticket(r)); got.OK["value"] != int64(3) {
		t.Errorf("%+v", got)
	}
}

// TestAQuestionEndsWithTheAppThatIsAsked: it is not waited for.
func TestAQuestionEndsWithTheAppThatIsAsked(t *testing.T) {
	p := newPlace(t)
	asks, asked, target := pair(p)
	p.decide(asks.Running.ID, permission.Key{Resource: "peers", Action: "call", Target: target + "/find"}, permission.Allow)
	heard := make(chan struct{})
	p.page.hear(func(i item) {
		if isQuestion(i) {
			close(heard)
		}
	})
	r := p.bridge.Call(context.Background(), asks.Secret, envelope(t, 5, "peers.call", m{"target": target + "/find", "params": m{"title": "x"}}))
	<-heard
	p.bridge.Close(asked.Secret)
	if got := p.fetch(asks.Secret, p.ticket(r)); got.code() != "peers.ended" {
		t.Errorf("%+v", got)
	}
}
