package store

import (
	"database/sql"
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/alcove-vault/alcove/internal/store/sealvfs"
)

// trace is everything that was done to the files, in order, with marks for
// commits that were acknowledged.
type trace struct {
	mu    sync.Mutex
	files map[string][]byte // before the first entry
	ops   []traced
}

type traced struct {
	sealvfs.Write
	commit int // acknowledged before the next entry, if not 0
}

func (t *trace) record(w sealvfs.Write) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w.Data = append([]byte(nil), w.Data...)
	t.ops = append(t.ops, traced{Write: w})
}

func (t *trace) acknowledge(seq int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ops = append(t.ops, traced{commit: seq})
}

// recordWorkload runs the workload on a new store.
func recordWorkload(t *testing.T, commits int) *trace {
	s := create(t)
	dir := dirOf(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	start, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	tr := &trace{files: map[string][]byte{FileName: start}}
	s, err = Open(testContext, dir, testKeys{name: "ada"}, func(o *options) { o.volume.Record = tr.record })
	if err != nil {
		t.Fatal(err)
	}
	if err := prepareWorkload(s); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewSource(42))
	for seq := 1; seq <= commits; seq++ {
		if err := writeWorkload(s, rng, seq); err != nil {
			t.Fatal(err)
		}
		tr.acknowledge(seq)
		if seq%25 == 0 { // as in a gap between writes, also after something was given up
			err := s.Update(testContext, func(tx *sql.Tx) error { return errors.Join(noise(tx, rng, 60), errUndo) })
			if seq%50 == 0 && !errors.Is(err, errUndo) {
				t.Fatal(err)
			}
			if err := s.write(testContext, func(*conn) error { return s.checkpoint() }); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return tr
}

// How what was not synced before the cut fares.
const (
	keepSome  = iota // each write is there or not
	keepNone         // none is there
	tearSome         // each sector of each write is there or not
	keepOrder        // all are there, as after a kill
	manners
)

// cut writes to dir what the disk holds when the power fails before entry at,
// and returns the last commit acknowledged by then.
func (t *trace) cut(dir string, at, manner int, rng *rand.Rand) (acknowledged int, err error) {
	files := map[string][]byte{}
	for name, data := range t.files {
		files[name] = append([]byte(nil), data...)
	}
	synced := map[string]int{}
	for i, op := range t.ops[:at] {
		if op.commit != 0 {
			acknowledged = op.commit
		} else if op.Op == sealvfs.OpSync {
			synced[op.File] = i
		}
	}
	for i, op := range t.ops[:at] {
		if op.commit != 0 {
			continue
		}
		data := files[op.File]
		switch op.Op {
		case sealvfs.OpTruncate:
			data = append(data, make([]byte, max(0, int(op.At)-len(data)))...)[:op.At]
		case sealvfs.OpDelete:
			delete(files, op.File)
			continue
		case sealvfs.OpWrite:
			write := op.Data
			if last, ok := synced[op.File]; !ok || i > last {
				if manner == keepNone || manner == keepSome && rng.Intn(2) == 0 {
					continue
				}
				if manner == tearSome {
					write = tear(data, op.Write, rng)
				}
			}
			data = append(data, make([]byte, max(0, int(op.At)+len(write)-len(data)))...)
			copy(data[op.At:], write)
		}
		files[op.File] = data
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return 0, err
		}
	}
	return acknowledged, nil
}

// tear returns what of w reached the disk if each 512-byte sector of the file
// is written or not.
func tear(data []byte, w sealvfs.Write, rng *rand.Rand) []byte {
	const sector = 512
	torn := make([]byte, len(w.Data))
	if int(w.At) < len(data) {
		copy(torn, data[w.At:])
	}
	for from := 0; from < len(torn); {
		to := min(len(torn), int((w.At+int64(from))/sector+1)*sector-int(w.At))
		if rng.Intn(2) == 0 {
			copy(torn[from:to], w.Data[from:to])
		}
		from = to
	}
	return torn
}

func TestPowerCutLosesNoCommit(t *testing.T) {
	commits, cuts := 120, 60
	if full() {
		commits, cuts = 400, 1000
	}
	tr := recordWorkload(t, commits)
	// Half of the cuts are where most is at stake: before a sync of the log.
	var stakes []int
	for i, op := range tr.ops {
		if op.commit == 0 && op.Op == sealvfs.OpSync && op.File != FileName {
			stakes = append(stakes, i)
		}
	}
	rng := rand.New(rand.NewSource(7))
	for i := range cuts {
		at, manner := rng.Intn(len(tr.ops)+1), i%manners
		if i%2 == 0 {
			at, manner = stakes[rng.Intn(len(stakes))], i/2%manners
		}
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		acknowledged, err := tr.cut(dir, at, manner, rng)
		if err != nil {
			t.Fatal(err)
		}
		last, err := reopen(t, dir)
		if err != nil {
			t.Errorf("cut %d before entry %d of %d, manner %d: %v", i, at, len(tr.ops), manner, err)
		} else if last < acknowledged {
			t.Errorf("cut %d, manner %d: commit %d was acknowledged, %d is there", i, manner, acknowledged, last)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d cuts in %d entries", cuts, len(tr.ops))
}
