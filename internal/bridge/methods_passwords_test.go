package bridge

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/permission"
)

func tagged(action, tag string) m {
	return m{"resource": "passwords", "action": action, "target": tag, "reason": "To fill in forms."}
}

func passwordKey(action, tag string) permission.Key {
	return permission.Key{Resource: "passwords", Action: action, Target: tag}
}

// keep puts an item into the vault, as the person does.
func (p *place) keep(title string, tags ...string) (id string) {
	p.t.Helper()
	secret := "secret of " + title
	id, err := items.New(p.store).Create(p.t.Context(), items.Change{Title: &title, Password: &secret, Tags: &tags}, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// titles are those of passwords.list.
func (p *place) titles(s *Session, params m) (titles []string) {
	p.t.Helper()
	for _, i := range p.must(s, "passwords.list", params)["items"].([]any) {
		titles = append(titles, i.(map[string]any)["title"].(string))
	}
	return titles
}

// said is the sentence of a question.
func said(q *Prompt) string {
	var b strings.Builder
	for _, s := range q.Sentence {
		b.WriteString(s.Text)
	}
	return b.String()
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestPasswordsAreReachedByTag: with one tag allowed, one denied, one to ask
// about and one that is not declared.
func TestPasswordsAreReachedByTag(t *testing.T) {
	p := newPlace(t)
	work, home, both := p.keep("Work", "work"), p.keep("Home", "home"), p.keep("Both", "home", "work")
	p.keep("Private", "private")
	p.keep("Kept from it", "never", "work")
	p.keep("Bare")
	id := p.install(nil, permissions(tagged("read", "work"), tagged("read", "home"), tagged("read", "never")))
	s := p.open(id)
	p.decide(id, passwordKey("read", "never"), permission.Deny)

	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseDeny} })
	if _, code := p.call(s, "passwords.get", m{"id": work}); code != "permission.denied" {
		t.Errorf("%q", code)
	}
	p.person.says(nil)
	p.decide(id, passwordKey("read", "work"), permission.Allow)
	same(t, p.titles(s, m{}), "Both", "Work")
	same(t, p.titles(s, m{"tag": " work "}), "Both", "Work")
	for _, item := range []string{work, both} {
		got := p.must(s, "passwords.get", m{"id": item})["item"].(map[string]any)
		if !strings.HasPrefix(got["password"].(string), "secret of ") {
			t.Errorf("%v", got)
		}
	}
	for _, tag := range []string{"private", "works", "Work"} {
		if _, code := p.call(s, "passwords.list", m{"tag": tag}); code != "permission.undeclared" {
			t.Errorf("%s: %q", tag, code)
		}
	}
	if _, code := p.call(s, "passwords.list", m{"tag": "never"}); code != "permission.denied" {
		t.Errorf("%q", code)
	}
	if _, code := p.call(s, "passwords.list", m{"tag": "*"}); code != "items.tag" {
		t.Errorf("%q", code)
	}

	// What was not decided is asked about by its tag, and only then.
	var asked []string
	p.person.says(func(q *Prompt) Answer {
		asked = append(asked, said(q))
		return Answer{Choice: ChooseOnce}
	})
	same(t, p.titles(s, m{"tag": "home"}), "Both", "Home")
	if got := p.must(s, "passwords.get", m{"id": home})["item"].(map[string]any)["title"]; got != "Home" {
		t.Errorf("%v", got)
	}
	p.person.says(nil)
	if len(asked) != 2 || !strings.HasSuffix(asked[0], "wants to read passwords tagged “home”") {
		t.Errorf("%q", asked)
	}
	same(t, p.titles(s, m{}), "Both", "Work")
}

// TestAnItemOutOfReachIsNotThere: nothing tells it from one that does not
// exist.
func TestAnItemOutOfReachIsNotThere(t *testing.T) {
	p := newPlace(t)
	private, bare := p.keep("Private", "private"), p.keep("Bare")
	id := p.install(nil, permissions(tagged("readWrite", "work")))
	s := p.open(id)
	p.decide(id, passwordKey("readWrite", "work"), permission.Allow)
	none := "00000000-0000-7000-8000-000000000000"
	for _, item := range []string{private, bare, none, "x"} {
		for method, params := range map[string]m{
			"passwords.get": {}, "passwords.totp": {}, "passwords.delete": {}, "passwords.update": {"title": "x", "tags": []string{"work"}},
		} {
			params["id"] = item
			if _, code := p.call(s, method, params); code != "items.not_found" {
				t.Errorf("%s %s: %q", method, item, code)
			}
		}
	}
	third := p.open(p.install(nil, bundletest.With("name", "third"), bundletest.WithKey(3)))
	for _, item := range []string{private, none} {
		if _, code := p.call(third, "passwords.get", m{"id": item}); code != "permission.undeclared" {
			t.Errorf("%q", code)
		}
	}
	if i, err := items.New(p.store).Get(t.Context(), private, nil); err != nil || i.Title != "Private" {
		t.Errorf("%v, %v", i.Title, err)
	}
}

// TestEveryPasswordIsReachedByTheStar, except what is denied by its tag.
func TestEveryPasswordIsReachedByTheStar(t *testing.T) {
	p := newPlace(t)
	p.keep("Bare")
	p.keep("Home", "home")
	private := p.keep("Private", "private", "home")
	id := p.install(nil, permissions(tagged("read", "*")))
	s := p.open(id)
	p.decide(id, passwordKey("read", "*"), permission.Allow)
	same(t, p.titles(s, m{}), "Bare", "Home", "Private")
	p.decide(id, passwordKey("read", "Private"), permission.Deny) // another spelling of it
	same(t, p.titles(s, m{}), "Bare", "Home")
	if _, code := p.call(s, "passwords.get", m{"id": private}); code != "permission.denied" {
		t.Errorf("%q", code)
	}
	if _, code := p.call(s, "passwords.create", m{"title": "x"}); code != "permission.undeclared" {
		t.Errorf("reading is no writing: %q", code)
	}
	if err := p.apps.SetPolicy(t.Context(), permission.Policy{"passwords": true}); err != nil {
		t.Fatal(err)
	}
	p.bridge.Forbid(permission.Policy{"passwords": true})
	if _, code := p.call(s, "passwords.list", m{}); code != "permission.policy" {
		t.Errorf("%q", code)
	}
}

// TestWhatAnAppWritesStaysInItsReach: at least one tag that is allowed.
func TestWhatAnAppWritesStaysInItsReach(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil, permissions(tagged("readWrite", "work"), tagged("read", "home"), tagged("readWrite", "no")))
	s := p.open(id)
	p.decide(id, passwordKey("readWrite", "work"), permission.Allow)
	p.decide(id, passwordKey("read", "home"), permission.Allow)
	p.decide(id, passwordKey("readWrite", "no"), permission.Deny)

	made := p.must(s, "passwords.create", m{
		"title": "New", "username": "ada", "password": "one", "tags": []string{"work", "mail"}, "urls": []string{"https://example.com"},
		"totp": "otpauth://totp/ada?secret=JBSWY3DPEHPK3PXP", "fields": []any{m{"name": "PIN", "value": "1234", "hidden": true}},
	})["id"].(string)
	for what, tt := range map[string]struct {
		method string
		params m
		code   string
	}{
		"no tag":            {"passwords.create", m{"title": "x"}, "permission.undeclared"},
		"another tag":       {"passwords.create", m{"title": "x", "tags": []string{"private"}}, "permission.undeclared"},
		"read only":         {"passwords.create", m{"title": "x", "tags": []string{"home"}}, "permission.undeclared"},
		"denied":            {"passwords.create", m{"title": "x", "tags": []string{"no", "work"}}, "permission.denied"},
		"moved out":         {"passwords.update", m{"id": made, "tags": []string{"mail"}}, "items.scope"},
		"all tags off":      {"passwords.update", m{"id": made, "tags": []string{}}, "items.scope"},
		"tagged as denied":  {"passwords.update", m{"id": made, "tags": []string{"work", "no"}}, "permission.denied"},
		"no title":          {"passwords.create", m{"tags": []string{"work"}}, "items.title"},
		"bad codes":         {"passwords.update", m{"id": made, "totp": "otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP"}, "items.totp"},
		"bad tag":           {"passwords.update", m{"id": made, "tags": []string{"a,b"}}, "items.tag"},
		"not known":         {"passwords.update", m{"id": made, "colour": "red"}, "request.malformed"},
		"field without one": {"passwords.update", m{"id": made, "fields": []any{m{"name": "x"}}}, "request.malformed"},
	} {
		if _, code := p.call(s, tt.method, tt.params); code != tt.code {
			t.Errorf("%s: %q, want %q", what, code, tt.code)
		}
	}

	p.must(s, "passwords.update", m{"id": made, "password": "two", "username": nil, "tags": []string{"home", "work"}})
	got := p.must(s, "passwords.get", m{"id": made})["item"].(map[string]any)
	if got["password"] != "two" || got["username"] != "ada" || fmt.Sprint(got["tags"]) != "[home work]" ||
		got["totp"] != "otpauth://totp/ada?algorithm=SHA1&digits=6&period=30&secret=JBSWY3DPEHPK3PXP" || fmt.Sprint(got["fields"]) != "[map[hidden:true name:PIN value:1234]]" {
		t.Errorf("%v", got)
	}
	code := p.must(s, "passwords.totp", m{"id": made})
	if len(code["code"].(string)) != 6 || fmt.Sprint(code["period"]) != "30" {
		t.Errorf("%v", code)
	}
	p.must(s, "passwords.update", m{"id": made, "totp": ""})
	if _, code := p.call(s, "passwords.totp", m{"id": made}); code != "items.no_codes" {
		t.Errorf("%q", code)
	}
	p.must(s, "passwords.delete", m{"id": made})
	if list, err := items.New(p.store).Deleted(t.Context()); err != nil || len(list) != 1 || list[0].ID != made {
		t.Errorf("the person cannot have it back: %v, %v", list, err)
	}
}

// TestTheLedgerKnowsWhichTagWasReached, and nothing of the items.
func TestTheLedgerKnowsWhichTagWasReached(t *testing.T) {
	p := newPlace(t)
	item := p.keep("Work", "work")
	id := p.install(nil, permissions(tagged("read", "work")))
	s := p.open(id)
	p.decide(id, passwordKey("read", "work"), permission.Allow)
	p.must(s, "passwords.get", m{"id": item})
	p.call(s, "passwords.list", m{"tag": "home"})
	same(t, p.recorded("passwords.get"), "allowed ")
	same(t, p.recorded("passwords.list"), "undeclared permission.undeclared")
}
