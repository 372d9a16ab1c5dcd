package external

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/arming"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	passwordsApp = manifest.ID{Lineage: manifest.Key{1}, Name: "passwords"}
	notesApp     = manifest.ID{Lineage: manifest.Key{1}, Name: "notes"}
	absentApp    = manifest.ID{Lineage: manifest.Key{2}, Name: "passwords"}
)

const browser = "chrome-extension://abcdefghijklmnop"

// appsAgent is the user agent that every request of an app has.
const appsAgent = "Alcove"

// house is a vault as far as programs know it.
type house struct {
	t       *testing.T
	clients *Clients
	server  *Server
	ahead   atomic.Int64 // nanoseconds that the clock of questions is ahead
	told    chan struct{}

	mu      sync.Mutex
	answers func(context.Context, Request) (Answer, error)
	kept    []Kept
	noted   []string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, told: make(chan struct{}, 1)}
	h.answers = func(_ context.Context, r Request) (Answer, error) {
		return Answer{Success: true, Data: []byte(`{"did":"` + r.Action + `"}`)}, nil
	}
	h.start()
	return h
}

// start opens the vault, with what was kept before.
func (h *house) start() {
	h.t.Helper()
	var err error
	if h.clients, err = NewClients(h.t.Context(), h, h); err != nil {
		h.t.Fatal(err)
	}
	h.clients.now = func() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }
	h.clients.OnChange(func() {
		select {
		case h.told <- struct{}{}:
		default:
		}
	})
	if h.server, err = Serve(0, appsAgent, h.clients, h, slog.New(slog.DiscardHandler)); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(h.server.Close)
}

func (h *house) Askable(_ context.Context, id manifest.ID) (string, error) {
	if id == absentApp {
		return "", fault.New("extension.not_found", "There is no such app.")
	}
	return strings.ToUpper(id.Name[:1]) + id.Name[1:], nil
}

func (h *house) Ask(ctx context.Context, _ manifest.ID, r Request) (Answer, error) {
	h.mu.Lock()
	answers := h.answers
	h.mu.Unlock()
	return answers(ctx, r)
}

func (h *house) Refused(_ context.Context, id manifest.ID, r Request) {
	h.note("refused " + id.Name + " " + r.Client.Name + " " + r.Action)
}

func (h *house) Decided(_ context.Context, id manifest.ID, c Client, d Decision) {
	h.note("decided " + id.Name + " " + c.Name + " " + string(d))
}

func (h *house) note(line string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.noted = append(h.noted, line)
}

func (h *house) Load(context.Context) ([]Kept, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.kept, nil
}

func (h *house) Save(_ context.Context, list []Kept) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept = list
	return nil
}

// question waits for one and has it seen for long enough.
func (h *house) question() *Question {
	h.t.Helper()
	for {
		if q := h.clients.Question(); q != nil {
			if err := h.clients.Shown(q.ID); err != nil {
				h.t.Fatal(err)
			}
			h.ahead.Add(int64(arming.Time))
			return q
		}
		select {
		case <-h.told:
		case <-h.t.Context().Done():
			h.t.Fatal("nobody is asked")
		}
	}
}

// says answers the next question.
func (h *house) says(allow, always bool) {
	h.t.Helper()
	if err := h.clients.Answer(h.t.Context(), h.question().ID, allow, always); err != nil {
		h.t.Fatal(err)
	}
}

// peer is a program, made after the protocol and not after the server.
type peer struct {
	t    *testing.T
	form form
	pair *ecdh.PrivateKey
	key  publicKey
	name string

	ws     *websocket.Conn
	server publicKey
}

func newPeer(t *testing.T, f form) *peer {
	t.Helper()
	pair, err := f.curve().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := f.spell(pair.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	key, err := parseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return &peer{t: t, form: f, pair: pair, key: key, name: "Browser"}
}

func (h *house) dial(header http.Header) (*websocket.Conn, int) {
	h.t.Helper()
	ws, r, err := websocket.Dial(h.t.Context(), "ws://localhost:"+strconv.Itoa(h.server.Port()), &websocket.DialOptions{HTTPHeader: header, Host: header.Get("Host")})
	if err != nil {
		if r == nil {
			h.t.Fatal(err)
		}
		return nil, r.StatusCode
	}
	ws.SetReadLimit(maxAnswer * 2)
	h.t.Cleanup(func() { _ = ws.CloseNow() })
	return ws, r.StatusCode
}

// connect shakes hands and returns what the server says.
func (p *peer) connect(h *house, apps ...manifest.ID) map[string]any {
	p.t.Helper()
	p.ws, _ = h.dial(http.Header{"Origin": {browser}})
	return p.greet(apps...)
}

func (p *peer) greet(apps ...manifest.ID) map[string]any {
	p.t.Helper()
	p.send(p.hand(apps...))
	answer := p.read()
	if text, ok := answer["serverPublicKey"].(string); ok {
		var err error
		if p.server, err = parseKey(text); err != nil {
			p.t.Fatal(err)
		}
	}
	return answer
}

func (p *peer) hand(apps ...manifest.ID) map[string]any {
	asked := []any{}
	for _, id := range apps {
		asked = append(asked, map[string]any{"name": id.Name, "extensionPublicKey": id.Lineage.String()})
	}
	return map[string]any{"type": "handshake", "version": 1, "client": map[string]any{
		"clientId": p.key.id(), "clientName": p.name, "publicKey": p.key.text, "requestedExtensions": asked,
	}}
}

func (p *peer) send(value any) {
	p.t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(data)
}

func (p *peer) write(data []byte) {
	p.t.Helper()
	if err := p.ws.Write(p.t.Context(), websocket.MessageText, data); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) read() map[string]any {
	p.t.Helper()
	_, data, err := p.ws.Read(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		p.t.Fatal(err)
	}
	return out
}

// request seals one.
func (p *peer) request(id manifest.ID, action, requestID string) map[string]any {
	p.t.Helper()
	return p.sealed(id, action, []byte(`{"requestId":"`+requestID+`","url":"https://example.com"}`))
}

func (p *peer) sealed(id manifest.ID, action string, plain []byte) map[string]any {
	p.t.Helper()
	s, err := seal(p.server, plain)
	if err != nil {
		p.t.Fatal(err)
	}
	return map[string]any{
		"type": "request", "action": action, "message": s.Text, "iv": s.IV, "clientId": p.key.id(), "publicKey": s.Public,
		"extensionPublicKey": id.Lineage.String(), "extensionName": id.Name,
	}
}

// answer opens the next message, which is an answer.
func (p *peer) answer() map[string]any {
	p.t.Helper()
	m := p.read()
	if m["type"] != "response" {
		p.t.Fatalf("no answer: %v", m)
	}
	text := func(name string) string { s, _ := m[name].(string); return s }
	plain, _, err := open(p.pair, p.form, sealed{Public: text("publicKey"), IV: text("iv"), Text: text("message")})
	if err != nil {
		p.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(plain, &out); err != nil {
		p.t.Fatal(err)
	}
	return out
}

// asks makes a request and returns its answer.
func (p *peer) asks(id manifest.ID, action string) map[string]any {
	p.t.Helper()
	p.send(p.request(id, action, "r1"))
	return p.answer()
}

// allowed is a program that may ask passwords.
func (h *house) allowed(f form) *peer {
	h.t.Helper()
	p := newPeer(h.t, f)
	p.connect(h, passwordsApp)
	h.says(true, true)
	if m := p.read(); m["type"] != "authorizationUpdate" || m["authorized"] != true {
		h.t.Fatal(m)
	}
	return p
}
