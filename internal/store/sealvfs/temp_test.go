package sealvfs

import (
	"bytes"
	"testing"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
	"pgregory.net/rapid"
)

// TestTemporaryFilesAreFiles compares one with a slice of bytes.
func TestTemporaryFilesAreFiles(t *testing.T) {
	tls := libc.NewTLS()
	defer tls.Close()
	const room = 300 << 10
	buf := libc.Xcalloc(tls, 1, types.Size_t(room))
	defer libc.Xfree(tls, buf)
	rapid.Check(t, func(r *rapid.T) {
		v := &Volume{tempLimit: 4 * tempChunk}
		p := libc.Xcalloc(tls, 1, types.Size_t(unsafe.Sizeof(cFile{})+8))
		defer libc.Xfree(tls, p)
		v.openTemp(tls, p)
		var want []byte
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			n := rapid.SampledFrom([]int{0, 1, 100, 4096, tempChunk - 1, tempChunk, 100_000}).Draw(r, "n")
			off := rapid.SampledFrom([]int{0, 7, 5000, tempChunk - 3, tempChunk, 2 * tempChunk, 190_000, 250_000}).Draw(r, "off")
			switch rapid.SampledFrom([]string{"write", "read", "truncate"}).Draw(r, "what") {
			case "write":
				b := bytes.Repeat([]byte{byte(rapid.IntRange(1, 255).Draw(r, "byte"))}, n)
				copy(memory(buf, room), b)
				switch rc := tempWrite(tls, p, buf, int32(n), int64(off)); {
				case off+n > 4*tempChunk && rc != sqlite3.SQLITE_IOERR_NOMEM:
					r.Fatalf("a write beyond the limit: code %d", rc)
				case off+n <= 4*tempChunk && rc != sqlite3.SQLITE_OK:
					r.Fatalf("write: code %d", rc)
				case rc == sqlite3.SQLITE_OK:
					if grow := off + n - len(want); grow > 0 {
						want = append(want, make([]byte, grow)...)
					}
					copy(want[off:], b)
				}
			case "read":
				rc := tempRead(tls, p, buf, int32(n), int64(off))
				got, expect := memory(buf, n), make([]byte, n)
				if off < len(want) {
					copy(expect, want[off:])
				}
				if !bytes.Equal(got, expect) {
					r.Fatalf("%d bytes at %d differ", n, off)
				}
				if short := off+n > len(want) && n > 0; short != (rc == sqlite3.SQLITE_IOERR_SHORT_READ) {
					r.Fatalf("read: code %d", rc)
				}
			case "truncate":
				tempTruncate(tls, p, int64(off))
				want = want[:min(off, len(want))]
			}
			sizeAt := p + unsafe.Sizeof(cFile{})
			tempFileSize(tls, p, sizeAt)
			if size := *(*int64)(pointer(sizeAt)); size != int64(len(want)) {
				r.Fatalf("size %d, want %d", size, len(want))
			}
		}
		tempClose(tls, p)
		if v.TempBytes() != 0 || v.open.Load() != 0 {
			r.Fatal("something is left")
		}
	})
}

// TestTemporaryFilesSayWhenToEnd: each access asks.
func TestTemporaryFilesSayWhenToEnd(t *testing.T) {
	tls := libc.NewTLS()
	defer tls.Close()
	buf := libc.Xcalloc(tls, 1, 16)
	defer libc.Xfree(tls, buf)
	ended := false
	v := &Volume{tempLimit: TempLimit, interrupted: func(asked *libc.TLS) bool { return ended && asked == tls }}
	p := libc.Xcalloc(tls, 1, types.Size_t(unsafe.Sizeof(cFile{})))
	defer libc.Xfree(tls, p)
	v.openTemp(tls, p)
	defer tempClose(tls, p)
	if rc := tempWrite(tls, p, buf, 16, 0); rc != sqlite3.SQLITE_OK {
		t.Fatalf("code %d", rc)
	}
	ended = true
	if rc := tempWrite(tls, p, buf, 16, 0); rc != sqlite3.SQLITE_INTERRUPT {
		t.Errorf("write: code %d", rc)
	}
	if rc := tempRead(tls, p, buf, 16, 0); rc != sqlite3.SQLITE_INTERRUPT {
		t.Errorf("read: code %d", rc)
	}
}
