package sealvfs

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// lockPage is the page at 1 GiB that SQLite never writes, because some systems
// lock bytes in it.
const lockPage = 0x40000000/PageSize + 1

func (f *file) readDatabase(tls *libc.TLS, buf uintptr, n int32, off int64) int32 {
	page := off / PageSize
	in := int(off % PageSize)
	out := memory(buf, int(n))
	if in+int(n) > PageSize {
		clear(out)
		return sqlite3.SQLITE_IOERR_READ
	}
	if rc := f.under.read(tls, f.scratch, PageSize, page*PageSize); rc != sqlite3.SQLITE_OK {
		clear(out)
		if rc == sqlite3.SQLITE_IOERR_SHORT_READ && off == 0 {
			geometry(out)
		}
		return rc
	}
	f.volume.read.Add(PageSize)
	dst := out
	if n != PageSize {
		dst = f.plain[:]
	}
	if err := f.volume.keys.openPage(dst, memory(f.scratch, PageSize), uint32(page)+1); err != nil {
		clear(out)
		if off == 0 && n == 100 {
			geometry(out)
			return sqlite3.SQLITE_OK
		}
		f.volume.damaged(f.base, uint32(page)+1)
		return sqlite3.SQLITE_IOERR_DATA
	}
	if n != PageSize {
		copy(out, f.plain[in:])
	}
	return sqlite3.SQLITE_OK
}

func (f *file) writeDatabase(tls *libc.TLS, buf uintptr, n int32, off int64) int32 {
	if n != PageSize || off%PageSize != 0 {
		return sqlite3.SQLITE_IOERR_WRITE
	}
	v := f.volume
	k := v.seals.reserve()
	if k == nil {
		v.retired.Store(true)
		return sqlite3.SQLITE_FULL
	}
	page := uint32(off/PageSize) + 1
	copy(f.plain[:], memory(buf, PageSize))
	if page > v.pages.Load() {
		v.pages.Store(page)
	}
	if v.pages.Load() <= maxWiped {
		wipeFree(f.plain[:], page)
	}
	var nonce [nonceSize]byte
	v.seals.nonce(nonce[:])
	v.keys.sealPage(k, memory(f.scratch, PageSize), f.plain[:], nonce[:], page)
	return f.write(tls, f.scratch, PageSize, off)
}

// Authenticate is EachPage for who only wants to know whether the pages are
// right.
func (v *Volume) Authenticate(ctx context.Context, progress func(done, total int64)) error {
	return v.EachPage(ctx, progress, func(uint32, []byte) {})
}

// EachPage reads every page of the database file, calls fn with its number and
// what is in it, and reports the first page that is not what was sealed, as a
// *Damage. The caller makes sure that nothing writes meanwhile and that the log
// is empty. progress, which may be nil, is called now and then with bytes done
// and in total.
//
// A page of zeros is passed over: SQLite leaves holes where free pages were
// never written. A page in use that was zeroed does not slip through, because
// the integrity check that goes with this reads it.
func (v *Volume) EachPage(ctx context.Context, progress func(done, total int64), fn func(page uint32, plain []byte)) error {
	base := filepath.Base(v.path)
	info, err := v.raw.Stat()
	if err != nil {
		return err
	}
	total := info.Size()
	buf := make([]byte, 64*PageSize)
	var plain [PageSize]byte
	defer clear(plain[:])
	for off := int64(0); off < total; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := v.raw.ReadAt(buf, off)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if n == 0 {
			break
		}
		for p := buf[:n]; len(p) > 0; p = p[min(PageSize, len(p)):] {
			page := uint32(off/PageSize) + 1
			off += int64(min(PageSize, len(p)))
			if len(p) < PageSize {
				return &Damage{File: base, Page: page}
			}
			if page == lockPage || isZero(p[:PageSize]) {
				continue
			}
			if err := v.keys.openPage(plain[:], p[:PageSize], page); err != nil {
				return &Damage{File: base, Page: page}
			}
			fn(page, plain[:])
		}
		if progress != nil {
			progress(off, total)
		}
	}
	return nil
}

func isZero(p []byte) bool {
	for _, b := range p {
		if b != 0 {
			return false
		}
	}
	return true
}
