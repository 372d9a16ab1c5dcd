package bridge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/permission"
)

var secretive = permissions(m{"resource": "secrets", "action": "use", "reason": "To keep the token of your account."})

// TestSecretsNeedAGrantAndAreTheAppsOwn: nothing is kept or told before the
// person agrees, and nobody else's is ever seen.
func TestSecretsNeedAGrantAndAreTheAppsOwn(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil, secretive)
	s := p.open(id)
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseDeny} })
	if _, code := p.call(s, "secrets.set", m{"name": "token", "value": "abc"}); code != "permission.denied" {
		t.Errorf("%q", code)
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseAlways} })
	p.must(s, "secrets.set", m{"name": "token", "value": "abc"})
	p.must(s, "secrets.set", m{"name": "key", "value": []byte{1, 0}})
	p.person.says(nil)
	if got := p.must(s, "secrets.get", m{"name": "token"}); got["found"] != true || got["value"] != "abc" {
		t.Errorf("%v", got)
	}
	if got := p.must(s, "secrets.get", m{"name": "key"}); fmt.Sprint(got["value"]) != "[1 0]" {
		t.Errorf("%v", got)
	}
	if got := p.must(s, "secrets.get", m{"name": "none"}); got["found"] != false || got["value"] != nil {
		t.Errorf("%v", got)
	}
	if list := p.must(s, "secrets.list", m{})["secrets"].([]any); len(list) != 2 || list[0].(map[string]any)["name"] != "key" {
		t.Errorf("%v", list)
	}

	other := p.open(p.install(nil, secretive, bundletest.With("name", "other"), bundletest.WithKey(2)))
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseOnce} })
	if got := p.must(other, "secrets.get", m{"name": "token"}); got["found"] != false {
		t.Errorf("another app: %v", got)
	}
	undeclared := p.open(p.install(nil, bundletest.With("name", "third"), bundletest.WithKey(3)))
	if _, code := p.call(undeclared, "secrets.list", m{}); code != "permission.undeclared" {
		t.Errorf("%q", code)
	}
	if got := p.must(s, "secrets.delete", m{"name": "token"}); got["deleted"] != true {
		t.Errorf("%v", got)
	}
	p.decide(id, permission.Key{Resource: "secrets", Action: "use"}, permission.Deny)
	if _, code := p.call(s, "secrets.get", m{"name": "key"}); code != "permission.denied" {
		t.Errorf("%q", code)
	}
}

// TestASecretThatAsksIsAskedAboutEachTime: whatever was granted, and always for
// this once only.
func TestASecretThatAsksIsAskedAboutEachTime(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil, secretive)
	s := p.open(id)
	p.decide(id, permission.Key{Resource: "secrets", Action: "use"}, permission.Allow)
	p.must(s, "secrets.set", m{"name": "bank pin", "value": "1234", "ask": true})
	if asked := p.person.questions(); len(asked) != 0 {
		t.Fatalf("%+v", asked)
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseOnce} })
	for range 2 {
		if got := p.must(s, "secrets.get", m{"name": "bank pin"}); got["value"] != "1234" {
			t.Errorf("%v", got)
		}
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseDeny} })
	if _, code := p.call(s, "secrets.get", m{"name": "bank pin"}); code != "permission.denied" {
		t.Errorf("%q", code)
	}
	asked := p.person.questions()
	if len(asked) != 3 {
		t.Fatalf("asked %d times", len(asked))
	}
	sentence := ""
	for _, piece := range asked[0].Sentence {
		sentence += piece.Text
	}
	if !strings.Contains(sentence, "bank pin") || asked[0].Keeps {
		t.Errorf("%q, keeps %v", sentence, asked[0].Keeps)
	}
	if _, code := p.call(s, "secrets.get", m{"name": "other"}); code != "" {
		t.Errorf("one that does not ask: %q", code)
	}
}

func TestSecretsRefuseWhatTheyCannotKeep(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil, secretive)
	s := p.open(id)
	p.decide(id, permission.Key{Resource: "secrets", Action: "use"}, permission.Allow)
	for want, params := range map[string]m{
		"secrets.name":      {"name": "", "value": "x"},
		"quota.value":       {"name": "n", "value": strings.Repeat("x", 16<<10+1)},
		"request.malformed": {"name": "n", "value": 5},
	} {
		if _, code := p.call(s, "secrets.set", params); code != want {
			t.Errorf("%v: %q, want %q", params["name"], code, want)
		}
	}
	if _, code := p.call(s, "secrets.get", m{"name": "a\nb"}); code != "secrets.name" {
		t.Errorf("%q", code)
	}
}

// TestAQuestionAboutOneSecretIsAboutNoOther: a yes for what the person sees
// does not let another secret go that was asked for behind it.
func TestAQuestionAboutOneSecretIsAboutNoOther(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil, secretive)
	s := p.open(id)
	p.decide(id, permission.Key{Resource: "secrets", Action: "use"}, permission.Allow)
	p.must(s, "secrets.set", m{"name": "colour", "value": "blue", "ask": true})
	p.must(s, "secrets.set", m{"name": "bank pin", "value": "1234", "ask": true})
	seen := p.ask(s, 1, "secrets.get", m{"name": "colour"})
	p.ask(s, 2, "secrets.get", m{"name": "bank pin"})
	p.answer(Answer{Choice: ChooseOnce})
	if r := p.fetch(s.Secret, seen); r.OK["value"] != "blue" {
		t.Errorf("%+v", r)
	}
	if p.bridge.Prompt() == nil {
		t.Error("nobody is asked about the other")
	}
}
