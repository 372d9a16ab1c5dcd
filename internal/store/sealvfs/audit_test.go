package sealvfs

import (
	"bytes"
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
)

// testLog builds logs as SQLite would write them.
type testLog struct {
	r    *keyring
	k    *keySet
	rng  *rand.Rand
	h    logHeader
	sum  [8]byte
	data []byte
}

func newTestLog(t *testing.T, generation byte) *testLog {
	t.Helper()
	r := newKeyring(testKeys{name: "ada"})
	k, err := r.get(1)
	if err != nil {
		t.Fatal(err)
	}
	l := &testLog{r: r, k: k, rng: rand.New(rand.NewSource(1))}
	l.restart(generation)
	l.data = make([]byte, logHeaderSize)
	return l
}

// restart begins a generation; frames of the one before stay behind it.
func (l *testLog) restart(generation byte) {
	l.h = logHeader{salts: [8]byte{0, 0, 0, generation, 1, 2, 3, 4}}
	var plain [logHeaderSize]byte
	l.h.plain(plain[:])
	copy(l.sum[:], plain[24:])
}

// frames writes frames from index on; the last one ends a transaction if
// commit is set.
func (l *testLog) frames(index uint32, n int, commit bool) *testLog {
	for i := range uint32(n) {
		h := frameHeader{page: i + 2, salts: l.h.salts}
		if commit && i == uint32(n)-1 {
			h.commit = 50
		}
		page := randomPage(l.rng)
		var plain [frameHeaderSize]byte
		h.put(plain[:])
		l.sum = l.h.chain(l.h.chain(l.sum, plain[:8]), page)
		h.sum = l.sum
		at := frameOffset(index + i)
		l.data = append(l.data, make([]byte, max(0, int(at+frameSize)-len(l.data)))...)
		l.r.sealFrame(l.k, l.data[at:at+frameSize], h, page, []byte("twelve bytes"), index+i)
	}
	return l
}

// bad makes frame index unreadable.
func (l *testLog) bad(index uint32) *testLog {
	l.data[frameOffset(index)+100] ^= 1
	return l
}

func (l *testLog) cut(index uint32) *testLog {
	l.data = l.data[:frameOffset(index)+100]
	return l
}

// audit judges the log with a header that says that synced frames were synced.
func (l *testLog) audit(t *testing.T, synced uint32) *Damage {
	t.Helper()
	l.h.synced = synced
	l.h.put(l.data, l.r, l.k)
	return auditBytes(t, l.r, l.data)
}

func auditBytes(t *testing.T, r *keyring, data []byte) *Damage {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x-wal")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	err := r.auditLog(path, "x-wal")
	if err == nil {
		return nil
	}
	d, ok := errors.AsType[*Damage](err)
	if !ok {
		t.Fatal(err)
	}
	return d
}

func TestAuditTellsDamageFromATornTail(t *testing.T) {
	three := func() *testLog { // transactions of 3, 2 and 4 frames
		return newTestLog(t, 5).frames(0, 3, true).frames(3, 2, true).frames(5, 4, true)
	}
	for _, tt := range []struct {
		name   string
		log    *testLog
		synced uint32
		frame  int64 // that is damaged, or -1
	}{
		{"intact", three(), 9, -1},
		{"intact, no mark", three(), 0, -1},
		{"first transaction bad", three().bad(1), 9, 2},
		{"first transaction bad, no mark", three().bad(1), 0, 2},
		{"second transaction bad, old mark", three().bad(3), 3, 4},
		{"second transaction's end bad, old mark: may be one long torn transaction", three().bad(4), 3, -1},
		{"last transaction bad", three().bad(6), 9, 7},
		{"last transaction bad, not marked: torn", three().bad(6), 5, -1},
		{"last commit bad, not marked: torn", three().bad(8), 5, -1},
		{"last commit bad, no mark: torn", three().bad(8), 0, -1},
		{"cut in the last transaction", three().cut(7), 9, 8},
		{"cut in the last transaction, not marked: torn", three().cut(7), 5, -1},
		{"cut in the first transaction, marked", three().cut(1), 3, 2},
		{"unfinished transaction bad", three().frames(9, 3, false).bad(10), 9, -1},
		{"transaction before an unfinished one bad", three().frames(9, 3, false).bad(7), 5, 8},
		{"a frame of an unfinished one replaced", three().frames(9, 1, false).frames(9, 1, false), 9, -1},
		{"empty", newTestLog(t, 5), 0, -1},
	} {
		d := tt.log.audit(t, tt.synced)
		if tt.frame < 0 != (d == nil) || d != nil && int64(d.Page) != tt.frame {
			t.Errorf("%s: %+v", tt.name, d)
		}
	}
}

func TestAuditKnowsGenerations(t *testing.T) {
	log := newTestLog(t, 5).frames(0, 6, true)
	old := append([]byte(nil), log.data...)
	log.h.put(old, log.r, log.k)
	log.restart(6)
	if d := log.frames(0, 2, true).audit(t, 2); d != nil {
		t.Errorf("frames of the time before: %+v", d)
	}
	if d := log.bad(1).audit(t, 0); d != nil {
		t.Errorf("torn, with frames of the time before: %+v", d)
	}
	// The header of the time before in front of what came after it.
	if d := auditBytes(t, log.r, append(old[:logHeaderSize:logHeaderSize], log.data[logHeaderSize:]...)); d == nil || d.Page != 0 {
		t.Errorf("an old header was put back: %+v", d)
	}
	if d := auditBytes(t, log.r, append(make([]byte, logHeaderSize), log.data[logHeaderSize:]...)); d == nil || d.Page != 0 {
		t.Errorf("no header: %+v", d)
	}
	if d := auditBytes(t, log.r, make([]byte, 3*frameSize)); d != nil {
		t.Errorf("nothing of ours: %+v", d)
	}
}

func TestAssociatedDataNamesThePlace(t *testing.T) {
	vault := [16]byte{1}
	h := frameHeader{page: 1, commit: 2, salts: [8]byte{3}}
	base := frameAAD(vault, 4, h, 5)
	for name, other := range map[string][41]byte{
		"vault":  frameAAD([16]byte{2}, 4, h, 5),
		"index":  frameAAD(vault, 5, h, 5),
		"page":   frameAAD(vault, 4, frameHeader{page: 2, commit: 2, salts: h.salts}, 5),
		"commit": frameAAD(vault, 4, frameHeader{page: 1, commit: 3, salts: h.salts}, 5),
		"salts":  frameAAD(vault, 4, frameHeader{page: 1, commit: 2, salts: [8]byte{0, 0, 0, 0, 0, 0, 0, 1}}, 5),
		"key":    frameAAD(vault, 4, h, 6),
	} {
		if other == base {
			t.Errorf("the %s of a frame is not bound", name)
		}
	}
	page := pageAAD(vault, 4, 5)
	for name, other := range map[string][25]byte{
		"vault": pageAAD([16]byte{2}, 4, 5), "page": pageAAD(vault, 5, 5), "key": pageAAD(vault, 4, 6),
	} {
		if other == page {
			t.Errorf("the %s of a page is not bound", name)
		}
	}
	if bytes.Equal(page[:1], base[:1]) {
		t.Error("a page and a frame are bound alike")
	}
}
