package vault

import (
	"context"
	"errors"
	"time"

	"github.com/alcove-vault/alcove/internal/keys"
)

// saveTime is what extensions get to save before their sessions end.
const saveTime = 300 * time.Millisecond

// Unlock opens the selected vault. Errors: vault.wait with "wait_ms",
// vault.wrong_passphrase with the "wait_ms" that now begins, and those of the
// package's Unlock.
func (g *Gate) Unlock(ctx context.Context, passphrase []byte) error {
	return g.opening(ctx, func(dir string) (*Unlocked, error) {
		if err := g.mayGuess(dir); err != nil {
			return nil, err
		}
		u, err := unlock(ctx, dir, keys.Passphrase(passphrase), g.log)
		return u, g.judge(dir, err)
	})
}

// UnlockWithKit opens the selected vault with its recovery kit, 24 words or
// the key line, and sets a new passphrase. Errors: vault.kit_invalid,
// vault.kit_mismatch, vault.weak_passphrase and those of Unlock.
func (g *Gate) UnlockWithKit(ctx context.Context, recovery string, newPassphrase []byte) error {
	return g.opening(ctx, func(dir string) (*Unlocked, error) {
		u, err := unlockWithKit(ctx, dir, recovery, newPassphrase, g.log)
		if err == nil {
			g.forgive(dir)
		}
		return u, err
	})
}

// CheckKit says whether a recovery kit opens the selected vault, before a person
// thinks of a new passphrase. Errors: vault.kit_invalid, vault.kit_mismatch,
// vault.not_found and those of a key file that cannot be read.
func (g *Gate) CheckKit(recovery string) error {
	g.mu.Lock()
	dir := g.known.Current
	g.mu.Unlock()
	if dir == "" {
		return ErrNotFound
	}
	return checkKit(dir, recovery)
}

// ChangePassphrase changes it for the open vault, with the same pauses after a
// wrong old one as Unlock.
func (g *Gate) ChangePassphrase(ctx context.Context, old, new []byte) error {
	g.slow.Lock()
	defer g.slow.Unlock()
	u, err := g.Vault()
	if err != nil {
		return err
	}
	if err := g.mayGuess(u.Dir); err != nil {
		return err
	}
	return g.judge(u.Dir, u.ChangePassphrase(ctx, old, new))
}

// Confirm asks for the passphrase of the open vault again, before something that
// a page left open must not do by itself, with the same pauses after a wrong one
// as Unlock. It returns the vault. Errors: vault.locked, vault.wait,
// vault.wrong_passphrase.
func (g *Gate) Confirm(passphrase []byte) (*Unlocked, error) {
	g.slow.Lock()
	defer g.slow.Unlock()
	u, err := g.Vault()
	if err != nil {
		return nil, err
	}
	if err := g.mayGuess(u.Dir); err != nil {
		return nil, err
	}
	if err := g.judge(u.Dir, u.confirm(passphrase)); err != nil {
		return nil, err
	}
	return u, nil
}

func (g *Gate) opening(ctx context.Context, open func(dir string) (*Unlocked, error)) error {
	if err := g.take(ctx); err != nil {
		return err
	}
	defer g.give()
	g.mu.Lock()
	dir, already := g.known.Current, g.open != nil
	g.mu.Unlock()
	if already {
		return nil
	}
	if dir == "" {
		return ErrNotFound
	}
	u, err := open(dir)
	if err != nil {
		return err
	}
	return g.opened(ctx, u)
}

// opened makes u the open vault. It is the turn of the caller.
func (g *Gate) opened(ctx context.Context, u *Unlocked) error {
	minutes, err := u.IdleMinutes(ctx)
	if err != nil {
		return errors.Join(err, u.Lock())
	}
	auto, err := u.AutoLock(ctx)
	if err != nil {
		return errors.Join(err, u.Lock())
	}
	chosen, err := u.externalChoice(ctx)
	if err != nil {
		return errors.Join(err, u.Lock())
	}
	u.Bridge.UseDesktop(g.desktop, g.clipboard)
	u.Bridge.UseFolders(g.folders())
	g.mu.Lock()
	if g.ended {
		g.mu.Unlock()
		return errors.Join(ErrLocked, u.Lock())
	}
	g.open, g.auto = u, auto
	g.known.add(u.Dir)
	g.keepKnown()
	g.startIdle(time.Duration(minutes) * time.Minute)
	g.mu.Unlock()
	g.tell(Event{Kind: EventState})
	u.serveExternal(chosen)
	return nil
}

// Lock gives open extensions 300 ms to save and locks the vault; reason is one
// of the Reason constants. It takes less than a second. Without an open vault
// it does nothing.
func (g *Gate) Lock(reason string) error {
	<-g.turn
	defer g.give()
	err := g.lock(reason)
	if reason == ReasonQuit && g.clipboard != nil {
		g.clipboard.Quit()
	}
	return err
}

func (g *Gate) lock(reason string) error {
	g.mu.Lock()
	u := g.open
	g.mu.Unlock()
	if u == nil {
		return nil
	}
	if len(u.Bridge.Sessions()) > 0 {
		saved := make(chan struct{})
		g.clock.after(saveTime, func() { close(saved) })
		g.tell(Event{Kind: EventLocking, Reason: reason, Grace: saveTime})
		<-saved
	}
	if g.desktop != nil {
		g.desktop.Withdraw() // their texts are the vault's
	}
	g.mu.Lock()
	g.open = nil
	g.idle.stop()
	g.mu.Unlock()
	err := u.Lock()
	if err != nil {
		g.log.Warn("a vault did not close cleanly", "error", err)
	}
	g.work.Go(u.Wait)
	g.tell(Event{Kind: EventState, Reason: reason})
	return err
}

// mayGuess answers vault.wait while the pause after wrong passphrases lasts.
func (g *Gate) mayGuess(dir string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if w := g.guesses[dir]; w != nil {
		if left := w.wait(g.clock.now()); left > 0 {
			return ErrWait.With("wait_ms", left.Milliseconds())
		}
	}
	return nil
}

// judge counts err if it is a wrong passphrase and forgets earlier ones if
// there is none.
func (g *Gate) judge(dir string, err error) error {
	if err == nil {
		g.forgive(dir)
		return nil
	}
	if !errors.Is(err, keys.ErrWrongPassphrase) {
		return err
	}
	g.mu.Lock()
	w := g.guesses[dir]
	if w == nil {
		w = &guesses{}
		g.guesses[dir] = w
	}
	now := g.clock.now()
	w.missed(now)
	left := w.wait(now)
	g.mu.Unlock()
	g.tell(Event{Kind: EventState})
	return keys.ErrWrongPassphrase.With("wait_ms", left.Milliseconds())
}

func (g *Gate) forgive(dir string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.guesses, dir)
}
