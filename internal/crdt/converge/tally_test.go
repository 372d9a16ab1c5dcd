package converge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// tally sums up what random runs did, so that one sees what they tested.
type tally struct {
	began time.Time
	of    int // how many runs there should be

	mu     sync.Mutex
	runs   int
	counts map[string]int
}

func newTally(of int) *tally { return &tally{began: time.Now(), of: of, counts: map[string]int{}} }

// add counts a run and what happened in it.
func (t *tally) add(counts map[string]int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.runs++
	for what, n := range counts {
		t.counts[what] += n
	}
}

// wants fails unless everything in list happened, and on average once in runs
// runs. Series that are shorter than a few of these say nothing.
func (t *tally) wants(test *testing.T, runs int, list ...string) {
	test.Helper()
	if t.runs < 5*runs || test.Failed() {
		return
	}
	for _, what := range list {
		if t.counts[what]*runs < t.runs {
			test.Errorf("%d runs have %d %s", t.runs, t.counts[what], what)
		}
	}
}

func (t *tally) String() string {
	parts := []string{fmt.Sprintf("%d runs, %.1f a second", t.runs, float64(t.runs)/time.Since(t.began).Seconds())}
	for _, what := range slices.Sorted(maps.Keys(t.counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", t.counts[what], what))
	}
	return strings.Join(parts, ", ")
}
