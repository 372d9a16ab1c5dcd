package converge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// tally sums up what random runs did, so that one sees what they tested.
type tally struct {
	began  time.Time
	runs   int
	counts map[string]int
}

func newTally() *tally { return &tally{time.Now(), 0, map[string]int{}} }

func (t *tally) add(w *world) {
	t.runs++
	for what, n := range w.counts {
		t.counts[what] += n
	}
}

func (t *tally) String() string {
	parts := []string{fmt.Sprintf("%d runs, %.1f a second", t.runs, float64(t.runs)/time.Since(t.began).Seconds())}
	for _, what := range slices.Sorted(maps.Keys(t.counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", t.counts[what], what))
	}
	return strings.Join(parts, ", ")
}
