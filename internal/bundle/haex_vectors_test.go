package bundle_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

const (
	haexFolder = "testdata/haex"
	// vectorsWorkspace makes the packages, and judges some by the SDK's own
	// verifier. It shares no code with this package.
	vectorsWorkspace = "../../frontend/vectors"
)

// haexVector is one line of testdata/haex/vectors.json.
type haexVector struct {
	File string `json:"file"`
	Code string `json:"code"` // "" for a good package
	Kind string `json:"kind"` // what the verifier of format 2 calls it
}

// haexKinds are the codes that mean each of the errors of format 2. Path rules
// that only Alcove has are entry_path_invalid too.
var haexKinds = map[string][]string{
	"archive_too_large":      {bundle.CodeArchiveTooLarge, bundle.CodeTooManyEntries, bundle.CodeUnpackedTooLarge},
	"archive_invalid":        {bundle.CodeNotZip, bundle.CodeHeaderMismatch, bundle.CodeDataDescriptor},
	"entry_path_invalid":     {bundle.CodePathTraversal, bundle.CodePathAbsolute, bundle.CodePathBackslash, bundle.CodePathNotClean, bundle.CodePathNotNFC, bundle.CodeForbiddenFile},
	"entry_duplicate":        {bundle.CodeDuplicate, bundle.CodeCollision},
	"entry_too_large":        {bundle.CodeEntryTooLarge, bundle.CodeWrongLength},
	"entry_ratio":            {bundle.CodeRatio},
	"entry_kind":             {bundle.CodeSymlink, bundle.CodeDirectoryEntry, bundle.CodeEncrypted},
	"manifest_not_canonical": {manifest.CodeNotCanonical, manifest.CodeDuplicateKey},
	"manifest_invalid": {
		bundle.CodeNoManifest, bundle.CodeKeyWeak, manifest.CodeUnknownKey, manifest.CodeNameInvalid, manifest.CodeVersionInvalid,
		manifest.CodeFieldMissing, manifest.CodeEntryMissing, manifest.CodeFieldType, manifest.CodeFieldInvalid,
	},
	"file_mismatch":       {bundle.CodeFileMissing, bundle.CodeFileUnlisted, bundle.CodeFileSize, bundle.CodeFileHash, bundle.CodeManifestTampered, bundle.CodePathReserved},
	"public_key_mismatch": {manifest.CodeKeyMismatch},
	"signature_invalid": {
		bundle.CodeNoSignature, bundle.CodeSignatureNotCanonical, bundle.CodeSignatureBadJSON, bundle.CodeSignatureDuplicateKey, bundle.CodeSignatureUnknownKey,
		bundle.CodeSignatureMalformed, bundle.CodeNewerFormat, bundle.CodeUnknownFormat, bundle.CodeInventoryOrder, bundle.CodeBadSignature, bundle.CodeKeyMalformed,
	},
}

func readHaexVectors(t testing.TB, folder string) []haexVector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []haexVector
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func readHaex(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(haexFolder, file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func judgeHaexVectors(t *testing.T, folder string) {
	t.Helper()
	bad := map[string]int{}
	for _, v := range readHaexVectors(t, folder) {
		t.Run(v.File, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(folder, v.File))
			if err != nil {
				t.Fatal(err)
			}
			b, err := bundle.Open(data)
			if code := fault.Code(err); code != v.Code {
				t.Fatalf("got %q (%v), want %q", code, err, v.Code)
			}
			if v.Kind != "" && !slices.Contains(haexKinds[v.Kind], v.Code) {
				t.Errorf("%s is not what the format calls %s", v.Code, v.Kind)
			}
			if err != nil {
				bad[v.File[:2]]++
				return
			}
			want := map[string]string{"v1": bundle.FormatHaex1, "v2": bundle.FormatHaex2}[v.File[:2]]
			if b.Format != want || b.Manifest.Dialect != manifest.DialectHaex {
				t.Errorf("format %s, dialect %s", b.Format, b.Manifest.Dialect)
			}
		})
	}
	if bad["v1"] < 30 || bad["v2"] < 30 {
		t.Errorf("only %v bad packages", bad)
	}
}

func TestHaexVectors(t *testing.T) {
	if *update {
		if err := os.RemoveAll(haexFolder); err != nil {
			t.Fatal(err)
		}
		runVectors(t, "vectors.js", haexFolder)
	}
	judgeHaexVectors(t, haexFolder)
}

// TestHaexVectorsMadeAnew judges the packages as this machine's compressor
// makes them.
func TestHaexVectorsMadeAnew(t *testing.T) {
	folder := t.TempDir()
	runVectors(t, "vectors.js", folder)
	judgeHaexVectors(t, folder)
}

// runVectors compiles the workspace and runs one of its programs.
func runVectors(t *testing.T, program string, args ...string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	compiler, err := filepath.Abs(vectorsWorkspace + "/../node_modules/typescript/bin/tsc")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(compiler); err != nil {
		t.Skip("the frontend's packages are not installed")
	}
	for _, command := range [][]string{
		{compiler, "-p", vectorsWorkspace},
		append([]string{filepath.Join(vectorsWorkspace, "dist", program)}, args...),
	} {
		if out, err := exec.CommandContext(t.Context(), node, command...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
		}
	}
}
