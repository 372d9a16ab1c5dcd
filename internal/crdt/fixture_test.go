package crdt

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/store"
)

// testKeys derives every key from a name, so that a store can be opened again.
type testKeys string

func (k testKeys) VaultID() (id [16]byte) {
	sum := sha256.Sum256([]byte("id" + k))
	return [16]byte(sum[:16])
}
func (testKeys) ActiveKeyID() uint32 { return 1 }
func (k testKeys) Subkey(use string, id uint32) ([]byte, error) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(string(k)+use), id))
	return sum[:], nil
}

const testApp = "ab__notes__"

// replica is a device in a test.
type replica struct {
	*Engine
	t   testing.TB
	dir string
}

// newReplica makes a device with an empty store.
func newReplica(t testing.TB, opts ...Option) *replica {
	t.Helper()
	dir := t.TempDir()
	st, err := store.Create(t.Context(), dir, testKeys("ada"))
	must(t, err)
	t.Cleanup(func() { st.Close() })
	e, err := Open(t.Context(), st, append([]Option{WithNow(inTurn)}, opts...)...)
	must(t, err)
	return &replica{e, t, dir}
}

// restart closes the store and opens it again.
func (r *replica) restart(opts ...Option) {
	r.t.Helper()
	must(r.t, r.st.Close())
	st, err := store.Open(r.t.Context(), r.dir, testKeys("ada"))
	must(r.t, err)
	r.t.Cleanup(func() { st.Close() })
	r.Engine, err = Open(r.t.Context(), st, append([]Option{WithNow(inTurn)}, opts...)...)
	must(r.t, err)
}

var turn struct {
	sync.Mutex
	last time.Time
}

// inTurn is the clock of all replicas that are given none. It never says the
// same millisecond twice, so that of two writes the later one wins: with a
// clock for each, two writes within one millisecond are parted by random site
// ids.
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

// exec runs SQL as a transaction of an extension would.
func (r *replica) exec(sql ...string) {
	r.t.Helper()
	if err := r.try(sql...); err != nil {
		r.t.Fatalf("%v: %v", sql, err)
	}
}

func (r *replica) try(sql ...string) error {
	return r.st.UpdateTx(r.t.Context(), func(tx *store.Tx) error {
		for _, s := range sql {
			if err := tx.Exec(s); err != nil {
				return err
			}
		}
		return nil
	})
}

// removeAll removes an app's data for good; its tables stay.
func (r *replica) removeAll(app string) {
	r.t.Helper()
	must(r.t, r.st.UpdateTx(r.t.Context(), func(tx *store.Tx) error { return r.removeData(tx, app) }))
}

var createdName = regexp.MustCompile(`(?i)^\s*create\s+table\s+"?(\w+)"?`)

// createTracked makes a table and tracks it. The ids of the table and of its
// columns come from their names, so they are the same on every replica.
func createTracked(r *replica, sql string) {
	r.t.Helper()
	createTrackedIn(r, testApp, sql)
}

// createTrackedIn is createTracked for another app.
func createTrackedIn(r *replica, app, sql string) {
	r.t.Helper()
	name := createdName.FindStringSubmatch(sql)[1]
	must(r.t, r.st.UpdateTx(r.t.Context(), func(tx *store.Tx) error {
		if err := tx.Exec(sql); err != nil {
			return err
		}
		var cols []newColumn
		keys, integer := 0, false
		q := tx.Query("SELECT name, pk, type FROM pragma_table_xinfo(?) WHERE hidden = 0")
		q.Text(1, []byte(name))
		for q.Step() {
			c := string(q.ColumnBytes(0))
			cols = append(cols, newColumn{Name: c, GID: testID(name, c)})
			if q.ColumnInt(1) > 0 {
				keys, integer = keys+1, string(q.ColumnBytes(2)) == "INTEGER"
			}
		}
		if err := q.Err(); err != nil {
			return err
		}
		_, err := r.track(tx, app, name, testID(name, ""), keys == 1 && integer && autoKeys(sql), cols)
		return err
	}))
}

// autoKeys: tests write /*auto*/ where an integer key shall be automatic.
func autoKeys(sql string) bool { return regexp.MustCompile(`/\*auto\*/`).MatchString(sql) }

func testID(table, column string) GlobalID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s", table, column))
	return GlobalID(sum[:16])
}
