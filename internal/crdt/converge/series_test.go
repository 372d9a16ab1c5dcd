package converge

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// parts is into how many a series of random runs is divided, which run side by
// side as far as there are processors. It is the same everywhere, so that a
// seed says what a series is.
const parts = 4

// shortSeed is where a short series begins: it is the same every time, so that a
// test that fails is about the change that was made. A full one draws new seeds.
const shortSeed = 20261120

// told reports whether the command line says how many runs or which seed. It is
// asked before a series sets anything itself.
var told = sync.OnceValue(func() (said bool) {
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "rapid.checks" || f.Name == "rapid.seed" })
	return said
})

func freshSeed() uint64 { return rand.Uint64()>>16 | 1 } // 0 would be any

// beginning is held from where a part sets its seed, which is one variable for
// all of them, until rapid has read it.
var beginning sync.Mutex

// shard is a part of a series under the name of the series, which is what finds
// it again. It is no *testing.T to rapid: that would end a series early and be
// content when the time of the test binary comes to its end.
type shard struct {
	*testing.T
	name string
}

func (s shard) Name() string { return s.name }

// series makes random runs: short or, in the long loops, full of them, unless
// the command line says how many. Each tells the tally what it did. A run that
// fails prints its seed; run it again with -run and -rapid.seed.
func series(t *testing.T, short, full int, run func(*rapid.T, *tally)) *tally {
	t.Helper()
	n, seed, divided := short, uint64(shortSeed), parts
	if long() {
		n, seed = full, freshSeed()
	}
	if told() {
		n, seed, divided = int(setting(t, "checks")), setting(t, "seed"), 1
		if seed == 0 {
			seed = freshSeed()
		}
	}
	total := newTally(n)
	was := map[string]string{}
	for _, name := range []string{"rapid.checks", "rapid.seed"} {
		was[name] = flag.Lookup(name).Value.String()
	}
	t.Run("runs", func(group *testing.T) {
		for i := range divided {
			group.Run(strconv.Itoa(i), func(one *testing.T) {
				one.Parallel()
				checks := (n + i) / divided
				first := seed + uint64(i)<<32
				progress := newProgress(one.Name(), checks, first)
				beginning.Lock()
				begun := sync.OnceFunc(beginning.Unlock)
				defer begun()
				set(one, "rapid.checks", checks)
				set(one, "rapid.seed", first)
				rapid.Check(shard{one, t.Name()}, func(r *rapid.T) {
					begun()
					run(r, total)
					progress.step()
				})
			})
		}
	})
	for name, value := range was {
		set(t, name, value)
	}
	t.Logf("seed %d, %d parts: %s", seed, divided, total)
	if total.runs < n && !t.Failed() {
		t.Errorf("%d runs of %d", total.runs, n)
	}
	return total
}

// setting is a number that the command line says about random runs.
func setting(t *testing.T, name string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(flag.Lookup("rapid."+name).Value.String(), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func set(t *testing.T, name string, value any) {
	t.Helper()
	if err := flag.Set(name, fmt.Sprint(value)); err != nil {
		t.Fatal(err)
	}
}

// progress says now and then how far the long loops are.
type progress struct {
	name    string
	of, is  int
	seed    uint64
	began   time.Time
	spoken  time.Time
	patient time.Duration
}

func newProgress(name string, of int, seed uint64) *progress {
	now := time.Now()
	return &progress{name: name, of: of, seed: seed, began: now, spoken: now, patient: 20 * time.Second}
}

func (p *progress) step() {
	p.is++
	if !long() || time.Since(p.spoken) < p.patient && p.is != p.of {
		return
	}
	p.spoken = time.Now()
	fmt.Fprintf(os.Stderr, "%s: %d of %d runs, %.1f a second, from seed %d\n", p.name, p.is, p.of, float64(p.is)/time.Since(p.began).Seconds(), p.seed)
}
