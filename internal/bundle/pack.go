package bundle

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	pathpkg "path"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// Pack makes a signed package of the files in fsys. Hidden files and folders,
// node_modules, backups (*~) and the paths in except stay out: LeftOut says which
// these are. The same files and key give the same bytes, whatever the files'
// times, modes and order. What Open would refuse, Pack refuses, and keys.
func Pack(fsys fs.FS, key ed25519.PrivateKey, except ...string) ([]byte, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, keyMalformed(nil)
	}
	files, err := collect(fsys, except)
	if err != nil {
		return nil, err
	}
	signature, err := sign(files, key)
	if err != nil {
		return nil, err
	}
	files = append(files, packedFile{SignatureFile, signature})
	// The manifest first, so that a file of this type is known by its first
	// bytes, then the signature, then the rest as it is signed.
	slices.SortFunc(files, func(a, b packedFile) int {
		if c := rank(a.path) - rank(b.path); c != 0 {
			return c
		}
		return strings.Compare(a.path, b.path)
	})
	archive, err := writeContainer(files)
	if err != nil {
		return nil, err
	}
	if _, err := Open(archive); err != nil {
		return nil, err
	}
	return archive, nil
}

func rank(path string) int {
	if i := slices.Index([]string{manifest.FileName, SignatureFile}, path); i >= 0 {
		return i
	}
	return 2
}

type packedFile struct {
	path string
	data []byte
}

// LeftOut are the files and folders of fsys that Pack leaves out, in the order of
// their paths; a folder ends in a slash.
func LeftOut(fsys fs.FS, except ...string) (list []string, err error) {
	err = fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return notRead(path, err)
		case !staysOut(path, d, except):
			return nil
		case d.IsDir():
			list = append(list, path+"/")
			return fs.SkipDir
		}
		list = append(list, path)
		return nil
	})
	return list, err
}

// staysOut reports whether a file or folder is a tool's, not the extension's.
func staysOut(path string, d fs.DirEntry, except []string) bool {
	name := d.Name()
	return path != "." && (strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") ||
		d.IsDir() && name == "node_modules" || slices.Contains(except, path))
}

// collect reads the files to pack, sorted by path.
func collect(fsys fs.FS, except []string) ([]packedFile, error) {
	var files []packedFile
	var total int64
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return notRead(path, err)
		case staysOut(path, d, except) && d.IsDir():
			return fs.SkipDir
		case d.IsDir(), staysOut(path, d, except):
			return nil
		case strings.EqualFold(pathpkg.Ext(path), ".key"):
			return fault.New(CodePrivateKeyInside, fmt.Sprintf("The folder has a key in it, by its name (%.100q), which everyone could read in the package. Keep it elsewhere, or call it something else if it is none.", path))
		case d.Type()&fs.ModeSymlink != 0:
			return fault.New(CodeSymlink, fmt.Sprintf("The folder has a link in it (%.100q), and a package holds only files. Put the file itself there.", path))
		case !d.Type().IsRegular():
			return fault.New(CodeSpecialFile, fmt.Sprintf("The folder has something in it that is no file (%.100q). Take it out.", path))
		case len(files)+1 >= MaxEntries:
			return fault.New(CodeTooManyEntries, "The folder holds more than 1,999 files, the most a package can have besides its signature.")
		case path == SignatureFile:
			return fault.New(CodePathReserved, "The folder has an "+SignatureFile+" in it, which packing makes. Take it out.")
		}
		data, err := readFile(fsys, path)
		if err != nil {
			return err
		}
		if total += int64(len(data)); total > MaxUnpacked {
			return fault.New(CodeUnpackedTooLarge, "The folder's files are larger than 64 MiB together, the most a package can hold.")
		}
		files = append(files, packedFile{path, data})
		return nil
	})
	slices.SortFunc(files, func(a, b packedFile) int { return strings.Compare(a.path, b.path) })
	return files, err
}

func readFile(fsys fs.FS, path string) ([]byte, error) {
	file, err := fsys.Open(path)
	if err != nil {
		return nil, notRead(path, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(file, MaxEntry+1))
	if err != nil {
		return nil, notRead(path, err)
	}
	if len(data) > MaxEntry {
		return nil, fault.New(CodeEntryTooLarge, fmt.Sprintf("A file is larger than 25 MiB (%.100q), the most a package can hold.", path))
	}
	if block, _ := pem.Decode(data); block != nil && strings.HasSuffix(block.Type, pemType) {
		return nil, fault.New(CodePrivateKeyInside, fmt.Sprintf("A file holds a private key (%.100q), which everyone could read in the package. Take it out.", path))
	}
	return data, nil
}

func notRead(path string, err error) error {
	return fault.Wrap(CodeUnreadable, fmt.Sprintf("The folder cannot be packed: %.100q cannot be read. Check that it is there and that you may read it.", path), err)
}

// sign makes the signature file for files sorted by path.
func sign(files []packedFile, key ed25519.PrivateKey) ([]byte, error) {
	public := PublicKey(key).String()
	s := signatureJSON{Format: Format, Lineage: public, Signer: public, Chain: []json.RawMessage{}, Files: []statedFile{}}
	for _, f := range files {
		sum := sha256.Sum256(f.data)
		s.Files = append(s.Files, statedFile{Path: f.path, Size: int64(len(f.data)), SHA256: hex.EncodeToString(sum[:])})
	}
	message, err := s.message()
	if err != nil {
		return nil, err
	}
	s.Signature = hex.EncodeToString(ed25519.Sign(key, message))
	return s.canonical()
}

// writeContainer writes the subset of ZIP that readContainer reads.
func writeContainer(files []packedFile) ([]byte, error) {
	var out, packed bytes.Buffer
	w := zip.NewWriter(&out)
	deflater, err := flate.NewWriter(nil, flate.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	for _, f := range files {
		header := &zip.FileHeader{
			Name:           f.path,
			CreatorVersion: 20,
			ReaderVersion:  20,
			ModifiedDate:   1<<5 | 1, //nolint:staticcheck // 1980-01-01; CreateRaw takes this field, not Modified
			CRC32:          crc32.ChecksumIEEE(f.data),
		}
		if !isASCII(f.path) {
			header.Flags = flagUTF8
		}
		packed.Reset()
		deflater.Reset(&packed)
		if _, err := deflater.Write(f.data); err != nil {
			return nil, fmt.Errorf("pack: %w", err)
		}
		if err := deflater.Close(); err != nil {
			return nil, fmt.Errorf("pack: %w", err)
		}
		data := f.data
		// What packs better than the ratio allows is stored as it is.
		if packed.Len() < len(data) && len(data) <= MaxRatio*packed.Len() {
			data = packed.Bytes()
			header.Method = deflate
		}
		header.UncompressedSize64, header.CompressedSize64 = uint64(len(f.data)), uint64(len(data))
		part, err := w.CreateRaw(header)
		if err != nil {
			return nil, fmt.Errorf("pack: %w", err)
		}
		if _, err := part.Write(data); err != nil {
			return nil, fmt.Errorf("pack: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return out.Bytes(), nil
}
