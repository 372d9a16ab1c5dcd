package converge

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
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

// Every rule that devices need to converge is broken once, and the random runs
// must notice. In make test the first ones are tried, in make test-full all.
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
			out, err := m.run(t)
			var exit *exec.ExitError
			switch {
			case err == nil:
				t.Errorf("nobody noticed:\n%s", out)
			case !errors.As(err, &exit) || !strings.Contains(out, "--- FAIL: "):
				t.Errorf("it did not run: %v\n%s", err, out)
			case testing.Verbose():
				t.Log(firstComplaint(out))
			}
		})
	}
}

// run runs the tests with one file replaced by its broken form.
func (m mutation) run(t *testing.T) (string, error) {
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
	broken, overlay := filepath.Join(dir, "broken.go"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {file: broken}})
	if err == nil {
		err = errors.Join(os.WriteFile(broken, bytes.Replace(text, []byte(m.old), []byte(m.new), 1), 0o600), os.WriteFile(overlay, replace, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	tests := m.tests
	if tests == "" {
		tests = "TestDevicesConverge"
	}
	cmd := exec.Command("go", "test", "-overlay", overlay, "-count=1", "-run", "^("+tests+")$", ".", "-rapid.checks=3000", "-rapid.shrinktime=1ms")
	cmd.Env = append(os.Environ(), mutantEnv+"=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// firstComplaint is what the random runs said first.
func firstComplaint(out string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, "[rapid] failed") || strings.Contains(line, "[rapid] panic") || strings.Contains(line, "_test.go:") {
			return strings.TrimSpace(line)
		}
	}
	return out
}
