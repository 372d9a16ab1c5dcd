package spaces_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/capability/spaces"
	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testKeys are keys that protect nothing.
type testKeys struct{}

func (testKeys) VaultID() [16]byte   { return [16]byte{1} }
func (testKeys) ActiveKeyID() uint32 { return 1 }

func (testKeys) Subkey(use string, _ uint32) ([]byte, error) {
	sum := sha256.Sum256([]byte(use))
	return sum[:], nil
}

const (
	lineage = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
	notes   = lineage + "__notes__"
	pages   = notes + "pages"
)

// device is an open vault on one of a person's devices, and what the app notes
// has assigned there.
type device struct {
	*spaces.Space
	st      *store.Store
	tracked *crdt.Engine
}

func newDevice(t *testing.T, clock *time.Time) device {
	t.Helper()
	st, err := store.Create(t.Context(), t.TempDir(), testKeys{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	tracked, err := crdt.Open(t.Context(), st, crdt.WithNow(func() time.Time {
		*clock = clock.Add(time.Millisecond)
		return *clock
	}))
	if err == nil {
		err = tracked.AdoptHost(t.Context(), "alcove__spaces__")
	}
	if err != nil {
		t.Fatal(err)
	}
	return device{spaces.New(st, notes), st, tracked}
}

func (d device) tell(t *testing.T, other device) {
	t.Helper()
	seen, err := other.tracked.Vector(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var changes bytes.Buffer
	if _, err := d.tracked.Changes(t.Context(), seen, &changes); err != nil {
		t.Fatal(err)
	}
	if _, err := other.tracked.Apply(t.Context(), &changes, crdt.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
}

func (d device) assign(t *testing.T, want int, rows ...spaces.Row) {
	t.Helper()
	if made, err := d.Assign(t.Context(), rows); err != nil || made != want {
		t.Errorf("%d rows are new, %v; want %d", made, err, want)
	}
}

func (d device) has(t *testing.T, table string, keys []string, want ...spaces.Row) {
	t.Helper()
	got, err := d.Rows(t.Context(), table, keys)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append([]spaces.Row{}, want...), got); diff != "" {
		t.Error(diff)
	}
}

func row(key string) spaces.Row { return spaces.Row{Table: pages, Key: key} }

func TestRowsAreAssignedOnceAndTakenBack(t *testing.T) {
	d := newDevice(t, new(time.UnixMilli(1_800_000_000_000)))
	a := spaces.Row{Table: pages, Key: `{"id":"a"}`, Group: "g", Type: "Page", Label: "First"}
	d.assign(t, 2, a, row("b"), row("b"))
	d.assign(t, 1, spaces.Row{Table: pages, Key: a.Key, Label: "other"}, spaces.Row{Table: notes + "books", Key: "a"})
	d.has(t, pages, nil, row("b"), a)
	d.has(t, pages, []string{"none", a.Key}, a)
	d.has(t, notes+"none", nil)
	if gone, err := d.Unassign(t.Context(), []spaces.Row{row("b"), row("none")}); err != nil || gone != 1 {
		t.Errorf("%d rows are gone, %v", gone, err)
	}
	d.has(t, pages, nil, a)
}

// TestAssignmentsComeToOtherDevices: what one takes back and the other gives
// anew, and what both give, is the same everywhere in the end.
func TestAssignmentsComeToOtherDevices(t *testing.T) {
	clock := time.UnixMilli(1_800_000_000_000)
	a, b := newDevice(t, &clock), newDevice(t, &clock)
	a.assign(t, 2, row("1"), row("2"))
	a.tell(t, b)
	b.has(t, pages, nil, row("1"), row("2"))

	if _, err := a.Unassign(t.Context(), []spaces.Row{row("1")}); err != nil {
		t.Fatal(err)
	}
	a.assign(t, 1, spaces.Row{Table: pages, Key: "3", Label: "of a"})
	b.assign(t, 2, spaces.Row{Table: pages, Key: "3", Label: "of b"}, row("4"))
	a.tell(t, b)
	b.tell(t, a)
	want := []spaces.Row{row("2"), {Table: pages, Key: "3", Label: "of b"}, row("4")}
	a.has(t, pages, nil, want...)
	b.has(t, pages, nil, want...)

	b.assign(t, 1, row("1"))
	b.tell(t, a)
	a.has(t, pages, []string{"1"}, row("1"))
	for name, d := range map[string]device{"a": a, "b": b} {
		if err := d.tracked.Check(t.Context(), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if bounds, _, err := d.tracked.History(t.Context(), "alcove__spaces__"); err != nil || !bounds.Off {
			t.Errorf("%s keeps old ones: %+v, %v", name, bounds, err)
		}
	}
}

func TestWhatNamesARowIsBounded(t *testing.T) {
	d := newDevice(t, new(time.UnixMilli(1_800_000_000_000)))
	long := strings.Repeat("x", spaces.MaxText)
	for _, key := range []string{"a", "evt_1", `{"id":"a"}`, `{"a":1,"b":"2"}`, `["a"]`, strings.Repeat("k", spaces.MaxKey), `"`} {
		d.assign(t, 1, spaces.Row{Table: pages, Key: key, Group: long, Type: long, Label: long})
	}
	for _, r := range []spaces.Row{
		row(""), row(" "), row("a\x00b"), row("\xff"), row(strings.Repeat("k", spaces.MaxKey+1)), row(`{"id":`), row(`{"id":"a"} x`), row(` [1,]`),
	} {
		if _, err := d.Assign(t.Context(), []spaces.Row{row("with it"), r}); fault.Code(err) != "spaces.key" {
			t.Errorf("%.20q: %v", r.Key, err)
		}
	}
	for _, r := range []spaces.Row{{Group: long + "x"}, {Type: long + "x"}, {Label: "\xff"}} {
		r.Table, r.Key = pages, "a"
		if _, err := d.Assign(t.Context(), []spaces.Row{r}); fault.Code(err) != "spaces.text" {
			t.Errorf("%+v: %v", r, err)
		}
	}
	d.has(t, pages, []string{"with it"})
}

func TestOneMoreRowThanAllowedIsRefused(t *testing.T) {
	d := newDevice(t, new(time.UnixMilli(1_800_000_000_000)))
	err := d.st.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?)
			INSERT INTO alcove__spaces__row (tbl, pks) SELECT ?, printf('%08d', i) FROM n`, spaces.MaxRows-1, pages)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Assign(t.Context(), []spaces.Row{row("a"), row("b")}); fault.Code(err) != "quota.assignments" {
		t.Errorf("two more: %v", err)
	}
	d.has(t, pages, []string{"a", "b"})
	d.assign(t, 1, row("a"))
	d.assign(t, 0, row("a"))
	other := spaces.New(d.st, lineage+"__note__")
	if made, err := other.Assign(t.Context(), []spaces.Row{{Table: lineage + "__note__x", Key: "a"}}); err != nil || made != 1 {
		t.Errorf("another app pays for it: %d, %v", made, err)
	}
}

// comeAndGo assigns new rows and takes them back until it is refused, and says
// how many it were.
func (d device) comeAndGo(t *testing.T, from, upto int) (gone int, err error) {
	t.Helper()
	for gone = from; gone < upto; {
		var rows []spaces.Row
		for range spaces.MaxAtOnce {
			rows = append(rows, row(fmt.Sprintf("%08d", gone+len(rows))))
		}
		if _, err := d.Assign(t.Context(), rows); err != nil {
			return gone, err
		}
		n, err := d.Unassign(t.Context(), rows)
		if err != nil || n != len(rows) {
			t.Fatalf("%d are gone, %v", n, err)
		}
		gone += n
	}
	return gone, nil
}

// TestWhatWasTakenBackCounts as long as it has to be remembered for other
// devices: an app that assigns and takes back for ever comes to an end.
func TestWhatWasTakenBackCounts(t *testing.T) {
	d := newDevice(t, new(time.UnixMilli(1_800_000_000_000)))
	if _, err := d.tracked.Snapshot(t.Context(), io.Discard); err != nil { // another device may have it
		t.Fatal(err)
	}
	gone, err := d.comeAndGo(t, 0, 10*spaces.MaxKept)
	if fault.Code(err) != "quota.assignments" || !strings.Contains(fault.Of(err).Message, "taken back") || gone != spaces.MaxKept {
		t.Errorf("after %d: %v", gone, err)
	}
	d.has(t, pages, nil)
	d.assign(t, 2, row("00000001"), row("00000002")) // these are known
	if n, err := d.Unassign(t.Context(), []spaces.Row{row("00000001")}); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := d.Assign(t.Context(), []spaces.Row{row("new")}); fault.Code(err) != "quota.assignments" {
		t.Errorf("one that is new: %v", err)
	}
	other := spaces.New(d.st, lineage+"__note__")
	if made, err := other.Assign(t.Context(), []spaces.Row{{Table: lineage + "__note__x", Key: "a"}}); err != nil || made != 1 {
		t.Errorf("another app pays for it: %d, %v", made, err)
	}
}

// TestAloneWhatWasTakenBackIsForgotten: nobody else has to hear of it.
func TestAloneWhatWasTakenBackIsForgotten(t *testing.T) {
	d := newDevice(t, new(time.UnixMilli(1_800_000_000_000)))
	d.assign(t, 1, row("stays"))
	if gone, err := d.comeAndGo(t, 0, 2*spaces.MaxKept); err != nil {
		t.Errorf("after %d: %v", gone, err)
	}
	d.has(t, pages, nil, row("stays"))
	if err := d.tracked.Check(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// TestAloneWhatIsKeptToSyncDoesNotGrowForEver although the same rows come and go,
// which leaves no more tombstones than there were, and is on nobody's quota.
func TestAloneWhatIsKeptToSyncDoesNotGrowForEver(t *testing.T) {
	d := newDevice(t, new(time.UnixMilli(1_800_000_000_000)))
	var rows []spaces.Row
	for i := range 2000 {
		rows = append(rows, row(strings.Repeat("k", spaces.MaxKey-8)+fmt.Sprintf("%08d", i)))
	}
	largest := int64(0)
	for range 20 { // 40 MB
		d.assign(t, len(rows), rows...)
		if n, err := d.Unassign(t.Context(), rows); err != nil || n != len(rows) {
			t.Fatal(n, err)
		}
		var kept int64
		err := d.st.View(t.Context(), func(tx *sql.Tx) error {
			return tx.QueryRow(`SELECT coalesce(sum(length(data)), 0) FROM alcove_crdt_tx`).Scan(&kept)
		})
		if err != nil {
			t.Fatal(err)
		}
		largest = max(largest, kept)
	}
	if largest > 8<<20 {
		t.Errorf("%d bytes are kept", largest)
	}
}

func TestOnlyOwnTablesByTheirFullNames(t *testing.T) {
	for name, want := range map[string]string{
		pages: pages, strings.ToUpper(pages): pages, notes + "a_b-c": notes + "a_b-c",
		"pages": "", notes: "", notes + "a__b": "", notes + "1": "", `"` + pages + `"`: "", lineage + "__notes2__pages": "", "alcove__items__item": "",
		strings.Replace(pages, "0a", "0b", 1): "", notes + strings.Repeat("x", 64): "",
		notes + "boo\u212as": "", // SQLite does not take the sign of the kelvin for a k
	} {
		got, err := spaces.Own(notes, name)
		if want == "" && fault.Code(err) != "spaces.table" || want != "" && (err != nil || got != want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
