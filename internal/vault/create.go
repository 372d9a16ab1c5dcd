package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/fail"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/keys"
	"github.com/alcove-vault/alcove/internal/store"
)

// stagingPrefix starts the name of the folder a vault is made in, beside the
// place where it will be.
const stagingPrefix = ".alcove-new-"

// Pending is a vault that exists only in memory: its keys and its recovery
// kit. Finish writes it, Discard forgets it.
type Pending struct {
	dir string // where it will be
	ask [2]int

	mu   sync.Mutex
	keys *keys.Pending // nil when finished or discarded
}

// Begin makes the keys of a vault called name that is to live in a folder of
// that name in parent. Nothing is written. Errors: vault.bad_name,
// vault.exists, vault.weak_passphrase.
func Begin(name, parent string, passphrase []byte) (*Pending, error) {
	name, err := cleanName(name)
	if err != nil {
		return nil, err
	}
	parent, err = filepath.Abs(parent)
	if err != nil {
		return nil, err
	}
	return begin(filepath.Join(parent, name), passphrase)
}

func begin(dir string, passphrase []byte) (*Pending, error) {
	if err := vacant(dir); err != nil {
		return nil, err
	}
	k, err := keys.New(passphrase)
	if err != nil {
		return nil, err
	}
	p := &Pending{dir: dir, keys: k}
	p.ask[0] = random(keys.KitWords)
	p.ask[1] = (p.ask[0] + 1 + random(keys.KitWords-1)) % keys.KitWords
	if p.ask[0] > p.ask[1] {
		p.ask[0], p.ask[1] = p.ask[1], p.ask[0]
	}
	return p, nil
}

// random returns a number below n from the system's source, which never fails.
func random(n int64) int {
	k, err := rand.Int(rand.Reader, big.NewInt(n))
	if err != nil {
		return 0
	}
	return int(k.Int64())
}

// Name is the name the vault will have.
func (p *Pending) Name() string { return filepath.Base(p.dir) }

// Ask returns the positions, from 0 and ascending, of the two kit words that
// Finish wants typed back.
func (p *Pending) Ask() [2]int { return p.ask }

// Kit returns the recovery kit. It is nil after Finish or Discard.
func (p *Pending) Kit() *keys.Kit {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys == nil {
		return nil
	}
	return p.keys.Kit()
}

// Printable is the kit as a text to print, and a name for its file.
func (p *Pending) Printable(at time.Time) (text, fileName string) {
	kit := p.Kit()
	if kit == nil {
		return "", ""
	}
	return kit.Printable(p.Name(), at), "Alcove recovery kit - " + p.Name() + ".txt"
}

// Discard forgets the keys and the kit. It may be called more than once.
func (p *Pending) Discard() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys != nil {
		p.keys.Discard()
		p.keys = nil
	}
}

// Confirm compares the answers with the two words of Ask. Errors:
// vault.kit_answer, vault.pending_unknown.
func (p *Pending) Confirm(answers [2]string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys == nil {
		return ErrPendingUnknown
	}
	return p.confirm(answers)
}

func (p *Pending) confirm(answers [2]string) error {
	for i, position := range p.ask {
		if !p.keys.Kit().SameWord(position, answers[i]) {
			return ErrKitAnswer.With("position", position)
		}
	}
	return nil
}

// Finish compares the answers with the two words of Ask, writes the vault and
// opens it. It is there whole or not at all, whenever the process dies. After
// an error it can be called again. Errors: vault.kit_answer, vault.exists,
// vault.not_writable, vault.pending_unknown.
func (p *Pending) Finish(ctx context.Context, answers [2]string) (*Unlocked, error) {
	return p.finish(ctx, answers, slog.New(slog.DiscardHandler))
}

func (p *Pending) finish(ctx context.Context, answers [2]string, log *slog.Logger) (*Unlocked, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys == nil {
		return nil, ErrPendingUnknown
	}
	if err := p.confirm(answers); err != nil {
		return nil, err
	}
	hold, err := p.write(ctx)
	if err != nil {
		return nil, notWritable(err)
	}
	ring := p.keys.Keep()
	p.keys = nil
	return assemble(ctx, p.dir, ring, hold, log)
}

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
