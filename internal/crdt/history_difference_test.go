package crdt

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

// TestDifferenceIsWhatRestoreDoes: what is announced is what happens, and
// Present is the moment to go back to afterwards.
func TestDifferenceIsWhatRestoreDoes(t *testing.T) {
	for _, s := range flushShapes {
		t.Run(s.name, func(t *testing.T) {
			for seed := range 3 {
				rnd := rand.New(rand.NewPCG(uint64(seed), 11))
				r := newReplica(t)
				createTracked(r, s.sql)
				moments := []int64{0}
				var log []string
				for range 10 {
					r.scribble(rnd, &s, &log)
					moments = append(moments, r.present())
					to := moments[rnd.IntN(len(moments))]
					before, rows := r.presentOfApp(), r.dump(s.name)
					said, err := r.Difference(t.Context(), Scope{App: testApp}, to)
					must(t, err)
					if got := r.dump(s.name); !slices.Equal(got, rows) {
						t.Fatalf("looking changed %q to %q", rows, got)
					}
					out, err := r.Restore(t.Context(), Scope{App: testApp}, to)
					must(t, err)
					want := []TableDifference{{s.name, out.Inserted, out.Updated, out.Deleted}}
					if out.Inserted+out.Updated+out.Deleted == 0 {
						want = nil
					}
					if !slices.Equal(said.Tables, want) || said.Lost != out.Lost {
						t.Fatalf("seed %d: said %+v, was %+v\n%s", seed, said, out, strings.Join(log, "\n"))
					}
					_, err = r.Restore(t.Context(), Scope{App: testApp}, before)
					must(t, err)
					if got := r.dump(s.name); !slices.Equal(got, rows) {
						t.Fatalf("seed %d: undone, it is %q and not %q\n%s", seed, got, rows, strings.Join(log, "\n"))
					}
				}
			}
		})
	}
}

// TestDifferenceSpanIsWhatUndoSpanDoes, with what it leaves alone.
func TestDifferenceSpanIsWhatUndoSpanDoes(t *testing.T) {
	for _, s := range flushShapes {
		t.Run(s.name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(5, 11))
			r := newReplica(t)
			createTracked(r, s.sql)
			moments := []int64{0}
			var log []string
			for range 12 {
				r.scribble(rnd, &s, &log)
				moments = append(moments, r.present())
				i := rnd.IntN(len(moments))
				from, upto := moments[i], moments[i+rnd.IntN(len(moments)-i)]
				said, err := r.DifferenceSpan(t.Context(), Scope{App: testApp}, from, upto)
				must(t, err)
				out, err := r.UndoSpan(t.Context(), Scope{App: testApp}, from, upto)
				if fault.Code(err) == "crdt.restore_conflict" {
					continue
				}
				must(t, err)
				want := []TableDifference{{s.name, out.Inserted, out.Updated, out.Deleted}}
				if out.Inserted+out.Updated+out.Deleted == 0 {
					want = nil
				}
				if !slices.Equal(said.Tables, want) || said.Lost != out.Lost || said.Kept != out.Kept {
					t.Fatalf("said %+v, was %+v\n%s", said, out, strings.Join(log, "\n"))
				}
			}
		})
	}
}

func (r *replica) presentOfApp() int64 {
	r.t.Helper()
	h, err := r.Present(r.t.Context(), testApp)
	must(r.t, err)
	return h
}

func TestDifferenceBeyondTheHistory(t *testing.T) {
	r := newReplica(t)
	createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, n)")
	r.exec("INSERT INTO notes VALUES ('a', 1)")
	must(t, r.SetHistory(t.Context(), testApp, HistoryBounds{Off: true}))
	if _, err := r.Difference(t.Context(), Scope{App: testApp}, r.present()); fault.Code(err) != "crdt.history_gone" {
		t.Errorf("history that is off: %v", err)
	}
	if _, err := r.Difference(t.Context(), Scope{App: testApp, Table: "other"}, 0); fault.Code(err) != "crdt.no_table" {
		t.Errorf("no such table: %v", err)
	}
	must(t, r.SetHistory(t.Context(), testApp, HistoryBounds{}))
	if d, err := r.Difference(t.Context(), Scope{App: testApp}, r.presentOfApp()); err != nil || len(d.Tables) != 0 {
		t.Errorf("the present: %+v, %v", d, err)
	}
}
