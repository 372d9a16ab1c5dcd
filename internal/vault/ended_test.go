package vault

import (
	"database/sql"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/bridge"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/keys"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// asking installs an app that wants some things.
func asking(t *testing.T, u *Unlocked, keys ...permission.Key) manifest.ID {
	t.Helper()
	var asks []any
	for _, k := range keys {
		ask := map[string]any{"resource": k.Resource, "action": k.Action, "reason": "To work."}
		if k.Target != "" {
			ask["target"] = k.Target
		}
		asks = append(asks, ask)
	}
	review, err := u.Extensions.Stage(t.Context(), bundletest.Build(t, nil, bundletest.With("permissions", asks)), extension.Source{Kind: "cli", FileName: "hello.alcove"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := u.Extensions.Accept(t.Context(), review.ID, nil, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestADateIsToldWhenItComes to an app that is open.
func TestADateIsToldWhenItComes(t *testing.T) {
	u, _ := created(t)
	key := permission.Key{Resource: "clipboard", Action: "read"}
	id := asking(t, u, key)
	if _, err := u.Bridge.Open(t.Context(), id, bridge.Environment{}); err != nil {
		t.Fatal(err)
	}
	told := make(chan struct{}, 1)
	u.OnEnded(func() { told <- struct{}{} })
	soon := permission.Grant{Key: key, Decision: permission.Allow, Until: time.Now().Add(200 * time.Millisecond).UnixMilli()}
	if err := u.Extensions.Grant(t.Context(), id, soon); err != nil {
		t.Fatal(err)
	}
	if err := u.Bridge.Decide(t.Context(), id, key); err != nil {
		t.Fatal(err)
	}
	<-told
	if list, err := u.Ended(t.Context()); err != nil || len(list) != 1 || list[0].Why != permission.EndedByDate {
		t.Errorf("%+v %v", list, err)
	}
}

// TestAnUnusedGrantEndsAndThePersonIsTold, until they say so, and can have it
// back for good.
func TestAnUnusedGrantEndsAndThePersonIsTold(t *testing.T) {
	u, _ := created(t)
	key := permission.Key{Resource: "net", Action: "fetch", Target: "https://h.example/*"}
	other := permission.Key{Resource: "clipboard", Action: "write"}
	id := asking(t, u, key, other)
	for _, k := range []permission.Key{key, other} {
		if err := u.Extensions.Grant(t.Context(), id, permission.Grant{Key: k, Decision: permission.Allow}); err != nil {
			t.Fatal(err)
		}
	}
	err := u.Store.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE alcove_grant SET decided_at = 1`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	u.OnEnded(func() { told++ })
	if err := u.EndGrants(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := u.Ended(t.Context())
	if err != nil || len(list) != 2 || told != 1 || list[0].Why != permission.EndedUnused || list[0].Sentence == "" || list[0].Extension != id.String() {
		t.Fatalf("told %d times of %+v, %v", told, list, err)
	}
	if err := u.EndGrants(t.Context()); err != nil || told != 1 {
		t.Errorf("told %d times, %v", told, err)
	}

	// The notice outlives a lock.
	dir := u.Dir
	if err := u.Lock(); err != nil {
		t.Fatal(err)
	}
	u = unlocked(t, dir, keys.Passphrase([]byte(testPass)))
	if err := u.GrantAgain(t.Context(), id, key); err != nil {
		t.Fatal(err)
	}
	if err := u.GrantAgain(t.Context(), id, key); fault.Code(err) != errNotEnded.Code {
		t.Errorf("a second time: %v", err)
	}
	if list, err = u.Ended(t.Context()); err != nil || len(list) != 1 || list[0].Key != other {
		t.Errorf("%+v %v", list, err)
	}
	run, err := u.Extensions.Start(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	held, err := u.Extensions.Held(t.Context(), run.Row)
	if g, ok := held.Get(key); err != nil || !ok || g.Decision != permission.Allow || !g.Keep {
		t.Errorf("%+v %v", g, err)
	}
	if _, ok := held.Get(other); ok {
		t.Error("the other one is still granted")
	}
	if err := u.DismissEnded(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, err = u.Ended(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("dismissed: %+v %v", list, err)
	}
}
