package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testKeys are keys that protect nothing.
type testKeys struct{}

func (testKeys) VaultID() [16]byte   { return [16]byte{1} }
func (testKeys) ActiveKeyID() uint32 { return 1 }

func (testKeys) Subkey(use string, id uint32) ([]byte, error) {
	sum := sha256.Sum256([]byte(fmt.Sprintf("%s %d", use, id)))
	return sum[:], nil
}

// place is a vault whose clock stands still until it is moved.
type place struct {
	t      testing.TB
	dir    string
	st     *store.Store
	ledger *Ledger
	bounds *bounds
	clock  time.Time
}

// newPlace has extensions 1, 2 and 3. Its ledger writes only when it is told to.
func newPlace(t testing.TB, b *bounds) *place {
	t.Helper()
	p := &place{t: t, dir: t.TempDir(), bounds: b, clock: time.Date(2026, 11, 29, 23, 58, 30, 0, time.UTC)}
	p.open(store.Create)
	t.Cleanup(p.close)
	p.exec(`INSERT INTO alcove_extension (id, lineage, name, highest_version, installed_at, updated_at)
		VALUES (1, x'01', 'notes', '1.0.0', 0, 0), (2, x'02', 'feeds', '1.0.0', 0, 0), (3, x'03', 'draw', '1.0.0', 0, 0)`)
	return p
}

func (p *place) open(with func(context.Context, string, store.KeySource, ...store.Option) (*store.Store, error)) {
	p.t.Helper()
	var err error
	if p.st, err = with(context.Background(), p.dir, testKeys{}); err != nil {
		p.t.Fatal(err)
	}
	p.ledger = Open(p.st, Options{Every: time.Hour, Now: func() time.Time { return p.clock }, bounds: p.bounds})
}

// close may be called again.
func (p *place) close() {
	p.t.Helper()
	if p.ledger == nil {
		return
	}
	if err := p.ledger.Close(context.Background()); err != nil {
		p.t.Error(err)
	}
	if err := p.st.Close(); err != nil {
		p.t.Error(err)
	}
	p.ledger = nil
}

// again locks the vault and unlocks it.
func (p *place) again() {
	p.t.Helper()
	p.close()
	p.open(store.Open)
}

func (p *place) flush() {
	p.t.Helper()
	if err := p.ledger.Flush(context.Background()); err != nil {
		p.t.Fatal(err)
	}
}

// trim lets the next write look at the bounds.
func (p *place) trim() { p.ledger.writer.trimmed = 0 }

func (p *place) exec(text string, params ...any) {
	p.t.Helper()
	err := p.st.Update(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec(text, params...)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) number(text string, params ...any) (n int64) {
	p.t.Helper()
	err := p.st.View(context.Background(), func(tx *sql.Tx) error { return tx.QueryRow(text, params...).Scan(&n) })
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

// size is how many bytes the database takes.
func (p *place) size() (n int64) {
	return p.number(`SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`)
}

func fetch(extension int64, target string) Entry {
	return Entry{
		Extension: extension, Method: "net.fetch", Key: permission.Key{Resource: "net", Action: "fetch", Target: target},
		Verdict: permission.Allowed, Took: 5 * time.Millisecond, In: 100, Out: 10,
	}
}

func refused(e Entry) Entry {
	e.Verdict, e.Code = permission.Denied, "permission.denied"
	return e
}

func query(extension int64) Entry {
	return Entry{Extension: extension, Method: "db.query", Key: permission.Key{Resource: "db", Action: permission.Own}, Took: time.Millisecond}
}

// sum is what an app did in all with one resource and action.
func (p *place) sum(extension int64, resource, action string) Sum {
	p.t.Helper()
	list, err := p.ledger.Sums(context.Background())
	if err != nil {
		p.t.Fatal(err)
	}
	for _, s := range list {
		if s.Extension == extension && s.Resource == resource && s.Action == action {
			return s
		}
	}
	return Sum{}
}

func (p *place) activity(f Filter) []Line {
	p.t.Helper()
	var all []Line
	var at Cursor
	for {
		list, err := p.ledger.Activity(context.Background(), f, at, 7)
		if err != nil {
			p.t.Fatal(err)
		}
		if all = append(all, list...); len(list) < 7 {
			return all
		}
		last := list[len(list)-1]
		at = Cursor{At: last.At, ID: last.ID, Change: last.Kind != KindCall && last.Kind != KindAsked}
	}
}
