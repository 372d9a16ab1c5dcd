package sealvfs

import "encoding/binary"

// SQLite overwrites a cell of a page when it deletes it, but not the copies that
// stay behind when it moves cells about. Nothing ever reads them; so that what
// was deleted is not found in a database whose key became known, they are
// zeroed on the way to the file.

// maxWiped is how many pages a database may have for a page to tell what it is:
// in one of twice the size, the number of a page that a page of a long value
// begins with can look like the type of a b-tree page.
const maxWiped = 1 << 24

// wipeFree zeroes the bytes of a b-tree page that belong to no cell. Any other
// page is left alone, and so is one that is not as it should be.
func wipeFree(p []byte, page uint32) {
	at := 0
	if page == 1 {
		at = 100
	}
	head := 8
	switch p[at] {
	case 2, 5: // interior
		head = 12
	case 10, 13: // leaf
	default:
		return
	}
	be := binary.BigEndian
	pointers := at + head
	gap := pointers + 2*int(be.Uint16(p[at+3:]))
	content := int(be.Uint16(p[at+5:]))
	if gap > content || content > body {
		return
	}
	// free blocks are in ascending order: next, size
	last := content
	for b := int(be.Uint16(p[at+1:])); b != 0; {
		if b < last || b+4 > body {
			return
		}
		size := int(be.Uint16(p[b+2:]))
		if size < 4 || b+size > body {
			return
		}
		last = b + size
		b = int(be.Uint16(p[b:]))
	}
	clear(p[gap:content])
	for b := int(be.Uint16(p[at+1:])); b != 0; b = int(be.Uint16(p[b:])) {
		clear(p[b+4 : b+int(be.Uint16(p[b+2:]))])
	}
}
