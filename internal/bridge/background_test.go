package bridge

import (
	"context"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/permission"
)

// TestAnAppGoesOnOutOfSightByGrant: under tighter limits, and without anything
// that needs the person.
func TestAnAppGoesOnOutOfSightByGrant(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil, permissions(
		m{"resource": "background", "action": "run", "reason": "To fetch feeds."},
		m{"resource": "secrets", "action": "use", "reason": "To keep a token."},
		m{"resource": "files", "action": "pick", "target": "file", "reason": "To import."},
	))
	s := p.open(id)
	if p.bridge.Hide(s.Secret) {
		t.Fatal("it goes on without having asked for it")
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseDeny} })
	if _, code := p.call(s, "background.run", m{}); code != "permission.denied" || p.bridge.Hide(s.Secret) {
		t.Fatalf("%q, and it goes on", code)
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseAlways} })
	p.must(s, "background.run", m{})
	p.person.says(nil)
	// What is asked as it goes out of sight is not asked any more.
	ticket := p.ask(s, 9, "secrets.list", m{})
	if !p.bridge.Hide(s.Secret) {
		t.Fatal("it does not go on")
	}
	if got := p.fetch(s.Secret, ticket); got.code() != "permission.dismissed" {
		t.Errorf("%q", got.code())
	}
	asked := len(p.person.questions())
	for _, c := range []struct {
		method string
		params m
		want   string
	}{
		{"kv.set", m{"key": "a", "value": 1}, ""},
		{"secrets.list", m{}, "permission.dismissed"},
		{"files.pick", m{"kind": "file"}, "permission.dismissed"},
	} {
		if _, code := p.call(s, c.method, c.params); code != c.want {
			t.Errorf("%s: %q, want %q", c.method, code, c.want)
		}
	}
	if more := len(p.person.questions()); more != asked || p.bridge.Picker() != nil {
		t.Errorf("%d questions, picker %v", more-asked, p.bridge.Picker())
	}
	refused := 0
	for range 3 * hiddenInABurst {
		r := p.send(s.Secret, envelope(t, 1, "kv.get", m{"key": "a"}))
		if r.code() != "quota.rate" {
			continue
		}
		refused++
		if said, _ := r.Error["message"].(string); !strings.Contains(said, "out of sight") || !strings.Contains(said, "5 times a second") || r.ID != 1 {
			t.Fatalf("it is told %v", r)
		}
	}
	if refused == 0 {
		t.Error("it calls as often as in sight")
	}
	p.bridge.Show(s.Secret)
	for range 3 * hiddenInABurst {
		p.must(s, "kv.get", m{"key": "a"})
	}
}

// TestOutOfSightEndsWithItsGrant: the page is told to close it.
func TestOutOfSightEndsWithItsGrant(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil, permissions(m{"resource": "background", "action": "run", "reason": "To fetch feeds."}))
	for _, end := range []func(*Session){
		func(*Session) { p.decide(id, runInBackground, permission.Deny) },
		func(*Session) { p.bridge.Forbid(permission.Policy{"background": true}) },
		func(s *Session) { p.must(s, "background.stop", m{}) },
	} {
		p.bridge.Forbid(nil)
		p.decide(id, runInBackground, permission.Allow)
		s := p.open(id)
		p.must(s, "background.run", m{})
		if !p.bridge.Hide(s.Secret) {
			t.Fatal("it does not go on")
		}
		end(s)
		p.page.await(func(i item) bool { return i.kind == eventRest && i.data["session"] == s.ID })
		if p.bridge.Hide(s.Secret) {
			t.Error("it may still go on")
		}
		p.bridge.Close(s.Secret)
	}
}

// TestAnAppThatIsNeededIsOutOfSightWithoutAGrant: it answers, and asks nothing.
func TestAnAppThatIsNeededIsOutOfSightWithoutAGrant(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil, secretive)
	s, err := p.bridge.OpenHidden(context.Background(), id, Environment{})
	if err != nil {
		t.Fatal(err)
	}
	if _, code := p.call(s, "secrets.list", m{}); code != "permission.dismissed" {
		t.Errorf("%q", code)
	}
	p.must(s, "peers.take", m{})
}
