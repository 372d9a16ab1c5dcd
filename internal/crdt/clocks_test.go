package crdt

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func stamps() *rapid.Generator[stamp] {
	return rapid.Custom(func(r *rapid.T) stamp {
		return stamp{
			h:    rapid.Int64Range(0, 1<<62).Draw(r, "h"),
			site: rapid.Int64Range(0, 300).Draw(r, "site"),
			m:    rapid.SampledFrom([]uint32{0, 0, 1, 300}).Draw(r, "m"),
		}
	})
}

func TestClocksKeepOneStampForEachColumn(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var c clocks
		if rapid.Bool().Draw(r, "born") {
			c.birth, c.cl = stamps().Draw(r, "birth"), rapid.Int64Range(1, 99).Draw(r, "cl")
		}
		want := map[int]stamp{}
		for range rapid.IntRange(0, 8).Draw(r, "writes") {
			set := columns(rapid.Uint64Range(1, 1<<maxColumns-1).Draw(r, "set"))
			st := stamps().Draw(r, "stamp")
			forget := rapid.IntRange(0, 4).Draw(r, "forget") == 0
			if forget {
				c.unset(set)
			} else {
				c.set(set, st)
			}
			for bit := range maxColumns {
				if set.has(bit) {
					delete(want, bit)
					if !forget {
						want[bit] = st
					}
				}
			}
		}
		var got clocks
		if err := readClocks(appendClocks(nil, &c), &got); err != nil {
			r.Fatal(err)
		}
		if got.birth != c.birth || got.cl != c.cl || !slices.Equal(got.entries, c.entries) {
			r.Fatalf("%+v became %+v", c, got)
		}
		for bit := range maxColumns {
			st, ok := got.of(bit)
			if w, has := want[bit]; ok != has || st != w {
				r.Fatalf("column %d has %v, want %v", bit, st, w)
			}
		}
	})
}

func FuzzReadClocks(f *testing.F) {
	f.Add(appendClocks(nil, &clocks{birth: stamp{5, 1, 2}, cl: 3, entries: []clockEntry{{6, stamp{7, 1, 0}}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var c, again clocks
		if readClocks(b, &c) == nil {
			if err := readClocks(appendClocks(nil, &c), &again); err != nil {
				t.Fatal(err)
			}
		}
	})
}
