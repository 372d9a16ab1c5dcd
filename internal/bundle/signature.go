package bundle

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gowebpki/jcs"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/manifest/strictjson"
)

var signatureLimits = strictjson.Limits{Bytes: 4 << 20, Depth: 8}

// statement is what a signature file says, whatever its format: who states
// which files.
type statement struct {
	format          *format
	lineage, signer string
	chained         bool // signer is not the lineage, by a chain this Alcove cannot follow
	files           []statedFile
	signature       string // hex
	// message is what the release is the hash of. It is what is signed, but of
	// FormatHaex1.
	message []byte
}

// signatureJSON is a native signature file.
type signatureJSON struct {
	Format    string            `json:"format"`
	Lineage   string            `json:"lineage"`
	Signer    string            `json:"signer"`
	Chain     []json.RawMessage `json:"chain"`
	Files     []statedFile      `json:"files"`
	Signature string            `json:"signature,omitempty"`
}

type statedFile struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// canonical is the signature file in RFC 8785 form.
func (s signatureJSON) canonical() ([]byte, error) {
	return canonical(s)
}

// canonical is a value as JSON in RFC 8785 form.
func canonical(v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode signature file: %w", err)
	}
	return jcs.Transform(plain)
}

// message is what is signed: the format tag, a line feed, and the canonical
// form of everything but the signature.
func (s signatureJSON) message() ([]byte, error) {
	s.Signature = ""
	canonical, err := s.canonical()
	return append([]byte(s.Format+"\n"), canonical...), err
}

// readStatement reads a signature file of this format. What was read, written
// again, has to be the file: then nothing was overlooked, left out or spelt in
// another way.
func readStatement(f *format, data []byte) (*statement, error) {
	text, err := strictjson.Canonical(data, signatureLimits)
	if err != nil {
		return nil, signatureJSONFault(err)
	}
	read := readNative
	if f != native {
		read = readHaex
	}
	s, again := read(text)
	if s == nil || s.format != f || s.files == nil || !wellFormed(s.files, s.signature) || !bytes.Equal(again, text) {
		return nil, f.refuseStatement(text)
	}
	if !bytes.Equal(text, data) {
		return nil, damaged(CodeSignatureNotCanonical, "The package's signature file is not in canonical form.")
	}
	return s, nil
}

// readNative reads the canonical text of a native signature file and writes it
// again. The statement is nil if it has another form.
func readNative(text []byte) (*statement, []byte) {
	var s signatureJSON
	if json.Unmarshal(text, &s) != nil || s.Format != Format || s.Chain == nil {
		return nil, nil
	}
	again, err := s.canonical()
	if err != nil {
		return nil, nil
	}
	out := &statement{format: native, lineage: s.Lineage, signer: s.Signer, chained: len(s.Chain) != 0, files: s.Files, signature: s.Signature}
	// The message is the file without one member. It is the last of that name:
	// "signer" alone comes after it, and a string holds no bare quote.
	member := `"signature":"` + s.Signature + `",`
	if at := bytes.LastIndex(again, []byte(member)); at >= 0 {
		out.message = slices.Concat([]byte(Format+"\n"), again[:at], again[at+len(member):])
	}
	return out, again
}

func wellFormed(files []statedFile, signature string) bool {
	if !isHex(signature, ed25519.SignatureSize) {
		return false
	}
	return !slices.ContainsFunc(files, func(f statedFile) bool { return f.Size < 0 || !isHex(f.SHA256, sha256.Size) })
}

// refuseStatement says what is wrong with a signature file that could not be
// read. Its format is judged before its keys.
func (f *format) refuseStatement(canonical []byte) error {
	malformed := damaged(CodeSignatureMalformed, "The package's signature file does not have the form it should.")
	var fields map[string]json.RawMessage
	if json.Unmarshal(canonical, &fields) != nil {
		return malformed
	}
	if err := f.judge(fields["format"]); err != nil {
		return err
	}
	known := []string{"chain", "files", "format", "lineage", "signature", "signer"}
	if f != native {
		known = []string{"files", "format", "publicKey", "signature"}
	}
	if err := checkKeys(fields, known); err != nil {
		return err
	}
	return malformed
}

// checkKeys refuses unknown keys, of the file and of what it says of each file.
// encoding/json would also take a key in other letters for the one it knows.
func checkKeys(fields map[string]json.RawMessage, known []string) error {
	check := func(object map[string]json.RawMessage, known []string) error {
		for key := range object {
			if !slices.Contains(known, key) {
				return damaged(CodeSignatureUnknownKey, fmt.Sprintf("The package's signature file has a key Alcove does not know (%.60q).", key))
			}
		}
		return nil
	}
	if err := check(fields, known); err != nil {
		return err
	}
	var files []map[string]json.RawMessage
	if json.Unmarshal(fields["files"], &files) == nil { // else judged next, by type
		for _, f := range files {
			if err := check(f, []string{"path", "sha256", "size"}); err != nil {
				return err
			}
		}
	}
	return nil
}

var newer = regexp.MustCompile(`^[1-9][0-9]{0,3}$`)

// judge refuses what a signature file says of its format unless it is f.
func (f *format) judge(raw json.RawMessage) error {
	var tag string
	if err := json.Unmarshal(raw, &tag); err != nil {
		return damaged(CodeUnknownFormat, "The package's signature file does not say which format it has.")
	}
	if tag == f.tag {
		return nil
	}
	family, _, _ := strings.Cut(f.tag, "/")
	if _, known := formatOf(tag); !known && newer.MatchString(strings.TrimPrefix(tag, family+"/")) {
		return fault.New(CodeNewerFormat, fmt.Sprintf("This package has the format %.40q, and this Alcove %s knows %q. Update Alcove, then install it again.", tag, manifest.HostVersion, f.tag))
	}
	return damaged(CodeUnknownFormat, fmt.Sprintf("The package has a format Alcove does not know (%.40q).", tag))
}

func signatureJSONFault(err error) error {
	kinds := []struct {
		kind       error
		code, what string
	}{
		{strictjson.ErrTooLarge, CodeSignatureTooLarge, "The package's signature file is larger than 4 MiB."},
		{strictjson.ErrNotUTF8, CodeSignatureNotUTF8, "The package's signature file is not UTF-8 text."},
		{strictjson.ErrTooDeep, CodeSignatureTooDeep, "The package's signature file is nested more than 8 levels deep."},
		{strictjson.ErrDuplicate, CodeSignatureDuplicateKey, "The package's signature file gives one key twice, so that it can be read in two ways."},
	}
	for _, k := range kinds {
		if errors.Is(err, k.kind) {
			return damaged(k.code, k.what)
		}
	}
	return damaged(CodeSignatureBadJSON, "The package's signature file is not valid JSON.")
}

func isHex(s string, size int) bool {
	return len(s) == hex.EncodedLen(size) && strings.Trim(s, "0123456789abcdef") == ""
}

// verify judges the keys and the signature, and returns the keys and the
// release: the hash of the message. The signature of FormatHaex1 is judged
// where the contents are.
func (s *statement) verify() (lineage, signer manifest.Key, release [32]byte, err error) {
	if lineage, err = publicKey(s.lineage); err != nil {
		return lineage, signer, release, err
	}
	signer = lineage
	if s.signer != s.lineage {
		if signer, err = publicKey(s.signer); err != nil {
			return lineage, signer, release, err
		}
	}
	if s.chained {
		return lineage, signer, release, fault.New(CodeChain, "This package's publisher has changed keys, which this Alcove cannot follow yet. Update Alcove, then install it again.")
	}
	if signer != lineage {
		return lineage, signer, release, changed(CodeSignerNotLineage, "The package is signed by another key than the one it claims to come from.")
	}
	if s.format != haex1 && !s.signed(signer, s.message) {
		return lineage, signer, release, errBadSignature
	}
	return lineage, signer, sha256.Sum256(s.message), nil
}

var errBadSignature = changed(CodeBadSignature, "The package's signature does not match.")

// signed reports whether the signature is one of message by key.
func (s *statement) signed(key manifest.Key, message []byte) bool {
	signature, err := hex.DecodeString(s.signature)
	return err == nil && ed25519.Verify(key[:], message, signature)
}
