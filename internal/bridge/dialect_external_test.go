package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bridge/haex"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
)

const eventRequested = "haextension:external:request"

var browserAsks = External{Name: "Browser", Request: haex.Request{Key: "key", Action: "get-items", Payload: json.RawMessage(`{"requestId":"theirs","n":1.5,"list":[true,null,"ü"]}`)}}

// published puts a haex package into the vault.
func (p haexPlace) published() manifest.ID {
	p.t.Helper()
	review, err := p.apps.Stage(p.t.Context(), bundletest.BuildHaex(p.t, nil), extension.Source{Kind: "cli", FileName: "a.xt"})
	if err != nil {
		p.t.Fatal(err)
	}
	id, err := p.apps.Accept(p.t.Context(), review.ID, nil, true, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// answered is what became of a request.
type answered struct {
	haex.Response
	err error
}

func (p haexPlace) request(ctx context.Context, id manifest.ID, r External) <-chan answered {
	done := make(chan answered, 1)
	go func() {
		answer, err := p.bridge.AskExternal(ctx, id, r)
		done <- answered{answer, err}
	}()
	return done
}

// started is an open haex app that says it has started.
func (p haexPlace) started() (*Session, manifest.ID) {
	p.t.Helper()
	id := p.published()
	s := p.open(id)
	p.good(s, "extension_context_get", m{})
	return s, id
}

func TestAHaexAppAnswersAnotherProgram(t *testing.T) {
	p := newHaexPlace(t)
	s, id := p.started()
	done := p.request(t.Context(), id, browserAsks)
	data := p.until(s, eventRequested)["data"].(map[string]any)
	own := data["requestId"].(string)
	payload := data["payload"].(map[string]any)
	if data["publicKey"] != "key" || data["action"] != "get-items" || payload["requestId"] != "theirs" || payload["n"] != 1.5 || own == "theirs" {
		t.Fatal(data)
	}
	p.good(s, "external_bridge_respond", m{"requestId": own, "success": true, "data": m{"items": []any{m{"title": "ü"}}}})
	got := <-done
	if got.err != nil || !got.Success || string(got.Data.JSON()) != `{"items":[{"title":"ü"}]}` {
		t.Fatalf("%+v %s", got, got.Data.JSON())
	}
	// There is one answer to a request.
	if number, _ := p.code(s, "external_bridge_respond", m{"requestId": own, "success": true}); number != 1001 {
		t.Errorf("answered twice: %d", number)
	}
	done = p.request(t.Context(), id, browserAsks)
	own = p.until(s, eventRequested)["data"].(map[string]any)["requestId"].(string)
	p.good(s, "external_bridge_respond", m{"requestId": own, "success": false, "error": "no such item"})
	if got := <-done; got.err != nil || got.Success || got.Error != "no such item" || got.Data != nil {
		t.Errorf("%+v", got)
	}
	if got := p.recorded(methodExternal); !slices.Equal(got, []string{"allowed ", "allowed external.failed"}) {
		t.Errorf("%q", got)
	}
}

// TestARequestIsItsFramesOwn: no other frame can answer it.
func TestARequestIsItsFramesOwn(t *testing.T) {
	p := newHaexPlace(t)
	s, id := p.started()
	other := p.open(p.install(nil, named("other")))
	done := p.request(t.Context(), id, browserAsks)
	own := p.until(s, eventRequested)["data"].(map[string]any)["requestId"].(string)
	if number, _ := p.code(other, "external_bridge_respond", m{"requestId": own, "success": true, "data": "stolen"}); number != 1001 {
		t.Errorf("another app answers: %d", number)
	}
	p.good(s, "external_bridge_respond", m{"requestId": own, "success": true})
	if got := <-done; got.err != nil || got.Data != nil {
		t.Errorf("%+v", got)
	}
}

func TestARequestEndsWithItsFrameAndItsTime(t *testing.T) {
	p := newHaexPlace(t)
	s, id := p.started()
	late := errors.New("late")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := p.request(ctx, id, browserAsks)
	own := p.until(s, eventRequested)["data"].(map[string]any)["requestId"].(string)
	cancel(late)
	if got := <-done; !errors.Is(got.err, late) {
		t.Errorf("%+v", got)
	}
	if number, _ := p.code(s, "external_bridge_respond", m{"requestId": own, "success": true}); number != 1001 {
		t.Errorf("answered too late: %d", number)
	}
	done = p.request(t.Context(), id, browserAsks)
	p.until(s, eventRequested)
	p.bridge.CloseApp(id)
	if got := <-done; fault.Code(got.err) != "session.ended" {
		t.Errorf("%+v", got)
	}
}

// TestAnAppThatJustStartedIsAskedAgain: the SDK says no for it until it has said
// what it answers.
func TestAnAppThatJustStartedIsAskedAgain(t *testing.T) {
	p := newHaexPlace(t)
	id := p.published()
	done := p.request(t.Context(), id, browserAsks)
	woken := p.page.await(func(i item) bool { return i.kind == eventWake })
	if woken.data["extension"] != id.String() {
		t.Fatal(woken)
	}
	s := p.open(id)
	p.good(s, "extension_context_get", m{})
	for i, answer := range []m{
		{"success": false, "error": "No handler registered for action: get-items"},
		{"success": true, "data": 7},
	} {
		own := p.until(s, eventRequested)["data"].(map[string]any)["requestId"].(string)
		answer["requestId"] = own
		if p.good(s, "external_bridge_respond", answer); i == 0 {
			select {
			case got := <-done:
				t.Fatalf("%+v", got)
			default:
			}
		}
	}
	if got := <-done; got.err != nil || string(got.Data.JSON()) != "7" {
		t.Errorf("%+v", got)
	}
}

func TestAFrameHasSoManyRequestsBeforeIt(t *testing.T) {
	p := newHaexPlace(t)
	s, id := p.started()
	ctx, cancel := context.WithCancel(t.Context())
	var waiting []<-chan answered
	for range 16 {
		waiting = append(waiting, p.request(ctx, id, browserAsks))
		p.until(s, eventRequested)
	}
	if got := <-p.request(ctx, id, browserAsks); fault.Code(got.err) != "external.busy" {
		t.Errorf("%+v", got)
	}
	cancel()
	for _, done := range waiting {
		<-done
	}
}

func TestOnlyHaexAppsAreAsked(t *testing.T) {
	p := newHaexPlace(t)
	if _, err := p.bridge.Askable(t.Context(), p.install(nil)); fault.Code(err) != "external.no_requests" {
		t.Error(err)
	}
	if _, err := p.bridge.Askable(t.Context(), bundletest.ID(9, "nobody")); fault.Code(err) != "extension.not_found" {
		t.Error(err)
	}
	id := p.published()
	if title, err := p.bridge.Askable(t.Context(), id); err != nil || title == "" {
		t.Error(title, err)
	}
	if err := p.apps.Disable(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := <-p.request(t.Context(), id, browserAsks); fault.Code(got.err) != "extension.disabled" {
		t.Errorf("%+v", got)
	}
}

// TestTheLedgerTellsWhoAskedForWhat, and nothing of what was said.
func TestTheLedgerTellsWhoAskedForWhat(t *testing.T) {
	p := newHaexPlace(t)
	_, id := p.started()
	p.bridge.RefuseExternal(t.Context(), id, browserAsks)
	lines, err := p.counts().Activity(t.Context(), ledger.Filter{Show: ledger.ShowRefused}, ledger.Cursor{}, 10)
	if err != nil || len(lines) != 1 || lines[0].Resource != "external" || lines[0].Target != "get-items Browser" {
		t.Fatal(lines, err)
	}
	if all, _ := json.Marshal(lines); strings.Contains(string(all), "theirs") {
		t.Error("the payload is written down")
	}
}
