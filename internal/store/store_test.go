package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// testKeys derives every key from a name, so that a store can be opened again.
type testKeys struct {
	name   string
	active uint32
}

func (k testKeys) VaultID() (id [16]byte) {
	sum := sha256.Sum256([]byte("id" + k.name))
	return [16]byte(sum[:16])
}
func (k testKeys) ActiveKeyID() uint32 { return max(k.active, 1) }
func (k testKeys) Subkey(use string, id uint32) ([]byte, error) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(k.name+use), id))
	return sum[:], nil
}

func create(t testing.TB, opts ...Option) *Store {
	t.Helper()
	s, err := Create(t.Context(), t.TempDir(), testKeys{name: "ada"}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func dirOf(s *Store) string { return filepath.Dir(s.place) }

func run(t testing.TB, s *Store, query string, args ...any) {
	t.Helper()
	if err := s.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestWhatWasWrittenIsThereAfterReopening(t *testing.T) {
	s := create(t)
	dir := dirOf(s)
	run(t, s, "INSERT INTO alcove_setting (key, value) VALUES ('a', x'01')")
	for _, name := range []string{FileName, FileName + "-wal"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	names, _ := os.ReadDir(dir)
	if len(names) != 1 {
		t.Errorf("closed folder holds %v", names)
	}
	s, err := Open(context.Background(), dir, testKeys{name: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var value []byte
	if err := s.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT value FROM alcove_setting").Scan(&value)
	}); err != nil || string(value) != "\x01" {
		t.Errorf("value %x, %v", value, err)
	}
}
