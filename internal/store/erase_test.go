package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/alcove-vault/alcove/internal/store/sealvfs"
)

// TestNothingIsLeftOfWhatWasDeleted: SQLite moves rows about and leaves copies.
func TestNothingIsLeftOfWhatWasDeleted(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	s, err := Create(ctx, dir, testKeys{name: "ada"}, WithCache(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const marker = "MARKER-c0ffee"
	r := rand.New(rand.NewPCG(1, 1))
	run := func(text string, args ...any) {
		t.Helper()
		if err := s.Update(ctx, func(tx *sql.Tx) error { _, err := tx.ExecContext(ctx, text, args...); return err }); err != nil {
			t.Fatal(err)
		}
	}
	run("CREATE TABLE try (k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID")
	for i := range 1500 {
		text := "other"
		if i%3 == 0 {
			text = marker
		}
		run("INSERT INTO try VALUES (?, ?)", fmt.Sprintf("%08x", r.Uint32()), text+fmt.Sprintf("%0*d", r.IntN(300), i))
		if i%5 == 4 {
			run("UPDATE try SET v = v || hex(zeroblob(?)) WHERE k >= ? AND v LIKE 'other%' AND k IN (SELECT k FROM try WHERE k >= ? LIMIT 3)", r.IntN(200), fmt.Sprintf("%08x", r.Uint32()), fmt.Sprintf("%08x", r.Uint32()))
		}
	}
	run("DELETE FROM try WHERE v LIKE '" + marker + "%'")
	for round := range 2 {
		if done, err := s.EraseFree(context.Background()); err != nil || !done {
			t.Fatal(done, err)
		}
		if round == 1 { // pages that are written again are clean as well
			run("UPDATE try SET v = v || '.'")
		}
		if n := pagesWith(t, dir, marker); n > 0 {
			t.Errorf("round %d: %d pages hold it", round, n)
		}
	}
	if err := s.Check(ctx, nil); err != nil {
		t.Error(err)
	}
}

// pagesWith counts the pages on disk that hold a text, those of the log too.
func pagesWith(t *testing.T, dir, text string) (n int) {
	t.Helper()
	copied := filepath.Join(t.TempDir(), FileName)
	look := func(plain []byte) {
		if bytes.Contains(plain, []byte(text)) {
			n++
		}
	}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, FileName+suffix))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if suffix != "" {
			sealvfs.LogPages(b, testKeys{name: "ada"}, look)
		}
	}
	v, err := sealvfs.Mount(copied, testKeys{name: "ada"}, sealvfs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Unmount()
	if err := v.EachPage(t.Context(), nil, func(_ uint32, plain []byte) { look(plain) }); err != nil {
		t.Fatal(err)
	}
	return n
}
