package bridge

import (
	"reflect"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/permission"
)

// TestHaexPasswordsAreThoseWithATagInScope goes the way of an app that keeps
// something and comes back for it.
func TestHaexPasswordsAreThoseWithATagInScope(t *testing.T) {
	p := newHaexPlace(t)
	other := p.keep("Private", "private")
	id := p.install(nil, permissions(tagged("readWrite", "work")))
	s := p.open(id)

	asked := p.asked(s, "extension_password_list", m{})
	if asked["resourceType"] != "passwords" || asked["action"] != "read" || asked["target"] != "work" {
		t.Errorf("%v", asked)
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseOnce} })
	if got := p.resolved(s, asked); got != "granted" {
		t.Error(got)
	}
	if got := p.good(s, "extension_password_list", m{}).([]any); len(got) != 0 {
		t.Errorf("%v", got)
	}
	p.person.says(nil)
	p.decide(id, passwordKey("readWrite", "work"), permission.Allow)

	item := p.good(s, "extension_password_create", m{"input": m{
		"title": "Mail", "username": "ada", "password": "hunter2", "note": "two\nlines", "url": "https://a.example", "icon": "i", "color": "#fff",
		"otpSecret": "JBSW Y3DP EHPK 3PXP", "otpDigits": 8, "otpPeriod": 60, "otpAlgorithm": "SHA-256", "expiresAt": nil,
		"tags": []any{"work", "mine"}, "keyValues": []any{m{"key": "imap", "value": "imap.a.example"}, m{"value": "x"}},
	}}).(string)
	want := map[string]any{"id": item, "title": "Mail", "username": "ada", "url": "https://a.example", "tags": []any{"mine", "work"}}
	list := p.good(s, "extension_password_list", m{}).([]any)
	if len(list) != 1 {
		t.Fatalf("%v", list)
	}
	got := list[0].(map[string]any)
	if at := got["createdAt"].(string); !strings.HasSuffix(at, "Z") || len(at) != len("2026-01-02T03:04:05.000Z") {
		t.Error(at)
	}
	delete(got, "createdAt")
	delete(got, "updatedAt")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	got = p.good(s, "extension_password_read", m{"itemId": item}).(map[string]any)
	delete(got, "createdAt")
	delete(got, "updatedAt")
	want["password"], want["note"] = "hunter2", "two\nlines"
	want["otpSecret"], want["otpDigits"], want["otpPeriod"], want["otpAlgorithm"] = "JBSWY3DPEHPK3PXP", int64(8), int64(60), "SHA256"
	want["keyValues"] = []any{map[string]any{"id": "0", "key": "imap", "value": "imap.a.example"}, map[string]any{"id": "1", "value": "x"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}

	for what, tt := range map[string]struct {
		method string
		params m
		number int64
		reason string
	}{
		"another's item":     {"extension_password_read", m{"itemId": other}, 1001, "items.not_found"},
		"no item":            {"extension_password_read", m{"itemId": "x"}, 1001, "items.not_found"},
		"another's, updated": {"extension_password_update", m{"itemId": other, "input": m{"title": "x", "tags": []any{"work"}}}, 1001, "items.not_found"},
		"another's, deleted": {"extension_password_delete", m{"itemId": other}, 1001, "items.not_found"},
		"no input":           {"extension_password_create", m{}, 3001, "request.malformed"},
		"no tags":            {"extension_password_create", m{"input": m{"title": "x", "tags": []any{}}}, 3001, "request.malformed"},
		"tag is a number":    {"extension_password_create", m{"input": m{"title": "x", "tags": []any{1}}}, 3001, "request.malformed"},
		"out of scope":       {"extension_password_create", m{"input": m{"title": "x", "tags": []any{"private"}}}, 1002, "permission.undeclared"},
		"moved out of scope": {"extension_password_update", m{"itemId": item, "input": m{"title": "x", "tags": []any{"mine"}}}, 1002, "items.scope"},
		"no codes":           {"extension_password_create", m{"input": m{"title": "x", "tags": []any{"work"}, "otpSecret": "!"}}, 3001, "items.totp"},
		"value is no object": {"extension_password_create", m{"input": m{"title": "x", "tags": []any{"work"}, "keyValues": []any{"x"}}}, 3001, "request.malformed"},
	} {
		if number, reason := p.code(s, tt.method, tt.params); number != tt.number || reason != tt.reason {
			t.Errorf("%s: %d %s", what, number, reason)
		}
	}
	p.good(s, "extension_password_delete", m{"itemId": item})
	if got := p.good(s, "extension_password_list", m{}).([]any); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// TestAHaexUpdateIsOfTheWholeItem: what the app leaves out is taken away, and
// what it has no word for stays.
func TestAHaexUpdateIsOfTheWholeItem(t *testing.T) {
	p := newHaexPlace(t)
	codes, err := items.ParseTOTP("otpauth://totp/Bank:ada?secret=JBSWY3DPEHPK3PXP&issuer=Bank")
	if err != nil {
		t.Fatal(err)
	}
	note := "note"
	id, err := p.bridge.items.Create(t.Context(), items.Change{
		Title: &note, Note: &note, TOTP: &codes, URLs: &[]string{"https://a.example", "https://b.example"}, Tags: &[]string{"work"},
		Fields: &[]items.Field{{Name: "PIN", Value: "1", Hidden: true}, {Name: "open", Value: "2"}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	app := p.install(nil, permissions(tagged("readWrite", "work")))
	p.decide(app, passwordKey("readWrite", "work"), permission.Allow)
	s := p.open(app)
	p.good(s, "extension_password_update", m{"itemId": id, "input": m{
		"title": "New", "url": "https://c.example", "tags": []any{"work"}, "otpSecret": "GEZDGNBVGY3TQOJQ", "keyValues": []any{m{"key": "PIN", "value": "3"}},
	}})
	item, err := p.bridge.items.Get(t.Context(), id, nil)
	if err != nil {
		t.Fatal(err)
	}
	if item.Title != "New" || item.Note != "" || !reflect.DeepEqual(item.URLs, []string{"https://c.example", "https://b.example"}) ||
		!reflect.DeepEqual(item.Fields, []items.Field{{Name: "PIN", Value: "3", Hidden: true}}) {
		t.Errorf("%q %q %q %v", item.Title, item.Note, item.URLs, len(item.Fields))
	}
	if item.TOTP == nil || item.TOTP.Issuer != "Bank" || !strings.Contains(item.TOTP.URI(), "GEZDGNBVGY3TQOJQ") {
		t.Error("the codes are not the new ones of the same account")
	}
	p.good(s, "extension_password_update", m{"itemId": id, "input": m{"title": "New", "tags": []any{"work"}}})
	if item, err = p.bridge.items.Get(t.Context(), id, nil); err != nil || item.TOTP != nil || len(item.Fields) != 0 || len(item.URLs) != 1 {
		t.Errorf("%v, %q", err, item.URLs)
	}
}
