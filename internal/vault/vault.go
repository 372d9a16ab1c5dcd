// Package vault creates, unlocks and locks vaults, and owns everything that
// lives only while one is unlocked: keys, store, extensions, sessions.
//
// A vault is a folder: vault.db, key.pass.age, key.recovery.age and lock. Its
// name is the folder's. One process at a time has it open, which a lock on the
// file "lock" ensures; a copy of the folder taken while it is closed is a
// whole vault.
//
// Gate is what an interface talks to. It knows the vaults of this user and
// which one is selected, slows down guessing, and locks when nobody is there.
package vault

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/alcove-vault/alcove/internal/bridge"
	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/external"
	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/keys"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
	"github.com/alcove-vault/alcove/internal/store"
)

// Files of a vault's folder besides the two key files.
const (
	databaseFile = store.FileName
	lockFile     = "lock"
)

// Unlocked is an open vault. Lock ends it.
type Unlocked struct {
	Dir        string // absolute
	Name       string // the folder's base name
	Store      *store.Store
	Tracking   *crdt.Engine
	Extensions *extension.Registry
	Items      *items.Items
	Ledger     *ledger.Ledger
	Bridge     *bridge.Bridge
	Clients    *external.Clients // programs that may ask apps

	ring   *keys.Ring
	source *keySource
	hold   *folderLock
	log    *slog.Logger

	ctx     context.Context // ends when the vault is being locked
	cancel  context.CancelFunc
	watched chan struct{} // closed when watchGrants has ended
	tidied  chan struct{} // closed when tidy has ended

	externalMu      sync.Mutex       // orders changes of the server
	externalServer  *external.Server // nil where no program can connect
	externalProblem error

	endedMu sync.Mutex // orders changes of the grants that ended
	onEnded func()

	mu     sync.Mutex // guards locked, and the folder while it is written to
	locked bool
	closed chan struct{} // after Lock: closed when the folder is released
}

// Unlock opens the vault in dir. Nothing in dir changes unless it opens.
// Errors: vault.not_found, vault.not_a_vault, vault.open_elsewhere and those
// of keys.Open and store.Open.
func Unlock(ctx context.Context, dir string, c keys.Credential) (*Unlocked, error) {
	return unlock(ctx, dir, c, slog.New(slog.DiscardHandler))
}

// UnlockWithKit opens the vault in dir with its recovery kit and sets a new
// passphrase, in this order: a vault that does not open keeps its key file.
// Errors: as Unlock, vault.weak_passphrase.
func UnlockWithKit(ctx context.Context, dir, recovery string, newPassphrase []byte) (*Unlocked, error) {
	return unlockWithKit(ctx, dir, recovery, newPassphrase, slog.New(slog.DiscardHandler))
}

func unlockWithKit(ctx context.Context, dir, recovery string, newPassphrase []byte, log *slog.Logger) (*Unlocked, error) {
	if err := keys.CheckPassphrase(newPassphrase); err != nil {
		return nil, err
	}
	u, err := unlock(ctx, dir, keys.Recovery(recovery), log)
	if err != nil {
		return nil, err
	}
	if err := keys.Rewrap(u.Dir, u.ring, newPassphrase); err != nil {
		return nil, errors.Join(notWritable(err), u.Lock())
	}
	return u, nil
}

// checkKit says whether a recovery kit opens the vault. It opens nothing but the
// key file.
func checkKit(dir, recovery string) error {
	dir, err := existing(dir)
	if err != nil {
		return err
	}
	ring, err := keys.Open(dir, keys.Recovery(recovery))
	if err != nil {
		return err
	}
	ring.Destroy()
	return nil
}

func unlock(ctx context.Context, dir string, c keys.Credential, log *slog.Logger) (*Unlocked, error) {
	dir, err := existing(dir)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, databaseFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, errNoDatabase
	}
	hold, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	ring, err := keys.Open(dir, c)
	if err != nil {
		hold.release()
		return nil, err
	}
	return assemble(ctx, dir, ring, hold, log)
}

// assemble opens the store and what stands on it. It takes over ring and hold.
func assemble(ctx context.Context, dir string, ring *keys.Ring, hold *folderLock, log *slog.Logger) (_ *Unlocked, err error) {
	u := &Unlocked{
		Dir: dir, Name: filepath.Base(dir),
		ring: ring, source: newKeySource(ring), hold: hold, log: log,
		closed: make(chan struct{}), watched: make(chan struct{}), tidied: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			u.forget()
			hold.release()
		}
	}()
	if u.Store, err = store.Open(ctx, dir, u.source); err != nil {
		return nil, err
	}
	if u.Tracking, err = crdt.Open(ctx, u.Store); err != nil {
		return nil, errors.Join(err, u.Store.Close())
	}
	if u.Extensions, err = extension.New(ctx, u.Store, u.Tracking, log); err != nil {
		return nil, errors.Join(err, u.Store.Close())
	}
	if u.Items, err = items.Open(ctx, u.Store, u.Tracking); err != nil {
		return nil, errors.Join(err, u.Store.Close())
	}
	u.Ledger = ledger.Open(u.Store, ledger.Options{Log: log})
	u.Bridge = bridge.New(u.Extensions, u.Store, u.source, log)
	u.Bridge.AttachRecorder(u.Ledger)
	self := u.Tracking.Self()
	u.Bridge.UseDevice(self[:])
	u.Bridge.UseName(u.Name)
	u.Bridge.UseDialects(func(r *extension.Running) string { return r.Manifest.Dialect })
	if u.Clients, err = external.NewClients(ctx, clientApps{u}, clientMemory{u}); err != nil {
		return nil, errors.Join(err, u.Store.Close())
	}
	u.ctx, u.cancel = context.WithCancel(context.Background())
	go u.watchGrants()
	go u.tidy()
	return u, nil
}

// existing returns dir as an absolute path if a vault is there.
func existing(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", ErrNotFound
	}
	if err != nil {
		return "", err
	}
	if !info.IsDir() || !looksLikeVault(dir) {
		return "", ErrNotAVault
	}
	return dir, nil
}

// looksLikeVault is true if any file of a vault is there, so that a folder
// that lost one of them is called damaged and not something else.
func looksLikeVault(dir string) bool {
	for _, name := range []string{databaseFile, keys.PassphraseFile, keys.RecoveryFile} {
		if info, err := os.Lstat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// ChangePassphrase asks for the old passphrase again and replaces
// key.pass.age. The recovery kit stays valid. Errors: vault.wrong_passphrase,
// vault.weak_passphrase, vault.locked, vault.not_writable.
func (u *Unlocked) ChangePassphrase(ctx context.Context, old, new []byte) error {
	if err := keys.CheckPassphrase(new); err != nil {
		return err
	}
	if err := u.confirm(old); err != nil {
		return err
	}
	sealed, err := keys.Seal(u.ring, new)
	if errors.Is(err, keys.ErrDestroyed) {
		return ErrLocked
	}
	if err != nil {
		return err
	}
	// Only this needs the vault to stay open; scrypt's time above must not
	// keep Lock waiting.
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.locked {
		return ErrLocked
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := sealed.Write(u.Dir); err != nil {
		return notWritable(err)
	}
	return nil
}

// confirm says whether passphrase opens the vault that is open. Errors:
// vault.wrong_passphrase and those of keys.Open.
func (u *Unlocked) confirm(passphrase []byte) error {
	check, err := keys.Open(u.Dir, keys.Passphrase(passphrase))
	if err != nil {
		return err
	}
	same := check.VaultID() == u.ring.VaultID()
	check.Destroy()
	if !same {
		return errForeignKeyFile
	}
	return nil
}

// Look says whether there is a vault in dir and nobody has it open, without a
// credential. Errors: vault.not_found, vault.not_a_vault,
// vault.open_elsewhere.
func Look(dir string) error {
	dir, err := existing(dir)
	if err != nil {
		return err
	}
	hold, err := lockFolder(dir)
	if err != nil {
		return err
	}
	hold.release()
	return nil
}
