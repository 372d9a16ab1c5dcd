package bridge

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"reflect"
	"testing"

	"github.com/alcove-vault/alcove/internal/permission"
)

// reach installs an app that may reach an address.
func (p haexPlace) reach(address string) *Session {
	p.t.Helper()
	return reachable(p.place, nil, address)
}

func TestAHaexFetch(t *testing.T) {
	p := newHaexPlace(t)
	large := bytes.Repeat([]byte("0123456789"), 1<<20)
	here := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/large" {
			_, _ = w.Write(large)
			return
		}
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", r.Method+" "+r.Header.Get("X-Key")+" "+string(body))
		w.Header().Add("X-Many", "a")
		w.Header().Add("X-Many", "b")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "hello")
	})
	s := p.reach(here)
	got := p.good(s, "extension_web_fetch", m{"url": here + "/a", "method": "POST", "headers": m{"X-Key": "k"}, "body": "aGk=", "timeout": 5000}).(map[string]any)
	headers := got["headers"].(map[string]any)
	if got["status"] != int64(418) || got["body"] != "aGVsbG8=" || got["url"] != here+"/a" || got["statusText"] == "" {
		t.Errorf("%v", got)
	}
	seen := ""
	many := ""
	for name, value := range headers {
		switch http.CanonicalHeaderKey(name) {
		case "X-Seen":
			seen = value.(string)
		case "X-Many":
			many = value.(string)
		}
	}
	if seen != "POST k hi" || many != "a, b" {
		t.Errorf("%v", headers)
	}
	body, err := base64.StdEncoding.DecodeString(p.good(s, "extension_web_fetch", m{"url": here + "/large"}).(map[string]any)["body"].(string))
	if err != nil || !bytes.Equal(body, large) {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if n := s.handles.count(); n != 0 {
		t.Errorf("%d handles are open", n)
	}
	for _, tt := range []struct {
		params m
		number int64
	}{
		{m{"url": "https://example.com/"}, 1002},
		{m{"url": "ftp://example.com/"}, 2005},
		{m{"url": here, "body": "***"}, 3001},
		{m{"url": here, "headers": m{"X": 5}}, 3001},
		{m{}, 3001},
	} {
		if number, reason := p.code(s, "extension_web_fetch", tt.params); number != tt.number {
			t.Errorf("%v: %d %s", tt.params, number, reason)
		}
	}
}

func TestAHaexAddressIsOpenedOnlyWhenThePersonSaysSo(t *testing.T) {
	p := newHaexPlace(t)
	d := (&desk{}).sit(p.place)
	id := p.install(nil, permissions(m{"resource": "net", "action": "fetch", "target": "https://example.com/*", "reason": "To test."}))
	p.decide(id, permission.Key{Resource: "net", Action: "fetch", Target: "https://example.com/*"}, permission.Allow)
	s := p.open(id)
	open := m{"url": "https://example.com/a?b=c"}
	for range 2 { // each time
		asked := p.asked(s, "extension_web_open", open)
		p.person.says(func(q *Prompt) Answer {
			if got := sentence(q); got != "Hello wants to open example.com in your browser" {
				t.Errorf("%q", got)
			}
			return Answer{Choice: ChooseOnce}
		})
		p.resolved(s, asked)
		p.good(s, "extension_web_open", open)
		p.person.says(nil)
	}
	if !reflect.DeepEqual(d.opened, []string{"https://example.com/a?b=c", "https://example.com/a?b=c"}) {
		t.Errorf("%v", d.opened)
	}
	for url, number := range map[string]int64{"https://other.example/": 1002, "file:///etc/passwd": 2005, "javascript:alert(1)": 2005, "wss://example.com/": 2005} {
		if got, reason := p.code(s, "extension_web_open", m{"url": url}); got != number {
			t.Errorf("%s: %d %s", url, got, reason)
		}
	}
}

func sentence(q *Prompt) (text string) {
	for _, piece := range q.Sentence {
		text += piece.Text
	}
	return text
}

func TestAHaexAddressIsNotOpenedInABrowserTab(t *testing.T) {
	p := newHaexPlace(t)
	s := p.open(p.install(nil, permissions(m{"resource": "net", "action": "fetch", "target": "https://example.com/*", "reason": "To test."})))
	if number, reason := p.code(s, "extension_web_open", m{"url": "https://example.com/"}); number != 8001 || reason != "capability.unavailable" {
		t.Errorf("%d %s", number, reason)
	}
}

func TestHaexFramesHearOfChangedTables(t *testing.T) {
	p := newHaexPlace(t)
	id, other := p.install(nil), p.install(nil, named("other"))
	s := p.open(id)
	p.bridge.Changed([]string{other.TablePrefix() + "x", "alcove_kv"})
	p.bridge.Changed([]string{id.TablePrefix() + "notes", other.TablePrefix() + "x", id.TablePrefix() + "pages"})
	got := p.until(s, "haextension:sync:tables-updated")["data"].(map[string]any)["tables"]
	if !reflect.DeepEqual(got, []any{id.TablePrefix() + "notes", id.TablePrefix() + "pages"}) {
		t.Errorf("%v", got)
	}
}

func TestAHaexLogIsTheFramesOwn(t *testing.T) {
	p := newHaexPlace(t)
	s, other := p.open(p.install(nil)), p.open(p.install(nil, named("other")))
	p.good(s, "extension_logging_write", m{"level": "info", "message": "one", "metadata": m{"a": 1}})
	p.good(s, "extension_logging_write", m{"level": "error", "message": "two"})
	read := func(s *Session, params m) (out []string) {
		for _, l := range p.good(s, "extension_logging_read", params).([]any) {
			line := l.(map[string]any)
			out = append(out, line["level"].(string)+" "+line["message"].(string)+" "+line["metadata"].(string))
		}
		return out
	}
	if got := read(s, m{}); !reflect.DeepEqual(got, []string{"error two ", `info one {"a":1}`}) {
		t.Errorf("%q", got)
	}
	if got := read(s, m{"level": "info", "limit": 1, "offset": 0}); len(got) != 1 {
		t.Errorf("%q", got)
	}
	if got := read(s, m{"offset": 1}); len(got) != 1 || got[0] != `info one {"a":1}` {
		t.Errorf("%q", got)
	}
	if got := read(other, m{}); len(got) != 0 {
		t.Errorf("another app reads %q", got)
	}
	if number, _ := p.code(s, "extension_logging_write", m{"level": "loud", "message": "x"}); number != 3001 {
		t.Errorf("%d", number)
	}
}

func TestAHaexNotification(t *testing.T) {
	p := newHaexPlace(t)
	d := (&desk{}).sit(p.place)
	id := p.install(nil, permissions(m{"resource": "notifications", "action": "show", "reason": "To remind you."}))
	p.decide(id, permission.Key{Resource: "notifications", Action: "show"}, permission.Allow)
	s := p.open(id)
	got := p.good(s, "extension_notifications_show", m{"options": m{"title": "Now", "body": "It is time.", "actions": []any{}}}).(map[string]any)
	if len(d.shown) != 1 || d.shown[0].Body != "It is time." || got["id"] == "" {
		t.Errorf("%v, %+v", got, d.shown)
	}
}
