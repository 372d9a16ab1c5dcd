package sealvfs

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
)

type testKeys struct {
	name  string
	known uint32 // highest id
}

func (k testKeys) VaultID() [16]byte {
	sum := sha256.Sum256([]byte("id" + k.name))
	return [16]byte(sum[:16])
}
func (k testKeys) ActiveKeyID() uint32 { return 1 }
func (k testKeys) Subkey(use string, id uint32) ([]byte, error) {
	if id == 0 || id > max(k.known, 1) {
		return nil, errors.New("no such key")
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(k.name+use), id))
	return sum[:], nil
}

func randomPage(rng *rand.Rand) []byte {
	p := make([]byte, PageSize)
	rng.Read(p[:body])
	return p
}

func TestPageOpensOnlyWhereItWasSealed(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	r := newKeyring(testKeys{name: "ada", known: 2})
	k, err := r.get(2)
	if err != nil {
		t.Fatal(err)
	}
	page, sealed, opened := randomPage(rng), make([]byte, PageSize), make([]byte, PageSize)
	r.sealPage(k, sealed, page, []byte("twelve bytes"), 7)
	if err := r.openPage(opened, sealed, 7); err != nil || !bytes.Equal(opened, page) {
		t.Fatalf("opening: %v", err)
	}
	if r.openPage(opened, sealed, 8) == nil {
		t.Error("opens as another page")
	}
	if newKeyring(testKeys{name: "bob", known: 2}).openPage(opened, sealed, 7) == nil {
		t.Error("opens in another vault")
	}
	if newKeyring(testKeys{name: "ada", known: 1}).openPage(opened, sealed, 7) == nil {
		t.Error("opens without its key")
	}
	if _, err := r.openFrame(opened, append(make([]byte, frameHeaderSize), sealed...), 6); err == nil {
		t.Error("opens as a frame")
	}
	for bit := range PageSize * 8 {
		if bit%97 != 0 && bit < body*8 {
			continue // every bit of the last 32 bytes, a sample of the others
		}
		changed := bytes.Clone(sealed)
		changed[bit/8] ^= 1 << (bit % 8)
		if r.openPage(opened, changed, 7) == nil {
			t.Errorf("opens with bit %d flipped", bit)
		}
	}
}

func TestFrameOpensOnlyWhereItWasSealed(t *testing.T) {
	rng := rand.New(rand.NewSource(2))
	r := newKeyring(testKeys{name: "ada"})
	k, err := r.get(1)
	if err != nil {
		t.Fatal(err)
	}
	h := frameHeader{page: 9, commit: 12, salts: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, sum: [8]byte{8, 7, 6, 5, 4, 3, 2, 1}}
	page, frame, opened := randomPage(rng), make([]byte, frameSize), make([]byte, PageSize)
	r.sealFrame(k, frame, h, page, []byte("twelve bytes"), 5)
	if got, err := r.openFrame(opened, frame, 5); err != nil || got != h || !bytes.Equal(opened, page) {
		t.Fatalf("opening: %+v %v", got, err)
	}
	if _, err := r.openFrame(opened, frame, 6); err == nil {
		t.Error("opens as another frame")
	}
	if r.openPage(opened, frame[frameHeaderSize:], 9) == nil {
		t.Error("opens as a page of the database")
	}
	for bit := range frameSize * 8 {
		if at := bit / 8; bit%97 != 0 && at >= frameHeaderSize && at < frameHeaderSize+body {
			continue
		}
		changed := bytes.Clone(frame)
		changed[bit/8] ^= 1 << (bit % 8)
		if _, err := r.openFrame(opened, changed, 5); err == nil {
			t.Errorf("opens with bit %d flipped", bit)
		}
	}
}

func TestLogHeaderIsAuthentic(t *testing.T) {
	r := newKeyring(testKeys{name: "ada"})
	k, err := r.get(1)
	if err != nil {
		t.Fatal(err)
	}
	h := logHeader{synced: 17, count: 3, salts: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}}
	raw := make([]byte, logHeaderSize)
	h.put(raw, r, k)
	if got, err := r.openLogHeader(raw); err != nil || got != h {
		t.Fatalf("opening: %+v %v", got, err)
	}
	for bit := range logHeaderSize * 8 {
		changed := bytes.Clone(raw)
		changed[bit/8] ^= 1 << (bit % 8)
		if _, err := r.openLogHeader(changed); err == nil {
			t.Errorf("opens with bit %d flipped", bit)
		}
	}
	plain := make([]byte, logHeaderSize)
	h.plain(plain)
	if got, ok := parsePlain(plain); !ok || got.salts != h.salts || got.count != h.count {
		t.Errorf("as SQLite sees it: %+v", got)
	}
}

// TestFormatIsWhatItWas holds the bytes of one page, one frame and one log
// header. If it fails, every existing vault is unreadable.
func TestFormatIsWhatItWas(t *testing.T) {
	r := newKeyring(testKeys{name: "ada"})
	k, err := r.get(1)
	if err != nil {
		t.Fatal(err)
	}
	page, frame, header := make([]byte, PageSize), make([]byte, frameSize), make([]byte, logHeaderSize)
	r.sealPage(k, page, EmptyDatabase(), []byte("twelve bytes"), 1)
	r.sealFrame(k, frame, frameHeader{page: 1, commit: 1, salts: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}}, EmptyDatabase(), []byte("twelve bytes"), 0)
	logHeader{synced: 1, count: 2, salts: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}}.put(header, r, k)
	for _, tt := range []struct {
		name, file string
		data       []byte
	}{{"page", "page.bin", page}, {"frame", "frame.bin", frame}, {"log header", "header.bin", header}} {
		path := filepath.Join("testdata", tt.file)
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(path, tt.data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(want, tt.data) {
			t.Errorf("%s differs from %s (%v)", tt.name, path, err)
		}
	}
}

func TestDestroyOverwritesKeySchedules(t *testing.T) {
	r := newKeyring(testKeys{name: "ada"})
	k, err := r.get(1)
	if err != nil {
		t.Fatal(err)
	}
	page, before, after := make([]byte, PageSize), make([]byte, PageSize), make([]byte, PageSize)
	r.sealPage(k, before, page, []byte("twelve bytes"), 1)
	if len(k.wipes) != 7 {
		t.Errorf("%d key schedules", len(k.wipes))
	}
	for _, w := range k.wipes {
		if !wipe(w) {
			t.Errorf("a %T cannot be overwritten", w)
		}
	}
	defer func() { _ = recover() }() // a wiped cipher may do anything
	r.sealPage(k, after, page, []byte("twelve bytes"), 1)
	if bytes.Equal(before, after) {
		t.Error("the key still seals")
	}
}

func FuzzAudit(f *testing.F) {
	r := newKeyring(testKeys{name: "ada"})
	k, err := r.get(1)
	if err != nil {
		f.Fatal(err)
	}
	log := make([]byte, logHeaderSize+2*frameSize)
	logHeader{synced: 1, salts: [8]byte{1}}.put(log, r, k)
	page := make([]byte, PageSize)
	for i := range uint32(2) {
		r.sealFrame(k, log[frameOffset(i):], frameHeader{page: i + 1, commit: i, salts: [8]byte{1}}, page, []byte("twelve bytes"), i)
	}
	f.Add(log)
	f.Add(log[:100])
	f.Add([]byte{})
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, "x-wal")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		err := r.auditLog(path, "x-wal")
		if d := new(Damage); err != nil && !errors.As(err, &d) {
			t.Error(err)
		}
		CountFrames(data, testKeys{name: "ada"})
	})
}
