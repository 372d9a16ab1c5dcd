package bundle_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

func TestStoredPackageIsVerifiedAgain(t *testing.T) {
	b := open(t, goodRecipe().build(t))
	for _, tt := range []struct {
		name, code string
		path       string
		change     func([]byte) []byte
	}{
		{name: "as it was"},
		{"one bit", bundle.CodeFileHash, "start.html", func(b []byte) []byte { b[3] ^= 4; return b }},
		{"cut off", bundle.CodeFileSize, "start.html", func(b []byte) []byte { return b[1:] }},
		{"manifest", bundle.CodeManifestTampered, "alcove.json", func(b []byte) []byte { return bytes.Replace(b, []byte("1.2.3"), []byte("1.2.4"), 1) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
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
			if err == nil && (got.Release != b.Release || !slices.Equal(got.Files, b.Files) || got.Manifest.Version != "1.2.3" || got.ID() != b.ID()) {
				t.Errorf("another package came back: %+v", got)
			}
		})
	}
}

func TestRecheckVerifiesTheSignatureFile(t *testing.T) {
	b := open(t, goodRecipe().build(t))
	forged := bytes.Replace(b.Signature, []byte(`"size":`), []byte(`"size":1`), 1)
	if _, err := bundle.Recheck(forged, b.Release, stored(b)); fault.Code(err) != bundle.CodeBadSignature {
		t.Errorf("got %v", err)
	}
}

func TestRecheckNeedsAManifest(t *testing.T) {
	r := goodRecipe()
	r.manifestText = func([]byte) []byte { return nil }
	// The signature is good, so only a vault that was tampered with has this.
	var signature []byte
	r.sigFile = func(b []byte) []byte { signature = b; return b }
	r.build(t)
	_, err := bundle.Recheck(signature, releaseOf(t, signature), func(string) ([]byte, error) { return nil, errors.New("unused") })
	if fault.Code(err) != bundle.CodeNoManifest {
		t.Errorf("got %v", err)
	}
}

func TestContentAfterRecheckIsStillVerified(t *testing.T) {
	b := open(t, goodRecipe().build(t))
	files := map[string][]byte{}
	for _, f := range b.Files {
		data, _ := b.Content(f.Path)
		files[f.Path] = bytes.Clone(data)
	}
	got, err := bundle.Recheck(b.Signature, b.Release, func(path string) ([]byte, error) { return files[path], nil })
	if err != nil {
		t.Fatal(err)
	}
	if data, ok := got.Content("start.html"); !ok || !bytes.Equal(data, page) {
		t.Error("the stored page is not there")
	}
	files["start.html"][0] ^= 1
	if data, ok := got.Content("start.html"); ok || data != nil {
		t.Error("a changed page is given out")
	}
	if _, ok := got.Content("nothing.js"); ok {
		t.Error("a file that is not listed is given out")
	}
	if data, ok := got.Content("alcove.sig.json"); !ok || !bytes.Equal(data, b.Signature) {
		t.Error("the signature file is not there")
	}
}

func TestIdentityIsKeyAndName(t *testing.T) {
	b := open(t, goodRecipe().build(t))
	id, err := manifest.ParseID(b.ID().String())
	if err != nil || id != b.ID() {
		t.Errorf("%v, %v", id, err)
	}
}
