package converge

import (
	"os"
	"testing"
)

// underway skips what does not pass yet, unless ALCOVE_CONVERGE=1.
func underway(t *testing.T) {
	t.Helper()
	if os.Getenv("ALCOVE_CONVERGE") != "1" {
		t.Skip("set ALCOVE_CONVERGE=1")
	}
}
