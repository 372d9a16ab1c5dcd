package bundle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
)

// The limits of a package. Sizes are bytes.
const (
	MaxArchive  = 64 << 20 // the file
	MaxUnpacked = 64 << 20 // all entries together
	MaxEntry    = 25 << 20
	MaxEntries  = 2000
	MaxRatio    = 200 // an entry's size to its packed size
)

// ZIP structures (APPNOTE 6.3.10, §4.3). Numbers are little-endian.
const (
	localMagic      = "PK\x03\x04"
	centralMagic    = "PK\x01\x02"
	endMagic        = "PK\x05\x06"
	zip64Locator    = "PK\x06\x07"
	descriptorMagic = "PK\x07\x08"

	localSize      = 30
	centralSize    = 46
	endSize        = 22
	locatorSize    = 20
	descriptorSize = 16
)

// entry is one file of the container as its directory record has it.
type entry struct {
	name   string // as its records have it
	path   string // what it means: the name, but see format.dotted
	flags  uint16
	method uint16
	time   uint32 // DOS time and date, only compared
	crc    uint32
	packed int64
	size   int64
	mode   uint32 // external attributes
	offset int64  // of the local header
	data   []byte // as packed
}

// readContainer takes a ZIP apart into its entries, in the directory's order,
// tells their format, and refuses every file that another reader could take apart differently: a
// directory and nothing else says what the file holds, each byte belongs to
// exactly one record, and each thing that is said twice is said alike.
// Contents are not unpacked yet. SPEC.md, "Container".
func readContainer(data []byte) ([]entry, *format, error) {
	if len(data) > MaxArchive {
		return nil, nil, fault.New(CodeArchiveTooLarge, "The package is larger than 64 MiB, the most Alcove accepts. Ask its author for a smaller one.")
	}
	directory, count, err := readEnd(data)
	if err != nil {
		return nil, nil, err
	}
	if count > 0 && !bytes.HasPrefix(data, []byte(localMagic)) {
		return nil, nil, damaged(CodeLeadingBytes, "The package begins with bytes that do not belong to it.")
	}
	entries, err := readDirectory(data[directory:len(data)-endSize], count)
	if err != nil {
		return nil, nil, err
	}
	f := recognise(entries)
	for i := range entries {
		e := &entries[i]
		if f.dotted {
			e.path = strings.TrimPrefix(e.path, "./")
		}
		if err := e.check(f); err != nil {
			return nil, nil, err
		}
	}
	if err := checkNames(entries); err != nil {
		return nil, nil, err
	}
	if err := checkSizes(entries); err != nil {
		return nil, nil, err
	}
	if err := readLocals(data, directory, entries); err != nil {
		return nil, nil, err
	}
	return slices.DeleteFunc(entries, func(e entry) bool { return e.folder() }), f, nil
}

// folder reports whether an entry lists a folder by itself. Only streamed
// formats may have those; they hold nothing.
func (e *entry) folder() bool { return strings.HasSuffix(e.name, "/") }

// readEnd finds the end record at the very end of the file and returns where
// the directory starts and how many records it has.
func readEnd(data []byte) (directory int64, count int, err error) {
	at := len(data) - endSize
	if at < 0 || string(data[at:at+4]) != endMagic {
		return 0, 0, misplacedEnd(data)
	}
	end := data[at:]
	u16 := func(i int) uint16 { return binary.LittleEndian.Uint16(end[i:]) }
	u32 := func(i int) uint32 { return binary.LittleEndian.Uint32(end[i:]) }
	size, offset := u32(12), u32(16)
	switch {
	case u16(20) != 0:
		return 0, 0, damaged(CodeBadStructure, "The package ends in the middle of its comment.")
	case u16(8) == 0xffff, u16(10) == 0xffff, size == 0xffffffff, offset == 0xffffffff,
		at >= locatorSize && string(data[at-locatorSize:at-locatorSize+4]) == zip64Locator:
		return 0, 0, damaged(CodeZip64, "The package uses the ZIP64 format, which Alcove does not accept.")
	case u16(4) != 0, u16(6) != 0, u16(8) != u16(10):
		return 0, 0, damaged(CodeMultiDisk, "The package is one part of several.")
	case int(u16(10)) > MaxEntries:
		return 0, 0, fault.New(CodeTooManyEntries, fmt.Sprintf("The package holds %d files, more than the 2,000 Alcove accepts. Ask its author for one with fewer.", u16(10)))
	case int64(offset)+int64(size) > int64(at):
		return 0, 0, damaged(CodeBadStructure, "The package's directory lies outside the file.")
	case int64(offset)+int64(size) < int64(at):
		if u16(10) > 0 && !bytes.HasPrefix(data, []byte(localMagic)) {
			return 0, 0, damaged(CodeLeadingBytes, "The package begins with bytes that do not belong to it.")
		}
		return 0, 0, damaged(CodeGap, "The package has bytes after its directory that nothing describes.")
	}
	return int64(offset), int(u16(10)), nil
}

// misplacedEnd says why a file does not end with an end record.
func misplacedEnd(data []byte) error {
	const reach = endSize + 0xffff
	tail := data[max(0, len(data)-reach):]
	at := bytes.LastIndex(tail, []byte(endMagic))
	if at < 0 || at+endSize > len(tail) {
		return fault.New(CodeNotZip, "This is not an Alcove package, or it is cut off. Choose a file that ends in .alcove or .xt, or get it again.")
	}
	if at+endSize+int(binary.LittleEndian.Uint16(tail[at+20:])) == len(tail) {
		return damaged(CodeComment, "The package carries a ZIP comment, which nothing signs.")
	}
	return damaged(CodeTrailingBytes, "The package goes on after its end.")
}

func readDirectory(directory []byte, count int) ([]entry, error) {
	entries := make([]entry, 0, count)
	for range count {
		if len(directory) < centralSize || string(directory[:4]) != centralMagic {
			return nil, damaged(CodeBadStructure, "The package's directory has fewer records than it says.")
		}
		u16 := func(i int) uint16 { return binary.LittleEndian.Uint16(directory[i:]) }
		u32 := func(i int) uint32 { return binary.LittleEndian.Uint32(directory[i:]) }
		name, extra, comment := int(u16(28)), int(u16(30)), int(u16(32))
		length := centralSize + name + extra + comment
		if len(directory) < length {
			return nil, damaged(CodeBadStructure, "The package's directory ends in the middle of a record.")
		}
		said := string(directory[centralSize : centralSize+name])
		e := entry{
			name: said, path: said,
			flags: u16(8), method: u16(10), time: u32(12), crc: u32(16),
			packed: int64(u32(20)), size: int64(u32(24)),
			mode: u32(38), offset: int64(u32(42)),
		}
		switch {
		case u32(20) == 0xffffffff, u32(24) == 0xffffffff, u32(42) == 0xffffffff:
			return nil, damaged(CodeZip64, "The package uses the ZIP64 format, which Alcove does not accept.")
		case u16(34) != 0:
			return nil, damaged(CodeMultiDisk, "The package is one part of several.")
		case comment != 0:
			return nil, damaged(CodeComment, "The package carries a ZIP comment, which nothing signs.")
		case extra != 0:
			return nil, extraFault(directory[centralSize+name : centralSize+name+extra])
		}
		entries = append(entries, e)
		directory = directory[length:]
	}
	if len(directory) != 0 {
		return nil, damaged(CodeBadStructure, "The package's directory has more in it than the records it counts.")
	}
	return entries, nil
}

// extraFault names the extra fields that have a meaning of their own.
func extraFault(extra []byte) error {
	const zip64, aes = 0x0001, 0x9901
	if len(extra) >= 2 {
		switch binary.LittleEndian.Uint16(extra) {
		case zip64:
			return damaged(CodeZip64, "The package uses the ZIP64 format, which Alcove does not accept.")
		case aes:
			return damaged(CodeEncrypted, "The package has an encrypted file in it, which Alcove cannot show before installing.")
		}
	}
	return damaged(CodeExtraField, "The package carries extra ZIP fields, which nothing signs.")
}
