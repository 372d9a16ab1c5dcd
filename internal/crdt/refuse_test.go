package crdt

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// forge changes a text of a changeset, in place, with a checksum that is right.
func forge(t testing.TB, changes []byte, from, to string) []byte {
	t.Helper()
	b := bytes.Replace(changes, []byte(from), []byte(to), 1)
	body := b[:len(b)-sha256.Size]
	sum := sha256.Sum256(body)
	return append(bytes.Clone(body), sum[:]...)
}

// bytesOf is what from has to tell after a moment of its own time.
func bytesOf(from *replica, since int64) ([]byte, int64) {
	from.t.Helper()
	var b bytes.Buffer
	info, err := from.Changes(from.t.Context(), Vector{from.Self(): since}, &b)
	must(from.t, err)
	return b.Bytes(), info.Upto
}

func (r *replica) apply(b []byte) (Report, error) {
	return r.Apply(r.t.Context(), bytes.NewReader(b), ApplyOptions{})
}

func TestEachChangesetIsMergedOnceAndInOrder(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, x)`)
	c := newReplica(t, stepping())
	createTracked(c, `CREATE TABLE n (id TEXT PRIMARY KEY, x)`)
	a.exec(`INSERT INTO n VALUES ('k', 1)`)
	first, one := bytesOf(a, 0)
	a.exec(`UPDATE n SET x = 2`)
	second, two := bytesOf(a, one)
	both, _ := bytesOf(a, 0)

	_, err := b.apply(second)
	f, _ := errors.AsType[*fault.Error](err)
	if codeOf(err) != "crdt.gap" || f.Data["have"] != int64(0) || f.Data["need"] != one || f.Data["site"] != fmt.Sprintf("%x", a.Self()) {
		t.Fatalf("%v %v", err, f)
	}
	for _, x := range [][]byte{first, first, both, second, both} {
		if _, err := b.apply(x); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := b.apply(both); err != nil || !r.Duplicate || len(r.Tables) != 0 {
		t.Errorf("%+v %v", r, err)
	}
	same(t, `SELECT * FROM n`, "k 2", b)
	if v, _ := b.Vector(t.Context()); v[a.Self()] != two {
		t.Errorf("%v, want %d", v, two)
	}
	// Relayed: what b wrote, having seen a, needs a.
	b.exec(`UPDATE n SET x = 3`)
	third, _ := bytesOf(b, 0)
	if _, err := c.apply(third); codeOf(err) != "crdt.gap" {
		t.Errorf("%v", err)
	}
	for _, x := range [][]byte{both, third} {
		_, err := c.apply(x)
		must(t, err)
	}
	same(t, `SELECT * FROM n`, "k 3", c)
	// Its own come back to it.
	if r, err := a.apply(both); err != nil || !r.Duplicate {
		t.Errorf("%+v %v", r, err)
	}
}

func TestWhatIsDamagedLeavesNothing(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, x UNIQUE)`, `CREATE TABLE c (id TEXT PRIMARY KEY, n TEXT REFERENCES n (id))`)
	b.exec(`INSERT INTO n VALUES ('b', 'same'), ('c', 'other')`)
	a.exec(`INSERT INTO n VALUES ('a', 'same'), ('d', 'x')`, `INSERT INTO c VALUES ('k', 'a')`, `DELETE FROM c`)
	whole, _ := bytesOf(a, 0)
	before := b.rows(`SELECT * FROM n`) + b.rows(`SELECT * FROM alcove_crdt_site`) + b.rows(`SELECT name FROM sqlite_schema`)
	try := func(what string, bad []byte) {
		t.Helper()
		if _, err := b.apply(bad); err == nil {
			t.Fatalf("%s was merged", what)
		} else if code := codeOf(err); code != "crdt.truncated" && code != "crdt.malformed" && code != "crdt.newer_format" {
			t.Fatalf("%s: %v", what, err)
		}
		if after := b.rows(`SELECT * FROM n`) + b.rows(`SELECT * FROM alcove_crdt_site`) + b.rows(`SELECT name FROM sqlite_schema`); after != before {
			t.Fatalf("%s left something:\n%s\n%s", what, before, after)
		}
	}
	for n := 0; n < len(whole); n += 1 + len(whole)/40 {
		try(fmt.Sprintf("the first %d bytes", n), whole[:n])
	}
	for i := 60; i < len(whole); i += 1 + len(whole)/40 {
		bad := bytes.Clone(whole)
		bad[i] ^= 0x55
		// The deps of the header may say what is missing before it.
		if _, err := b.apply(bad); codeOf(err) != "crdt.gap" && codeOf(err) != "crdt.clone" {
			try(fmt.Sprintf("a change at %d", i), bad)
		}
	}
	try("a tail", append(bytes.Clone(whole), 1))
	if _, err := b.Apply(t.Context(), io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), failing{}), ApplyOptions{}); !errors.Is(err, errReading) {
		t.Errorf("%v", err)
	}
	if _, err := b.apply(whole); err != nil {
		t.Fatal(err)
	}
}

var errReading = errors.New("the disk is gone")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errReading }

func TestACopyIsFoundOut(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, x)`)
	a.exec(`INSERT INTO n VALUES ('k', 1)`)
	meet(a, b)
	must(t, a.st.Close())
	copied := filepath.Join(t.TempDir(), "copy")
	must(t, os.CopyFS(copied, os.DirFS(a.dir)))
	a.restart(stepping())
	a.exec(`UPDATE n SET x = 'a'`)
	meet(a, b)
	b.exec(`UPDATE n SET x = 'b'`)
	twin := &replica{t: t, dir: copied}
	st, err := store.Open(t.Context(), copied, testKeys("ada"))
	must(t, err)
	t.Cleanup(func() { st.Close() })
	twin.Engine, err = Open(t.Context(), st, stepping())
	must(t, err)
	later, _ := bytesOf(b, 0)
	if _, err := twin.apply(later); codeOf(err) != "crdt.clone" {
		t.Fatalf("%v", err)
	}
	must(t, twin.NewIncarnation(t.Context()))
	give(b, twin, true)
	same(t, `SELECT * FROM n`, "k b", twin)
}

func TestAForkIsReportedAndTheGreaterBytesWin(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, x)`)
	c := newReplica(t, stepping())
	createTracked(c, `CREATE TABLE n (id TEXT PRIMARY KEY, x)`)
	a.exec(`INSERT INTO n VALUES ('k', 1)`)
	meet(a, b)
	// The same stamp with another value, as a copy would write it.
	a.exec(`UPDATE n SET x = 'one'`)
	one, _ := bytesOf(a, 0)
	two := forge(t, one, "one", "two")
	_, err := b.apply(one)
	must(t, err)
	// c has the other one; each meets the other as it was.
	_, err = c.apply(two)
	must(t, err)
	var sent [2]bytes.Buffer
	for i, r := range []*replica{b, c} {
		r.exec(fmt.Sprintf(`INSERT INTO n VALUES ('%d', 0)`, i))
		_, err := r.Snapshot(t.Context(), &sent[i])
		must(t, err)
	}
	for i, r := range []*replica{c, b} {
		if report, err := r.apply(sent[i].Bytes()); err != nil || report.Forks != 1 || report.Conflicts != 1 {
			t.Errorf("%+v %v", report, err)
		}
	}
	same(t, `SELECT x FROM n WHERE id = 'k'`, "two", b, c)
}

func TestChangesFromTheFutureWait(t *testing.T) {
	day := time.Unix(1_800_000_000, 0)
	now := WithNow(func() time.Time { day = day.Add(time.Millisecond); return day })
	b := newReplica(t, now)
	a := newReplica(t, WithNow(func() time.Time { return time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC) }))
	for _, r := range []*replica{a, b} {
		createTracked(r, `CREATE TABLE n (id TEXT PRIMARY KEY, x)`)
	}
	a.exec(`INSERT INTO n VALUES ('k', 1)`)
	one, upto := bytesOf(a, 0)
	a.exec(`INSERT INTO n VALUES ('l', 2)`)
	two, _ := bytesOf(a, upto)
	for _, x := range [][]byte{one, two, one} {
		if r, err := b.apply(x); err != nil || !r.Held {
			t.Fatalf("%+v %v", r, err)
		}
	}
	same(t, `SELECT count(*) FROM n`, "0", b)
	held, err := b.Held(t.Context())
	if err != nil || len(held) != 2 || held[0].Site != a.Self() || held[0].Bytes != int64(len(one)) || held[0].Until.Year() != 2098 {
		t.Fatalf("%+v %v", held, err)
	}
	if v, _ := b.Vector(t.Context()); v[a.Self()] != 0 {
		t.Errorf("%v", v)
	}
	b.restart(now)
	// Nothing happens before its time; then it is merged with whatever comes.
	if r, err := b.ApplyHeld(t.Context(), false); err != nil || len(r) != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	c := newReplica(t, now)
	createTracked(c, `CREATE TABLE n (id TEXT PRIMARY KEY, x)`)
	c.exec(`INSERT INTO n VALUES ('m', 3)`)
	three, _ := bytesOf(c, 0)
	day = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err = b.apply(three)
	must(t, err)
	same(t, `SELECT * FROM n ORDER BY id`, "k 1\nl 2\nm 3", b)
	if held, _ := b.Held(t.Context()); len(held) != 0 {
		t.Errorf("%+v", held)
	}
	// A person may accept it at once.
	day = time.Unix(1_800_000_000, 0)
	for _, x := range [][]byte{one, two} {
		_, err := c.apply(x)
		must(t, err)
	}
	if r, err := c.ApplyHeld(t.Context(), true); err != nil || len(r) != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	same(t, `SELECT * FROM n ORDER BY id`, "k 1\nl 2\nm 3", c)
	c.exec(`UPDATE n SET x = 'later' WHERE id = 'k'`)
	same(t, `SELECT x FROM n WHERE id = 'k'`, "later", c)
}

func TestRemovedDataDoesNotComeBack(t *testing.T) {
	a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, x UNIQUE)`)
	c := newReplica(t, stepping())
	createTracked(c, `CREATE TABLE n (id TEXT PRIMARY KEY, x UNIQUE)`)
	a.exec(`INSERT INTO n VALUES ('k', 1), ('l', 2)`)
	b.exec(`INSERT INTO n VALUES ('m', 1)`)
	meet(a, b)
	give(a, c, true)
	// c was away: what it wrote meanwhile is of a generation that is over.
	c.exec(`UPDATE n SET x = 3 WHERE id = 'l'`, `INSERT INTO n VALUES ('z', 9)`)
	a.exec(`DELETE FROM n WHERE id = 'l'`)
	a.removeAll(testApp)
	same(t, `SELECT * FROM n`, "", a)
	a.exec(`INSERT INTO n VALUES ('l', 'new')`)
	give(a, b, false)
	same(t, `SELECT * FROM n`, "l new", a, b)
	give(c, b, true)
	same(t, `SELECT * FROM n`, "l new", b)
	give(b, c, true)
	same(t, `SELECT * FROM n`, "l new", c)
	same(t, `SELECT count(*) FROM alcove_crdt_conflict`, "0", a, b, c)
	for _, r := range []*replica{a, b, c} {
		must(t, r.checkVisible([]naiveTable{{"n", []func([]any) string{text(false, 1)}, nil}}))
	}
}
