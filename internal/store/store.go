package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alcove-vault/alcove/internal/store/sealvfs"
)

// FileName is the name of the database in a vault's folder. Its log is beside
// it while the vault is open, under the same name with "-wal" behind it.
const FileName = "vault.db"

// KeySource hands out the keys of one vault. Subkey returns 32 bytes that the
// caller does not keep.
type KeySource = sealvfs.KeySource

// Store is one open vault database.
type Store struct {
	volume  *sealvfs.Volume
	options options
	place   string // key in the table of open stores

	modules map[string]bool // names of SQLite's table-valued functions and virtual tables
	conns   conns
	writer  *conn
	turns   turns   // who has the turn may use the writer
	tx      *sql.Tx // of the Update that has the turn
	readers *pool
	pools   pools
	counted counted
	hugeLog uint32   // frames
	metered sync.Map // by number, extensions whose pages were counted, and nothing went off their meter since

	tracker Tracker
	keeper  Keeper                                             // the tracker, if it is one
	track   func(*Tx, MigrationStep) (MigrationTracker, error) // nil: nothing is tracked

	mu      sync.Mutex
	closing atomic.Bool
	users   sync.WaitGroup
	stop    chan struct{}
	wrote   chan struct{}  // a write has ended
	writes  atomic.Uint64  // turns of the host to write that have ended
	done    sync.WaitGroup // goroutines of the store

	emptying atomic.Bool             // the log, in a gap between writes or at the end
	patience func() <-chan time.Time // how long Close waits in any case
}

// Create makes a new database in dir, which exists, and opens it. The file is
// either there and complete or not there at all.
func Create(ctx context.Context, dir string, k KeySource, opts ...Option) (*Store, error) {
	path := filepath.Join(dir, FileName)
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("create %s: %w", FileName, fs.ErrExist)
	}
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a creation that was cut short
		return nil, fmt.Errorf("create %s: %w", FileName, err)
	}
	if err := sealvfs.Create(path+".new", k); err != nil {
		return nil, fmt.Errorf("create %s: %w", FileName, errors.Join(err, os.Remove(path+".new")))
	}
	if err := os.Rename(path+".new", path); err != nil {
		return nil, fmt.Errorf("create %s: %w", FileName, err)
	}
	syncDir(dir)
	return Open(ctx, dir, k, opts...)
}

// Open opens the database in dir. Errors: vault.damaged with data file and
// page, vault.newer_schema, vault.open_elsewhere (by this process; other
// processes are kept out by the vault's lock file), vault.missing.
func Open(ctx context.Context, dir string, k KeySource, opts ...Option) (_ *Store, err error) {
	if err := setAllocator(); err != nil {
		return nil, err
	}
	s := &Store{options: defaultOptions(), patience: func() <-chan time.Time { return time.After(closePatience) }}
	for _, o := range opts {
		o(&s.options)
	}
	path := filepath.Join(dir, FileName)
	if err := checkFile(path); err != nil {
		return nil, err
	}
	if s.place, err = openStores.enter(path); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			openStores.leave(s.place)
		}
	}()
	s.options.volume.Interrupted = watchTemp
	s.volume, err = sealvfs.Mount(path, k, s.options.volume)
	if err != nil {
		return nil, s.visible(err)
	}
	s.conns.budget = s.options.cache
	s.readers = newPool(s, reader, s.options.readers)
	s.pools.add(s.readers)
	s.stop, s.wrote = make(chan struct{}), make(chan struct{}, 1)
	s.turns.stop = s.stop
	s.hugeLog = hugeLog
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(s.visible(err), s.shut())
	}
	return s, nil
}

// start opens the writer, which recovers the log, brings the schema up to date
// and begins the store's own work.
func (s *Store) start(ctx context.Context) (err error) {
	if s.writer, err = s.open(ctx, writer); err != nil {
		return err
	}
	if err := s.writer.settle(); err != nil {
		return err
	}
	if s.modules, err = s.writer.listModules(ctx); err != nil {
		return err
	}
	// What an earlier process left in the log goes into the database, so that
	// the log begins anew.
	if err := s.checkpoint(); err != nil {
		return err
	}
	if err := s.migrateSchema(ctx); err != nil {
		return err
	}
	if err := s.loadSeals(ctx); err != nil {
		return err
	}
	s.done.Add(1)
	go s.tidy()
	return nil
}

func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync() // not every system can; the data is in the file's own sync
		_ = d.Close()
	}
}
