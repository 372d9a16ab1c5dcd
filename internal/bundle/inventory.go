package bundle

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/alcove-vault/alcove/internal/fault"
)

// inventory is the signed list, held against the rules that a container keeps
// too, since a stored package has no container.
func (s *statement) inventory() ([]File, error) {
	if len(s.files) >= MaxEntries {
		return nil, misbuilt(CodeInventoryLimit, "The package signs more files than the 2,000 Alcove accepts.")
	}
	files := make([]File, len(s.files))
	spelt := make(map[string]string, 2*len(s.files))
	var total int64
	for i, f := range s.files {
		if i > 0 && f.Path <= s.files[i-1].Path {
			return nil, misbuilt(CodeInventoryOrder, "The package's list of files is not sorted, or names one twice.")
		}
		if err := s.format.checkPath(f.Path); err != nil {
			return nil, err
		}
		if f.Path == SignatureFile || f.Path == s.format.signature {
			return nil, misbuilt(CodePathReserved, "The package's signature file lists itself.")
		}
		if err := claim(spelt, f.Path); err != nil {
			return nil, err
		}
		if total += f.Size; f.Size > MaxEntry || total > MaxUnpacked {
			return nil, misbuilt(CodeInventoryLimit, "The package signs files that are larger than Alcove accepts.")
		}
		files[i] = File{Path: f.Path, Size: f.Size}
		sum, err := hex.DecodeString(f.SHA256)
		if err != nil {
			return nil, fmt.Errorf("hash of a signed file: %w", err)
		}
		copy(files[i].SHA256[:], sum)
	}
	return files, nil
}

func (b *Bundle) find(path string) (File, bool) {
	i, ok := slices.BinarySearchFunc(b.Files, path, func(f File, path string) int { return cmp.Compare(f.Path, path) })
	if !ok {
		return File{}, false
	}
	return b.Files[i], true
}

func (b *Bundle) requireManifest() error {
	if _, ok := b.find(b.format.manifest); !ok {
		return misbuilt(CodeNoManifest, "The package has no "+b.format.manifest+".")
	}
	return nil
}

// checkPresence compares the names that are there with those that are signed.
func (b *Bundle) checkPresence(paths iter.Seq[string]) error {
	if err := b.requireManifest(); err != nil {
		return err
	}
	there := make(map[string]bool, len(b.Files))
	for path := range paths {
		there[path] = true
	}
	for _, f := range b.Files {
		if !there[f.Path] {
			return changed(CodeFileMissing, fmt.Sprintf("The package lacks a file that its publisher signed (%.100q).", f.Path))
		}
		delete(there, f.Path)
	}
	delete(there, b.format.signature)
	for _, path := range slices.Sorted(maps.Keys(there)) {
		return changed(CodeFileUnlisted, fmt.Sprintf("The package has a file that its publisher did not sign (%.100q).", path))
	}
	return nil
}

// check holds the size and hash of a file against what was signed.
func (b *Bundle) check(f File, size int, sum [32]byte) error {
	tampered := changed(CodeManifestTampered, "The package's "+b.format.manifest+", which says what it may do, is not the one its publisher signed.")
	if int64(size) != f.Size {
		if f.Path == b.format.manifest {
			return tampered
		}
		return changed(CodeFileSize, fmt.Sprintf("The package has a file of another size than its publisher signed (%.100q).", f.Path))
	}
	if sum != f.SHA256 {
		if f.Path == b.format.manifest {
			return tampered
		}
		return changed(CodeFileHash, fmt.Sprintf("The package has a file with other contents than its publisher signed (%.100q).", f.Path))
	}
	return nil
}

func unreadable(path string, err error) error {
	return fault.Wrap(CodeUnreadable, fmt.Sprintf("A file of the package cannot be read (%.100q). Install the extension again.", path), err)
}
