package items

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testKeys are keys by name; they protect nothing.
type testKeys string

func (testKeys) VaultID() [16]byte   { return [16]byte{1} }
func (testKeys) ActiveKeyID() uint32 { return 1 }

func (k testKeys) Subkey(use string, _ uint32) ([]byte, error) {
	sum := sha256.Sum256([]byte(string(k) + use))
	return sum[:], nil
}

// device is an open vault on one of a person's devices.
type device struct {
	*Items
	st      *store.Store
	tracked *crdt.Engine
	clock   time.Time
}

func newDevice(t *testing.T) *device {
	t.Helper()
	st, err := store.Create(t.Context(), t.TempDir(), testKeys("ada"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	d := &device{st: st, clock: time.UnixMilli(1_800_000_000_000)}
	d.tracked, err = crdt.Open(t.Context(), st, crdt.WithNow(func() time.Time {
		d.clock = d.clock.Add(time.Millisecond)
		return d.clock
	}))
	if err != nil {
		t.Fatal(err)
	}
	d.open(t)
	return d
}

func (d *device) open(t *testing.T) {
	t.Helper()
	s, err := Open(t.Context(), d.st, d.tracked)
	if err != nil {
		t.Fatal(err)
	}
	s.now = func() time.Time { return d.clock }
	d.Items = s
}

// tell merges what d has into other.
func (d *device) tell(t *testing.T, other *device) {
	t.Helper()
	seen, err := other.tracked.Vector(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var changes bytes.Buffer
	if _, err := d.tracked.Changes(t.Context(), seen, &changes); err != nil {
		t.Fatal(err)
	}
	if changes.Len() == 0 {
		t.Fatal("there is nothing to tell")
	}
	if _, err := other.tracked.Apply(t.Context(), &changes, crdt.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
}

func (d *device) create(t *testing.T, c Change) string {
	t.Helper()
	id, err := d.Create(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (d *device) get(t *testing.T, id string) Item {
	t.Helper()
	i, err := d.Get(t.Context(), id, nil)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func (d *device) titles(t *testing.T) (titles []string) {
	t.Helper()
	list, err := d.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		titles = append(titles, i.Title)
	}
	return titles
}
