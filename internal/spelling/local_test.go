package spelling_test

import (
	"testing"

	"github.com/alcove-vault/alcove/internal/spelling"
)

func TestATableStaysHereBecauseOfTheEndOfItsName(t *testing.T) {
	for name, want := range map[string]bool{
		"cache_no_sync": true, "Cache_NO_Sync": true, "_no_sync": true, "no_sync": false, "cache_no_sync_2": false, "notes": false, "": false,
	} {
		if got := spelling.StaysHere(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
