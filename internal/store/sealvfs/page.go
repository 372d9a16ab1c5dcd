package sealvfs

import (
	"encoding/binary"
	"errors"
)

// Sizes of the format, in bytes. See ../SPEC.md.
const (
	PageSize = 4096
	// Reserve is what SQLite leaves free at the end of every page:
	// tag (16), nonce (12), key id (4).
	Reserve = 32

	tagSize   = 16
	nonceSize = 12
	body      = PageSize - Reserve
	nonceAt   = body + tagSize
	keyIDAt   = nonceAt + nonceSize
)

// The first byte of the associated data says which kind of seal it is.
const (
	kindPage  = 'P'
	kindFrame = 'F'
	kindMark  = 'M'
)

var errNotAuthentic = errors.New("does not authenticate")

// pageAAD is what a database page is bound to besides its key.
func pageAAD(vault [16]byte, page, key uint32) (aad [25]byte) {
	aad[0] = kindPage
	copy(aad[1:], vault[:])
	binary.BigEndian.PutUint32(aad[17:], page)
	binary.BigEndian.PutUint32(aad[21:], key)
	return aad
}

// sealPage writes src, a page as SQLite holds it, to dst as the file holds it.
// nonce is 12 bytes that no other seal under this key has used.
func (r *keyring) sealPage(k *keySet, dst, src, nonce []byte, page uint32) {
	aad := pageAAD(r.vault, page, k.id)
	copy(dst[nonceAt:], nonce)
	k.pages.Seal(dst[:0], dst[nonceAt:keyIDAt], src[:body], aad[:])
	binary.BigEndian.PutUint32(dst[keyIDAt:PageSize], k.id)
}

// openPage is the reverse of sealPage. The reserved bytes of dst become zero.
func (r *keyring) openPage(dst, src []byte, page uint32) error {
	k, err := r.get(binary.BigEndian.Uint32(src[keyIDAt:PageSize]))
	if err != nil {
		return errNotAuthentic
	}
	aad := pageAAD(r.vault, page, k.id)
	if _, err := k.pages.Open(dst[:0], src[nonceAt:keyIDAt], src[:nonceAt], aad[:]); err != nil {
		return errNotAuthentic
	}
	clear(dst[body:PageSize])
	return nil
}

// geometry is the start of page 1 as far as it is the same in every vault. It
// answers SQLite's first look at the file when page 1 itself cannot be read,
// because it tore while a checkpoint wrote it: the log then still holds the
// whole page. If it does not, the page fails when it is read.
func geometry(dst []byte) {
	clear(dst)
	var h [24]byte
	copy(h[:], "SQLite format 3\x00")
	binary.BigEndian.PutUint16(h[16:], PageSize)
	h[18], h[19] = 2, 2 // written and read as write-ahead log
	h[20] = Reserve
	h[21], h[22], h[23] = 64, 32, 32
	copy(dst, h[:])
}

// EmptyDatabase returns page 1 of a database without tables, in write-ahead
// log mode from the start, so that no rollback journal is ever needed.
func EmptyDatabase() []byte {
	p := make([]byte, PageSize)
	geometry(p[:100])
	be := binary.BigEndian
	be.PutUint32(p[24:], 1) // change counter
	be.PutUint32(p[28:], 1) // pages
	be.PutUint32(p[44:], 4) // schema format
	be.PutUint32(p[56:], 1) // UTF-8
	be.PutUint32(p[92:], 1) // change counter the next field is valid for
	be.PutUint32(p[96:], 3054000)
	p[100] = 0x0d // leaf of the schema table, no cells
	be.PutUint16(p[105:], body)
	return p
}
