package crdt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

// TestPastOnOtherDevices: devices that hear of every change as it happens can
// tell the same past.
func TestPastOnOtherDevices(t *testing.T) {
	runs, each := 2, 20
	if fullTests() {
		runs, each = 20, 50
	}
	for _, s := range flushShapes {
		t.Run(s.name, func(t *testing.T) {
			for seed := range runs {
				rnd := rand.New(rand.NewPCG(uint64(seed), 5))
				all := []*replica{newReplica(t), newReplica(t), newReplica(t)}
				for _, r := range all {
					createTracked(r, s.sql)
				}
				type seen struct {
					h    int64
					rows []string
				}
				moments := []seen{{0, nil}}
				var log []string
				for range each {
					r := all[rnd.IntN(3)]
					if rnd.IntN(6) == 0 {
						to := moments[rnd.IntN(len(moments))]
						_, err := r.Restore(t.Context(), Scope{App: testApp}, to.h)
						must(t, err)
						log = append(log, fmt.Sprintf("-- restored to %x", to.h))
						if got := r.dump(s.name); !slices.Equal(got, to.rows) {
							t.Fatalf("seed %d, back to %x: %q, want %q\n%s", seed, to.h, got, to.rows, strings.Join(log, "\n"))
						}
					} else {
						r.scribble(rnd, &s, &log)
					}
					moments = append(moments, seen{r.present(), r.dump(s.name)})
					meet(all...)
				}
				for _, m := range moments {
					for i, r := range all {
						if got := r.dumpAt(s.name, m.h); !slices.Equal(got, m.rows) {
							t.Fatalf("seed %d, device %d at %x: %q, want %q\n%s", seed, i, m.h, got, m.rows, strings.Join(log, "\n"))
						}
					}
				}
				for _, r := range all {
					must(t, r.st.Close())
				}
			}
		})
	}
}

// exchange is meet for devices that all have something new. Changes that are
// written anew for each can refer to each other (SPEC.md, "Changesets"): then
// the whole is taken.
func exchange(all ...*replica) {
	all[0].t.Helper()
	for range len(all) + 1 {
		for _, a := range all {
			for _, b := range all {
				v, err := a.Vector(a.t.Context())
				must(a.t, err)
				if changes := b.changes(v); a != b && len(changes) > 0 {
					_, err := a.Apply(a.t.Context(), bytes.NewReader(changes), ApplyOptions{})
					if fault.Code(err) == "crdt.gap" {
						give(b, a, true)
						continue
					}
					must(a.t, err)
				}
			}
		}
	}
}

// TestRestoreConverges: what is put back while others write meets their changes
// like any change.
func TestRestoreConverges(t *testing.T) {
	runs := 2
	if fullTests() {
		runs = 60
	}
	for _, s := range flushShapes {
		t.Run(s.name, func(t *testing.T) {
			for seed := range runs {
				rnd := rand.New(rand.NewPCG(uint64(seed), 6))
				all := []*replica{newReplica(t), newReplica(t), newReplica(t)}
				for _, r := range all {
					createTracked(r, s.sql)
				}
				var log []string
				for range 12 {
					for _, r := range all {
						moment := r.present()
						for range 1 + rnd.IntN(2) {
							r.scribble(rnd, &s, &log)
						}
						if rnd.IntN(3) == 0 {
							if _, err := r.Restore(t.Context(), Scope{App: testApp}, moment); err != nil {
								log = append(log, err.Error())
							}
						}
					}
					if rnd.IntN(3) == 0 {
						exchange(all...)
					}
				}
				exchange(all...)
				for i, r := range all[1:] {
					if a, b := all[0].dump(s.name), r.dump(s.name); !slices.Equal(a, b) {
						t.Fatalf("seed %d: device 0 has %q, device %d %q\n%s", seed, a, i+1, b, strings.Join(log, "\n"))
					}
				}
				for _, r := range all {
					must(t, r.st.Close())
				}
			}
		})
	}
}
