package secrets

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testKeys are keys by number; they protect nothing.
type testKeys struct {
	vault  byte
	active uint32
}

func (k testKeys) VaultID() [16]byte   { return [16]byte{k.vault} }
func (k testKeys) ActiveKeyID() uint32 { return k.active }

func (k testKeys) Subkey(use string, id uint32) ([]byte, error) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %d", k.vault, use, id))
	return sum[:], nil
}

const (
	feeds = "aa.feeds"
	notes = "aa.notes"
)

// fixture is an open vault with two extensions, rows 1 and 2.
func fixture(t *testing.T) (*store.Store, *Space, *Space) {
	t.Helper()
	keys := testKeys{vault: 1, active: 1}
	st, err := store.Create(t.Context(), t.TempDir(), keys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	run(t, st, `INSERT INTO alcove_extension (id, lineage, name, highest_version, installed_at, updated_at)
		VALUES (1, x'aa', 'feeds', '1.0.0', 0, 0), (2, x'aa', 'notes', '1.0.0', 0, 0)`)
	return st, New(st, keys, 1, feeds), New(st, keys, 2, notes)
}

func run(t *testing.T, st *store.Store, statement string, args ...any) {
	t.Helper()
	err := st.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), statement, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, s *Space, name string) (Value, bool) {
	t.Helper()
	v, found, err := s.Get(t.Context(), name, false)
	if err != nil {
		t.Fatal(err)
	}
	return v, found
}

func set(t *testing.T, s *Space, name, text string) {
	t.Helper()
	if err := s.Set(t.Context(), name, Value{Data: []byte(text), Text: true}, false); err != nil {
		t.Fatal(err)
	}
}

func TestSecretsAreKeptAndForgotten(t *testing.T) {
	_, s, other := fixture(t)
	set(t, s, "token", "first")
	set(t, s, "token", "second")
	if err := s.Set(t.Context(), "key", Value{Data: []byte{0, 255}}, true); err != nil {
		t.Fatal(err)
	}
	if v, found := get(t, s, "token"); !found || string(v.Data) != "second" || !v.Text {
		t.Errorf("%q, %v", v.Data, found)
	}
	if v, found, err := s.Get(t.Context(), "key", true); err != nil || !found || !bytes.Equal(v.Data, []byte{0, 255}) || v.Text {
		t.Errorf("%x, %v, %v", v.Data, found, err)
	}
	if _, found := get(t, other, "token"); found {
		t.Error("another extension's secret was found")
	}
	list, err := s.List(t.Context())
	if err != nil || len(list) != 2 || list[0].Name != "key" || !list[0].Ask || list[1].Ask || list[1].UpdatedAt == 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := other.List(t.Context()); err != nil || list == nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	for _, want := range []bool{true, false} {
		if deleted, err := s.Delete(t.Context(), "token"); err != nil || deleted != want {
			t.Errorf("deleted %v, %v", deleted, err)
		}
	}
	if _, found := get(t, s, "token"); found {
		t.Error("it is still there")
	}
}

// TestASecretThatAsksIsNotOpenedUnasked: also where it began to ask after it
// was looked at.
func TestASecretThatAsksIsNotOpenedUnasked(t *testing.T) {
	_, s, _ := fixture(t)
	set(t, s, "token", "x")
	if ask, err := s.Asks(t.Context(), "token"); err != nil || ask {
		t.Errorf("%v, %v", ask, err)
	}
	if err := s.Set(t.Context(), "token", Value{Data: []byte("y")}, true); err != nil {
		t.Fatal(err)
	}
	if ask, err := s.Asks(t.Context(), "token"); err != nil || !ask {
		t.Errorf("%v, %v", ask, err)
	}
	if v, found, err := s.Get(t.Context(), "token", false); fault.Code(err) != "secrets.changed" || found || v.Data != nil {
		t.Errorf("%v, %v", found, err)
	}
	if ask, err := s.Asks(t.Context(), "none"); err != nil || ask {
		t.Errorf("%v, %v", ask, err)
	}
}

// TestASealedValueOpensOnlyWhereItBelongs: not under another name, for another
// extension, in another vault or after a change.
func TestASealedValueOpensOnlyWhereItBelongs(t *testing.T) {
	st, s, _ := fixture(t)
	set(t, s, "token", "the value")
	read := func() (sealed []byte) {
		err := st.View(t.Context(), func(tx *sql.Tx) error {
			return tx.QueryRowContext(t.Context(), `SELECT sealed FROM alcove_secret WHERE name = 'token'`).Scan(&sealed)
		})
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	sealed := read()
	if bytes.Contains(sealed, []byte("the value")) {
		t.Error("the value is stored as it is")
	}
	if v, err := s.open("token", sealed); err != nil || string(v.Data) != "the value" {
		t.Fatalf("%v", err)
	}
	set(t, s, "token", "the value")
	if bytes.Equal(sealed, read()) {
		t.Error("two writes of one value are sealed alike")
	}
	newer := New(st, testKeys{vault: 1, active: 9}, 1, feeds)
	if v, err := newer.open("token", sealed); err != nil || string(v.Data) != "the value" {
		t.Errorf("with a newer key: %v", err)
	}
	for name, elsewhere := range map[string]func() (Value, error){
		"another name":      func() (Value, error) { return s.open("token2", sealed) },
		"another extension": func() (Value, error) { return New(st, s.keys, 2, notes).open("token", sealed) },
		"another vault":     func() (Value, error) { return New(st, testKeys{vault: 2, active: 1}, 1, feeds).open("token", sealed) },
		"cut":               func() (Value, error) { return s.open("token", sealed[:len(sealed)-1]) },
		"nothing":           func() (Value, error) { return s.open("token", nil) },
	} {
		if v, err := elsewhere(); err == nil {
			t.Errorf("%s: opened: %q", name, v.Data)
		}
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := s.open("token", changed); err == nil {
			t.Errorf("opened with byte %d changed", i)
		}
	}
	run(t, st, `UPDATE alcove_secret SET sealed = ?`, sealed[:head])
	if _, _, err := s.Get(t.Context(), "token", false); fault.Code(err) != "secrets.damaged" {
		t.Errorf("%v", err)
	}
}

func TestSecretsHaveBounds(t *testing.T) {
	_, s, other := fixture(t)
	for _, name := range []string{"", strings.Repeat("n", MaxName+1), "a\nb", "a\x00"} {
		if err := s.Set(t.Context(), name, Value{}, false); fault.Code(err) != "secrets.name" {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := s.Set(t.Context(), "big", Value{Data: make([]byte, MaxValue+1)}, false); fault.Code(err) != "quota.value" {
		t.Errorf("%v", err)
	}
	if err := s.Set(t.Context(), "big", Value{Data: make([]byte, MaxValue)}, false); err != nil {
		t.Errorf("%v", err)
	}
	for i := 1; i < MaxCount; i++ {
		set(t, s, fmt.Sprint(i), "x")
	}
	if err := s.Set(t.Context(), "one more", Value{}, false); fault.Code(err) != "quota.secrets" {
		t.Errorf("%v", err)
	}
	set(t, s, "big", "replaced")
	set(t, other, "mine", "x")
}

// TestValuesStayOutOfLogs: a value is not shown by what prints things.
func TestValuesStayOutOfLogs(t *testing.T) {
	v := Value{Data: []byte("hunter2"), Text: true}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).InfoContext(context.Background(), "x", "value", v)
	for _, shown := range []string{fmt.Sprint(v), fmt.Sprintf("%v %+v %#v %s", v, v, v, v), log.String()} {
		if strings.Contains(shown, "hunter2") || strings.Contains(shown, "104 117") || strings.Contains(shown, "0x68") {
			t.Error(shown)
		}
	}
}
