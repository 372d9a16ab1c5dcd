package extension_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
)

// recording is a vault with its ledger.
func recording(t *testing.T) (*vault, *ledger.Ledger) {
	t.Helper()
	v := newVault(t)
	l := ledger.Open(v.st, ledger.Options{})
	t.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil {
			t.Error(err)
		}
		v.Close()
	})
	return v, l
}

func called(row int64, resource, action, target string, verdict permission.Verdict) ledger.Entry {
	code := ""
	if verdict != permission.Allowed {
		code = "permission." + string(verdict)
	}
	return ledger.Entry{
		Extension: row, Method: resource + "." + action, Verdict: verdict, Code: code,
		Key: permission.Key{Resource: resource, Action: action, Target: target}, Took: time.Millisecond,
	}
}

func TestAccessIsWhatAppsMayDoDidAndTried(t *testing.T) {
	v, l := recording(t)
	hosts := asks("net", "fetch", "https://*.example.com/*", false)
	id := v.install(feedReader(t, "1.0.0", nil, hosts, clip), choice(hosts, permission.Ask), choice(clip, permission.Deny))
	run := v.start(id)
	defer run.Close()
	granted := permission.Key{Resource: "net", Action: "fetch", Target: "https://api.example.com/*"}
	if err := v.Grant(t.Context(), id, permission.Grant{Key: granted, Decision: permission.Allow, How: permission.HowPrompt}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		l.Record(called(run.Row, "net", "fetch", "https://api.example.com/feed?secret", permission.Allowed))
		l.Record(called(run.Row, "db", permission.Own, "", permission.Allowed))
	}
	l.Record(called(run.Row, "net", "fetch", "https://other.example.com/", permission.Denied))
	l.Record(called(run.Row, "shell", "run", "git", permission.Undeclared))
	all, err := v.Access(t.Context(), l, "")
	if err != nil || len(all) != 1 || all[0].ID != id.String() {
		t.Fatalf("%+v %v", all, err)
	}
	var got []string
	for _, c := range all[0].Cells {
		got = append(got, c.Capability+" "+c.State)
	}
	if want := []string{"own allow", "net allow", "clipboard deny", "shell undeclared"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	net := all[0].Cells[1]
	if net.Done != 3 || net.Refused != 1 || net.Allowed != 1 || net.Ask != 1 || net.How != permission.HowPrompt || net.Names != 1 || net.LastUsed == 0 {
		t.Errorf("%+v", net)
	}
	if own := all[0].Cells[0]; own.Done != 3 {
		t.Errorf("%+v", own)
	}

	in, err := v.Inspect(t.Context(), l, id, permission.CapNet, 0)
	if err != nil || len(in.Rules) != 2 || len(in.Others) != 0 || in.Today.Done != 3 || in.Cell.Done != 3 {
		t.Fatalf("%+v %v", in, err)
	}
	wide, narrow := in.Rules[0], in.Rules[1]
	if !wide.Declared || len(wide.Targets) != 1 || wide.Targets[0].Target != "https://other.example.com" || wide.Refused != 1 {
		t.Errorf("%+v", wide)
	}
	if narrow.Declared || narrow.Done != 3 || len(narrow.Targets) != 1 || !narrow.Decided || narrow.How != permission.HowPrompt ||
		narrow.Sentence == "" || narrow.EndsAt-narrow.DecidedAt < permission.UnusedTime.Milliseconds() {
		t.Errorf("%+v", narrow)
	}
	if text := segments(in.Leave); !strings.Contains(text, "api.example.com") {
		t.Errorf("what could leave: %s", text)
	}
	shell, err := v.Inspect(t.Context(), l, id, permission.CapShell, 0)
	if err != nil || len(shell.Rules) != 0 || len(shell.Others) != 1 || shell.Others[0].Target != "git" || shell.Cell.State != extension.StateUndeclared {
		t.Errorf("%+v %v", shell, err)
	}
	whole, err := v.Inspect(t.Context(), l, id, "", 0)
	if err != nil || len(whole.Rules) != 5 || whole.Cell.Done != 6 {
		t.Errorf("%d rules, %+v, %v", len(whole.Rules), whole.Cell, err)
	}

	if err := v.SetPolicy(t.Context(), permission.Policy{"net": true}); err != nil {
		t.Fatal(err)
	}
	if all, err = v.Access(t.Context(), l, ""); err != nil || all[0].Cells[1].State != extension.StateForbidden {
		t.Errorf("with no network in this vault: %+v %v", all[0].Cells[1], err)
	}
	if in, err = v.Inspect(t.Context(), l, id, permission.CapNet, 0); err != nil || !in.Rules[0].Forbidden || strings.Contains(segments(in.Leave), "api.example.com") {
		t.Errorf("with no network in this vault: %s %v", segments(in.Leave), err)
	}
	for text, n := range map[string]int{"FEED": 1, "api.exa": 1, "other.example": 1, "git": 1, "nowhere": 0} {
		if found, err := v.Access(t.Context(), l, text); err != nil || len(found) != n {
			t.Errorf("%q finds %d, %v", text, len(found), err)
		}
	}
	nobody := parse(t, strings.Replace(id.String(), ".feed-reader", ".nobody", 1))
	_, err = v.Inspect(t.Context(), l, nobody, permission.CapNet, 0)
	wantCode(t, err, extension.CodeNotFound)
}

func segments(list []permission.Segment) string {
	var b strings.Builder
	for _, s := range list {
		b.WriteString(s.Text)
	}
	return b.String()
}

func TestActivityNamesItsApp(t *testing.T) {
	v, l := recording(t)
	id := v.install(feedReader(t, "1.0.0", nil, feeds))
	run := v.start(id)
	defer run.Close()
	first, err := v.Activity(t.Context(), l, extension.ActivityQuery{Limit: 10})
	if err != nil || len(first.Lines) != 1 || first.Lines[0].Kind != "installed" || first.Lines[0].ID != id.String() || first.More {
		t.Fatalf("%+v %v", first, err)
	}
	for range 520 {
		l.Record(called(run.Row, "db", permission.Own, "", permission.Allowed))
	}
	since, err := v.Activity(t.Context(), l, extension.ActivityQuery{Seen: &first.Newest, Limit: 200})
	if err != nil || len(since.Lines) != 200 || !since.More || since.Lines[0].Kind != ledger.KindCall {
		t.Fatalf("%d lines since, %v", len(since.Lines), err)
	}
	var lines, counted int
	q := extension.ActivityQuery{ID: &id, Limit: 200}
	for {
		page, err := v.Activity(t.Context(), l, q)
		if err != nil {
			t.Fatal(err)
		}
		lines += len(page.Lines)
		for _, c := range page.Counted {
			if c.ID != id.String() {
				t.Errorf("%+v", c)
			}
			counted += int(c.Done)
		}
		if !page.More {
			break
		}
		last := page.Lines[len(page.Lines)-1]
		q.After = &ledger.Cursor{At: last.At, ID: last.Line.ID, Change: last.Kind != ledger.KindCall}
	}
	if lines != 501 || counted < 20 || counted > 520 {
		t.Errorf("%d lines, and %d calls that are only counted", lines, counted)
	}
	nobody := manifest.ID{Name: "nobody"}
	_, err = v.Activity(t.Context(), l, extension.ActivityQuery{ID: &nobody})
	wantCode(t, err, extension.CodeNotFound)
}
