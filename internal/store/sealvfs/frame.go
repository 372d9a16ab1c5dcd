package sealvfs

import (
	"crypto/subtle"
	"encoding/binary"
)

// Sizes of SQLite's log, in bytes.
const (
	logHeaderSize   = 32
	frameHeaderSize = 24
	frameSize       = frameHeaderSize + PageSize
)

// logMagic begins the log file as Alcove writes it. Its lowest bit says in
// which byte order SQLite computes the checksums, like that of SQLite's own
// magic.
const logMagic = 0x414c4356 // "ALCV", "ALCW" on a big-endian machine

func frameOffset(index uint32) int64 {
	return logHeaderSize + int64(index)*frameSize
}

// frameHeader is SQLite's frame header, decoded.
type frameHeader struct {
	page   uint32
	commit uint32 // database size in pages if this frame ends a transaction, else 0
	salts  [8]byte
	sum    [8]byte // running checksum of the plaintext
}

func parseFrameHeader(b []byte) (h frameHeader) {
	h.page = binary.BigEndian.Uint32(b)
	h.commit = binary.BigEndian.Uint32(b[4:])
	copy(h.salts[:], b[8:])
	copy(h.sum[:], b[16:])
	return h
}

func (h frameHeader) put(b []byte) {
	binary.BigEndian.PutUint32(b, h.page)
	binary.BigEndian.PutUint32(b[4:], h.commit)
	copy(b[8:], h.salts[:])
	copy(b[16:], h.sum[:])
}

// frameAAD is what a log frame is bound to besides its key.
func frameAAD(vault [16]byte, index uint32, h frameHeader, key uint32) (aad [41]byte) {
	aad[0] = kindFrame
	copy(aad[1:], vault[:])
	binary.BigEndian.PutUint32(aad[17:], index)
	copy(aad[21:], h.salts[:])
	binary.BigEndian.PutUint32(aad[29:], h.page)
	binary.BigEndian.PutUint32(aad[33:], h.commit)
	binary.BigEndian.PutUint32(aad[37:], key)
	return aad
}

// crypt turns the 16 secret bytes of a frame header (page, commit, checksum)
// into what the file holds, or back. The salts stay readable and, with the
// index, are the tweak.
func (k *keySet) crypt(dst []byte, src []byte, index uint32, seal bool) {
	var tweak, block [16]byte
	copy(tweak[:], src[8:16])
	binary.BigEndian.PutUint32(tweak[8:], index)
	k.tweak.Encrypt(tweak[:], tweak[:])
	copy(block[:8], src[:8])
	copy(block[8:], src[16:24])
	for i := range block {
		block[i] ^= tweak[i]
	}
	if seal {
		k.header.Encrypt(block[:], block[:])
	} else {
		k.header.Decrypt(block[:], block[:])
	}
	for i := range block {
		block[i] ^= tweak[i]
	}
	copy(dst[8:16], src[8:16])
	copy(dst[:8], block[:8])
	copy(dst[16:24], block[8:])
}

// sealFrame writes header h and page src to dst as frame index of the log.
func (r *keyring) sealFrame(k *keySet, dst []byte, h frameHeader, src, nonce []byte, index uint32) {
	aad := frameAAD(r.vault, index, h, k.id)
	p := dst[frameHeaderSize:]
	copy(p[nonceAt:], nonce)
	k.log.Seal(p[:0], p[nonceAt:keyIDAt], src[:body], aad[:])
	binary.BigEndian.PutUint32(p[keyIDAt:PageSize], k.id)
	var plain [frameHeaderSize]byte
	h.put(plain[:])
	k.crypt(dst[:frameHeaderSize], plain[:], index, true)
}

// openHeader decodes the header of a whole frame as the file holds it. What
// it says is believed only once openFrame has succeeded.
func (r *keyring) openHeader(src []byte, index uint32) (frameHeader, *keySet, error) {
	k, err := r.get(binary.BigEndian.Uint32(src[frameHeaderSize+keyIDAt : frameSize]))
	if err != nil {
		return frameHeader{}, nil, errNotAuthentic
	}
	var plain [frameHeaderSize]byte
	k.crypt(plain[:], src[:frameHeaderSize], index, false)
	return parseFrameHeader(plain[:]), k, nil
}

// openFrame is the reverse of sealFrame: it puts the page into dst.
func (r *keyring) openFrame(dst, src []byte, index uint32) (frameHeader, error) {
	h, k, err := r.openHeader(src, index)
	if err != nil {
		return h, err
	}
	aad := frameAAD(r.vault, index, h, k.id)
	p := src[frameHeaderSize:]
	if _, err := k.log.Open(dst[:0], p[nonceAt:keyIDAt], p[:nonceAt], aad[:]); err != nil {
		return h, errNotAuthentic
	}
	clear(dst[body:PageSize])
	return h, nil
}

// logHeader is the header of the log.
type logHeader struct {
	big    uint32 // 1 if checksums are big-endian, else 0
	synced uint32 // so many frames were on the disk when this was written
	count  uint32 // SQLite's checkpoint sequence
	salts  [8]byte
}

// generation is the number that SQLite counts up whenever it starts the log
// over; a log never holds frames of a later generation than its header's.
func generation(salts [8]byte) uint32 { return binary.BigEndian.Uint32(salts[:]) }

// put writes the header as the file holds it.
func (h logHeader) put(dst []byte, r *keyring, k *keySet) {
	binary.BigEndian.PutUint32(dst, logMagic|h.big)
	binary.BigEndian.PutUint32(dst[4:], k.id)
	binary.BigEndian.PutUint32(dst[8:], h.synced)
	binary.BigEndian.PutUint32(dst[12:], h.count)
	copy(dst[16:], h.salts[:])
	tag := markTag(r.vault, k, dst[:24])
	copy(dst[24:32], tag[:8])
}

// openLogHeader is the reverse of put.
func (r *keyring) openLogHeader(src []byte) (h logHeader, err error) {
	if binary.BigEndian.Uint32(src)&^1 != logMagic {
		return h, errNotAuthentic
	}
	k, err := r.get(binary.BigEndian.Uint32(src[4:]))
	if err != nil {
		return h, errNotAuthentic
	}
	tag := markTag(r.vault, k, src[:24])
	if subtle.ConstantTimeCompare(tag[:8], src[24:32]) != 1 {
		return h, errNotAuthentic
	}
	h.big = binary.BigEndian.Uint32(src) & 1
	h.synced = binary.BigEndian.Uint32(src[8:])
	h.count = binary.BigEndian.Uint32(src[12:])
	copy(h.salts[:], src[16:])
	return h, nil
}

// markTag is CBC-MAC over a message that always has 48 bytes: kind, vault,
// header, zeros.
func markTag(vault [16]byte, k *keySet, header []byte) (state [16]byte) {
	var m [48]byte
	m[0] = kindMark
	copy(m[1:], vault[:])
	copy(m[17:41], header)
	for i := 0; i < len(m); i += 16 {
		for j := range state {
			state[j] ^= m[i+j]
		}
		k.mark.Encrypt(state[:], state[:])
	}
	return state
}

// plain writes the header as SQLite expects it.
func (h logHeader) plain(dst []byte) {
	binary.BigEndian.PutUint32(dst, plainMagic|h.big)
	binary.BigEndian.PutUint32(dst[4:], plainVersion)
	binary.BigEndian.PutUint32(dst[8:], PageSize)
	binary.BigEndian.PutUint32(dst[12:], h.count)
	copy(dst[16:], h.salts[:])
	s := h.sum(dst[:24])
	copy(dst[24:], s[:])
}

// parsePlain decodes the header as SQLite writes it.
func parsePlain(src []byte) (h logHeader, ok bool) {
	magic := binary.BigEndian.Uint32(src)
	h.big = magic & 1
	h.count = binary.BigEndian.Uint32(src[12:])
	copy(h.salts[:], src[16:])
	ok = magic&^1 == plainMagic && binary.BigEndian.Uint32(src[4:]) == plainVersion &&
		binary.BigEndian.Uint32(src[8:]) == PageSize
	return h, ok
}

// sum is the checksum that ends SQLite's header and starts the chain.
func (h logHeader) sum(first24 []byte) [8]byte {
	return h.chain([8]byte{}, first24)
}

// chain continues SQLite's running checksum over data, whose length is a
// multiple of 8.
func (h logHeader) chain(sum [8]byte, data []byte) [8]byte {
	s0, s1 := binary.BigEndian.Uint32(sum[:]), binary.BigEndian.Uint32(sum[4:])
	word := binary.ByteOrder(binary.LittleEndian)
	if h.big != 0 {
		word = binary.BigEndian
	}
	for ; len(data) >= 8; data = data[8:] {
		s0 += word.Uint32(data) + s1
		s1 += word.Uint32(data[4:]) + s0
	}
	binary.BigEndian.PutUint32(sum[:], s0)
	binary.BigEndian.PutUint32(sum[4:], s1)
	return sum
}

const (
	plainMagic   = 0x377f0682
	plainVersion = 3007000
)
