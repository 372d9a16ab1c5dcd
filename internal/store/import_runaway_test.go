package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// bottomless writes a SQLite file of a few pages whose table has 10^10 rows: each
// page leads to the next one a few hundred times.
func bottomless(t *testing.T) string {
	t.Helper()
	const size, levels = 4096, 4
	path := filepath.Join(t.TempDir(), "bottomless.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA page_size = 4096; CREATE TABLE tags (tag); INSERT INTO tags VALUES ('a')"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	leaf := append([]byte(nil), data[size:]...) // page 2, the root, becomes the last
	data = data[:size]
	for level := range uint32(levels) {
		page, at, child := make([]byte, size), size, 3+level
		const cells = 500
		for i := range cells {
			at -= 5
			binary.BigEndian.PutUint32(page[at:], child)
			page[at+4] = 1 // the key
			binary.BigEndian.PutUint16(page[12+2*i:], uint16(at))
		}
		page[0] = 5 // an inner page of a table
		binary.BigEndian.PutUint16(page[3:], cells)
		binary.BigEndian.PutUint16(page[5:], uint16(at))
		binary.BigEndian.PutUint32(page[8:], child)
		data = append(data, page...)
	}
	data = append(data, leaf...)
	binary.BigEndian.PutUint32(data[28:], uint32(len(data)/size))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAnImportEndsWithItsContextAndWithTheStore while SQLite is busy with the
// file.
func TestAnImportEndsWithItsContextAndWithTheStore(t *testing.T) {
	s, _ := twoExtensions(t)
	path := bottomless(t)
	begin := func(ctx context.Context) chan error {
		result := make(chan error, 1)
		go func() {
			_, err := s.Import(ctx, Data{Extension: 1, Rights: Rights{Own: notesPrefix}}, path, KeepExisting, nil)
			result <- err
		}()
		return result
	}
	end := func(result chan error) error {
		select {
		case err := <-result:
			return err
		case <-time.After(long):
			return errors.New("it goes on")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := end(begin(ctx)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("at its deadline: %v", err)
	}
	result := begin(t.Context())
	select {
	case err := <-result:
		t.Fatalf("it ended by itself: %v", err)
	case <-time.After(100 * time.Millisecond): // it is at the file by now, or will see that the store is closed
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := end(result); fault.Code(err) != "vault.locked" {
		t.Errorf("when the store was closed: %v", err)
	}
}
