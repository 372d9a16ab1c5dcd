package vault

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"testing"

	"github.com/coder/websocket"

	"github.com/alcove-vault/alcove/internal/external"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

// freePort is a port of this computer that nobody used a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// connects reports whether a program gets a WebSocket.
func connects(t *testing.T, port int) bool {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), "ws://127.0.0.1:"+strconv.Itoa(port), &websocket.DialOptions{HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}})
	if err != nil {
		return false
	}
	_ = ws.CloseNow()
	return true
}

func TestProgramsConnectWhileTheVaultIsOpenAndSaysSo(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	g.make(t, "Home")
	open := func() *Unlocked {
		u, err := g.Vault()
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	u, port := open(), freePort(t)
	if state, err := u.External(t.Context()); err != nil || state.On || state.Port != 19455 {
		t.Fatal("not off at first", state, err)
	}
	set := func(on bool, port int) {
		t.Helper()
		if err := open().SetExternal(t.Context(), External{On: on, Port: port}); err != nil {
			t.Fatal(err)
		}
	}
	if set(false, port); connects(t, port) {
		t.Error("off, and it listens")
	}
	if set(true, port); !connects(t, port) {
		t.Fatal("on, and nobody listens")
	}
	if err := g.Lock(ReasonRequest); err != nil || connects(t, port) {
		t.Error("locked, and it listens", err)
	}
	if err := g.Unlock(context.Background(), []byte(testPass)); err != nil {
		t.Fatal(err)
	}
	if !connects(t, port) {
		t.Error("the choice is forgotten")
	}
	other := freePort(t)
	if set(true, other); connects(t, port) || !connects(t, other) {
		t.Error("the port was not changed")
	}
	if set(false, other); connects(t, other) {
		t.Error("switched off, and it listens")
	}
	taken, err := net.Listen("tcp4", "127.0.0.1:"+strconv.Itoa(other))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	set(true, other)
	if state, err := open().External(t.Context()); err != nil || !state.On || fault.Code(state.Problem) != "external.port_taken" {
		t.Error(state, err)
	}
	if err := open().SetExternal(t.Context(), External{On: true, Port: 80}); fault.Code(err) != "external.port" {
		t.Error(err)
	}
}

// TestARemovedAppIsAskedByNobody, nor when it is installed again.
func TestARemovedAppIsAskedByNobody(t *testing.T) {
	u, _ := created(t)
	id := asking(t, u, permission.Key{Resource: "clipboard", Action: "read"})
	said := []external.Kept{
		{Client: external.Client{Key: "a"}, App: id.String(), Decision: external.Allow},
		{Client: external.Client{Key: "a"}, App: "another", Decision: external.Allow},
	}
	err := clientMemory{u}.Save(t.Context(), said)
	if err == nil {
		u.Clients, err = external.NewClients(t.Context(), clientApps{u}, clientMemory{u})
	}
	if err == nil {
		err = u.RemoveApp(t.Context(), id, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	kept, err := clientMemory{u}.Load(t.Context())
	if err != nil || len(kept) != 1 || kept[0].App != "another" {
		t.Error(kept, err)
	}
}
