package bundle_test

import (
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
)

func TestPackedFilesComeBack(t *testing.T) {
	data := bundletest.Build(t, map[string]string{"js/app.js": "let a = 1", "migrations/1.sql": "CREATE TABLE {{notes}} (id TEXT PRIMARY KEY) STRICT"},
		bundletest.With("migrations", []string{"migrations/1.sql"}),
		bundletest.With("permissions", []any{map[string]any{"resource": "net", "action": "fetch", "target": "https://api.example.com/*", "reason": "Fetches."}}))
	b, err := bundle.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := b.Content("js/app.js"); !ok || string(got) != "let a = 1" {
		t.Errorf("content %q, %v", got, ok)
	}
	if got, ok := b.Content("js/other.js"); ok || got != nil {
		t.Errorf("a file that is not there is %q", got)
	}
	if _, _, ok := b.Icon(); ok {
		t.Error("there is an icon")
	}
	if b.Lineage != bundletest.Lineage(1) || b.Signer != b.Lineage || b.ID().String() != b.Lineage.String()+".hello" {
		t.Errorf("identity %v", b.ID())
	}
	again, err := bundle.Recheck(b.Signature, b.Release, func(path string) ([]byte, error) {
		content, _ := b.Content(path)
		return content, nil
	})
	if err != nil || again.Release != b.Release {
		t.Fatalf("recheck: %v", err)
	}
}
