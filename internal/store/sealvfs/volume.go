package sealvfs

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// Volume is one encrypted database, mounted: the VFS that SQLite opens it
// through and what its connections share.
type Volume struct {
	path    string // of the database, absolute
	keys    *keyring
	seals   sealer
	index   index
	log     logState
	damage  atomic.Pointer[Damage]
	retired atomic.Bool
	full    atomic.Int64 // writes that the disk had no room for
	open    atomic.Int32
	read    atomic.Int64
	temp    atomic.Int64 // bytes that temporary files hold
	record  func(Write)

	tempLimit   int64
	interrupted func(*libc.TLS) bool

	vfs  uintptr // C sqlite3_vfs
	name uintptr // C string
	base uintptr // C sqlite3_vfs that is wrapped
	raw  *os.File

	// life is held by whoever seals or opens with the keys, so that they are
	// not overwritten in the middle; dead is set when they have been.
	life  sync.RWMutex
	dead  bool
	pages atomic.Uint32 // about how many the database has
}

// Write is one change to a file, for tests that simulate a power cut.
type Write struct {
	File string // base name
	Op   Op
	At   int64 // offset of a write, size of a truncation
	Data []byte
}

// Op is the kind of a Write.
type Op byte

// The kinds of a Write.
const (
	OpWrite Op = iota
	OpTruncate
	OpSync
	OpDelete
)

// Options of Mount.
type Options struct {
	// Record, if not nil, is told of every change before it is made. The data
	// is valid only during the call.
	Record func(Write)
	// SealLimit replaces the constant of that name if it is not 0.
	SealLimit int64
	// TempLimit replaces the constant of that name if it is not 0.
	TempLimit int64
	// Interrupted, if not nil, reports whether what runs on the thread is to
	// end. It is asked at every read and write of a temporary file.
	Interrupted func(*libc.TLS) bool
}

// Create writes a new empty database to path, which must not exist, and syncs
// it. The caller syncs the folder.
func Create(path string, source KeySource) error {
	keys := newKeyring(source)
	defer keys.destroy()
	k, err := keys.get(source.ActiveKeyID())
	if err != nil {
		return err
	}
	s := sealer{}
	var nonce [nonceSize]byte
	s.nonce(nonce[:])
	page := make([]byte, PageSize)
	keys.sealPage(k, page, EmptyDatabase(), nonce[:], 1)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(page)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Mount checks the log of the database at path and makes the database
// openable through a VFS of its own. It changes no file. If the log is
// damaged the error is a *Damage.
func Mount(path string, source KeySource, o Options) (*Volume, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	v := &Volume{path: path, keys: newKeyring(source), record: o.Record, interrupted: o.Interrupted}
	v.seals.keys, v.seals.limit = v.keys, SealLimit
	if o.SealLimit != 0 {
		v.seals.limit = o.SealLimit
	}
	if v.tempLimit = TempLimit; o.TempLimit != 0 {
		v.tempLimit = o.TempLimit
	}
	if !v.seals.rotate(nil) {
		return nil, fmt.Errorf("no key %d", source.ActiveKeyID())
	}
	if err := v.keys.auditLog(path+"-wal", filepath.Base(path)+"-wal"); err != nil {
		v.keys.destroy()
		return nil, err
	}
	if v.raw, err = os.Open(path); err != nil {
		v.keys.destroy()
		return nil, err
	}
	info, err := v.raw.Stat()
	if err != nil {
		v.keys.destroy()
		return nil, errors.Join(err, v.raw.Close())
	}
	v.pages.Store(uint32(min(info.Size()/PageSize, math.MaxUint32)))
	if err := v.register(); err != nil {
		v.keys.destroy()
		return nil, errors.Join(err, v.raw.Close())
	}
	return v, nil
}

// register gives SQLite the VFS.
func (v *Volume) register() error {
	tls := libc.NewTLS()
	defer tls.Close()
	if rc := sqlite3.Xsqlite3_initialize(tls); rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("initialize SQLite: code %d", rc)
	}
	v.base = sqlite3.Xsqlite3_vfs_find(tls, 0)
	v.vfs = libc.Xcalloc(tls, 1, types.Size_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	if v.base == 0 || v.vfs == 0 {
		return errors.New("no VFS to wrap")
	}
	var err error
	if v.name, err = libc.CString(v.Name()); err != nil {
		return err
	}
	base, own := (*sqlite3.Tsqlite3_vfs)(pointer(v.base)), (*sqlite3.Tsqlite3_vfs)(pointer(v.vfs))
	*own = *base
	own.FiVersion = 2
	own.FpNext = 0
	own.FzName = v.name
	own.FszOsFile = base.FszOsFile + int32(underOffset)
	own.FxOpen = address(vfsOpen)
	own.FxDelete = address(vfsDelete)
	own.FxAccess = address(vfsAccess)
	own.FxFullPathname = address(vfsFullPathname)
	own.FxRandomness = address(vfsRandomness)
	own.FxSleep = address(vfsSleep)
	own.FxCurrentTime = address(vfsCurrentTime)
	own.FxCurrentTimeInt64 = address(vfsCurrentTimeInt64)
	own.FxGetLastError = address(vfsGetLastError)
	own.FxDlOpen, own.FxDlError, own.FxDlSym, own.FxDlClose = 0, 0, 0, 0 // no loadable extensions
	own.FxSetSystemCall, own.FxGetSystemCall, own.FxNextSystemCall = 0, 0, 0
	volumes.Store(v.vfs, v)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, v.vfs, 0); rc != sqlite3.SQLITE_OK {
		volumes.Delete(v.vfs)
		return fmt.Errorf("register VFS: code %d", rc)
	}
	return nil
}

// Name is what to pass to SQLite as the VFS. Whatever file name is opened
// through it, the volume's database opens.
func (v *Volume) Name() string { return fmt.Sprintf("alcove-%x", v.vfs) }

// Damage returns the first page that did not authenticate since the volume was
// mounted, or nil.
func (v *Volume) Damage() *Damage { return v.damage.Load() }

// BytesRead returns how much of the database SQLite has read since the volume
// was mounted.
func (v *Volume) BytesRead() int64 { return v.read.Load() }

func (v *Volume) damaged(file string, page uint32) {
	v.damage.CompareAndSwap(nil, &Damage{File: file, Page: page})
}

// Unmount takes the VFS away from SQLite and overwrites the keys. Every
// connection must be closed before; if one is not, Unmount says so and leaves
// the VFS where it is, without keys.
func (v *Volume) Unmount() error {
	v.life.Lock()
	v.dead = true
	v.keys.destroy()
	v.life.Unlock()
	err := v.raw.Close()
	if n := v.open.Load(); n != 0 {
		return errors.Join(err, fmt.Errorf("%d files are still open", n))
	}
	tls := libc.NewTLS()
	defer tls.Close()
	if rc := sqlite3.Xsqlite3_vfs_unregister(tls, v.vfs); rc != sqlite3.SQLITE_OK {
		err = errors.Join(err, fmt.Errorf("unregister VFS: code %d", rc))
	}
	volumes.Delete(v.vfs)
	libc.Xfree(tls, v.vfs)
	libc.Xfree(tls, v.name)
	return err
}
