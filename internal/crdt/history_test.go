package crdt

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// dump is the rows of a table as text, in order.
func (r *replica) dump(name string) []string {
	r.t.Helper()
	return r.rowsOf("SELECT * FROM "+quote(name), len(r.reg.byName[name].columns))
}

// rowsOf is the result of a query with so many columns as dump shows it.
func (r *replica) rowsOf(sql string, columns int) (rows []string) {
	r.t.Helper()
	must(r.t, r.st.ViewTx(r.t.Context(), func(tx *store.Tx) error {
		q := tx.Query(sql)
		for q.Step() {
			var b []byte
			for i := range columns {
				b = sqlvalue.Append(b, columnValue(q, i))
			}
			rows = append(rows, string(b))
		}
		return q.Err()
	}))
	slices.Sort(rows)
	return rows
}

// dumpAt is dump as of a moment.
func (r *replica) dumpAt(name string, moment int64) (rows []string) {
	r.t.Helper()
	must(r.t, r.At(r.t.Context(), testApp, moment, name, nil, func(row *PastRow) error {
		var b []byte
		for _, v := range row.Values {
			b = sqlvalue.Append(b, sqlvalue.Of(v))
		}
		if !row.Hidden {
			rows = append(rows, string(b))
		}
		return nil
	}))
	slices.Sort(rows)
	return rows
}

// present is the moment of the last change.
func (r *replica) present() int64 {
	r.t.Helper()
	v, err := r.Vector(r.t.Context())
	must(r.t, err)
	var h int64
	for _, seen := range v {
		h = max(h, seen)
	}
	return h
}

// scribble runs a random transaction, some of which fail.
func (r *replica) scribble(rnd *rand.Rand, s *flushShape, log *[]string) {
	err := r.st.UpdateTx(r.t.Context(), func(tx *store.Tx) error {
		for range 1 + rnd.IntN(4) {
			sql, _ := s.randomStatement(rnd)
			*log = append(*log, fmt.Sprintf("%s -- %v", sql, tx.Exec(sql)))
		}
		return nil
	})
	must(r.t, err)
	*log = append(*log, fmt.Sprintf("-- %x", r.present()))
}

func TestPastIsWhatItWas(t *testing.T) {
	runs, each := 3, 25
	if fullTests() {
		runs, each = 30, 60
	}
	for _, s := range flushShapes {
		t.Run(s.name, func(t *testing.T) {
			for seed := range runs {
				rnd := rand.New(rand.NewPCG(uint64(seed), 3))
				r := newReplica(t)
				createTracked(r, s.sql)
				then := map[int64][]string{0: nil}
				var log []string
				for range each {
					r.scribble(rnd, &s, &log)
					then[r.present()] = r.dump(s.name)
					if rnd.IntN(10) == 0 {
						r.restart()
					}
				}
				for _, h := range slices.Sorted(maps.Keys(then)) {
					if got := r.dumpAt(s.name, h); !slices.Equal(got, then[h]) {
						t.Fatalf("seed %d, at %x: %q, want %q\n%s", seed, h, got, then[h], strings.Join(log, "\n"))
					}
				}
				must(t, r.st.Close())
			}
		})
	}
}

func TestPastBeyondTheHistoryIsRefused(t *testing.T) {
	r := newReplica(t)
	createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, body)")
	r.exec("INSERT INTO notes VALUES ('a', zeroblob(10000))")
	first := r.present()
	for i := range 300 {
		r.exec(fmt.Sprintf("UPDATE notes SET body = zeroblob(%d)", 10001+i%7))
	}
	err := r.At(t.Context(), testApp, first, "notes", nil, func(*PastRow) error { return nil })
	if fault.Code(err) != "crdt.history_gone" {
		t.Fatalf("At: %v", err)
	}
	oldest, _ := fault.Of(err).Data["oldest"].(int64)
	if oldest <= first || oldest >= r.present() {
		t.Fatalf("oldest is %x", oldest)
	}
	if rows := r.dumpAt("notes", oldest); len(rows) != 1 {
		t.Fatalf("%d rows at the oldest moment", len(rows))
	}
	must(t, r.st.ViewTx(t.Context(), func(tx *store.Tx) error {
		size, _, err := oneInt(tx, "SELECT sum(length(data)) FROM alcove_crdt_history")
		if size > 3*minHistory/2 || size < minHistory/2 {
			t.Errorf("the history has %d bytes", size)
		}
		return err
	}))
}

// TestEntriesAreAsSpecified: the example of SPEC.md.
func TestEntriesAreAsSpecified(t *testing.T) {
	k, x, y := []byte{3, 1, 'a'}, []byte{3, 1, 'x'}, []byte{3, 1, 'y'}
	cells := oldValues{k: k, birth: noBirth, stamps: []oldStamp{{2, 100}}, values: x}
	row := oldValues{k: k, whole: true, birth: 100, values: append(slices.Clone(k), y...)}
	hidden := row
	hidden.by = []byte{3, 1, 'b'}
	for _, c := range []struct {
		o    oldValues
		h    int64
		want string
	}{
		{cells, 140, "0c 03 01 61 01 02 50 03 01 78"},
		{row, 200, "0d 03 01 61 c8 01 03 01 61 03 01 79"},
		{hidden, 200, "0f 03 01 61 03 03 01 62 c8 01 03 01 61 03 01 79"},
	} {
		b := appendOld(nil, &c.o, c.h)
		if got := fmt.Sprintf("% x", b); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
		var back oldValues
		p := parser{b: b}
		if err := readOld(&p, c.h, 2, &back); err != nil || fmt.Sprint(back) != fmt.Sprint(c.o) || len(p.b) > 0 {
			t.Errorf("%v came back as %v: %v", c.o, back, err)
		}
	}
}

func FuzzReadOld(f *testing.F) {
	f.Add([]byte{0x0c, 3, 1, 0x61, 1, 2, 0x50, 3, 1, 0x78})
	f.Add([]byte{0x0d, 3, 1, 0x61, 0xc8, 1, 3, 1, 0x61, 3, 1, 0x79})
	f.Add([]byte{0x0f, 3, 1, 0x61, 3, 3, 1, 0x62, 0xc8, 1, 3, 1, 0x61, 3, 1, 0x79})
	f.Fuzz(func(t *testing.T, b []byte) {
		var o, again oldValues
		p := parser{b: b}
		if readOld(&p, 200, 2, &o) != nil {
			return
		}
		p = parser{b: appendOld(nil, &o, 200)}
		if o.birth == noBirth && b[0]&3 != oldCells {
			return // a birth of that time means none
		}
		if err := readOld(&p, 200, 2, &again); err != nil || fmt.Sprint(o) != fmt.Sprint(again) {
			t.Fatalf("%v became %v: %v", o, again, err)
		}
	})
}
