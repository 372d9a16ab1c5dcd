package bundle_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// TestTheOlderSignatureIsJudgedAsByItsOwnSDK makes random packages, half of them
// tampered with and one in ten by the SDK's own command, and compares the
// verdicts with those of the SDK's verifier.
func TestTheOlderSignatureIsJudgedAsByItsOwnSDK(t *testing.T) {
	count := 20
	if os.Getenv("ALCOVE_FULL") == "1" {
		count = 200
	}
	folder := t.TempDir()
	runVectors(t, "cross.js", folder, strconv.Itoa(count), "1")
	text, err := os.ReadFile(filepath.Join(folder, "verdicts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var verdicts []struct {
		File    string `json:"file"`
		Valid   bool   `json:"valid"`
		Command bool   `json:"command"`
	}
	if err := json.Unmarshal(text, &verdicts); err != nil {
		t.Fatal(err)
	}
	// What the SDK does not look at, and tampering can lead to.
	besides := []string{manifest.CodeEntryMissing, bundle.CodeDuplicate, bundle.CodeCollision}
	good, bad := 0, 0
	for _, v := range verdicts {
		data, err := os.ReadFile(filepath.Join(folder, v.File))
		if err != nil {
			t.Fatal(err)
		}
		_, err = bundle.Open(data)
		switch {
		case v.Valid && err == nil:
			good++
		case v.Valid && (v.Command || !slices.Contains(besides, fault.Code(err))):
			t.Errorf("%s is refused, and the SDK takes it: %v", v.File, err)
		case !v.Valid && err == nil:
			t.Errorf("%s is accepted, and the SDK refuses it", v.File)
		case !v.Valid:
			bad++
		}
	}
	t.Logf("%d of %d packages are good to both, %d bad to both", good, count, bad)
	if len(verdicts) != count || good < count/3 || bad < count/8 {
		t.Errorf("%d packages, %d good, %d bad", len(verdicts), good, bad)
	}
}
