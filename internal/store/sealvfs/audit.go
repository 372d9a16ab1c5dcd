package sealvfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// Damage says where a file of the vault is not what Alcove wrote.
type Damage struct {
	// File is the base name of the file.
	File string
	// Page is the 1-based page of the database, or the 1-based frame of the
	// log; 0 is the log's header.
	Page uint32
}

func (d *Damage) Error() string { return d.File + " " + errNotAuthentic.Error() }

// auditLog reads the log at path before SQLite does and returns a *Damage if
// frames that were on the disk are not what was written. SQLite alone would
// take the first bad frame for the torn end of the log and silently drop every
// transaction after it.
//
// A power cut can leave any part of the last transaction, in any order, so a
// bad frame there is no damage. It is damage if the frame is known to have
// been synced: the header's mark covers it, or a later transaction follows,
// which is written only after the sync of the one before.
func (r *keyring) auditLog(path, base string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var raw [logHeaderSize]byte
	n, err := io.ReadFull(f, raw[:])
	if n == 0 {
		return nil
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	header, headerErr := r.openLogHeader(raw[:])

	a := logAudit{keyring: r}
	if headerErr == nil {
		a.header = header
		a.begin()
	}
	buf := make([]byte, 64*frameSize)
	for index := uint32(0); ; {
		n, err := io.ReadFull(f, buf)
		for p := buf[:n]; len(p) >= frameSize; p = p[frameSize:] {
			a.frame(index, p[:frameSize])
			index++
		}
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				break
			}
			return err
		}
	}
	if d, ok := a.verdict(); ok {
		return &Damage{File: base, Page: d}
	}
	return nil
}

// logAudit walks over the frames once.
type logAudit struct {
	*keyring
	header   logHeader
	headerOK bool

	sum       [8]byte // running checksum of the intact beginning
	intact    uint32  // frames of the intact beginning
	broken    bool    // it has ended
	last      uint32  // behind the last commit that another frame follows
	commit    uint32  // behind the last commit
	authentic bool    // any frame at all authenticates
	later     bool    // a frame of a generation after the header's
	page      [PageSize]byte
}

// begin starts the chain of checksums at a header that is good.
func (a *logAudit) begin() {
	var plain [logHeaderSize]byte
	a.header.plain(plain[:])
	copy(a.sum[:], plain[24:])
	a.headerOK = true
}

func (a *logAudit) frame(index uint32, raw []byte) {
	h, err := a.openFrame(a.page[:], raw, index)
	if err != nil {
		a.broken = true
		return
	}
	a.authentic = true
	if !a.headerOK {
		return
	}
	if h.salts != a.header.salts {
		a.broken = true
		a.later = a.later || int32(generation(h.salts)-generation(a.header.salts)) > 0
		return
	}
	if a.commit > 0 {
		a.last = a.commit
	}
	if h.commit != 0 {
		a.commit = index + 1
	}
	if !a.broken {
		var plain [frameHeaderSize]byte
		h.put(plain[:])
		a.sum = a.header.chain(a.header.chain(a.sum, plain[:8]), a.page[:])
		if a.broken = a.sum != h.sum; !a.broken {
			a.intact = index + 1
		}
	}
}

// verdict returns the 1-based number of the first damaged frame, 0 for the
// header, and whether there is damage.
func (a *logAudit) verdict() (uint32, bool) {
	switch {
	case !a.headerOK || a.later:
		return 0, a.authentic
	case a.intact < max(a.last, a.header.synced):
		return a.intact + 1, true
	}
	return 0, false
}

// CountFrames returns how many frames at the beginning of a log, given as the
// file holds it, are of its current generation and intact.
func CountFrames(log []byte, source KeySource) int {
	a := logAudit{keyring: newKeyring(source)}
	defer a.destroy()
	if len(log) < logHeaderSize {
		return 0
	}
	var err error
	if a.header, err = a.openLogHeader(log); err != nil {
		return 0
	}
	a.begin()
	for index, p := uint32(0), log[logHeaderSize:]; len(p) >= frameSize; index, p = index+1, p[frameSize:] {
		a.frame(index, p[:frameSize])
	}
	return int(a.intact)
}

// LogPages calls fn with every page in a log, given as the file holds it, that
// was sealed with the keys, whatever has become of its transaction.
func LogPages(log []byte, source KeySource, fn func(plain []byte)) {
	keys := newKeyring(source)
	defer keys.destroy()
	var page [PageSize]byte
	for index := uint32(0); len(log) >= logHeaderSize+int(index+1)*frameSize; index++ {
		if _, err := keys.openFrame(page[:], log[logHeaderSize+int(index)*frameSize:][:frameSize], index); err == nil {
			fn(page[:])
		}
	}
}
