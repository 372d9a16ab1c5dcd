package bundle_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/fault"
)

var update = flag.Bool("update", false, "write the files in testdata")

const fingerprintOfKeyOne = "calculate hastiness overdress untidy bulge sputter / 04C2 2F7C FEDD 22B7 FAC3"

// vector is one line of testdata/vectors.json.
type vector struct {
	File        string   `json:"file"`
	Code        string   `json:"code"` // "" for a good package
	Lineage     string   `json:"lineage,omitempty"`
	Release     string   `json:"release,omitempty"`
	Archive     string   `json:"archive,omitempty"`
	Message     string   `json:"message,omitempty"` // file with the signed message
	Words       []string `json:"words,omitempty"`
	Fingerprint string   `json:"fingerprint,omitempty"`
}

// releaseOf is the hash of the signed message, by way of text: the signature
// is the last but none of the file's keys, and its value is fixed in length.
func releaseOf(t testing.TB, signature []byte) [32]byte {
	t.Helper()
	return sha256.Sum256(messageOf(t, signature))
}

func messageOf(t testing.TB, signature []byte) []byte {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(signature, &fields); err != nil {
		t.Fatal(err)
	}
	delete(fields, "signature")
	return append([]byte("alcove/1\n"), canonical(t, fields)...)
}

// vectorPackages are the packages in testdata, made again with -update.
func vectorPackages(t *testing.T) map[string][]byte {
	t.Helper()
	packages := map[string][]byte{
		"good.alcove":     bundletest.Build(t, map[string]string{"alcove.json": smallest, "start.html": string(page), "a/über.js": "ü"}),
		"recipe.alcove":   goodRecipe().build(t),
		"smallest.alcove": bundletest.Build(t, map[string]string{"alcove.json": smallest, "start.html": ""}),
	}
	for _, h := range hostiles {
		switch h.code {
		case bundle.CodeArchiveTooLarge, bundle.CodeTooManyEntries, bundle.CodeEntryTooLarge, bundle.CodeUnpackedTooLarge, bundle.CodeSignatureTooLarge:
			continue // too large to keep
		}
		r := goodRecipe()
		h.change(r)
		packages["hostile/"+h.code+".alcove"] = r.build(t)
	}
	return packages
}

func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	for _, v := range readVectors(t) {
		t.Run(v.File, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(v.File)))
			if err != nil {
				t.Fatal(err)
			}
			b, err := bundle.Open(data)
			if fault.Code(err) != v.Code {
				t.Fatalf("got %v, want %q", err, v.Code)
			}
			if err != nil {
				return
			}
			if got := describeVector(v.File, b); got.Lineage != v.Lineage || got.Release != v.Release || got.Archive != v.Archive || got.Fingerprint != v.Fingerprint {
				t.Errorf("got %+v, want %+v", got, v)
			}
			message, err := os.ReadFile(filepath.Join("testdata", v.Message))
			if err != nil {
				t.Fatal(err)
			}
			if sum := sha256.Sum256(message); hex.EncodeToString(sum[:]) != v.Release || !bytes.Equal(message, messageOf(t, b.Signature)) {
				t.Error("the signed message is another one")
			}
		})
	}
}

func describeVector(file string, b *bundle.Bundle) vector {
	f := bundle.FingerprintOf(b.Lineage)
	return vector{
		File: file, Lineage: b.Lineage.String(), Release: hex.EncodeToString(b.Release[:]), Archive: hex.EncodeToString(b.Archive[:]),
		Message: strings.TrimSuffix(file, ".alcove") + ".message", Words: f.Words[:], Fingerprint: f.Hex,
	}
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 80 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	return vectors
}

func writeVectors(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll("testdata/hostile"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("testdata/hostile", 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join("testdata", filepath.FromSlash(name)), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	packages := vectorPackages(t)
	var lines []string
	for _, name := range sortedKeys(packages) {
		write(name, packages[name])
		v := vector{File: name}
		if b, err := bundle.Open(packages[name]); err == nil {
			v = describeVector(name, b)
			write(v.Message, messageOf(t, b.Signature))
		} else {
			v.Code = fault.Code(err)
		}
		line, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	write("vectors.json", []byte("[\n"+strings.Join(lines, ",\n")+"\n]\n"))
	key, err := bundle.MarshalKey(bundletest.Key(1))
	if err != nil {
		t.Fatal(err)
	}
	write("publisher.pem", key)
}

// TestVectorsWithASecondImplementation runs testdata/verify.mjs, which was
// written from SPEC.md in another language and judges all vectors.
func TestVectorsWithASecondImplementation(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	out, err := exec.CommandContext(t.Context(), node, "testdata/verify.mjs").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestReleaseOfAPackedFolderStaysTheSame packs the folder of good.alcove again:
// a release must not change with this code, nor with the compressor.
func TestReleaseOfAPackedFolderStaysTheSame(t *testing.T) {
	want, err := os.ReadFile("testdata/good.alcove")
	if err != nil {
		t.Fatal(err)
	}
	got := vectorPackages(t)["good.alcove"]
	if open(t, got).Release != open(t, want).Release {
		t.Error("the release changed")
	}
}
