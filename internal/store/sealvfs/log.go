package sealvfs

import (
	"sync"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// logState is what the handles of the log share: the header of the current
// generation and how far it has been written. Only one connection writes at a
// time; the mutex orders one writer after the other.
type logState struct {
	mu     sync.Mutex
	header logHeader
	known  bool   // header is that of the file
	frames uint32 // frames written in this generation, or in the file when it was opened
	commit uint32 // behind the last frame that ended a transaction

	// A frame's header arrives in one write and its page in the next. It waits
	// here, so that both are sealed together and written at once.
	waiting bool
	index   uint32
	next    frameHeader
}

func (f *file) readLog(tls *libc.TLS, buf uintptr, n int32, off int64) int32 {
	out := memory(buf, int(n))
	if off < logHeaderSize {
		return f.readLogHeader(tls, out, off)
	}
	index := uint32((off - logHeaderSize) / frameSize)
	in := int((off - logHeaderSize) % frameSize)
	if in+int(n) > frameSize {
		clear(out)
		return sqlite3.SQLITE_IOERR_READ
	}
	if rc := f.under.read(tls, f.scratch, frameSize, frameOffset(index)); rc != sqlite3.SQLITE_OK {
		clear(out)
		return rc
	}
	raw := memory(f.scratch, frameSize)
	keys := f.volume.keys
	switch {
	case in == frameHeaderSize && n == PageSize: // a page
		if _, err := keys.openFrame(out, raw, index); err != nil {
			clear(out)
			f.volume.damaged(f.base, index+1)
			return sqlite3.SQLITE_IOERR_DATA
		}
	case in == 0 && n == frameSize: // recovery, or checksums computed again
		h, err := keys.openFrame(out[frameHeaderSize:], raw, index)
		if err != nil {
			// The torn end of the log, else Mount would have refused it. Zeros
			// have no valid checksum, so SQLite stops here.
			clear(out)
			return sqlite3.SQLITE_OK
		}
		h.put(out[:frameHeaderSize])
	case in+int(n) <= frameHeaderSize:
		h, _, err := keys.openHeader(raw, index)
		if err != nil {
			clear(out)
			f.volume.damaged(f.base, index+1)
			return sqlite3.SQLITE_IOERR_DATA
		}
		var plain [frameHeaderSize]byte
		h.put(plain[:])
		copy(out, plain[in:])
	default:
		clear(out)
		return sqlite3.SQLITE_IOERR_READ
	}
	return sqlite3.SQLITE_OK
}

// readLogHeader answers a read within the first 32 bytes. A header that does
// not authenticate reads as zeros: to SQLite the log is empty.
func (f *file) readLogHeader(tls *libc.TLS, out []byte, off int64) int32 {
	clear(out)
	if off+int64(len(out)) > logHeaderSize {
		return sqlite3.SQLITE_IOERR_READ
	}
	if rc := f.under.read(tls, f.scratch, logHeaderSize, 0); rc != sqlite3.SQLITE_OK {
		return rc
	}
	h, err := f.volume.keys.openLogHeader(memory(f.scratch, logHeaderSize))
	if err != nil {
		return sqlite3.SQLITE_OK
	}
	var plain [logHeaderSize]byte
	h.plain(plain[:])
	copy(out, plain[off:])
	return f.learn(tls, h)
}

// learn takes over the header of a log that an earlier process has left.
func (f *file) learn(tls *libc.TLS, h logHeader) int32 {
	s := &f.volume.log
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known {
		return sqlite3.SQLITE_OK
	}
	size, rc := f.under.length(tls)
	if rc != sqlite3.SQLITE_OK {
		return rc
	}
	s.header, s.known, s.commit = h, true, h.synced
	s.frames = uint32(max(0, size-logHeaderSize) / frameSize)
	return sqlite3.SQLITE_OK
}

func (f *file) writeLog(tls *libc.TLS, buf uintptr, n int32, off int64) int32 {
	s := &f.volume.log
	s.mu.Lock()
	defer s.mu.Unlock()
	if off == 0 && n == logHeaderSize {
		return f.beginLog(tls, s, memory(buf, logHeaderSize))
	}
	if off < logHeaderSize || !s.known {
		return sqlite3.SQLITE_IOERR_WRITE
	}
	index := uint32((off - logHeaderSize) / frameSize)
	switch in := int((off - logHeaderSize) % frameSize); {
	case in == 0 && n == frameHeaderSize:
		return f.writeFrameHeader(tls, s, index, parseFrameHeader(memory(buf, frameHeaderSize)))
	case in == frameHeaderSize && n == PageSize:
		return f.writeFramePage(tls, s, index, memory(buf, PageSize))
	}
	return sqlite3.SQLITE_IOERR_WRITE
}

// beginLog starts a generation. Frames of an earlier one may stay behind it:
// SQLite counts the generation up, so they are recognised as old. If it does
// not, because it starts from a random number, they are cut off first.
func (f *file) beginLog(tls *libc.TLS, s *logState, plain []byte) int32 {
	h, ok := parsePlain(plain)
	if !ok {
		return sqlite3.SQLITE_IOERR_WRITE
	}
	if !s.known || generation(h.salts) != generation(s.header.salts)+1 {
		size, rc := f.under.length(tls)
		if rc == sqlite3.SQLITE_OK && size > 0 {
			rc = f.truncate(tls, 0)
		}
		if rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	s.header, s.known, s.frames, s.commit, s.waiting = h, true, 0, 0, false
	return f.writeLogHeader(tls, s)
}

func (f *file) writeLogHeader(tls *libc.TLS, s *logState) int32 {
	k := f.volume.seals.active.Load().set
	s.header.put(memory(f.scratch, logHeaderSize), f.volume.keys, k)
	return f.write(tls, f.scratch, logHeaderSize, 0)
}

// writeFrameHeader remembers the header of a frame whose page comes next. For
// a frame that is in the file already it may also be that only the checksum
// changed, and no page follows; then it is written at once as well.
func (f *file) writeFrameHeader(tls *libc.TLS, s *logState, index uint32, h frameHeader) int32 {
	if index > s.frames {
		return sqlite3.SQLITE_IOERR_WRITE
	}
	// While SQLite means to compute checksums again it writes zeros for them
	// and for the salts. The salts are known, and the page is bound to them.
	h.salts = s.header.salts
	s.waiting, s.index, s.next = true, index, h
	if index == s.frames {
		return sqlite3.SQLITE_OK
	}
	if rc := f.under.read(tls, f.scratch, frameSize, frameOffset(index)); rc != sqlite3.SQLITE_OK {
		return rc
	}
	old, k, err := f.volume.keys.openHeader(memory(f.scratch, frameSize), index)
	if err != nil || old.page != h.page || old.commit != h.commit || old.salts != h.salts {
		return sqlite3.SQLITE_OK // a new frame over one that was rolled back
	}
	var plain [frameHeaderSize]byte
	h.put(plain[:])
	k.crypt(memory(f.scratch, frameHeaderSize), plain[:], index, true)
	return f.write(tls, f.scratch, frameHeaderSize, frameOffset(index))
}

// writeFramePage seals a page. Without a waiting header it replaces the page
// of a frame of the transaction that is being written. With one, it is the
// next frame; frames of a transaction that was rolled back may be in its place
// and behind it, and are cut off, so that what follows in the file never
// authenticates without being part of the log.
func (f *file) writeFramePage(tls *libc.TLS, s *logState, index uint32, page []byte) int32 {
	if !isZero(page[body:]) {
		return sqlite3.SQLITE_IOERR_WRITE // it would not come back
	}
	h := s.next
	if !s.waiting || s.index != index {
		if index >= s.frames {
			return sqlite3.SQLITE_IOERR_WRITE
		}
		if rc := f.under.read(tls, f.scratch, frameSize, frameOffset(index)); rc != sqlite3.SQLITE_OK {
			return rc
		}
		var err error
		if h, _, err = f.volume.keys.openHeader(memory(f.scratch, frameSize), index); err != nil {
			return sqlite3.SQLITE_IOERR_WRITE
		}
	} else {
		if index < s.frames {
			if rc := f.truncate(tls, frameOffset(index)); rc != sqlite3.SQLITE_OK {
				return rc
			}
		}
		s.frames = index + 1
		s.commit = min(s.commit, index)
		if h.commit != 0 {
			s.commit = index + 1
		}
	}
	s.waiting = false
	v := f.volume
	k := v.seals.reserve()
	if k == nil {
		v.retired.Store(true)
		return sqlite3.SQLITE_FULL
	}
	var nonce [nonceSize]byte
	v.seals.nonce(nonce[:])
	v.keys.sealFrame(k, memory(f.scratch, frameSize), h, page, nonce[:], index)
	return f.write(tls, f.scratch, frameSize, frameOffset(index))
}

// syncLog syncs, and then notes in the header how many frames are on the disk.
// The note itself is not synced: it is a hint that arrives late or with the
// next sync, but it never says too much.
func (f *file) syncLog(tls *libc.TLS, flags int32) int32 {
	s := &f.volume.log
	s.mu.Lock()
	defer s.mu.Unlock()
	commit := s.commit
	f.volume.recorded(f.base, OpSync, 0, nil)
	if rc := f.under.sync(tls, flags); rc != sqlite3.SQLITE_OK {
		return rc
	}
	if !s.known || commit <= s.header.synced {
		return sqlite3.SQLITE_OK
	}
	s.header.synced = commit
	return f.writeLogHeader(tls, s)
}

func (f *file) truncateLog(tls *libc.TLS, size int64) int32 {
	s := &f.volume.log
	s.mu.Lock()
	defer s.mu.Unlock()
	rc := f.truncate(tls, size)
	if rc == sqlite3.SQLITE_OK {
		frames := uint32(max(0, size-logHeaderSize) / frameSize)
		s.frames, s.commit, s.waiting = min(s.frames, frames), min(s.commit, frames), false
	}
	return rc
}

// LogFrames returns how many frames the log holds, or has held before it was
// last started over from its beginning.
func (v *Volume) LogFrames() uint32 {
	v.log.mu.Lock()
	defer v.log.mu.Unlock()
	return v.log.frames
}
