package converge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// mutantEnv is set for the tests of an engine that was broken on purpose.
const mutantEnv = "ALCOVE_CONVERGE_MUTANT"

// mutation breaks one rule of the engine: in file, relative to internal/crdt,
// old becomes new. old is there exactly once.
type mutation struct {
	name, file, old, new string
	tests                string // that catch it; "" is TestDevicesConverge
}

// mutantRuns is how many random runs may pass before one must have noticed.
const mutantRuns = 3000

// Every rule that devices need to converge is broken once, and the random runs
// must notice, or a story: with a run that goes wrong only because of that. In
// make test the first mutation is tried, in make test-full all.
func TestBrokenEnginesAreCaught(t *testing.T) {
	if os.Getenv(mutantEnv) != "" {
		t.Skip("within a mutant")
	}
	list := mutations
	if !long() {
		list = list[:1]
	}
	for _, m := range list {
		t.Run(m.name, func(t *testing.T) {
			out, err := runTests(m.build(t), m.against(), mutantRuns, shortSeed)
			var exit *exec.ExitError
			test, seed := whatFailed(out)
			switch {
			case err == nil:
				t.Fatalf("nobody noticed:\n%s", end(out))
			case !errors.As(err, &exit) || exit.ExitCode() != 1 || test == "":
				t.Fatalf("it did not come to its end: %v\n%s", err, end(out))
			}
			t.Log(firstComplaint(out))
			if out, err := runTests(os.Args[0], test, 1, seed); err != nil || !strings.Contains(out, "--- PASS: "+test) {
				t.Errorf("the engine as it is fails as well: %v\n%s", err, end(out))
			}
		})
	}
}

// complaint finds the test and the seed of a random run that went wrong.
var complaint = regexp.MustCompile(`(?s)\[rapid\] (?:failed|panic) after .*?To reproduce, specify -run="(Test\w+)" -rapid\.seed=(\d+)`)

// storyFailed finds a test that has no seed.
var storyFailed = regexp.MustCompile(`(?m)^--- FAIL: (Test\w+) `)

// whatFailed is the test that failed and the seed with which it does, or "".
func whatFailed(out string) (test string, seed uint64) {
	if found := complaint.FindStringSubmatch(out); found != nil {
		seed, err := strconv.ParseUint(found[2], 10, 64)
		if err == nil {
			return found[1], seed
		}
	}
	if found := storyFailed.FindStringSubmatch(out); found != nil && !strings.Contains(out, "[rapid]") {
		return found[1], shortSeed
	}
	return "", 0
}

func (m mutation) against() string {
	if m.tests == "" {
		return "TestDevicesConverge"
	}
	return m.tests
}

// runTests runs random runs in a test binary, in this folder.
func runTests(binary, tests string, runs int, seed uint64) (string, error) {
	cmd := exec.Command(binary, "-test.v", "-test.run=^("+tests+")$", "-test.timeout=30m",
		fmt.Sprint("-rapid.checks=", runs), fmt.Sprint("-rapid.seed=", seed), "-rapid.shrinktime=1ms")
	cmd.Env = append(os.Environ(), mutantEnv+"=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// build makes the test binary with one file replaced by its broken form.
func (m mutation) build(t *testing.T) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("..", m.file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		t.Fatalf("%s has %q %d times; the mutation must follow the code", m.file, m.old, n)
	}
	dir := t.TempDir()
	broken, overlay, binary := filepath.Join(dir, "broken.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "mutant.test")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {file: broken}})
	if err == nil {
		err = errors.Join(os.WriteFile(broken, bytes.Replace(text, []byte(m.old), []byte(m.new), 1), 0o600), os.WriteFile(overlay, replace, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "test", "-c", "-overlay", overlay, "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("the mutant was not built: %v\n%s", err, out)
	}
	return binary
}

// end is the last of an output.
func end(out string) string { return out[max(0, len(out)-4096):] }

// firstComplaint is what the tests said first of what is wrong.
func firstComplaint(out string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, "[rapid] failed") || strings.Contains(line, "[rapid] panic") || strings.Contains(line, "_test.go:") && strings.Contains(line, ": device ") {
			return strings.TrimSpace(line)
		}
	}
	return end(out)
}
