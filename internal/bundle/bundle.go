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

const manifestFile = manifest.FileName

// Bundle is a verified package. Only Open and Recheck make one.
type Bundle struct {
	Format      string       // Format
	Lineage     manifest.Key // the publisher's first key, half of the identity
	Signer      manifest.Key // the key that signed this release
	Release     [32]byte     // hash of the signed message: what a review is about
	Archive     [32]byte     // hash of the file, only for transport; zero after Recheck
	ArchiveSize int64        // bytes; zero after Recheck
	Manifest    *manifest.Manifest
	Files       []File // sorted by path; every file but the signature file
	Signature   []byte // the signature file

	read func(File) ([]byte, error) // the verified bytes of a listed file
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
	entries, err := readContainer(data)
	if err != nil {
		return nil, err
	}
	contents, err := unpackAll(entries, len(data))
	if err != nil {
		return nil, err
	}
	signature, ok := contents[SignatureFile]
	if !ok {
		return nil, misbuilt(CodeNoSignature, "The package is not signed: it has no "+SignatureFile+".")
	}
	b, err := verifySignature(signature.data)
	if err != nil {
		return nil, err
	}
	b.Archive, b.ArchiveSize = sha256.Sum256(data), int64(len(data))
	if err := b.checkPresence(maps.Keys(contents)); err != nil {
		return nil, err
	}
	for _, f := range b.Files {
		c := contents[f.Path]
		if err := f.check(len(c.data), c.sum); err != nil {
			return nil, err
		}
	}
	b.read = func(f File) ([]byte, error) { return contents[f.Path].data, nil }
	if err := b.readManifest(); err != nil {
		return nil, err
	}
	return b, nil
}

// Recheck verifies a stored package again: its signature file, that this is
// the release that was accepted, and every file as content returns it. The
// bundle calls content again for each Content, and checks what comes back.
func Recheck(signature []byte, release [32]byte, content func(path string) ([]byte, error)) (*Bundle, error) {
	b, err := verifySignature(signature)
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
		return data, f.check(len(data), sha256.Sum256(data))
	}
	for _, f := range b.Files {
		if _, err := b.read(f); err != nil {
			return nil, err
		}
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

// Content returns the verified bytes of a file, which must not be changed. It
// is false for what the package does not list, and after Recheck for what no
// longer is what was signed.
func (b *Bundle) Content(path string) ([]byte, bool) {
	if path == SignatureFile {
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
func verifySignature(data []byte) (*Bundle, error) {
	s, message, err := readStatement(data)
	if err != nil {
		return nil, err
	}
	b := &Bundle{Format: s.Format, Signature: data}
	if b.Lineage, b.Signer, b.Release, err = s.verify(message); err != nil {
		return nil, err
	}
	if b.Files, err = s.inventory(); err != nil {
		return nil, err
	}
	return b, nil
}
