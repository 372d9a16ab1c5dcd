package bridge

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/permission/ledger"
)

// blockedLines are what the ledger has of pages that were kept from something,
// the first first.
func (p *place) blockedLines() (list []string) {
	p.t.Helper()
	lines, err := p.counts().Activity(context.Background(), ledger.Filter{Show: ledger.ShowRefused}, ledger.Cursor{}, ledger.MaxPage)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, l := range lines {
		list = append([]string{fmt.Sprintf("%s %s %s %s", l.Verdict, l.Resource, l.Action, l.Target)}, list...)
	}
	return list
}

// TestWhatAPageWasKeptFromIsInTheLedger by kind and host, and nothing of what
// the address holds besides.
func TestWhatAPageWasKeptFromIsInTheLedger(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	for _, r := range [][2]string{
		{"img-src", "https://Img.Example.com:8443/pixel?who=me"},
		{"style-src-elem", "http://css.example/a.css"},
		{"connect-src", "https://api.example/"},
		{"connect-src", "wss://live.example/socket"},
		{"frame-src", "https://[2001:db8::1]/"},
		{"prefetch-src", "https://early.example/"},
		{"img-src", "https://user:secret@named.example/"},
		// What no engine writes so is not shown.
		{"img-src", "https://safe.example\u202egpj/"},
		{"img-src", "https://" + strings.Repeat("a", 400) + "/"},
		{"img-src", "https://%zz/"},
		// These reach nothing outside.
		{"img-src", "data:image/png;base64,AA"},
		{"script-src", "inline"},
		{"script-src", "eval"},
		{"font-src", "wails://wails/_ext/x/a.woff"},
		{"img-src", ""},
	} {
		p.bridge.Blocked(s.Path, r[0], r[1])
	}
	p.bridge.Blocked(s.Secret, "img-src", "https://by-secret.example/")
	p.bridge.Blocked(s.ID, "img-src", "https://by-name.example/")
	want := []string{
		"blocked net image https://img.example.com:8443", "blocked net style http://css.example", "blocked net connect https://api.example",
		"blocked net socket wss://live.example", "blocked net frame https://[2001:db8::1]", "blocked net load https://early.example",
		"blocked net image https://named.example",
		"blocked net image ", "blocked net image ", "blocked net image ",
	}
	if diff := cmp.Diff(want, p.blockedLines()); diff != "" {
		t.Error(diff)
	}
	p.bridge.Close(s.Secret)
	p.bridge.Blocked(s.Path, "img-src", "https://late.example/")
	if got := p.blockedLines(); len(got) != len(want) {
		t.Errorf("after the end of the session: %v", got)
	}
}

// TestReportsAreBounded, however many an app makes up: in number, in names and
// in what is written without one.
func TestReportsAreBounded(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	moment := time.Now()
	p.bridge.now = func() time.Time { return moment }
	names := func(prefix string) {
		for i := range 1000 {
			p.bridge.Blocked(s.Path, "img-src", fmt.Sprintf("https://%s%d.example/", prefix, i))
		}
	}
	names("a")
	if got := p.blockedLines(); len(got) != maxReported+1 || got[maxReported] != "blocked net image " {
		t.Fatalf("%d lines, the last is %q", len(got), got[len(got)-1])
	}
	moment = moment.Add(time.Hour)
	names("b")
	if got := p.blockedLines(); len(got) != maxReported+2 {
		t.Errorf("an hour later there are %d lines", len(got))
	}
	// What is known goes on being counted, as often as the rate lets it.
	moment = moment.Add(time.Hour)
	for range 1000 {
		p.bridge.Blocked(s.Path, "img-src", "https://a0.example/")
	}
	targets, err := p.counts().Targets(context.Background(), s.Running.Row, "net", "image", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range targets {
		if target.Target == "https://a0.example" && target.Refused != 1+reportsInABurst {
			t.Errorf("a host that is known was counted %d times", target.Refused)
		}
	}
	if len(targets) != maxReported+1 {
		t.Errorf("%d targets", len(targets))
	}
}

// TestAReportGrantsNothing: what was reported is judged as before.
func TestAReportGrantsNothing(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	const url = "https://api.example/"
	if _, code := p.call(s, "net.fetch", m{"url": url}); code != "permission.undeclared" {
		t.Fatal(code)
	}
	for range 10 {
		p.bridge.Blocked(s.Path, "connect-src", url)
	}
	if _, code := p.call(s, "net.fetch", m{"url": url}); code != "permission.undeclared" {
		t.Error(code)
	}
}
