package bundle_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/fault"
)

func TestStoredHaexPackagesAreVerifiedAgain(t *testing.T) {
	for _, file := range []string{"v1-archived.xt", "v2-good.xt"} {
		b := open(t, readHaex(t, file))
		for _, tt := range []struct {
			name, code, path string
			change           func([]byte) []byte
		}{
			{name: "as it was"},
			{"one bit", bundle.CodeFileHash, "index.html", func(b []byte) []byte { b[3] ^= 4; return b }},
			{"cut off", bundle.CodeFileSize, "_nuxt/a.js", func(b []byte) []byte { return b[1:] }},
			{"manifest", bundle.CodeManifestTampered, "haextension/manifest.json", func(b []byte) []byte {
				return bytes.Replace(b, []byte("haex-probe"), []byte("haex-prove"), 1)
			}},
		} {
			t.Run(file+"/"+tt.name, func(t *testing.T) {
				read := stored(b)
				got, err := bundle.Recheck(b.Signature, b.Release, func(path string) ([]byte, error) {
					data, err := read(path)
					if path == tt.path {
						return tt.change(bytes.Clone(data)), err
					}
					return data, err
				})
				if fault.Code(err) != tt.code {
					t.Fatalf("got %v, want %q", err, tt.code)
				}
				if err == nil && (got.Release != b.Release || got.Format != b.Format || got.ID() != b.ID() || !slices.Equal(got.Files, b.Files)) {
					t.Errorf("another package came back: %+v", got)
				}
			})
		}
	}
}

// TestWhatTheOlderSignatureDoesNotSeeIsAnotherRelease has two packages that
// verify with the signature of a third: contents moved from one file to the
// next, and a file renamed. A consent for one is none for the others.
func TestWhatTheOlderSignatureDoesNotSeeIsAnotherRelease(t *testing.T) {
	moved, renamed := open(t, readHaex(t, "v1-moved-contents.xt")), open(t, readHaex(t, "v1-renamed.xt"))
	text := func(b *bundle.Bundle) string { data, _ := b.Content("haextension/manifest.json"); return string(data) }
	if text(moved) != text(renamed) {
		t.Fatal("the two are not signed by one signature")
	}
	if moved.Release == renamed.Release {
		t.Error("both are one release")
	}
	if _, err := bundle.Recheck(moved.Signature, renamed.Release, stored(renamed)); fault.Code(err) != bundle.CodeReleaseDiffers {
		t.Errorf("got %v", err)
	}
	if _, err := bundle.Recheck(renamed.Signature, renamed.Release, stored(moved)); fault.Code(err) != bundle.CodeFileSize {
		t.Errorf("got %v", err)
	}
}

// TestAFormatCannotPassForAnother stores a list of one format under the tag of
// the other, which has the same fields.
func TestAFormatCannotPassForAnother(t *testing.T) {
	b := open(t, readHaex(t, "v1-archived.xt"))
	other := bytes.Replace(b.Signature, []byte(bundle.FormatHaex1), []byte(bundle.FormatHaex2), 1)
	if _, err := bundle.Recheck(other, b.Release, stored(b)); fault.Code(err) != bundle.CodeBadSignature {
		t.Errorf("got %v", err)
	}
}
