package external

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

var forms = map[string]form{"raw X25519": rawX25519, "SPKI P-256": spkiP256, "SPKI X25519": spkiX25519}

func TestProgramIsAskedAboutAndThenAnswered(t *testing.T) {
	for name, f := range forms {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			p := newPeer(t, f)
			if m := p.connect(h, passwordsApp); m["type"] != "handshakeResponse" || m["authorized"] != false || m["pendingApproval"] != true {
				t.Fatal(m)
			}
			q := h.question()
			if q.Client.Name != "Browser" || q.Client.Origin != browser || q.App != passwordsApp || q.Title != "Passwords" || strings.ReplaceAll(q.Mark, " ", "") != p.key.id() {
				t.Fatalf("%+v", q)
			}
			if err := h.clients.Answer(t.Context(), q.ID, true, true); err != nil {
				t.Fatal(err)
			}
			if m := p.read(); m["type"] != "authorizationUpdate" || m["authorized"] != true {
				t.Fatal(m)
			}
			a := p.asks(passwordsApp, "get-items")
			if a["requestId"] != "r1" || a["success"] != true || fmt.Sprint(a["data"]) != "map[did:get-items]" {
				t.Fatal(a)
			}
			p.send(map[string]any{"type": "ping"})
			if m := p.read(); m["type"] != "pong" {
				t.Fatal(m)
			}
			// In a vault that was opened again nobody is asked.
			h.server.Close()
			h.start()
			if m := p.connect(h, passwordsApp); m["authorized"] != true || h.clients.Question() != nil {
				t.Fatal(m)
			}
		})
	}
}

func TestUntilLockedIsNotKept(t *testing.T) {
	h := newHouse(t)
	p := newPeer(t, rawX25519)
	p.connect(h, passwordsApp)
	h.says(true, false)
	if m := p.read(); m["authorized"] != true {
		t.Fatal(m)
	}
	if m := p.greet(passwordsApp); m["authorized"] != true {
		t.Fatal(m)
	}
	h.server.Close()
	h.start()
	if m := p.connect(h, passwordsApp); m["authorized"] != false || m["pendingApproval"] != true {
		t.Fatal(m)
	}
}

func TestNoIsNo(t *testing.T) {
	h := newHouse(t)
	p := newPeer(t, rawX25519)
	p.connect(h, passwordsApp)
	p.send(p.request(passwordsApp, "get-items", "r1"))
	if m := p.read(); m["type"] != "error" || m["code"] != codeUnauthorized {
		t.Fatal("asked before the person answered", m)
	}
	h.says(false, false)
	if m := p.read(); m["type"] != "authorizationUpdate" || m["authorized"] != false {
		t.Fatal(m)
	}
	// It may try again, and hears no without anybody being asked.
	if m := p.connect(h, passwordsApp); m["authorized"] != false || m["pendingApproval"] != false || h.clients.Question() != nil {
		t.Fatal(m)
	}
	if _, _, err := p.ws.Read(t.Context()); err == nil {
		t.Error("the connection goes on")
	}
	// Until the person takes the no back.
	if err := h.clients.Forget(t.Context(), p.key.text, browser, passwordsApp.String()); err != nil {
		t.Fatal(err)
	}
	if m := p.connect(h, passwordsApp); m["pendingApproval"] != true {
		t.Fatal(m)
	}
}

func TestOnlyTheAppThatWasAllowed(t *testing.T) {
	h := newHouse(t)
	p := h.allowed(rawX25519)
	if a := p.asks(notesApp, "get-items"); a["success"] != false || a["errorCode"] != codeDenied {
		t.Error(a)
	}
	if !slices.Contains(h.noted, "refused notes Browser get-items") {
		t.Error(h.noted)
	}
	odd := p.request(passwordsApp, "get-items", "r1")
	odd["extensionPublicKey"] = "__core__"
	p.send(odd)
	if a := p.answer(); a["errorCode"] != codeNotFound {
		t.Error(a)
	}
	// Another program that uses the same key is another one where its origin is.
	other := *p
	other.ws, _ = h.dial(nil)
	if m := other.greet(passwordsApp); m["authorized"] != false {
		t.Error(m)
	}
}

func TestNothingToAskIsNotAsked(t *testing.T) {
	h := newHouse(t)
	p := newPeer(t, rawX25519)
	if m := p.connect(h, absentApp); m["authorized"] != false || m["pendingApproval"] != false || h.clients.Question() != nil {
		t.Fatal(m)
	}
}

func TestTakenBackCountsAtOnce(t *testing.T) {
	h := newHouse(t)
	p := h.allowed(rawX25519)
	began := make(chan struct{})
	h.mu.Lock()
	h.answers = func(ctx context.Context, _ Request) (Answer, error) {
		close(began)
		<-ctx.Done()
		return Answer{}, context.Cause(ctx)
	}
	h.mu.Unlock()
	p.send(p.request(passwordsApp, "get-items", "r1"))
	<-began
	if err := h.clients.ForgetApp(t.Context(), passwordsApp); err != nil {
		t.Fatal(err)
	}
	// The answer that was waited for, and the news, in any order.
	for range 2 {
		switch m := p.read(); m["type"] {
		case "authorizationUpdate":
			if m["authorized"] != false {
				t.Error(m)
			}
		case "response":
		default:
			t.Error(m)
		}
	}
	p.send(p.request(passwordsApp, "get-items", "r2"))
	if m := p.read(); m["code"] != codeUnauthorized {
		t.Error(m)
	}
	if len(h.kept) != 0 || len(h.clients.List(t.Context())) != 0 {
		t.Error("something is kept", h.kept)
	}
	want := []string{"decided passwords Browser allow", "decided passwords Browser "}
	if !slices.Equal(h.noted, want) {
		t.Error(h.noted)
	}
}

func TestAFailureHasACode(t *testing.T) {
	h := newHouse(t)
	p := h.allowed(rawX25519)
	for code, fails := range map[string]error{
		codeTimeout:  fault.New("peers.not_running", "It did not start."),
		codeTooMany:  fault.New("external.busy", "Busy."),
		codeNotFound: fault.New("extension.not_found", "Gone."),
		codeFailed:   fmt.Errorf("secret inside"),
	} {
		h.mu.Lock()
		h.answers = func(context.Context, Request) (Answer, error) { return Answer{}, fails }
		h.mu.Unlock()
		a := p.asks(passwordsApp, "get-items")
		if a["success"] != false || a["errorCode"] != code || strings.Contains(fmt.Sprint(a), "secret inside") {
			t.Error(code, a)
		}
	}
	h.mu.Lock()
	h.answers = func(context.Context, Request) (Answer, error) {
		return Answer{Success: true, Data: []byte(`"` + strings.Repeat("x", maxAnswer) + `"`)}, nil
	}
	h.mu.Unlock()
	if a := p.asks(passwordsApp, "get-items"); a["errorCode"] != codeFailed {
		t.Error(a)
	}
}

func TestNameIsTheOneThatThePersonSaw(t *testing.T) {
	h := newHouse(t)
	p := newPeer(t, rawX25519)
	p.name = " Bank\u202e\n\u200b of  Ada " + strings.Repeat("y", 200)
	p.connect(h, passwordsApp)
	q := h.question()
	if !strings.HasPrefix(q.Client.Name, "Bank of Ada yyy") || len([]rune(q.Client.Name)) != maxName {
		t.Errorf("%q", q.Client.Name)
	}
	if err := h.clients.Answer(t.Context(), q.ID, true, true); err != nil {
		t.Fatal(err)
	}
	p.read()
	p.name = "Alcove"
	p.connect(h, passwordsApp)
	var asked Client
	h.mu.Lock()
	h.answers = func(_ context.Context, r Request) (Answer, error) {
		asked = r.Client
		return Answer{Success: true}, nil
	}
	h.mu.Unlock()
	if p.asks(passwordsApp, "get-items"); asked.Name != q.Client.Name {
		t.Errorf("%q", asked.Name)
	}
}

func TestQuestionIsSeenBeforeItIsAnswered(t *testing.T) {
	h := newHouse(t)
	newPeer(t, rawX25519).connect(h, passwordsApp)
	q := h.clients.Question()
	if err := h.clients.Answer(t.Context(), q.ID, true, true); fault.Code(err) != "prompt.armed" {
		t.Error(err)
	}
	if err := h.clients.Shown(q.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.clients.Answer(t.Context(), q.ID, true, true); fault.Code(err) != "prompt.armed" {
		t.Error(err)
	}
	if err := h.clients.Answer(t.Context(), q.ID+1, true, true); fault.Code(err) != "prompt.gone" {
		t.Error(err)
	}
}

// TestQuestionsAreBounded: programs can make themselves keys without end.
func TestQuestionsAreBounded(t *testing.T) {
	h := newHouse(t)
	asked := func() (n int) {
		for range maxQuestions * 2 {
			p := newPeer(t, rawX25519)
			if p.connect(h, passwordsApp)["pendingApproval"] == true {
				n++
			}
			_ = p.ws.CloseNow()
		}
		return n
	}
	if n := asked(); n != questionsBurst {
		t.Errorf("%d questions at once", n)
	}
	h.ahead.Add(int64(questionEvery) * maxQuestions * 2)
	if n := asked(); n != questionsBurst || h.clients.Question().Waiting != maxQuestions-1 {
		t.Errorf("%d more questions, %d wait", n, h.clients.Question().Waiting)
	}
	h.clients.Withdraw()
	if h.clients.Question() != nil {
		t.Error("still asked")
	}
}
