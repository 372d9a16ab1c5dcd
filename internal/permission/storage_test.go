package permission_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

type vaultKeys struct{}

func (vaultKeys) VaultID() (id [16]byte) { return [16]byte{1} }
func (vaultKeys) ActiveKeyID() uint32    { return 1 }
func (vaultKeys) Subkey(use string, id uint32) ([]byte, error) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(use), id))
	return sum[:], nil
}

// vault is a store with two extensions, 1 and 2.
type vault struct {
	*testing.T
	*store.Store
}

func newVault(t *testing.T) *vault {
	t.Helper()
	st, err := store.Create(t.Context(), t.TempDir(), vaultKeys{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	v := &vault{t, st}
	v.do(func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO alcove_extension (id, lineage, name, highest_version, installed_at, updated_at)
			VALUES (1, x'01', 'a', '1.0.0', 0, 0), (2, x'01', 'b', '1.0.0', 0, 0)`)
		return err
	})
	return v
}

func (v *vault) do(fn func(context.Context, *sql.Tx) error) {
	v.Helper()
	if err := v.Update(v.Context(), func(tx *sql.Tx) error { return fn(v.Context(), tx) }); err != nil {
		v.Fatal(err)
	}
}

func (v *vault) set(extension int64, grants ...permission.Grant) {
	v.Helper()
	v.do(func(ctx context.Context, tx *sql.Tx) error {
		for _, g := range grants {
			if err := permission.Set(ctx, tx, extension, g); err != nil {
				return err
			}
		}
		return nil
	})
}

func (v *vault) load(extension int64) (list []permission.Grant) {
	v.Helper()
	v.do(func(ctx context.Context, tx *sql.Tx) (err error) {
		list, err = permission.Load(ctx, tx, extension)
		return err
	})
	return list
}

func TestAGrantIsStoredWithAllItsTerms(t *testing.T) {
	v := newVault(t)
	g := grant("shell", "run", "git", permission.Allow)
	g.Scope, g.How, g.DecidedAt, g.Until, g.UsesLeft, g.Keep = permission.ScopeAlways, permission.HowPrompt, 5, 1000, 3, true
	g.Constraints = &manifest.Constraints{Arguments: [][]string{{"status"}, {}}}
	v.set(1, g)
	v.set(2, grant("net", "fetch", "*", permission.Deny))
	if diff := cmp.Diff([]permission.Grant{g}, v.load(1)); diff != "" {
		t.Error(diff)
	}
	// Decided again, how often it was used stays known.
	v.do(func(ctx context.Context, tx *sql.Tx) error {
		_, err := permission.Use(ctx, tx, 1, g.Key, 7)
		return err
	})
	again := grant("shell", "run", "git", permission.Ask)
	again.How, again.DecidedAt = permission.HowSettings, 9
	v.set(1, again)
	again.Scope, again.Used, again.LastUsed = permission.ScopeAlways, 1, 7
	if diff := cmp.Diff([]permission.Grant{again}, v.load(1)); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []permission.Grant{
		grant("net", "fetch", "*", "maybe"),
		{Key: g.Key, Decision: permission.Allow, Scope: permission.ScopeSession},
		{Key: g.Key, Decision: permission.Allow, UsesLeft: -1},
	} {
		err := v.Update(t.Context(), func(tx *sql.Tx) error { return permission.Set(t.Context(), tx, 1, bad) })
		if err == nil {
			t.Errorf("%+v is stored", bad)
		}
	}
	bad := grant("net", "fetch", "*", permission.Allow)
	bad.Constraints = g.Constraints
	err := v.Update(t.Context(), func(tx *sql.Tx) error { return permission.Set(t.Context(), tx, 1, bad) })
	if fault.Code(err) != manifest.CodePermissionConstraint {
		t.Error(err)
	}
}

func TestOfParallelCallsOnlyAsManyPassAsThereAreUses(t *testing.T) {
	v := newVault(t)
	g := grant("net", "fetch", "https://h.org/*", permission.Allow)
	g.UsesLeft = 3
	v.set(1, g)
	var passed, spent atomic.Int64
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			err := v.Update(t.Context(), func(tx *sql.Tx) error {
				_, err := permission.Use(t.Context(), tx, 1, g.Key, 1)
				return err
			})
			switch {
			case err == nil:
				passed.Add(1)
			case errors.Is(err, permission.ErrSpent):
				spent.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if passed.Load() != 3 || spent.Load() != 17 || len(v.load(1)) != 0 {
		t.Errorf("%d passed, %d did not, %v is left", passed.Load(), spent.Load(), v.load(1))
	}
	for _, other := range []permission.Grant{
		grant("net", "fetch", "*", permission.Deny),
		{Key: permission.Key{Resource: "net", Action: "fetch", Target: "*"}, Decision: permission.Allow, Until: 10},
	} {
		v.set(1, other)
		err := v.Update(t.Context(), func(tx *sql.Tx) error {
			_, err := permission.Use(t.Context(), tx, 1, other.Key, 10)
			return err
		})
		if !errors.Is(err, permission.ErrSpent) {
			t.Errorf("%+v is used: %v", other, err)
		}
	}
}

func TestGrantsEndByDateAndWhenNobodyUsesThem(t *testing.T) {
	v := newVault(t)
	day := (24 * time.Hour).Milliseconds()
	now := 100 * day
	about := func(target string, d permission.Decision, change func(*permission.Grant)) permission.Grant {
		g := grant("net", "fetch", "https://"+target+"/*", d)
		g.DecidedAt = now - 60*day
		change(&g)
		return g
	}
	v.set(1,
		about("unused.org", permission.Allow, func(*permission.Grant) {}),
		about("used.org", permission.Allow, func(g *permission.Grant) { g.LastUsed = now - 60*day + 1 }),
		about("used-long-ago.org", permission.Allow, func(g *permission.Grant) { g.DecidedAt, g.LastUsed = now-90*day, now-60*day }),
		about("kept.org", permission.Allow, func(g *permission.Grant) { g.Keep = true }),
		about("denied.org", permission.Deny, func(*permission.Grant) {}),
		about("asked.org", permission.Ask, func(*permission.Grant) {}),
		about("new.org", permission.Allow, func(g *permission.Grant) { g.DecidedAt = now - 59*day }),
		about("today.org", permission.Allow, func(g *permission.Grant) { g.DecidedAt, g.Until, g.Keep = now, now, true }),
		about("tomorrow.org", permission.Allow, func(g *permission.Grant) { g.DecidedAt, g.Until = now, now+1 }),
		about("no-longer-denied.org", permission.Deny, func(g *permission.Grant) { g.Until = now - 1 }),
	)
	var got []string
	v.do(func(ctx context.Context, tx *sql.Tx) error {
		list, err := permission.End(ctx, tx, now)
		for _, e := range list {
			got = append(got, fmt.Sprint(e.Extension, " ", e.Target, " ", e.Why))
		}
		return err
	})
	want := []string{
		"1 https://no-longer-denied.org/* date", "1 https://today.org/* date",
		"1 https://unused.org/* unused", "1 https://used-long-ago.org/* unused",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := len(v.load(1)); n != 6 {
		t.Errorf("%d grants are left", n)
	}
}

func TestWhatWasPickedIsForgottenWithItsLastGrant(t *testing.T) {
	v := newVault(t)
	file := permission.Picked{ID: "0123456789abcdef", Path: "/home/ada/a.md", Writable: true, PickedAt: 4}
	folder := permission.Picked{ID: "00000000000000ff", Path: "/home/ada/b", Folder: true, PickedAt: 5}
	remembered := func() (list []permission.Picked) {
		v.do(func(ctx context.Context, tx *sql.Tx) (err error) {
			list, err = permission.LoadPicked(ctx, tx, 1)
			return err
		})
		return list
	}
	v.do(func(ctx context.Context, tx *sql.Tx) error {
		return errors.Join(permission.KeepPicked(ctx, tx, 1, file), permission.KeepPicked(ctx, tx, 1, folder))
	})
	if diff := cmp.Diff([]permission.Picked{file, folder}, remembered()); diff != "" {
		t.Error(diff)
	}
	declared := []manifest.Permission{ask("files", "pick", "file", nil), ask("files", "pick", "folder", nil)}
	held := permission.NewHeld(v.load(1))
	for call, verdict := range map[permission.Key]permission.Verdict{
		{Resource: "files", Action: "readWrite", Target: "{picked-0123456789abcdef}"}:   permission.Allowed,
		{Resource: "files", Action: "read", Target: "{picked-00000000000000ff}/x/y"}:    permission.Allowed,
		{Resource: "files", Action: "readWrite", Target: "{picked-00000000000000ff}/x"}: permission.Denied,
		{Resource: "files", Action: "read", Target: "{picked-00000000000000fe}/x"}:      permission.Denied,
	} {
		if got := permission.Judge(nil, declared, held, permission.Call{Key: call}, 0).Verdict; got != verdict {
			t.Errorf("%v: %s", call, got)
		}
	}
	v.do(func(ctx context.Context, tx *sql.Tx) error { return permission.Remove(ctx, tx, 1, file.Grant().Key) })
	if diff := cmp.Diff([]permission.Picked{folder}, remembered()); diff != "" {
		t.Error(diff)
	}
	v.do(func(ctx context.Context, tx *sql.Tx) error { return permission.Replace(ctx, tx, 1, nil) })
	if list := remembered(); len(list) != 0 {
		t.Errorf("%v", list)
	}
	for _, bad := range []permission.Picked{{ID: "x", Path: "/a"}, {ID: "0123456789abcdeF", Path: "/a"}, {ID: file.ID}} {
		err := v.Update(t.Context(), func(tx *sql.Tx) error { return permission.KeepPicked(t.Context(), tx, 1, bad) })
		if err == nil {
			t.Errorf("%+v is kept", bad)
		}
	}
}

func TestThePolicyIsStoredAndNeverLost(t *testing.T) {
	v := newVault(t)
	read := func() (p permission.Policy, err error) {
		err = v.Update(t.Context(), func(tx *sql.Tx) error {
			p, err = permission.LoadPolicy(t.Context(), tx)
			return err
		})
		return p, err
	}
	if p, err := read(); p != nil || err != nil {
		t.Errorf("%v %v", p, err)
	}
	v.do(func(ctx context.Context, tx *sql.Tx) error {
		return permission.SavePolicy(ctx, tx, permission.Policy{"shell": true, "net": false})
	})
	if p, err := read(); !p.Forbids(permission.Key{Resource: "shell", Action: "run"}) || p.Forbids(permission.Key{Resource: "net", Action: "fetch"}) || err != nil {
		t.Errorf("%v %v", p, err)
	}
	v.do(func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE alcove_setting SET value = x'7b' WHERE key = 'host.policy'`)
		return err
	})
	if p, err := read(); err == nil {
		t.Errorf("a damaged policy is read as %v", p)
	}
}

func TestUsesAreWrittenTogetherAndNeverWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		writes, fail := 0, true
		uses := permission.NewUses(func(context.Context, func(*sql.Tx) error) error {
			writes++
			if fail {
				return errors.New("disk full")
			}
			return nil
		}, slog.New(slog.DiscardHandler))
		k := permission.Key{Resource: "net", Action: "fetch", Target: "*"}
		for range 1000 {
			uses.Note(1, k, permission.Allowed, 1)
		}
		if writes != 0 {
			t.Error("a call waits for the disk")
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if writes != 1 {
			t.Errorf("%d writes", writes)
		}
		fail = false
		if err := uses.Close(t.Context()); err != nil || writes != 2 {
			t.Errorf("%v, %d writes: what could not be written is lost", err, writes)
		}
		uses.Note(1, k, permission.Allowed, 1)
		if err := uses.Flush(t.Context()); err != nil || writes != 2 {
			t.Errorf("%v, %d writes after the end", err, writes)
		}
	})
}

func TestUsesAreCounted(t *testing.T) {
	v := newVault(t)
	g, no := grant("net", "fetch", "https://h.org/*", permission.Allow), grant("net", "fetch", "https://n.org/*", permission.Deny)
	v.set(1, g, no)
	uses := permission.NewUses(v.Update, slog.New(slog.DiscardHandler))
	for at := range int64(5) {
		uses.Note(1, g.Key, permission.Allowed, 100+at)
		uses.Note(1, no.Key, permission.Denied, 100+at)
		uses.Note(2, g.Key, permission.Allowed, 100+at)
	}
	if err := uses.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := v.load(1)
	if list[0].Used != 5 || list[0].LastUsed != 104 || list[0].Denied != 0 || list[1].Denied != 5 || list[1].LastUsed != 0 {
		t.Errorf("%+v", list)
	}
}

func TestAnExtensionHasNotEndlesslyManyGrants(t *testing.T) {
	v := newVault(t)
	v.do(func(ctx context.Context, tx *sql.Tx) error {
		for i := range permission.MaxGrants {
			if _, err := tx.ExecContext(ctx, `INSERT INTO alcove_grant (extension, resource, action, target, decision, decided_at) VALUES (1, 'files', 'read', ?, 'allow', 0)`,
				fmt.Sprintf("{documents}/%d", i)); err != nil {
				return err
			}
		}
		return nil
	})
	err := v.Update(t.Context(), func(tx *sql.Tx) error {
		return permission.Set(t.Context(), tx, 1, grant("files", "read", "{documents}/a", permission.Allow))
	})
	if !errors.Is(err, permission.ErrTooManyGrants) {
		t.Error(err)
	}
	v.set(1, grant("files", "read", "{documents}/1", permission.Deny))
}
