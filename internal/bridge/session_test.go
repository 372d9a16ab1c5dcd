package bridge

import (
	"context"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/fault"
)

func TestASessionIsKnownByItsOwnSecretOnly(t *testing.T) {
	p := newPlace(t)
	a := p.open(p.install(nil))
	b := p.open(p.install(nil, bundletest.With("name", "other")))
	if len(a.Secret) != 43 || len(a.Path) != 43 || a.Secret == b.Secret || a.Path == b.Path || a.Secret == a.Path {
		t.Fatal("secrets and segments have to be random and different")
	}
	if got := p.must(a, "context.get", m{})["id"]; got != a.Running.ID.String() {
		t.Errorf("a is %v", got)
	}
	if got := p.must(b, "context.get", m{})["id"]; got != b.Running.ID.String() {
		t.Errorf("b is %v", got)
	}
	envelope := pack(t, m{"v": 1, "id": 1, "method": "context.get", "params": m{}})
	other := "x" + a.Secret[1:]
	if other == a.Secret {
		other = "y" + a.Secret[1:]
	}
	for _, secret := range []string{"", a.Path, a.Secret[:42], a.Secret + "A", other} {
		if r := p.send(secret, envelope); r.code() != "session.ended" || r.ID != 1 {
			t.Errorf("secret of %d characters: %q", len(secret), r.code())
		}
	}
	p.bridge.Close(a.Secret)
	if r := p.send(a.Secret, envelope); r.code() != "session.ended" {
		t.Errorf("after Close: %q", r.code())
	}
	if r := p.send(b.Secret, envelope); r.code() != "" {
		t.Errorf("the other session ended too: %q", r.code())
	}
}

func TestTheContextIsWhatThePageAndTheManifestSay(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	got := p.must(s, "context.get", m{})
	want := map[string]any{
		"id": s.Running.ID.String(), "name": "hello", "title": "Hello", "version": "1.0.0",
		"prefix": s.Running.ID.TablePrefix(), "theme": "dark", "locale": "de-AT", "platform": "linux", "reducedMotion": false,
	}
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s = %v, want %v", key, got[key], value)
		}
	}
	if len(got) != len(want) {
		t.Errorf("context %v", got)
	}
}

func TestFilesComeFromTheOwnPackageByExactName(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(map[string]string{"app/index.html": "<p>start", "app/main.js": "1", "a b/ü.txt": "u"}, bundletest.With("entry", "app/index.html")))
	other := p.open(p.install(map[string]string{"secret.txt": "s"}, bundletest.With("name", "other")))
	if s.Entry != "app/__entry.html" || other.Entry != "start.html" {
		t.Errorf("entries %q, %q", s.Entry, other.Entry)
	}
	ctx := context.Background()
	for _, c := range []struct{ segment, file, want string }{
		{s.Path, "app/__entry.html", "<p>start"},
		{s.Path, "app/main.js", "1"},
		{s.Path, "a b/ü.txt", "u"},
		{s.Path, "secret.txt", ""},
		{s.Path, "__entry.html", ""},
		{s.Path, "", ""},
		{s.Path, "app", ""},
		{s.Path, "app/", ""},
		{s.Path, "/app/main.js", ""},
		{s.Path, "app/../app/main.js", ""},
		{s.Path, "../" + other.Path + "/secret.txt", ""},
		{s.Path, "app\\main.js", ""},
		{s.Path, "APP/MAIN.JS", ""},
		{s.Path, "app/main.js\x00", ""},
		{other.Path, "app/main.js", ""},
		{s.Secret, "app/main.js", ""},
		{"", "app/main.js", ""},
	} {
		data, _, ok := p.bridge.Asset(ctx, c.segment, c.file)
		if ok != (c.want != "") || string(data) != c.want {
			t.Errorf("%q: %q %v", c.file, data, ok)
		}
	}
	p.bridge.CloseApp(s.Running.ID)
	if _, _, ok := p.bridge.Asset(ctx, s.Path, "app/main.js"); ok {
		t.Error("a file outlives its session")
	}
}

func TestOnlySoManySessions(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil)
	for range maxSessions {
		p.open(id)
	}
	if _, err := p.bridge.Open(context.Background(), id, Environment{}); fault.Code(err) != "quota.sessions" {
		t.Errorf("error %v", err)
	}
	p.bridge.CloseSessions()
	p.open(id)
	if list := p.bridge.Sessions(); len(list) != 1 || list[0].Ready {
		t.Errorf("sessions %+v", list)
	}
}

func TestReadyIsSeenByTheHost(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	p.must(s, "lifecycle.ready", m{})
	if info, ok := p.bridge.Info(s.Secret); !ok || !info.Ready {
		t.Errorf("%+v %v", info, ok)
	}
}
