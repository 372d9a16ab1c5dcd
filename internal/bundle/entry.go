package bundle

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// Compression methods.
const (
	store   = 0
	deflate = 8
)

// Bits of an entry's general purpose flags.
const (
	flagEncrypted    = 1 << 0
	flagDeflateLevel = 1<<1 | 1<<2 // how well it was packed: no meaning for reading
	flagDescriptor   = 1 << 3
	flagStrong       = 1 << 6
	flagUTF8         = 1 << 11
	flagMasked       = 1 << 13
)

// check judges one directory record by itself.
func (e *entry) check(f *format) error {
	switch {
	case e.flags&(flagEncrypted|flagStrong|flagMasked) != 0:
		return damaged(CodeEncrypted, "The package has an encrypted file in it, which Alcove cannot show before installing.")
	case e.flags&flagDescriptor != 0 && !f.streamed:
		return damaged(CodeDataDescriptor, "The package gives sizes after the contents, where they cannot be checked first.")
	case e.flags&^(flagDeflateLevel|flagUTF8|flagDescriptor) != 0:
		return damaged(CodeUnknownFlags, "The package uses features of ZIP that Alcove does not know.")
	case e.method != store && e.method != deflate:
		return damaged(CodeUnknownMethod, fmt.Sprintf("The package is compressed by a method Alcove does not know (%d).", e.method))
	}
	// The upper half is a Unix mode wherever the archive was made, since that
	// is how every unpacker reads it.
	const typeMask, link, directory, regular = 0xf000, 0xa000, 0x4000, 0x8000
	const dosVolume, dosDirectory = 0x08, 0x10
	kind := e.mode >> 16 & typeMask
	switch {
	case kind == link:
		return damaged(CodeSymlink, "The package has a link in it that points to another file.")
	case !f.streamed && (kind == directory || e.mode&dosDirectory != 0 || e.folder()):
		return damaged(CodeDirectoryEntry, "The package lists a folder by itself; only files may be listed.")
	case e.folder() && (kind != 0 && kind != directory || e.size != 0 || e.packed != 0):
		return damaged(CodeDirectoryEntry, "The package lists a folder that is something else too.")
	case !e.folder() && (kind == directory || e.mode&dosDirectory != 0):
		return damaged(CodeDirectoryEntry, "The package lists a folder by the name of a file.")
	case e.folder():
	case kind != 0 && kind != regular, e.mode&dosVolume != 0:
		return damaged(CodeSpecialFile, "The package has something in it that is no file.")
	}
	if !isASCII(e.path) && e.flags&flagUTF8 == 0 {
		return damaged(CodePathNotUTF8, "The package has a file whose name is not marked as UTF-8.")
	}
	return f.checkPath(strings.TrimSuffix(e.path, "/"))
}

// checkSizes holds the limits against what the directory says. Unpacking holds
// the contents against the directory.
func checkSizes(entries []entry) error {
	var total int64
	for _, e := range entries {
		if e.size > MaxEntry {
			return misbuilt(CodeEntryTooLarge, fmt.Sprintf("The package has a file of more than 25 MiB in it (%s).", e.path))
		}
		if total += e.size; total > MaxUnpacked {
			return misbuilt(CodeUnpackedTooLarge, "The package's files are larger than 64 MiB together.")
		}
	}
	for _, e := range entries {
		if e.size > MaxRatio*e.packed {
			return misbuilt(CodeRatio, fmt.Sprintf("The package has a file that grows more than 200 times when it is unpacked (%s).", e.path))
		}
	}
	return nil
}

// readLocals checks that the entries and their local headers fill the file up
// to the directory exactly, and finds their data.
func readLocals(data []byte, directory int64, entries []entry) error {
	byOffset := make([]*entry, len(entries))
	for i := range entries {
		byOffset[i] = &entries[i]
	}
	slices.SortStableFunc(byOffset, func(a, b *entry) int { return cmp.Compare(a.offset, b.offset) })
	var next int64
	for _, e := range byOffset {
		switch {
		case e.offset < next:
			return damaged(CodeOverlap, "The package has files that share the same bytes.")
		case e.offset > next:
			return damaged(CodeGap, "The package has bytes between its files that nothing describes.")
		}
		length, err := e.readLocal(data[next:directory])
		if err != nil {
			return err
		}
		next += length
	}
	if next != directory {
		return damaged(CodeGap, "The package has bytes before its directory that nothing describes.")
	}
	return nil
}

// readLocal compares the local header at the start of data with the directory
// record, takes the packed contents after it, and returns the length of both.
func (e *entry) readLocal(data []byte) (int64, error) {
	if len(data) < localSize || string(data[:4]) != localMagic {
		return 0, damaged(CodeBadStructure, "The package has no file where its directory says.")
	}
	u16 := func(i int) uint16 { return binary.LittleEndian.Uint16(data[i:]) }
	u32 := func(i int) uint32 { return binary.LittleEndian.Uint32(data[i:]) }
	name, extra := int64(u16(26)), int64(u16(28))
	start := localSize + name + extra
	if int64(len(data)) < start {
		return 0, damaged(CodeBadStructure, "The package ends in the middle of a file's header.")
	}
	mismatch := damaged(CodeHeaderMismatch, fmt.Sprintf("The package says two different things about one file (%s).", e.path))
	same := e.flags == u16(6) && e.method == u16(8) && e.time == u32(10) && e.name == string(data[localSize:localSize+name])
	if !same {
		return 0, mismatch
	}
	// Where sizes follow the contents, there are none before them.
	follows := e.flags&flagDescriptor != 0
	if follows && (u32(14) != 0 || u32(18) != 0 || u32(22) != 0) || !follows && !e.states(data[14:]) {
		return 0, mismatch
	}
	if extra != 0 {
		return 0, extraFault(data[localSize+name : start])
	}
	if int64(len(data))-start < e.packed {
		return 0, damaged(CodeOverlap, "The package has a file that reaches into what follows it.")
	}
	end := start + e.packed
	e.data = data[start:end]
	if !follows {
		return end, nil
	}
	if int64(len(data))-end < descriptorSize || string(data[end:end+4]) != descriptorMagic || !e.states(data[end+4:]) {
		return 0, mismatch
	}
	return end + descriptorSize, nil
}

// states reports whether checksum and sizes at the start of data are those of
// the directory.
func (e *entry) states(data []byte) bool {
	u32 := func(i int) uint32 { return binary.LittleEndian.Uint32(data[i:]) }
	return e.crc == u32(0) && e.packed == int64(u32(4)) && e.size == int64(u32(8))
}
