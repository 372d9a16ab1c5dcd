package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf16"

	"github.com/gowebpki/jcs"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// stateHaex1 makes the signature file that a package of FormatHaex1 lacks: what
// its manifest says of key and signature, and a list of what is there. From
// then on the package is this list, as of every other format: a review is about
// it, and the stored package is held against it.
func stateHaex1(contents map[string]content) ([]byte, error) {
	text, err := manifest.CanonicalHaex(contents[manifest.HaexFileName].data)
	if err != nil {
		return nil, err
	}
	// A struct would also take a key in other letters for the one it knows.
	var fields map[string]json.RawMessage
	s := haexSignatureJSON{Files: []statedFile{}, Format: FormatHaex1}
	if json.Unmarshal(text, &fields) != nil || json.Unmarshal(or(fields["publicKey"]), &s.PublicKey) != nil || json.Unmarshal(or(fields["signature"]), &s.Signature) != nil {
		return nil, manifest.Refuse(manifest.CodeFieldType, "The extension's "+manifest.HaexFileName+" is no object with texts as publicKey and signature.")
	}
	if s.Signature == "" {
		return nil, misbuilt(CodeNoSignature, "The package is not signed: its "+manifest.HaexFileName+" has no signature.")
	}
	for _, path := range slices.Sorted(maps.Keys(contents)) {
		c := contents[path]
		s.Files = append(s.Files, statedFile{Path: path, Size: int64(len(c.data)), SHA256: hex.EncodeToString(c.sum[:])})
	}
	return canonical(s)
}

// or is a JSON value, or null where there is none.
func or(value json.RawMessage) json.RawMessage {
	if value == nil {
		return json.RawMessage("null")
	}
	return value
}

// checkHaex1 holds every file against the list, once each, and verifies the
// publisher's signature, which is over the SHA-256 of all contents one after
// the other: of neither the names nor the ends of files.
func (b *Bundle) checkHaex1(s *statement) error {
	hash := sha256.New()
	for _, f := range inUTF16(b.Files) {
		data, err := b.read(f)
		if err != nil {
			return err
		}
		if f.Path == b.format.manifest {
			if data, err = signedForm(data); err != nil {
				return err
			}
		}
		hash.Write(data)
	}
	if !s.signed(b.Signer, hash.Sum(nil)) {
		return errBadSignature
	}
	return nil
}

// inUTF16 is files in the order in which JavaScript sorts their paths.
func inUTF16(files []File) []File {
	sorted := slices.Clone(files)
	slices.SortFunc(sorted, func(a, b File) int {
		return slices.Compare(utf16.Encode([]rune(a.Path)), utf16.Encode([]rune(b.Path)))
	})
	return sorted
}

// signedForm is a manifest as the signer of FormatHaex1 hashes it: without its
// signature, keys sorted, indented by two spaces.
func signedForm(text []byte) ([]byte, error) {
	text, err := manifest.CanonicalHaex(text)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	fields["signature"] = json.RawMessage(`""`)
	plain, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	// RFC 8785 writes keys, numbers and strings like JSON.stringify.
	if plain, err = jcs.Transform(plain); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, plain, "", "  "); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return out.Bytes(), nil
}
