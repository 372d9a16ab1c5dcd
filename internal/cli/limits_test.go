package cli

import (
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

func TestLimitsAreReadWithTheirUnits(t *testing.T) {
	limits := store.DefaultLimits().List()
	for text, want := range map[string]int64{
		"storage=512MB": 512_000_000, "storage=512mb": 512_000_000, "storage=2 GB": 2_000_000_000, "storage=1TB": 1e12,
		"storage=1.5GB": 1_500_000_000, "storage=0.5GB": 500_000_000, "bytes=2.5MiB": 5 << 19,
		"storage=1000000": 1_000_000, "storage=usual": 256_000_000, "bytes=4MiB": 4 << 20, "statement=100kB": 100_000,
		"time=30s": 30_000, "time=1m": 60_000, "time=250ms": 250, "rows=1000000": 1_000_000, "waiting=1": 1, "params=usual": 1000,
	} {
		got, err := limitChanges(limits, []string{text})
		if err != nil || len(got) != 1 || got[0].Value != want {
			t.Errorf("%s: %v, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "storage", "=1", "storage=", "storage=lots", "storage=-1GB", "storage=1kB", "storage=2TB", "storage=9999999999999TB", "storage=0.5", "storage=1e9", "storage=1.2.3GB", "storage=NaNGB",
		"time=30", "time=2m", "time=-1s", "rows=1e3", "rows=1", "memory=1GB",
	} {
		if got, err := limitChanges(limits, []string{"rows=200", text}); fault.Code(err) != codeUsage {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, l := range limits {
		for _, n := range []int64{l.Default, l.Min, l.Max} {
			if got, err := limitValue(l.Name, limitText(l.Name, n)); err != nil || got != n {
				t.Errorf("%s: %d is shown as %s, which is read as %d, %v", l.Name, n, limitText(l.Name, n), got, err)
			}
		}
	}
}
