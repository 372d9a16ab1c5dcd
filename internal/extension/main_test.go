package extension_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashVault); dir != "" {
		os.Exit(crashChild(dir))
	}
	goleak.VerifyTestMain(m)
}

// keys are made from a name, so that a vault can be opened again.
type keys string

func (k keys) VaultID() (id [16]byte) {
	sum := sha256.Sum256([]byte("id" + k))
	return [16]byte(sum[:16])
}
func (k keys) ActiveKeyID() uint32 { return 1 }
func (k keys) Subkey(use string, id uint32) ([]byte, error) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(string(k)+use), id))
	return sum[:], nil
}

// vault is an open vault as its owner meets it.
type vault struct {
	*testing.T
	dir string
	st  *store.Store
	*extension.Registry
	engine *crdt.Engine
}

func newVault(t *testing.T) *vault {
	t.Helper()
	dir := t.TempDir()
	st, err := store.Create(t.Context(), dir, keys("ada"))
	if err != nil {
		t.Fatal(err)
	}
	return with(t, dir, st)
}

func with(t *testing.T, dir string, st *store.Store) *vault {
	t.Helper()
	t.Cleanup(func() { st.Close() })
	engine := track(st)
	reg, err := extension.New(t.Context(), st, engine, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return &vault{T: t, dir: dir, st: st, Registry: reg, engine: engine}
}

// restart closes the vault and opens it again.
func (v *vault) restart() *vault {
	v.Helper()
	v.Close()
	if err := v.st.Close(); err != nil {
		v.Fatal(err)
	}
	st, err := store.Open(v.Context(), v.dir, keys("ada"))
	if err != nil {
		v.Fatal(err)
	}
	return with(v.T, v.dir, st)
}

func (v *vault) stage(data []byte) *extension.Review {
	v.Helper()
	review, err := v.Stage(v.Context(), data, extension.Source{Kind: "dialog", FileName: "/home/ada/app.alcove"})
	if err != nil {
		v.Fatalf("stage: %v", err)
	}
	return review
}

func (v *vault) install(data []byte, choices ...extension.Choice) manifest.ID {
	v.Helper()
	review := v.stage(data)
	id, err := v.Accept(v.Context(), review.ID, choices, true, nil)
	if err != nil {
		v.Fatalf("accept: %v", err)
	}
	return id
}

func (v *vault) start(id manifest.ID) *extension.Running {
	v.Helper()
	run, err := v.Start(v.Context(), id)
	if err != nil {
		v.Fatalf("start: %v", err)
	}
	return run
}

// query reads one value.
func (v *vault) query(text string, args ...any) (value any) {
	v.Helper()
	if err := v.st.View(context.Background(), func(tx *sql.Tx) error { return tx.QueryRow(text, args...).Scan(&value) }); err != nil {
		v.Fatalf("%s: %v", text, err)
	}
	return value
}

func (v *vault) exec(text string, args ...any) {
	v.Helper()
	if err := v.st.Update(context.Background(), func(tx *sql.Tx) error { _, err := tx.Exec(text, args...); return err }); err != nil {
		v.Fatalf("%s: %v", text, err)
	}
}

// sound fails the test unless the vault is whole.
func (v *vault) sound() {
	v.Helper()
	if err := v.Check(v.Context(), nil); err != nil {
		v.Errorf("the vault is not whole: %v", err)
	}
}

// Feed reader, an app in several releases.

type perm = map[string]any

func asks(resource, action, target string, optional bool) perm {
	p := perm{"resource": resource, "action": action, "reason": "To do its work.", "optional": optional}
	if target != "" {
		p["target"] = target
	}
	return p
}

var (
	feeds = asks("net", "fetch", "https://feeds.example.com/*", false)
	api   = asks("net", "fetch", "https://api.example.com/*", false)
	clip  = asks("clipboard", "read", "", true)
)

const notesTable = `CREATE TABLE {{notes}} (id TEXT PRIMARY KEY NOT NULL DEFAULT (hex(randomblob(16))), body TEXT NOT NULL);`

func feedReader(t *testing.T, version string, files map[string]string, perms ...perm) []byte {
	t.Helper()
	all := map[string]string{
		"start.html": "<!doctype html><title>Feeds</title>", "app.js": "// " + version, "same.css": "body{}", "empty.txt": "",
		"icon.svg": `<svg xmlns="http://www.w3.org/2000/svg"/>`, "m/1.sql": notesTable,
	}
	migrations := []string{"m/1.sql"}
	for path, content := range files {
		all[path] = content
		if path != "m/1.sql" && path[:2] == "m/" {
			migrations = append(migrations, path)
		}
	}
	list := make([]any, len(perms))
	for i, p := range perms {
		list[i] = p
	}
	return bundletest.Build(t, all,
		bundletest.With("name", "feed-reader"), bundletest.With("version", version), bundletest.With("icon", "icon.svg"),
		bundletest.With("permissions", list), bundletest.With("migrations", migrations),
		bundletest.With("tables", []any{map[string]any{"name": "notes", "description": "What you wrote."}}))
}

func choice(p perm, d permission.Decision) extension.Choice {
	target, _ := p["target"].(string)
	return extension.Choice{Resource: p["resource"].(string), Action: p["action"].(string), Target: target, Decision: d}
}

func parse(t *testing.T, id string) manifest.ID {
	t.Helper()
	out, err := manifest.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// track begins to track the changes of a store.
func track(st *store.Store) *crdt.Engine {
	e, err := crdt.Open(context.Background(), st, crdt.WithNow(inTurn))
	if err != nil {
		panic(err)
	}
	return e
}

var turn struct {
	sync.Mutex
	last time.Time
}

// inTurn is a clock that all vaults share and that never says the same
// millisecond twice, so that of two writes the later one wins. With their own
// clocks two writes within one millisecond are parted by random site ids.
func inTurn() time.Time {
	turn.Lock()
	defer turn.Unlock()
	now := time.Now()
	if next := turn.last.Add(time.Millisecond); next.After(now) {
		now = next
	}
	turn.last = now
	return now
}
