// Package sidebyside times two or more ways to do the same work in turns, in
// one run, and prints their ratio. Absolute times differ between machines and
// between minutes; the ratio of interleaved runs is what a budget can name.
//
// It is imported only by files with the build tag "bench".
package sidebyside

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// OutEnv names the environment variable with the file that results are
// appended to, one JSON object a line.
const OutEnv = "ALCOVE_BENCH_OUT"

// Subject is one way to do the work. Run does it once and returns how long the
// part that counts took, so that set-up can stay outside.
type Subject struct {
	Name string
	Run  func() time.Duration
}

// Result is one line of build/bench.json.
type Result struct {
	Suite    string  `json:"suite"`
	Case     string  `json:"case"`
	Subject  string  `json:"subject"`
	Baseline string  `json:"baseline"`
	Ratio    float64 `json:"ratio"`
	Median   float64 `json:"median"`
	Unit     string  `json:"unit"`
	Runs     int     `json:"runs"`
}

// Compare runs every subject rounds times, taking turns, prints a line for
// each and records it. The first subject is the baseline.
func Compare(t testing.TB, suite, name string, rounds int, subjects ...Subject) []Result {
	t.Helper()
	times := make([][]float64, len(subjects))
	for _, s := range subjects {
		s.Run() // warm caches before anything counts
	}
	for range rounds {
		for i, s := range subjects {
			times[i] = append(times[i], float64(s.Run().Nanoseconds())/1e6)
		}
	}
	base := median(times[0])
	results := make([]Result, len(subjects))
	for i, s := range subjects {
		m := median(times[i])
		results[i] = Result{Suite: suite, Case: name, Subject: s.Name, Baseline: subjects[0].Name, Ratio: m / base, Median: m, Unit: "ms", Runs: rounds}
	}
	Record(t, results...)
	return results
}

// Record prints results and appends them to the file named by OutEnv.
func Record(t testing.TB, results ...Result) {
	t.Helper()
	var out *os.File
	if path := os.Getenv(OutEnv); path != "" {
		var err error
		if out, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
			t.Fatal(err)
		}
		defer out.Close()
	}
	for _, r := range results {
		fmt.Printf("%-10s %-28s %-28s %10.3f %-3s  %5.2fx %s\n", r.Suite, r.Case, r.Subject, r.Median, r.Unit, r.Ratio, r.Baseline)
		if out != nil {
			if err := json.NewEncoder(out).Encode(r); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}
