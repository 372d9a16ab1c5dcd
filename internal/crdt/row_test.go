package crdt

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// genState makes states over few stamps, so that ties are common.
func genState(r *rapid.T) state {
	st := func(label string) Stamp {
		s := Stamp{H: rapid.Int64Range(1, 3).Draw(r, label)}
		s.Site[0] = byte(rapid.IntRange(1, 2).Draw(r, label+" site"))
		s.M = uint32(rapid.IntRange(0, 1).Draw(r, label+" m"))
		return s
	}
	s := state{cl: rapid.Int64Range(1, 4).Draw(r, "cl"), stamp: st("birth")}
	if !s.alive() {
		return s
	}
	for c := range 3 {
		if rapid.Bool().Draw(r, "has") {
			s.cells = append(s.cells, cell{GlobalID{byte(c)}, st("cell"), []byte{1, byte(rapid.IntRange(0, 2).Draw(r, "value")) << 1}})
		}
	}
	return s
}

func TestMergeOfStatesIsASemilattice(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		a, b, c := genState(r), genState(r), genState(r)
		merge := func(x, y state) state {
			m, _ := mergeStates(&x, &y)
			return m
		}
		same := func(what string, x, y state) {
			if !bytes.Equal(appendState(nil, &x), appendState(nil, &y)) {
				r.Fatalf("%s: %+v and %+v", what, x, y)
			}
		}
		same("commutative", merge(a, b), merge(b, a))
		same("associative", merge(merge(a, b), c), merge(a, merge(b, c)))
		same("idempotent", merge(a, a), a)
		again, err := readState(appendState(nil, &a))
		if err != nil {
			r.Fatal(err)
		}
		same("stored", again, a)
	})
}

// TestDecisionIsTheMergeOfStates holds the merge of stored clocks against the
// merge of states, in which every cell says its stamp.
func TestDecisionIsTheMergeOfStates(t *testing.T) {
	s := &sites{ids: []SiteID{{}, {1}, {2}}, number: map[SiteID]int64{{}: 0, {1}: 1, {2}: 2}}
	const all = columns(7)
	rapid.Check(t, func(r *rapid.T) {
		draw := func(label string) stamp {
			return stamp{rapid.Int64Range(1, 3).Draw(r, label), rapid.Int64Range(1, 2).Draw(r, label), uint32(rapid.IntRange(0, 1).Draw(r, label))}
		}
		side := func(label string, has columns) (clocks, state) {
			c := clocks{birth: draw(label), cl: 1}
			for bit := range 3 {
				if has.has(bit) && rapid.Bool().Draw(r, label) {
					c.set(1<<bit, draw(label))
				}
			}
			out := state{cl: 1, stamp: s.outer(c.birth)}
			for bit := range 3 {
				if has.has(bit) {
					out.cells = append(out.cells, cell{GlobalID{byte(bit)}, s.outer(c.stampOf(bit)), []byte(label)})
				}
			}
			return c, out
		}
		has := columns(rapid.IntRange(1, 7).Draw(r, "has"))
		mine, a := side("a", all)
		theirs, b := side("b", has)
		var d decision
		decide(s, &mine, &incoming{clocks: theirs, has: has}, all, &d)
		want, forks := mergeStates(&a, &b)
		ties := 0
		for bit := range 3 {
			if st := s.outer(d.stampOf(bit)); d.tie.has(bit) && st.M == 0 && st.Site != (SiteID{}) {
				ties++
			}
		}
		if ties != forks || s.outer(d.birth) != want.stamp {
			r.Fatalf("%+v, want %+v with %d forks", d, want, forks)
		}
		for bit := range 3 {
			got, w := s.outer(d.stampOf(bit)), want.cells[bit]
			if got != w.stamp || (d.take|d.tie).has(bit) != (string(w.value) == "b") {
				r.Fatalf("column %d: %+v taken %v, want %+v", bit, got, d.take.has(bit), w)
			}
		}
		if changed := d.birth != mine.birth || d.take != 0; changed != d.changed {
			r.Fatalf("changed is %v", d.changed)
		}
	})
}

func FuzzReadState(f *testing.F) {
	f.Add(appendState(nil, &state{cl: 1, stamp: Stamp{H: 1}, cells: []cell{{GlobalID{1}, Stamp{H: 2}, []byte{0}}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := readState(b)
		if err != nil {
			return
		}
		if again, err := readState(appendState(nil, &s)); err != nil || len(again.cells) != len(s.cells) {
			t.Fatalf("%+v became %+v: %v", s, again, err)
		}
	})
}
