package store

import (
	"bytes"
	"database/sql"
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store/sealvfs"
)

// written returns the files of a vault after some work. With log, the work is
// still in the log, as after a kill.
func written(t *testing.T, log bool) map[string][]byte {
	t.Helper()
	s := create(t)
	if err := prepareWorkload(s); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewSource(3))
	for seq := 1; seq <= 60; seq++ {
		if err := writeWorkload(s, rng, seq); err != nil {
			t.Fatal(err)
		}
	}
	files := map[string][]byte{}
	if !log {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	} else {
		if err := s.turns.take(t.Context(), host, 0); err != nil { // nobody writes now, nor empties the log
			t.Fatal(err)
		}
		defer s.turns.give(host)
	}
	for _, name := range []string{FileName, FileName + "-wal"} {
		data, err := os.ReadFile(filepath.Join(dirOf(s), name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if data != nil {
			files[name] = data
		}
	}
	return files
}

func put(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inspect opens and checks a folder the way vault check does.
func inspect(t *testing.T, files map[string][]byte) error {
	t.Helper()
	dir := put(t, files)
	s, err := Open(t.Context(), dir, testKeys{name: "ada"})
	if err == nil {
		err = s.Check(t.Context(), nil)
		if closeErr := s.Close(); err == nil {
			err = closeErr
		}
	}
	if err != nil {
		for name, data := range files {
			if now, readErr := os.ReadFile(filepath.Join(dir, name)); readErr != nil || !bytes.Equal(now, data) {
				t.Errorf("%s was changed (%v)", name, readErr)
			}
		}
	}
	return err
}

func with(files map[string][]byte, name string, data []byte) map[string][]byte {
	changed := map[string][]byte{}
	for n, d := range files {
		changed[n] = d
	}
	changed[name] = data
	return changed
}

func flip(data []byte, at, bit int) []byte {
	data = bytes.Clone(data)
	data[at] ^= 1 << bit
	return data
}

func swap(data []byte, from, to, offset, size int) []byte {
	data = bytes.Clone(data)
	a, b := data[offset+from*size:offset+(from+1)*size], data[offset+to*size:offset+(to+1)*size]
	saved := bytes.Clone(a)
	copy(a, b)
	copy(b, saved)
	return data
}

func TestEveryChangeToTheDatabaseFileIsFound(t *testing.T) {
	files := written(t, false)
	if len(files) != 1 {
		t.Fatalf("the log is still there: %d files", len(files))
	}
	if err := inspect(t, files); err != nil {
		t.Fatal(err)
	}
	data := files[FileName]
	pages := len(data) / sealvfs.PageSize
	rng := rand.New(rand.NewSource(5))
	try := func(what string, changed []byte) {
		t.Helper()
		err := inspect(t, with(files, FileName, changed))
		if f := fault.Of(err); f.Code != "vault.damaged" || f.Data["file"] != FileName {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := range 48 {
		page := i % pages
		try("flip", flip(data, page*sealvfs.PageSize+rng.Intn(sealvfs.PageSize), rng.Intn(8)))
	}
	for range 16 {
		a := rng.Intn(pages)
		b := (a + 1 + rng.Intn(pages-1)) % pages
		try("swap", swap(data, a, b, 0, sealvfs.PageSize))
	}
	for _, at := range []int{0, 5, pages - 1} { // pages that are in use, put to zero
		zeroed := bytes.Clone(data)
		clear(zeroed[at*sealvfs.PageSize : (at+1)*sealvfs.PageSize])
		try("zero", zeroed)
	}
	try("truncated by a page", data[:len(data)-sealvfs.PageSize])
	try("truncated within a page", data[:len(data)-100])
	try("extended", append(bytes.Clone(data), data[:sealvfs.PageSize]...))
	try("empty", nil)
}

func TestEveryChangeToTheLogIsFound(t *testing.T) {
	const header, frame = 32, 24 + sealvfs.PageSize
	files := written(t, true)
	name := FileName + "-wal"
	if err := inspect(t, files); err != nil {
		t.Fatal(err)
	}
	log := files[name]
	// What counts is what the log holds now; frames of the time before it was
	// last started over may follow.
	keys := testKeys{name: "ada"}
	frames := sealvfs.CountFrames(log, keys)
	if frames < 20 {
		t.Fatalf("only %d frames", frames)
	}
	rng := rand.New(rand.NewSource(6))
	try := func(what string, changed []byte) {
		t.Helper()
		err := inspect(t, with(files, name, changed))
		if f := fault.Of(err); f.Code != "vault.damaged" || f.Data["file"] != name {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := range header { // magic, key, mark, sequence, salts, tag
		try("flip in the header", flip(log, i, rng.Intn(8)))
	}
	for i := range 24 { // page, commit, salts, checksum
		try("flip in a frame header", flip(log, header+rng.Intn(frames)*frame+i, rng.Intn(8)))
	}
	for range 40 {
		try("flip in a page", flip(log, header+rng.Intn(frames)*frame+24+rng.Intn(sealvfs.PageSize), rng.Intn(8)))
	}
	for range 16 {
		a := rng.Intn(frames)
		try("swap", swap(log, a, (a+1+rng.Intn(frames-1))%frames, header, frame))
	}
	try("truncated by a frame", log[:header+(frames-1)*frame])
	try("truncated within a frame", log[:header+frames*frame-1])
	try("only the header", log[:header])
}

func TestDamageIsReportedInUseToo(t *testing.T) {
	files := written(t, false)
	data := bytes.Clone(files[FileName])
	for at := 2 * sealvfs.PageSize; at < len(data); at += sealvfs.PageSize {
		data[at] ^= 1
	}
	s, err := Open(t.Context(), put(t, with(files, FileName, data)), testKeys{name: "ada"})
	if err == nil {
		defer s.Close()
		_, err = verifyWorkload(s)
	}
	if f := fault.Of(err); f.Code != "vault.damaged" || f.Data["file"] != FileName {
		t.Errorf("error %v", err)
	}
}

func TestAnotherVaultsKeysOpenNothing(t *testing.T) {
	dir := put(t, written(t, false))
	s, err := Open(t.Context(), dir, testKeys{name: "bob"})
	if err == nil {
		s.Close()
	}
	if fault.Code(err) != "vault.damaged" {
		t.Errorf("error %v", err)
	}
}

// TestPlantedJournalIsIgnored plants what SQLite would take for the journal of
// a transaction to undo.
func TestPlantedJournalIsIgnored(t *testing.T) {
	files := written(t, false)
	journal := append([]byte{0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7, 0, 0, 0, 1}, make([]byte, 9000)...)
	if err := inspect(t, with(files, FileName+"-journal", journal)); err != nil {
		t.Error(err)
	}
}

func TestLogWithoutItsEndIsATornTail(t *testing.T) {
	files := written(t, true)
	name := FileName + "-wal"
	// A frame that was being written when the power failed.
	torn := append(bytes.Clone(files[name]), make([]byte, 3000)...)
	if err := inspect(t, with(files, name, torn)); err != nil {
		t.Error(err)
	}
}

func TestNothingButTheDatabaseIsEverWritten(t *testing.T) {
	s := create(t)
	if err := prepareWorkload(s); err != nil {
		t.Fatal(err)
	}
	err := s.Update(t.Context(), func(tx *sql.Tx) error {
		// Sorting, temporary tables and statement journals, all far beyond the cache.
		for _, q := range []string{
			"INSERT INTO noise SELECT value, randomblob(3000) FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 2000) SELECT value FROM n)",
			"CREATE TEMP TABLE x AS SELECT * FROM noise ORDER BY v",
			"UPDATE noise SET v = (SELECT max(v) FROM x WHERE x.id = noise.id)",
			"CREATE INDEX nv ON noise (v)",
		} {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		entries, err := os.ReadDir(dirOf(s))
		if len(entries) != 2 {
			err = errors.Join(err, errors.New("more than two files"))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
