package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// TestTenThousandCallsAreTenThousandInTheLedger, of many goroutines, while it is
// written, across a lock.
func TestTenThousandCallsAreTenThousandInTheLedger(t *testing.T) {
	p := newPlace(t, nil)
	const workers, each = 8, 1250
	half := func() {
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := range each / 2 {
					e := fetch(int64(w%2+1), fmt.Sprintf("https://h%d.example.com/secret?%d", i%50, i))
					switch i % 5 {
					case 0:
						e = refused(e)
					case 1:
						e.Code = "net.timeout"
					case 2:
						e = query(e.Extension)
					}
					p.ledger.Record(e)
					if i%100 == 0 {
						if err := p.ledger.Flush(context.Background()); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		wg.Wait()
	}
	half()
	p.again()
	half()
	var all, counted Uses
	list, err := p.ledger.Sums(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		all.Add(s.Uses)
	}
	if n := all.Done + all.Failed + all.Refused; n != workers*each {
		t.Errorf("%d calls in the ledger, there were %d", n, workers*each)
	}
	if all.Refused != workers*each/5 || all.Failed != workers*each/5 {
		t.Errorf("%d were refused and %d failed, of %d a fifth each", all.Refused, all.Failed, workers*each)
	}
	counted.Done = p.number(`SELECT sum(done + failed + refused) FROM alcove_call_count`)
	if counted.Done != workers*each {
		t.Errorf("%d calls by the minute, there were %d", counted.Done, workers*each)
	}
	if n := p.number(`SELECT count(*) FROM alcove_call_target WHERE target LIKE '%secret%'`); n != 0 {
		t.Error("paths of addresses are kept")
	}
}

// TestACallIsWrittenWithinASecond without anybody asking for it.
func TestACallIsWrittenWithinASecond(t *testing.T) {
	p := newPlace(t, nil)
	l := Open(p.st, Options{Every: time.Millisecond})
	wrote := make(chan struct{}, 1)
	l.OnWrite(func() { wrote <- struct{}{} })
	l.Record(fetch(1, "https://a.example/"))
	<-wrote
	if n := p.number(`SELECT count(*) FROM alcove_call_line`); n != 1 {
		t.Errorf("%d lines", n)
	}
	if err := l.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	l.Record(fetch(1, "https://a.example/"))
	if err := l.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := p.number(`SELECT count(*) FROM alcove_call_line`); n != 1 {
		t.Errorf("%d lines after a call that came after the end", n)
	}
}

// TestWhatCannotBeWrittenIsKept until it can.
func TestWhatCannotBeWrittenIsKept(t *testing.T) {
	p := newPlace(t, nil)
	p.ledger.Record(fetch(1, "https://a.example/"))
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	held := make(chan struct{})
	release := make(chan struct{})
	go func() {
		_ = p.st.UpdateTx(context.Background(), func(*store.Tx) error { close(held); <-release; return nil })
	}()
	<-held
	if err := p.ledger.Flush(stopped); !errors.Is(err, context.Canceled) {
		t.Errorf("writing while somebody else writes: %v", err)
	}
	close(release)
	p.ledger.Record(fetch(1, "https://a.example/"))
	if s := p.sum(1, "net", "fetch"); s.Done != 2 || s.In != 200 || s.Out != 20 || s.Targets != 1 {
		t.Errorf("%+v", s)
	}
}

// TestMillionsOfTargetsAreBounded in memory and in the vault, and counted.
func TestMillionsOfTargetsAreBounded(t *testing.T) {
	b := usual()
	b.targets, b.allTargets, b.cells, b.fold, b.trimAfter, b.minutes = 50, 80, 200, 10, 100, 300
	p := newPlace(t, &b)
	const calls = 6_000
	p.ledger.Record(fetch(1, "https://known.example/"))
	p.flush()
	for i := range calls {
		p.clock = p.clock.Add(time.Second)
		p.ledger.Record(refused(fetch(int64(i%2+1), fmt.Sprintf("https://%d.%s.example/", i, strings.Repeat("x", 600)))))
		if i%500 == 0 {
			p.flush()
		}
		if n := len(p.ledger.pending.cells); n > 2*b.cells+50 {
			t.Fatalf("%d cells in memory", n)
		}
	}
	p.flush()
	if n := p.number(`SELECT count(*) FROM alcove_call_target`); n > 100 {
		t.Errorf("%d targets are kept", n)
	}
	if n := p.number(`SELECT max(length(target)) FROM alcove_call_target`); n > maxTarget {
		t.Errorf("a target of %d", n)
	}
	if a, b := p.sum(1, "net", "fetch"), p.sum(2, "net", "fetch"); a.Refused+b.Refused != calls || a.Done != 1 {
		t.Errorf("%d and %d refused of %d", a.Refused, b.Refused, calls)
	}
	if n := p.number(`SELECT count(*) FROM alcove_call_target WHERE target = 'https://known.example'`); n != 1 {
		t.Error("a target that was used went before those that were only refused")
	}
}

// TestARefusalCannotBeCrowdedOut by what the app does afterwards.
func TestARefusalCannotBeCrowdedOut(t *testing.T) {
	b := usual()
	b.lines = 20
	p := newPlace(t, &b)
	p.ledger.Record(refused(fetch(1, "https://bad.example/")))
	for range 500 {
		p.ledger.Record(query(1))
		p.ledger.Record(fetch(1, "https://good.example/"))
	}
	p.flush()
	for range 30 {
		p.ledger.Record(query(1))
	}
	p.flush()
	lines := p.activity(Filter{Extension: 1})
	if len(lines) != 41 {
		t.Errorf("%d lines, of 20 of its own, 20 beyond and one refused", len(lines))
	}
	if got := p.activity(Filter{Show: ShowRefused}); len(got) != 1 || got[0].Target != "https://bad.example" || got[0].Code != "permission.denied" {
		t.Errorf("refused: %+v", got)
	}
}

// TestTheLedgerOfAFullVaultIsBounded: the greatest that the bounds let through
// takes what bounds.go says.
func TestTheLedgerOfAFullVaultIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 20 MB")
	}
	p := newPlace(t, nil)
	empty := p.size()
	p.exec(`WITH RECURSIVE n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n LIMIT 20)
		INSERT INTO alcove_extension (id, lineage, name, highest_version, installed_at, updated_at) SELECT i, x'04', 'app' || i, '1', 0, 0 FROM n`)
	long := strings.Repeat("y", 600)
	for minute := range 12 {
		p.clock = p.clock.Add(time.Minute)
		for ext := range 20 {
			for i := range 100 {
				e := fetch(int64(ext+1), "")
				e.Key = permission.Key{Resource: "files", Action: "read", Target: fmt.Sprintf("{home}/%d-%d/%s", minute, i, long)}
				p.ledger.Record(e)
				p.ledger.Record(refused(e))
			}
		}
		p.flush()
	}
	grown := p.size() - empty
	t.Logf("%d targets, %d counts, %d lines: %.1f MB", p.number(`SELECT count(*) FROM alcove_call_target`),
		p.number(`SELECT count(*) FROM alcove_call_count`), p.number(`SELECT count(*) FROM alcove_call_line`), float64(grown)/1e6)
	if grown > 20e6 {
		t.Errorf("%d bytes", grown)
	}
}

// TestWithAnAppItsLedgerGoes, and what still comes of it is nobody else's.
func TestWithAnAppItsLedgerGoes(t *testing.T) {
	p := newPlace(t, nil)
	p.ledger.Record(fetch(3, "https://a.example/"))
	p.flush()
	p.exec(`DELETE FROM alcove_extension WHERE id = 3`)
	p.ledger.Record(fetch(3, "https://a.example/"))
	p.ledger.Record(fetch(1, "https://a.example/"))
	p.flush()
	p.exec(`INSERT INTO alcove_extension (id, lineage, name, highest_version, installed_at, updated_at) VALUES (3, x'05', 'other', '1.0.0', 0, 0)`)
	p.ledger.Record(query(3))
	if s := p.sum(3, "net", "fetch"); s.Done != 0 {
		t.Errorf("another app has %d calls", s.Done)
	}
	if lines := p.activity(Filter{Extension: 3}); len(lines) != 1 {
		t.Errorf("another app has %d lines", len(lines))
	}
	if s := p.sum(1, "net", "fetch"); s.Done != 1 {
		t.Errorf("%+v", s)
	}
}
