package bridge

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/crdt"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/capability/shell"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
	"github.com/alcove-vault/alcove/internal/store"
	"github.com/alcove-vault/alcove/internal/wire"
)

func TestMain(m *testing.M) {
	if shell.IsSupervisor() { // of a program that a test runs
		os.Exit(shell.Supervise())
	}
	goleak.VerifyTestMain(m)
}

// testKeys are keys that protect nothing.
type testKeys struct{}

func (testKeys) VaultID() [16]byte   { return [16]byte{1} }
func (testKeys) ActiveKeyID() uint32 { return 1 }

func (testKeys) Subkey(use string, id uint32) ([]byte, error) {
	sum := sha256.Sum256([]byte(fmt.Sprintf("%s %d", use, id)))
	return sum[:], nil
}

// place is an open vault with a bridge.
type place struct {
	t      testing.TB
	store  *store.Store
	apps   *extension.Registry
	bridge *Bridge
	ledger *ledger.Ledger
	page   *page
	ahead  atomic.Int64 // nanoseconds that the bridge's clock is ahead
	person person
}

func newPlace(t testing.TB) *place {
	t.Helper()
	st, err := store.Create(context.Background(), t.TempDir(), testKeys{})
	if err != nil {
		t.Fatal(err)
	}
	apps, err := extension.New(context.Background(), st, track(st), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, store: st, apps: apps, bridge: New(apps, st, testKeys{}, nil), page: newPage()}
	p.bridge.Attach(p.page)
	p.ledger = ledger.Open(st, ledger.Options{})
	p.bridge.AttachRecorder(p.ledger)
	p.bridge.now = func() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) }
	p.person.sit(p)
	t.Cleanup(func() {
		p.bridge.CloseAll()
		p.person.leave()
		if err := p.ledger.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// install puts an app into the vault with the decisions its review begins
// with.
func (p *place) install(files map[string]string, opts ...bundletest.Option) manifest.ID {
	p.t.Helper()
	ctx := context.Background()
	review, err := p.apps.Stage(ctx, bundletest.Build(p.t, files, opts...), extension.Source{Kind: "cli", FileName: "a.alcove"})
	if err != nil {
		p.t.Fatal(err)
	}
	id, err := p.apps.Accept(ctx, review.ID, nil, true, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

func (p *place) open(id manifest.ID) *Session {
	p.t.Helper()
	s, err := p.bridge.Open(context.Background(), id, Environment{Theme: "dark", Locale: "de-AT", Platform: "linux"})
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// reply is a decoded reply envelope.
type reply struct {
	ID    uint64
	OK    map[string]any
	Error map[string]any
}

func (r reply) code() string {
	if r.Error == nil {
		return ""
	}
	return r.Error["code"].(string)
}

// send sends raw bytes and waits for the reply, as the page does.
func (p *place) send(secret string, envelope []byte) reply {
	p.t.Helper()
	r := p.bridge.Call(context.Background(), secret, envelope)
	if r.Deferred {
		return p.fetch(secret, p.ticket(r))
	}
	return p.read(r.Envelope)
}

// ticket reads the ticket of a deferred reply.
func (p *place) ticket(r Reply) ticketOf {
	p.t.Helper()
	v, err := wire.Parse(r.Envelope, wire.Limits{Bytes: 1000, Depth: 2, Items: 10})
	if err != nil {
		p.t.Fatal(err)
	}
	fields, _ := v.Fields()
	var t ticketOf
	t.id, _ = fields["id"].Uint64()
	t.name, _ = fields["ticket"].Text()
	t.waiting, _ = fields["waiting"].Truth()
	return t
}

type ticketOf struct {
	id      uint64
	name    string
	waiting bool
}

// fetch waits until a deferred call is done and gives its reply.
func (p *place) fetch(secret string, t ticketOf) reply {
	p.t.Helper()
	p.page.await(func(i item) bool { return i.kind == eventDone && i.key == t.name })
	r := p.bridge.Result(secret, t.name, t.id)
	if r.Deferred {
		p.t.Fatal("the page was told of a call that is not done")
	}
	return p.read(r.Envelope)
}

func (p *place) read(data []byte) reply {
	p.t.Helper()
	v, err := wire.Parse(data, wire.Limits{Bytes: MaxReply, Depth: wire.MaxDepth, Items: 10_000_000})
	if err != nil {
		p.t.Fatalf("reply %q: %v", data, err)
	}
	fields, _ := v.Fields()
	var r reply
	r.ID, _ = fields["id"].Uint64()
	r.OK, _ = fields["ok"].Any().(map[string]any)
	r.Error, _ = fields["error"].Any().(map[string]any)
	return r
}

// call calls a method and returns its result and error code.
func (p *place) call(s *Session, method string, params m) (map[string]any, string) {
	p.t.Helper()
	r := p.send(s.Secret, pack(p.t, m{"v": 1, "id": 42, "method": method, "params": params}))
	if r.ID != 42 {
		p.t.Fatalf("%s: the reply has id %d", method, r.ID)
	}
	return r.OK, r.code()
}

// must calls a method that has to succeed.
func (p *place) must(s *Session, method string, params m) map[string]any {
	p.t.Helper()
	result, code := p.call(s, method, params)
	if code != "" {
		p.t.Fatalf("%s %v: %s", method, params, code)
	}
	return result
}

// counts is the ledger with all that was counted until now. A query waits for
// the disk only so long, and else answers with what was written before.
func (p *place) counts() *ledger.Ledger {
	p.t.Helper()
	if err := p.ledger.Flush(context.Background()); err != nil {
		p.t.Fatal(err)
	}
	return p.ledger
}

// live is how many bytes are in use when all is written that was counted.
func (p *place) live() int64 {
	p.t.Helper()
	p.counts()
	var stats runtime.MemStats
	for range 2 { // what pools hold outlives one collection
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// recorded are the verdicts and codes of the last calls of a method, the first
// first.
func (p *place) recorded(method string) (out []string) {
	p.t.Helper()
	lines, err := p.counts().Activity(context.Background(), ledger.Filter{}, ledger.Cursor{}, ledger.MaxPage)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, line := range slices.Backward(lines) {
		if line.Kind == ledger.KindCall && line.Method == method {
			out = append(out, line.Verdict+" "+line.Code)
		}
	}
	return out
}

// decide stores a decision of the person, who changed it in a list.
func (p *place) decide(id manifest.ID, key permission.Key, d permission.Decision) {
	p.t.Helper()
	choice := extension.Choice{Resource: key.Resource, Action: key.Action, Target: key.Target, Decision: d}
	if err := p.apps.SetGrant(context.Background(), id, choice); err != nil {
		p.t.Fatal(err)
	}
	if err := p.bridge.Decide(context.Background(), id, key); err != nil {
		p.t.Fatal(err)
	}
}

// decide lets a decision count in one session that nothing declares yet.
func decide(s *Session, key permission.Key, d permission.Decision) {
	s.change(func(r *rights) {
		r.stored = slices.DeleteFunc(r.stored, func(g permission.Grant) bool { return g.Key == key })
		r.stored = append(r.stored, permission.Grant{Key: key, Decision: d})
	})
}

func named(name string) bundletest.Option { return bundletest.With("name", name) }

func permissions(list ...m) bundletest.Option { return bundletest.With("permissions", list) }

// track begins to track the changes of a store.
func track(st *store.Store) *crdt.Engine {
	e, err := crdt.Open(context.Background(), st)
	if err != nil {
		panic(err)
	}
	return e
}
