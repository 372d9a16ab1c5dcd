package vault

import (
	"context"
	"crypto/rand"
	"log/slog"
	"math/big"
	"path/filepath"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/keys"
)

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
