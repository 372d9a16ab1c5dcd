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

// Format is the tag of the native format. It starts the signed message, so
// that no signature made for something else fits.
const Format = "alcove/1"

var signatureLimits = strictjson.Limits{Bytes: 4 << 20, Depth: 8}

// statement is what a signature file says: who states which files.
type statement struct {
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

// canonical is the statement in RFC 8785 form.
func (s statement) canonical() ([]byte, error) {
	plain, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode signature file: %w", err)
	}
	return jcs.Transform(plain)
}

// message is what is signed: the format tag, a line feed, and the canonical
// form of everything but the signature.
func (s statement) message() ([]byte, error) {
	s.Signature = ""
	canonical, err := s.canonical()
	return append([]byte(s.Format+"\n"), canonical...), err
}

// readStatement reads a signature file and returns it with the signed message.
// What was read, written again, has to be the file: then nothing was
// overlooked, left out or spelt in another way.
func readStatement(data []byte) (*statement, []byte, error) {
	canonical, err := strictjson.Canonical(data, signatureLimits)
	if err != nil {
		return nil, nil, signatureJSONFault(err)
	}
	s := &statement{}
	if json.Unmarshal(canonical, s) != nil || s.Format != Format || !s.wellFormed() {
		return nil, nil, refuseStatement(canonical)
	}
	again, err := s.canonical()
	if err != nil || !bytes.Equal(again, canonical) {
		return nil, nil, refuseStatement(canonical)
	}
	if !bytes.Equal(canonical, data) {
		return nil, nil, damaged(CodeSignatureNotCanonical, "The package's signature file is not in canonical form.")
	}
	// The message is the file without one member. It is the last of that name:
	// "signer" alone comes after it, and a string holds no bare quote.
	member := `"signature":"` + s.Signature + `",`
	at := bytes.LastIndex(canonical, []byte(member))
	if at < 0 {
		return nil, nil, fmt.Errorf("signature file without its signature")
	}
	return s, slices.Concat([]byte(Format+"\n"), canonical[:at], canonical[at+len(member):]), nil
}

func (s *statement) wellFormed() bool {
	if s.Chain == nil || s.Files == nil || !isHex(s.Signature, ed25519.SignatureSize) {
		return false
	}
	return !slices.ContainsFunc(s.Files, func(f statedFile) bool { return f.Size < 0 || !isHex(f.SHA256, sha256.Size) })
}

// refuseStatement says what is wrong with a signature file that could not be
// read. Its format is judged before its keys.
func refuseStatement(canonical []byte) error {
	malformed := damaged(CodeSignatureMalformed, "The package's signature file does not have the form it should.")
	var fields map[string]json.RawMessage
	if json.Unmarshal(canonical, &fields) != nil {
		return malformed
	}
	if err := judgeFormat(fields["format"]); err != nil {
		return err
	}
	if err := checkKeys(fields); err != nil {
		return err
	}
	return malformed
}

// checkKeys refuses unknown keys, of the file and of what it says of each file.
// encoding/json would also take a key in other letters for the one it knows.
func checkKeys(fields map[string]json.RawMessage) error {
	check := func(object map[string]json.RawMessage, known ...string) error {
		for key := range object {
			if !slices.Contains(known, key) {
				return damaged(CodeSignatureUnknownKey, fmt.Sprintf("The package's signature file has a key Alcove does not know (%.60q).", key))
			}
		}
		return nil
	}
	if err := check(fields, "chain", "files", "format", "lineage", "signature", "signer"); err != nil {
		return err
	}
	var files []map[string]json.RawMessage
	if json.Unmarshal(fields["files"], &files) == nil { // else judged next, by type
		for _, f := range files {
			if err := check(f, "path", "sha256", "size"); err != nil {
				return err
			}
		}
	}
	return nil
}

var newer = regexp.MustCompile(`^[1-9][0-9]{0,3}$`)

func judgeFormat(raw json.RawMessage) error {
	var format string
	if err := json.Unmarshal(raw, &format); err != nil {
		return damaged(CodeUnknownFormat, "The package's signature file does not say which format it has.")
	}
	if format == Format {
		return nil
	}
	if version, ok := strings.CutPrefix(format, "alcove/"); ok && newer.MatchString(version) {
		return fault.New(CodeNewerFormat, fmt.Sprintf("This package has the format %.40q, and this Alcove %s knows %q. Update Alcove, then install it again.", format, manifest.HostVersion, Format))
	}
	return damaged(CodeUnknownFormat, fmt.Sprintf("The package has a format Alcove does not know (%.40q).", format))
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

// verify judges the keys and the signature of message, and returns the keys
// and the release: the hash of the message.
func (s *statement) verify(message []byte) (lineage, signer manifest.Key, release [32]byte, err error) {
	if lineage, err = publicKey(s.Lineage); err != nil {
		return lineage, signer, release, err
	}
	signer = lineage
	if s.Signer != s.Lineage {
		if signer, err = publicKey(s.Signer); err != nil {
			return lineage, signer, release, err
		}
	}
	if len(s.Chain) != 0 {
		return lineage, signer, release, fault.New(CodeChain, "This package's publisher has changed keys, which this Alcove cannot follow yet. Update Alcove, then install it again.")
	}
	if signer != lineage {
		return lineage, signer, release, changed(CodeSignerNotLineage, "The package is signed by another key than the one it claims to come from.")
	}
	signature, err := hex.DecodeString(s.Signature)
	if err != nil || !ed25519.Verify(signer[:], message, signature) {
		return lineage, signer, release, changed(CodeBadSignature, "The package's signature does not match.")
	}
	return lineage, signer, sha256.Sum256(message), nil
}
