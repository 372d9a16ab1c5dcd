package store

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

// turningKeys is a key source whose active key can change.
type turningKeys struct {
	testKeys
	now *atomic.Uint32
}

func (k turningKeys) ActiveKeyID() uint32 { return k.now.Load() }

func withSealLimit(n int64) Option { return func(o *options) { o.volume.SealLimit = n } }

func recorded(t *testing.T, s *Store, key int) (seals int64) {
	t.Helper()
	if err := s.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT ifnull(max(seals), 0) FROM alcove_seal WHERE key_id = ?", key).Scan(&seals)
	}); err != nil {
		t.Fatal(err)
	}
	return seals
}

func TestRecordedSealsAreNeverTooFew(t *testing.T) {
	s := create(t)
	dir := dirOf(s)
	for range 3 {
		if err := prepareWorkload(s); err != nil {
			t.Fatal(err)
		}
		for i := range 300 {
			run(t, s, "INSERT OR REPLACE INTO noise VALUES (?, zeroblob(3000))", i)
		}
		// What a process that died now would find is no less than what was made.
		if _, made := s.volume.ActiveKey(); recorded(t, s, 1) < made {
			t.Errorf("%d made, %d recorded", made, recorded(t, s, 1))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		_, made := s.volume.ActiveKey()
		var err error
		if s, err = Open(t.Context(), dir, testKeys{name: "ada"}); err != nil {
			t.Fatal(err)
		}
		if now := recorded(t, s, 1); now < made || now > made+500 {
			t.Errorf("%d made until closing, %d recorded", made, now)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpeningWithoutWritingCostsNoSeals(t *testing.T) {
	s := create(t)
	dir := dirOf(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(dir, FileName))
	for range 3 {
		s, err := Open(t.Context(), dir, testKeys{name: "ada"})
		if err != nil {
			t.Fatal(err)
		}
		_ = recorded(t, s, 1)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if after, _ := os.ReadFile(filepath.Join(dir, FileName)); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

func TestRetiredKeyRefusesToWriteButReads(t *testing.T) {
	s := create(t)
	dir := dirOf(s)
	run(t, s, "INSERT INTO alcove_setting VALUES ('a', 'b')")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), dir, testKeys{name: "ada"}, withSealLimit(10))
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO alcove_setting VALUES ('c', 'd')")
		return err
	})
	if fault.Code(err) != "vault.key_retired" {
		t.Errorf("error %v", err)
	}
	var n int
	if err := s.View(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow("SELECT count(*) FROM alcove_setting").Scan(&n) }); err != nil || n != 1 {
		t.Errorf("%d rows, %v", n, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	s, err = Open(t.Context(), dir, testKeys{name: "ada"}, withSealLimit(10))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestRetiredKeyIsFollowedByTheNext(t *testing.T) {
	keys := turningKeys{testKeys{name: "ada"}, new(atomic.Uint32)}
	keys.now.Store(1)
	dir := t.TempDir()
	s, err := Create(t.Context(), dir, keys, withSealLimit(900))
	if err != nil {
		t.Fatal(err)
	}
	if err := prepareWorkload(s); err != nil {
		t.Fatal(err)
	}
	keys.now.Store(2)
	for i := range 600 {
		run(t, s, "INSERT OR REPLACE INTO noise VALUES (?, randomblob(3000))", i%100)
	}
	if id, _ := s.volume.ActiveKey(); id != 2 {
		t.Errorf("key %d is active", id)
	}
	if recorded(t, s, 2) == 0 {
		t.Error("the seals of the next key are not recorded")
	}
	if err := s.Check(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), dir, keys); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
