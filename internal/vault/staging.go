package vault

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alcove-vault/alcove/internal/fail"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/keys"
	"github.com/alcove-vault/alcove/internal/store"
)

// stagingPrefix starts the name of the folder a vault is made in, beside the
// place where it will be.
const stagingPrefix = ".alcove-new-"

// write makes the whole vault in a staging folder and moves it to its place in
// one step. While it works, the lock tells sweep that the folder is in use.
func (p *Pending) write(ctx context.Context) (_ *folderLock, err error) {
	parent := filepath.Dir(p.dir)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, err
	}
	sweep(parent, time.Now())
	if err := vacant(p.dir); err != nil {
		return nil, err
	}
	staging, err := os.MkdirTemp(parent, stagingPrefix)
	if err != nil {
		return nil, err
	}
	moved := false
	defer func() {
		if !moved {
			err = errors.Join(err, os.RemoveAll(staging))
		}
	}()
	hold, err := lockFolder(staging)
	if err != nil {
		return nil, err
	}
	defer hold.release()
	fail.Point("vault.after_folder")
	if err := p.keys.Write(staging); err != nil {
		return nil, err
	}
	fail.Point("vault.after_keys")
	if err := p.createStore(ctx, staging); err != nil {
		return nil, err
	}
	fail.Point("vault.after_store")
	if err := keys.SyncDir(staging); err != nil {
		return nil, err
	}
	// An empty folder in this place is taken over; Remove refuses any other.
	if err := os.Remove(p.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(ErrExists.Code, ErrExists.Message, err)
	}
	fail.Point("vault.before_move")
	hold.release() // Windows moves no folder with an open file in it
	if err := moveNew(staging, p.dir); err != nil {
		return nil, err
	}
	moved = true
	fail.Point("vault.after_move")
	if err := keys.SyncDir(parent); err != nil {
		return nil, err
	}
	return lockFolder(p.dir)
}

// createStore writes the database and closes it, because it cannot be moved
// while it is open.
func (p *Pending) createStore(ctx context.Context, dir string) error {
	source := newKeySource(p.keys.Ring())
	defer source.destroy()
	st, err := store.Create(ctx, dir, source)
	if err != nil {
		return err
	}
	return st.Close()
}

// vacant says whether a vault can be made at dir: nothing is there, or an
// empty folder.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || len(entries) > 0 {
		return ErrExists
	}
	return nil
}

// sweep removes staging folders that a crash left in parent. One that is
// locked, or younger than a minute, belongs to a living process.
func sweep(parent string, now time.Time) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !entry.IsDir() || !strings.HasPrefix(entry.Name(), stagingPrefix) ||
			now.Sub(info.ModTime()) < time.Minute {
			continue
		}
		dir := filepath.Join(parent, entry.Name())
		hold, err := lockFolder(dir)
		if err != nil {
			continue
		}
		_ = os.RemoveAll(dir)
		hold.release()
	}
}
