package bridge

import (
	"context"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/time/rate"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
	"github.com/alcove-vault/alcove/internal/store"
)

// openFiles is how many files the process has open.
func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list) - 1 // that of the folder itself
}

// opener opens an app that may read files, and as many at once as the person
// can let one.
func opener(p *place, d disk) *Session {
	p.t.Helper()
	id := p.install(nil, bundletest.With("name", "opener"), bundletest.WithKey(2), permissions(wants("read", "{documents}/*", nil)))
	for name, value := range map[string]int64{"handles": store.MaxHandles, "calls": 10_000_000} {
		if _, err := p.apps.SetLimit(context.Background(), id, name, value); err != nil {
			p.t.Fatal(err)
		}
	}
	s := p.open(id)
	s.rate = rate.NewLimiter(rate.Inf, 1)
	p.allow(s, file("read", "{documents}/*"))
	return s
}

// openAll opens the same file until that is refused, and returns how often it
// was not and the code of the refusal.
func (p *place) openAll(s *Session) (n int, code string) {
	p.t.Helper()
	for ; n <= store.MaxHandles; n++ {
		if _, code = p.call(s, "files.open", m{"path": "{documents}/a.md"}); code != "" {
			return n, code
		}
	}
	return n, ""
}

// neighbour is an app that writes row after row until it is stopped.
type neighbour struct {
	*Session
	place *place
	wrote atomic.Int64
	done  chan struct{}
	gone  sync.WaitGroup
}

func newNeighbour(p *place) *neighbour {
	id := p.install(nil, bundletest.With("name", "neighbour"), bundletest.WithKey(1), permissions(wants("read", "{documents}/*", nil)))
	n := &neighbour{Session: p.open(id), place: p, done: make(chan struct{})}
	p.allow(n.Session, file("read", "{documents}/*"))
	p.must(n.Session, "db.migrate", m{"migrations": []any{m{"name": "1", "sql": "CREATE TABLE {{t}} (id TEXT PRIMARY KEY NOT NULL)"}}})
	n.gone.Go(func() {
		insert := m{"sql": `INSERT INTO "` + n.Context.Prefix + `t" VALUES (?)`, "params": []any{""}}
		for {
			select {
			case <-n.done:
				return
			default:
			}
			insert["params"] = []any{strconv.FormatInt(n.wrote.Load(), 10)}
			if _, code := p.call(n.Session, "db.execute", insert); code != "" {
				p.t.Errorf("a write of another app: %s", code)
				return
			}
			n.wrote.Add(1)
		}
	})
	return n
}

// stop ends the writing and finds all that was acknowledged.
func (n *neighbour) stop() {
	n.place.t.Helper()
	close(n.done)
	n.gone.Wait()
	rows := n.place.must(n.Session, "db.query", m{"sql": `SELECT count(*) FROM "` + n.Context.Prefix + `t"`})["rows"].([]any)
	if got := rows[0].([]any)[0]; n.wrote.Load() == 0 || got != n.wrote.Load() {
		n.place.t.Errorf("%v rows are there, %d were acknowledged", got, n.wrote.Load())
	}
}

// awaitFiles waits until the process has no more than so many files open: what
// ended with a session is closed beside it.
func awaitFiles(t *testing.T, most int) {
	t.Helper()
	for openFiles(t) > most {
		runtime.Gosched()
	}
}

// TestAnAppThatOpensTenThousandThings gets as many as the person has let it and
// no more; nobody else notices, and with its session all are closed.
func TestAnAppThatOpensTenThousandThings(t *testing.T) {
	if most := newOpenHandles().most; most < store.MaxHandles {
		t.Skipf("this system lets all apps have %d things open", most)
	}
	p := newPlace(t)
	d := newDisk(p, t)
	other := newNeighbour(p)
	s := opener(p, d)
	p.must(s, "handle.close", m{"handle": p.must(s, "files.open", m{"path": "{documents}/a.md"})["handle"]})
	files, routines, live := openFiles(t), runtime.NumGoroutine(), p.live()

	n, code := p.openAll(s)
	if n != store.MaxHandles || code != "quota.handles" {
		t.Errorf("%d could be opened, then %q", n, code)
	}
	if more := openFiles(t) - files; more < n || more > n+20 {
		t.Errorf("%d files more are open for %d handles", more, n)
	}
	if more := runtime.NumGoroutine() - routines; more > 20 {
		t.Errorf("%d goroutines more", more)
	}
	if each := (p.live() - live) / int64(n); each > 4_000 {
		t.Errorf("%d bytes in use for each", each)
	}
	lines, err := p.counts().Activity(context.Background(), ledger.Filter{Extension: s.Running.Row}, ledger.Cursor{}, ledger.MaxPage)
	if err != nil || !slices.ContainsFunc(lines, func(l ledger.Line) bool { return l.Method == "files.open" && l.Code == "quota.handles" }) {
		t.Errorf("the ledger does not name the app: %v", err)
	}
	u, err := p.counts().OnTarget(context.Background(), s.Running.Row, file("read", "{documents}/a.md"))
	if err != nil || u.Done != int64(n)+1 || u.Failed != 1 {
		t.Errorf("the ledger has %+v of the app, %v", u, err)
	}
	if meters, err := p.bridge.Meters(context.Background(), s.Running.ID); err != nil || !slices.Contains(meters, Meter{"handles", int64(n), int64(n)}) {
		t.Errorf("shown: %+v, %v", meters, err)
	}
	mine := p.must(other.Session, "files.open", m{"path": "{documents}/a.md"})
	if got := p.must(other.Session, "handle.read", m{"handle": mine["handle"]}); string(got["data"].([]byte)) != "a" {
		t.Errorf("another app reads %v", got)
	}
	before := other.wrote.Load()
	p.bridge.Close(s.Secret)
	awaitFiles(t, files+20)
	for other.wrote.Load() == before {
		runtime.Gosched()
	}
	other.stop()
}

// TestFilesRunOutForTheAppThatHasMost where the system lets the process have
// fewer open than the person lets one app.
func TestFilesRunOutForTheAppThatHasMost(t *testing.T) {
	var usual syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &usual); err != nil {
		t.Fatal(err)
	}
	few := syscall.Rlimit{Cur: 1000, Max: usual.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setrlimit(syscall.RLIMIT_NOFILE, &usual)
	p := newPlace(t)
	d := newDisk(p, t)
	other := newNeighbour(p)
	s := opener(p, d)
	if n, code := p.openAll(s); n != 750 || code != "quota.handles" {
		t.Errorf("%d of 1,000 could be opened, then %q", n, code)
	}
	for i := range store.DefaultLimits().Handles {
		if _, code := p.call(other.Session, "files.open", m{"path": "{documents}/a.md"}); code != "" {
			t.Fatalf("file %d of another app: %q", i+1, code)
		}
	}
	if _, err := p.bridge.Open(context.Background(), other.Running.ID, Environment{}); err != nil {
		t.Errorf("another frame: %v", err)
	}
	other.stop()
	p.must(s, "handle.close", m{"handle": 1})
	p.must(s, "handle.close", m{"handle": 2})
}

// slow is a handle that takes until it is let go to be closed.
type slow struct{ now, most *atomic.Int64 }

func (s slow) Close() error {
	n := s.now.Add(1)
	for most := s.most.Load(); n > most && !s.most.CompareAndSwap(most, n); most = s.most.Load() {
	}
	runtime.Gosched()
	s.now.Add(-1)
	return nil
}

// TestNotAllIsClosedAtOnce, because what is slow to close can hold a thread of
// the system each, and there are not so many.
func TestNotAllIsClosedAtOnce(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	s.handles.allow(store.MaxHandles)
	var now, most atomic.Int64
	for range store.MaxHandles {
		if _, err := s.keep(slow{&now, &most}); err != nil {
			t.Fatal(err)
		}
	}
	s.handles.close()
	if most.Load() == 0 || most.Load() > closers {
		t.Errorf("%d at once", most.Load())
	}
}
