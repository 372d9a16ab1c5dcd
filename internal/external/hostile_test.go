package external

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/alcove-vault/alcove/internal/manifest"
)

func TestPagesAreRefused(t *testing.T) {
	h := newHouse(t)
	port := strconv.Itoa(h.server.Port())
	for name, c := range map[string]struct {
		header http.Header
		status int
	}{
		"no browser":          {nil, http.StatusSwitchingProtocols},
		"Chrome's extension":  {http.Header{"Origin": {browser}}, http.StatusSwitchingProtocols},
		"Firefox's extension": {http.Header{"Origin": {"moz-extension://6a1f0c2e-0000-4000-8000-000000000000"}}, http.StatusSwitchingProtocols},
		"Safari's extension":  {http.Header{"Origin": {"safari-web-extension://6A1F0C2E"}}, http.StatusSwitchingProtocols},
		"a page":              {http.Header{"Origin": {"https://bank.example"}}, http.StatusForbidden},
		"a page here":         {http.Header{"Origin": {"http://localhost:" + port}}, http.StatusForbidden},
		"a sandboxed frame":   {http.Header{"Origin": {"null"}}, http.StatusForbidden},
		"a file":              {http.Header{"Origin": {"file://"}}, http.StatusForbidden},
		"more than an origin": {http.Header{"Origin": {browser + "/page"}}, http.StatusForbidden},
		"two origins":         {http.Header{"Origin": {browser, "https://bank.example"}}, http.StatusForbidden},
		"no host":             {http.Header{"Origin": {"chrome-extension://"}}, http.StatusForbidden},
		"another name":        {http.Header{"Host": {"bank.example:" + port}}, http.StatusForbidden},
		"another port":        {http.Header{"Host": {"localhost:1"}}, http.StatusForbidden},
		"an app of Alcove's":  {http.Header{"User-Agent": {appsAgent}}, http.StatusForbidden},
	} {
		ws, status := h.dial(c.header)
		if status != c.status {
			t.Errorf("%s: %d", name, status)
		}
		if ws != nil {
			_ = ws.CloseNow()
		}
	}
}

// TestHostileMessages: each is answered with its code, and the server goes on.
func TestHostileMessages(t *testing.T) {
	h := newHouse(t)
	p := h.allowed(rawX25519)
	other := newPeer(t, rawX25519)
	good := func() map[string]any { return p.request(passwordsApp, "get-items", "r1") }
	with := func(key string, value any) func() []byte {
		return func() []byte { m := good(); m[key] = value; return encode(t, m) }
	}
	for name, c := range map[string]struct {
		send func() []byte
		code string
	}{
		"nothing":           {func() []byte { return nil }, codeParse},
		"no JSON":           {func() []byte { return []byte("{") }, codeParse},
		"a list":            {func() []byte { return []byte("[]") }, codeParse},
		"two objects":       {func() []byte { return []byte(`{"type":"ping"}{"type":"ping"}`) }, codeParse},
		"no UTF-8":          {func() []byte { return []byte("{\"type\":\"ping\xff\"}") }, codeParse},
		"no type":           {func() []byte { return []byte(`{}`) }, codeParse},
		"deep":              {func() []byte { return []byte(`{"type":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`) }, codeParse},
		"no client":         {func() []byte { return []byte(`{"type":"handshake","version":1}`) }, codeParse},
		"an odd action":     {with("action", "get items\n"), codeParse},
		"no action":         {with("action", ""), codeParse},
		"another client":    {with("clientId", other.key.id()), codeUnauthorized},
		"another key":       {with("publicKey", other.key.text), codeDecryption},
		"no key":            {with("publicKey", ""), codeDecryption},
		"a key of zeros":    {with("publicKey", base64.StdEncoding.EncodeToString(make([]byte, 32))), codeDecryption},
		"a key of a kind":   {with("publicKey", newPeer(t, spkiP256).key.text), codeDecryption},
		"a short IV":        {with("iv", "AAAA"), codeDecryption},
		"an empty message":  {with("message", ""), codeDecryption},
		"no base64":         {with("message", "*"), codeDecryption},
		"no object inside":  {func() []byte { return encode(t, p.sealed(passwordsApp, "a", []byte(`[]`))) }, codeParse},
		"no requestId":      {func() []byte { return encode(t, p.sealed(passwordsApp, "a", []byte(`{}`))) }, codeParse},
		"a long requestId":  {func() []byte { return encode(t, p.request(passwordsApp, "a", strings.Repeat("r", maxID+1))) }, codeParse},
		"numbers for texts": {with("message", 7), codeParse},
		"sealed for another": {func() []byte {
			return encode(t, (&peer{t: t, key: p.key, server: other.key}).request(passwordsApp, "a", "r1"))
		}, codeDecryption},
	} {
		p.write(c.send())
		if m := p.read(); m["type"] != "error" || m["code"] != c.code {
			t.Errorf("%s: %v", name, m)
		}
		h.calm(p)
	}
	again := encode(t, good())
	p.write(again)
	if a := p.answer(); a["success"] != true {
		t.Fatal(a)
	}
	p.write(again)
	if m := p.read(); m["code"] != codeReplayed {
		t.Error("a message counts twice", m)
	}
	// Nor is it of use in another connection.
	p.connect(h, passwordsApp)
	p.write(again)
	if m := p.read(); m["code"] != codeDecryption {
		t.Error("a message of another connection opens", m)
	}
}

// calm connects again, so that no test is about the rate.
func (h *house) calm(p *peer) {
	_ = p.ws.CloseNow()
	if m := p.connect(h, passwordsApp); m["authorized"] != true {
		h.t.Fatal(m)
	}
}

func TestHostileHandshakes(t *testing.T) {
	h := newHouse(t)
	p, other := newPeer(t, rawX25519), newPeer(t, rawX25519)
	client := func(key string, value any) map[string]any {
		m := p.hand(passwordsApp)
		m["client"].(map[string]any)[key] = value
		return m
	}
	version := p.hand(passwordsApp)
	version["version"] = 3
	for name, c := range map[string]struct {
		send map[string]any
		code string
	}{
		"an id of another key": {client("clientId", other.key.id()), codeHandshake},
		"no id":                {client("clientId", ""), codeHandshake},
		"no key":               {client("publicKey", "AAAA"), codeHandshake},
		"a version to come":    {version, codeHandshake},
		"too many extensions":  {p.hand(append(make([]manifest.ID, maxAsked), passwordsApp)...), codeParse},
	} {
		p.ws, _ = h.dial(nil)
		p.send(c.send)
		if m := p.read(); m["type"] != "error" || m["code"] != c.code {
			t.Errorf("%s: %v", name, m)
		}
		if h.clients.Question() != nil {
			t.Fatalf("%s: the person is asked", name)
		}
		_ = p.ws.CloseNow()
	}
	p.connect(h, passwordsApp)
	p.send(other.hand(passwordsApp))
	if m := p.read(); m["code"] != codeHandshake {
		t.Error("one connection, two keys:", m)
	}
}

func TestWhatIsTooLargeOrBinaryEndsTheConnection(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct {
		kind websocket.MessageType
		size int
	}{"large": {websocket.MessageText, maxMessage + 1}, "binary": {websocket.MessageBinary, 1}} {
		ws, _ := h.dial(nil)
		_ = ws.Write(t.Context(), c.kind, bytes.Repeat([]byte(" "), c.size)) // its end may be seen already
		if _, _, err := ws.Read(t.Context()); err == nil {
			t.Errorf("%s: it goes on", name)
		}
	}
	h.allowed(rawX25519)
}

func TestConnectionsAreBounded(t *testing.T) {
	h := newHouse(t)
	var first *websocket.Conn
	for range maxConns {
		ws, status := h.dial(nil)
		if status != http.StatusSwitchingProtocols {
			t.Fatal(status)
		}
		first = ws
	}
	if _, status := h.dial(nil); status != http.StatusServiceUnavailable {
		t.Error(status)
	}
	_ = first.CloseNow()
}

func TestMessagesAndRequestsAreBounded(t *testing.T) {
	h := newHouse(t)
	p := h.allowed(rawX25519)
	h.mu.Lock()
	h.answers = func(ctx context.Context, _ Request) (Answer, error) {
		<-ctx.Done()
		return Answer{}, ctx.Err()
	}
	h.mu.Unlock()
	for i := range maxRunning {
		p.send(p.request(passwordsApp, "get-items", strconv.Itoa(i)))
	}
	if a := p.asks(passwordsApp, "get-items"); a["errorCode"] != codeTooMany {
		t.Error(a)
	}
	flood := newPeer(t, rawX25519)
	flood.ws, _ = h.dial(nil)
	refused := false
	for range messagesBurst * 4 {
		flood.send(map[string]any{"type": "ping"})
		refused = refused || flood.read()["code"] == codeTooMany
	}
	if !refused {
		t.Error("messages have no bound")
	}
}

func TestCloseEndsEverything(t *testing.T) {
	h := newHouse(t)
	p := h.allowed(rawX25519)
	began := make(chan struct{})
	h.mu.Lock()
	h.answers = func(ctx context.Context, _ Request) (Answer, error) {
		close(began)
		<-ctx.Done()
		return Answer{}, ctx.Err()
	}
	h.mu.Unlock()
	p.send(p.request(passwordsApp, "get-items", "r1"))
	<-began
	h.server.Close() // returns when everything has ended; goleak sees the rest
	for range 3 {    // what was on its way, and then the end
		if _, _, err := p.ws.Read(t.Context()); err != nil {
			return
		}
	}
	t.Error("it goes on")
}

func TestPortIsTaken(t *testing.T) {
	h := newHouse(t)
	if _, err := Serve(h.server.Port(), appsAgent, h.clients, h, h.server.log); err == nil || !strings.Contains(err.Error(), "external.port_taken") {
		t.Error(err)
	}
	if _, err := Serve(80, appsAgent, h.clients, h, h.server.log); err == nil || !strings.Contains(err.Error(), "external.port") {
		t.Error(err)
	}
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// FuzzParse: what is taken keeps to its bounds, whatever comes.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"type":"ping"}`, `{"type":"handshake","version":2,"client":{"clientId":"","requestedExtensions":[{}]}}`,
		`{"type":"request","action":"a","message":"","requestId":"r"}`, `{"a":[{}],"type":"x"}`, `{}{}`, "{\"\xff\":0}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parse(data)
		if err == nil {
			if !json.Valid(data) || m.Type == "" || m.Type == typeRequest && !plainWord(m.Action) || m.Client != nil && m.Type == typeHandshake && len(m.Client.Asked) > maxAsked {
				t.Fatalf("taken: %q", data)
			}
			if m.Client != nil && len([]rune(cleanName(m.Client.Name))) > maxName {
				t.Fatalf("a long name: %q", m.Client.Name)
			}
			_, _ = parseKey(m.Key)
		}
		if id, ok := requestID(data); ok && (id == "" || len(id) > maxID || !json.Valid(data)) {
			t.Fatalf("an id: %q", data)
		}
	})
}

// TestRefusalsDoNotCrowdOutWhatElseIsNoted: a program that may ask one app asks
// another one over and over.
func TestRefusalsDoNotCrowdOutWhatElseIsNoted(t *testing.T) {
	h := newHouse(t)
	p := h.allowed(rawX25519)
	noted := func() (n int) {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, line := range h.noted {
			if strings.HasPrefix(line, "refused ") {
				n++
			}
		}
		return n
	}
	for range refusalsBurst + 5 {
		if a := p.asks(notesApp, "get-items"); a["errorCode"] != codeDenied {
			t.Fatal(a)
		}
	}
	if n := noted(); n != refusalsBurst {
		t.Errorf("%d refusals noted", n)
	}
	h.ahead.Add(int64(refusalEvery))
	p.asks(notesApp, "get-items")
	if n := noted(); n != refusalsBurst+1 {
		t.Errorf("%d refusals noted", n)
	}
}
