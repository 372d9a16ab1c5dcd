// Package bundle reads and writes signed packages of extensions.
//
// A package is a ZIP whose every byte is accounted for. alcove.sig.json in it
// lists every other file with size and hash and is signed by the publisher.
// Open verifies all of it in memory and in a fixed order, in which the first
// failure wins: container, signature file, signature, inventory, manifest.
// SPEC.md beside this file describes the format for a second implementation.
package bundle

import (
	"crypto/sha256"
	"maps"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// Bundle is a verified package. Only Open and Recheck make one.
type Bundle struct {
	Format      string       // Format, FormatHaex1 or FormatHaex2
	Lineage     manifest.Key // the publisher's first key, half of the identity
	Signer      manifest.Key // the key that signed this release
	Release     [32]byte     // hash of the signed message: what a review is about
	Archive     [32]byte     // hash of the file, only for transport; zero after Recheck
	ArchiveSize int64        // bytes; zero after Recheck
	Manifest    *manifest.Manifest
	Files       []File // sorted by path; every file but the signature file
	// Signature is the signature file. Of FormatHaex1, which has none, it is a
	// list that Alcove made of what was reviewed, in the form of FormatHaex2.
	Signature []byte

	format *format
	read   func(File) ([]byte, error) // the verified bytes of a listed file
}

// File is one signed file.
type File struct {
	Path   string   `json:"path"`
	Size   int64    `json:"size"` // bytes
	SHA256 [32]byte `json:"sha256"`
}

// Open verifies a package and returns what is in it. The result refers to
// data, which must not change afterwards. A refusal is a *fault.Error whose
// code starts with "bundle." or "manifest.".
func Open(data []byte) (*Bundle, error) {
	entries, f, err := readContainer(data)
	if err != nil {
		return nil, err
	}
	contents, err := unpackAll(entries, len(data))
	if err != nil {
		return nil, err
	}
	signature, err := f.signatureOf(contents)
	if err != nil {
		return nil, err
	}
	b, s, err := verifySignature(f, signature)
	if err != nil {
		return nil, err
	}
	b.Archive, b.ArchiveSize = sha256.Sum256(data), int64(len(data))
	if err := b.checkPresence(maps.Keys(contents)); err != nil {
		return nil, err
	}
	b.read = func(f File) ([]byte, error) {
		c := contents[f.Path]
		return c.data, b.check(f, len(c.data), c.sum)
	}
	if err := b.checkFiles(s); err != nil {
		return nil, err
	}
	if err := b.readManifest(); err != nil {
		return nil, err
	}
	return b, nil
}

// signatureOf returns the signature file of unpacked contents.
func (f *format) signatureOf(contents map[string]content) ([]byte, error) {
	if f == haex1 {
		return stateHaex1(contents)
	}
	c, ok := contents[f.signature]
	if !ok {
		return nil, misbuilt(CodeNoSignature, "The package is not signed: it has no "+f.signature+".")
	}
	return c.data, nil
}

// Recheck verifies a stored package again: its signature file, that this is
// the release that was accepted, and every file as content returns it. The
// bundle calls content again for each Content, and checks what comes back.
func Recheck(signature []byte, release [32]byte, content func(path string) ([]byte, error)) (*Bundle, error) {
	b, s, err := verifySignature(formatOfFile(signature), signature)
	if err != nil {
		return nil, err
	}
	if b.Release != release {
		return nil, changed(CodeReleaseDiffers, "The stored package is not the one that was accepted.")
	}
	if err := b.requireManifest(); err != nil {
		return nil, err
	}
	b.read = func(f File) ([]byte, error) {
		data, err := content(f.Path)
		if err != nil {
			return nil, unreadable(f.Path, err)
		}
		return data, b.check(f, len(data), sha256.Sum256(data))
	}
	if err := b.checkFiles(s); err != nil {
		return nil, err
	}
	if err := b.readManifest(); err != nil {
		return nil, err
	}
	return b, nil
}

// ID is the extension's identity.
func (b *Bundle) ID() manifest.ID {
	return manifest.ID{Lineage: b.Lineage, Name: b.Manifest.Name}
}

// OlderSignature reports whether the publisher's signature is over the contents
// in one piece only: it fits other packages too, with contents moved from one
// file to the next. Release tells them apart.
func (b *Bundle) OlderSignature() bool { return b.format == haex1 }

// Content returns the verified bytes of a file, which must not be changed. It
// is false for what the package does not list, and after Recheck for what no
// longer is what was signed.
func (b *Bundle) Content(path string) ([]byte, bool) {
	if path == SignatureFile || path == b.format.signature {
		return b.Signature, true
	}
	f, ok := b.find(path)
	if !ok {
		return nil, false
	}
	data, err := b.read(f)
	if err != nil {
		return nil, false
	}
	return data, true
}

// Unpacked is the size of all signed files together, in bytes.
func (b *Bundle) Unpacked() int64 {
	var total int64
	for _, f := range b.Files {
		total += f.Size
	}
	return total
}

// verifySignature reads and verifies a signature file and the rules its list
// has to keep by itself.
func verifySignature(f *format, data []byte) (*Bundle, *statement, error) {
	s, err := readStatement(f, data)
	if err != nil {
		return nil, nil, err
	}
	b := &Bundle{Format: f.tag, Signature: data, format: f}
	if b.Lineage, b.Signer, b.Release, err = s.verify(); err != nil {
		return nil, nil, err
	}
	if b.Files, err = s.inventory(); err != nil {
		return nil, nil, err
	}
	return b, s, nil
}

// checkFiles holds every file against the list, once each.
func (b *Bundle) checkFiles(s *statement) error {
	if b.format == haex1 {
		return b.checkHaex1(s)
	}
	for _, f := range b.Files {
		if _, err := b.read(f); err != nil {
			return err
		}
	}
	return nil
}
