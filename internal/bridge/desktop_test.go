package bridge

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

// desk is a desktop that a test is the person at.
type desk struct {
	mu     sync.Mutex
	text   string
	input  time.Time
	shown  []Notification
	picked PickRequest
	opened []string
}

func (d *desk) Pick(_ context.Context, r PickRequest) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.picked = r
	return nil, nil
}

func (d *desk) WriteClipboard(_ context.Context, text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.text = text
	return nil
}

func (d *desk) ReadClipboard(context.Context) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text, nil
}

func (d *desk) Notify(_ context.Context, n Notification) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shown = append(d.shown, n)
	return nil
}

func (d *desk) TakeBack(app, id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := slices.IndexFunc(d.shown, func(n Notification) bool { return n.App == app && n.ID == id })
	if at < 0 {
		return false
	}
	d.shown = slices.Delete(d.shown, at, at+1)
	return true
}

func (d *desk) Withdraw() {}

func (d *desk) OpenAddress(_ context.Context, url string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opened = append(d.opened, url)
	return nil
}

func (d *desk) LastInput() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.input
}

// sit gives the vault a desktop whose clock is the bridge's.
func (d *desk) sit(p *place) *desk {
	p.bridge.UseDesktop(d, NewClipboard(d, func() time.Time { return p.bridge.now() }, func(time.Duration, func()) func() { return func() {} }))
	return d
}

// press presses a key in the window.
func (d *desk) press(p *place) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.input = p.bridge.now()
}

var (
	copying  = permission.Key{Resource: "clipboard", Action: "write"}
	pasting  = permission.Key{Resource: "clipboard", Action: "read"}
	noticing = permission.Key{Resource: "notifications", Action: "show"}
)

func atDesk(p *place, name string) *Session {
	s := p.open(p.install(nil, named(name), permissions(
		m{"resource": "clipboard", "action": "write", "reason": "To copy."},
		m{"resource": "clipboard", "action": "read", "reason": "To paste."},
		m{"resource": "notifications", "action": "show", "reason": "To remind.", "constraints": m{"rate": m{"requests": 3, "seconds": 60}}},
	)))
	p.allow(s, copying, pasting, noticing)
	return s
}

func TestTheClipboardIsReadOnlyWhereThePersonIs(t *testing.T) {
	p := newPlace(t)
	d := (&desk{text: "theirs"}).sit(p)
	s, other := atDesk(p, "one"), atDesk(p, "two")
	id := s.Running.ID.String()
	read := func(s *Session, want string) {
		t.Helper()
		got, code := p.call(s, "clipboard.read", m{})
		if code != want || want == "" && got["text"] != "theirs" {
			t.Errorf("got %v, %q", got, code)
		}
	}
	read(s, "clipboard.no_input")
	d.press(p)
	read(s, "clipboard.no_input") // its tab is not in front
	p.bridge.Front(id)
	read(s, "clipboard.no_input") // the click brought it there
	p.ahead.Add(int64(time.Millisecond))
	d.press(p)
	read(s, "")
	read(other, "clipboard.no_input")
	p.bridge.Front(id) // said again, as the page does
	read(s, "")
	p.ahead.Add(int64(2 * time.Second))
	read(s, "clipboard.no_input")
	d.press(p)
	p.bridge.Front("")
	read(s, "clipboard.no_input")
	p.decide(s.Running.ID, pasting, permission.Deny)
	p.bridge.Front(id)
	p.ahead.Add(int64(time.Millisecond))
	d.press(p)
	read(s, "permission.denied")
}

func TestTheClipboardIsWritten(t *testing.T) {
	p := newPlace(t)
	d := new(desk).sit(p)
	s := atDesk(p, "one")
	p.must(s, "clipboard.write", m{"text": "copied"})
	if d.text != "copied" {
		t.Errorf("the clipboard holds %q", d.text)
	}
	if _, code := p.call(s, "clipboard.write", m{"text": "a\x00b"}); code != "clipboard.text" {
		t.Errorf("NUL: %q", code)
	}
	p.decide(s.Running.ID, copying, permission.Deny)
	if _, code := p.call(s, "clipboard.write", m{"text": "x"}); code != "permission.denied" || d.text != "copied" {
		t.Errorf("denied: %q, and the clipboard holds %q", code, d.text)
	}
}

func TestNotificationsCarryTheAppsNameAndAreRare(t *testing.T) {
	p := newPlace(t)
	d := new(desk).sit(p)
	s := atDesk(p, "one")
	for range 3 { // what its manifest says
		p.must(s, "notifications.show", m{"title": "Alcove", "body": "Your passphrase\x1b, please"})
	}
	want := Notification{App: s.Running.ID.String(), ID: d.shown[0].ID, Title: s.Context.Title + ": Alcove", Body: "Your passphrase , please"}
	if len(d.shown) != 3 || d.shown[0] != want {
		t.Errorf("shown: %+v", d.shown)
	}
	if _, code := p.call(s, "notifications.show", m{"title": "again"}); code != "notifications.rate" {
		t.Errorf("the fourth: %q", code)
	}
	if _, code := p.call(s, "notifications.show", m{}); code != "notifications.empty" {
		t.Errorf("an empty one: %q", code)
	}
	p.ahead.Add(int64(time.Minute))
	p.must(s, "notifications.show", m{"body": "later"})
}

// TestANotificationIsTakenBackByTheAppThatShowedIt, also once it may show none.
func TestANotificationIsTakenBackByTheAppThatShowedIt(t *testing.T) {
	p := newPlace(t)
	d := new(desk).sit(p)
	s, other := atDesk(p, "one"), atDesk(p, "two")
	first := p.must(s, "notifications.show", m{"title": "a"})["id"]
	second := p.must(s, "notifications.show", m{"title": "b"})["id"]
	if _, code := p.call(other, "notifications.dismiss", m{"id": first}); code != "notifications.unknown" || len(d.shown) != 2 {
		t.Errorf("of another app: %q, %+v", code, d.shown)
	}
	p.decide(s.Running.ID, noticing, permission.Deny)
	p.must(s, "notifications.dismiss", m{"id": first})
	if len(d.shown) != 1 || d.shown[0].ID != second {
		t.Errorf("left: %+v", d.shown)
	}
	if _, code := p.call(s, "notifications.dismiss", m{"id": first}); code != "notifications.unknown" {
		t.Errorf("again: %q", code)
	}
}

func TestWithoutADesktopNobodyIsAskedForIt(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(
		m{"resource": "clipboard", "action": "write", "reason": "r"},
		m{"resource": "notifications", "action": "show", "reason": "r"},
	)))
	for method, params := range map[string]m{"clipboard.write": {"text": "x"}, "notifications.show": {"title": "x"}} {
		if _, code := p.call(s, method, params); code != "capability.unavailable" {
			t.Errorf("%s: %q", method, code)
		}
	}
	if q := p.bridge.Prompt(); q != nil {
		t.Errorf("asked: %+v", q)
	}
	if _, code := p.call(s, "clipboard.read", m{}); code != "permission.undeclared" {
		t.Errorf("undeclared: %q", code)
	}
}

// TestWhatThePersonCopiesIsOnTheClipboard, if there is a desktop.
func TestWhatThePersonCopiesIsOnTheClipboard(t *testing.T) {
	p := newPlace(t)
	if err := p.bridge.Copy(t.Context(), "hunter2"); fault.Code(err) != "capability.unavailable" {
		t.Errorf("%v", err)
	}
	d := new(desk).sit(p)
	if err := p.bridge.Copy(t.Context(), "hunter2"); err != nil || d.text != "hunter2" {
		t.Errorf("%q, %v", d.text, err)
	}
}
