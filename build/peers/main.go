// Command peers measures extensions of SQLite that do what Alcove's change
// tracking does, each beside plain SQLite in the same host process: a ratio to
// its own host's plain figure says what tracking costs there, whatever the
// host. It prints one line of JSON for each figure.
//
//	go run . -peer sqlite-sync=cloudsync.so [-peer cr-sqlite=crsqlite.so] [-rounds 3] [-rows 100000]
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// figure is one line of the output: what internal/sidebyside writes, and the
// time of processors, which other work on the machine disturbs less.
type figure struct {
	Suite    string  `json:"suite"`
	Case     string  `json:"case"`
	Subject  string  `json:"subject"`
	Baseline string  `json:"baseline"`
	Ratio    float64 `json:"ratio"` // 0 where plain SQLite has no such thing
	Median   float64 `json:"median"`
	Unit     string  `json:"unit"`
	Runs     int     `json:"runs"`
	CPU      float64 `json:"cpu_seconds,omitempty"`
	CPURatio float64 `json:"cpu_ratio,omitempty"`
	Host     string  `json:"host"`
}

func main() {
	var chosen []subject
	flag.Func("peer", "NAME=FILE, a loadable extension; may be given several times", func(s string) error {
		name, file, ok := strings.Cut(s, "=")
		p, known := peers[name]
		if !ok || !known {
			return fmt.Errorf("unknown peer %q", name)
		}
		chosen = append(chosen, subject{name: name, file: file, peer: p})
		return nil
	})
	rounds := flag.Int("rounds", 3, "how often everything is run; the median counts")
	rows := flag.Int("rows", 100_000, "rows of the table")
	flag.Parse()
	if err := measure(chosen, *rounds, *rows); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func measure(chosen []subject, rounds, rows int) error {
	version, _, _ := sqlite3.Version()
	host := "mattn SQLite " + version
	all := append([]subject{{name: "plain", peer: peers["plain"]}}, chosen...)
	values := map[string]map[string][]cost{}
	for i := range all {
		all[i].register()
		values[all[i].name] = map[string][]cost{}
	}
	for range rounds {
		for i := range all { // interleaved, so that a busy machine disturbs all
			got, err := all[i].run(rows)
			if err != nil {
				return fmt.Errorf("%s: %w", all[i].name, err)
			}
			of := values[all[i].name]
			for name, v := range got {
				of[name] = append(of[name], v)
			}
		}
	}
	out := json.NewEncoder(os.Stdout)
	for _, s := range all {
		for _, name := range cases {
			list := values[s.name][name]
			if len(list) == 0 {
				continue
			}
			f := figure{
				Suite: "peers", Case: name, Subject: s.label(), Baseline: "plain", Unit: "s", Runs: rounds, Host: host,
				Median: median(list, cost.value), CPU: median(list, cost.processor),
			}
			if name == caseSize {
				f.Unit = "MB"
			}
			if plain := values["plain"][name]; len(plain) > 0 {
				f.Ratio = f.Median / median(plain, cost.value)
				if f.CPU > 0 {
					f.CPURatio = f.CPU / median(plain, cost.processor)
				}
			}
			if err := out.Encode(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func median(list []cost, of func(cost) float64) float64 {
	values := make([]float64, len(list))
	for i, c := range list {
		values[i] = of(c)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
