package vault

import (
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/alcove-vault/alcove/internal/bridge"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/keys"
)

// openSession installs an extension in u and opens a session for it.
func openSession(t *testing.T, u *Unlocked) *bridge.Session {
	t.Helper()
	review, err := u.Extensions.Stage(t.Context(), bundletest.Build(t, nil), extension.Source{Kind: "cli", FileName: "hello.alcove"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Extensions.Accept(t.Context(), review.ID, nil, false, nil); err != nil {
		t.Fatal(err)
	}
	return reopenSession(t, u)
}

func reopenSession(t *testing.T, u *Unlocked) *bridge.Session {
	t.Helper()
	s, err := u.Bridge.Open(t.Context(), bundletest.ID(1, "hello"), bridge.Environment{Theme: "light", Locale: "en"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type answer struct {
	OK    map[string]any `msgpack:"ok"`
	Error *struct {
		Code string `msgpack:"code"`
	} `msgpack:"error"`
}

func call(t *testing.T, u *Unlocked, s *bridge.Session, method string, params map[string]any) (a answer) {
	t.Helper()
	request, err := msgpack.Marshal(map[string]any{"v": 1, "id": 1, "method": method, "params": params})
	if err != nil {
		t.Fatal(err)
	}
	if err := msgpack.Unmarshal(u.Bridge.Call(t.Context(), s.Secret, request).Envelope, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestExtensionsSaveBeforeTheLock(t *testing.T) {
	g := newGateTest(t, GateOptions{})
	g.make(t, "Home")
	u, err := g.Vault()
	if err != nil {
		t.Fatal(err)
	}
	s := openSession(t, u)
	locking, saved := 0, make(chan struct{})
	g.OnChange(func(e Event) {
		if e.Kind != EventLocking {
			return
		}
		locking++
		if e.Grace != 300*time.Millisecond || e.Reason != ReasonRequest {
			t.Errorf("event %+v", e)
		}
		go func() {
			defer close(saved)
			g.clock.advance(e.Grace - time.Millisecond) // the last moment
			if a := call(t, u, s, "kv.set", map[string]any{"key": "draft", "value": "saved"}); a.Error != nil {
				t.Errorf("no time to save: %s", a.Error.Code)
			}
			g.clock.advance(time.Millisecond)
		}()
	})
	if err := g.Lock(ReasonRequest); err != nil {
		t.Fatal(err)
	}
	<-saved
	if locking != 1 {
		t.Errorf("told %d times", locking)
	}
	if a := call(t, u, s, "kv.get", map[string]any{"key": "draft"}); a.Error == nil {
		t.Error("a session outlives the lock")
	}
	if err := g.Unlock(t.Context(), []byte(testPass)); err != nil {
		t.Fatal(err)
	}
	if u, err = g.Vault(); err != nil {
		t.Fatal(err)
	}
	if a := call(t, u, reopenSession(t, u), "kv.get", map[string]any{"key": "draft"}); a.Error != nil || a.OK["value"] != "saved" {
		t.Errorf("got %+v", a)
	}
	u.Bridge.CloseAll() // so that Close at the end need not wait
}

func TestLockHoldsAgainstAnExtensionThatHangs(t *testing.T) {
	u, _ := created(t)
	s := openSession(t, u)
	begun, ended := make(chan struct{}), make(chan answer, 1)
	go func() {
		close(begun)
		ended <- call(t, u, s, "db.query", map[string]any{
			"sql": "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c", "params": []any{},
		})
	}()
	<-begun
	start := time.Now()
	if err := u.Lock(); err != nil {
		t.Errorf("lock: %v", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("lock took %v", took)
	}
	if a := <-ended; a.Error == nil {
		t.Error("an endless query was answered")
	}
	unlocked(t, u.Dir, keys.Passphrase([]byte(testPass)))
}
