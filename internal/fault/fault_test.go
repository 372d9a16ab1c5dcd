package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

func TestCodeIsFoundThroughWrapping(t *testing.T) {
	inner := fault.New("bundle.bad_signature", "The signature does not match.")
	err := fmt.Errorf("open bundle: %w", inner)
	if got := fault.Code(err); got != "bundle.bad_signature" {
		t.Errorf("Code = %q", got)
	}
	if !errors.Is(err, fault.New("bundle.bad_signature", "other words")) {
		t.Error("a fault does not match its own code")
	}
	if errors.Is(err, fault.New("bundle.bad_hash", "")) {
		t.Error("a fault matches a foreign code")
	}
}

func TestUncodedErrorShowsNothingOfItsCause(t *testing.T) {
	f := fault.Of(errors.New("open /home/ada/secret: no such file"))
	if f.Code != fault.CodeInternal || strings.Contains(f.Message, "secret") {
		t.Errorf("Of = %+v", f)
	}
}

func TestWithLeavesTheOriginalAlone(t *testing.T) {
	base := fault.New("vault.wrong_passphrase", "No.")
	derived := base.With("wait_ms", 100)
	if base.Data != nil || derived.Data["wait_ms"] != 100 {
		t.Errorf("base %v derived %v", base.Data, derived.Data)
	}
}
