package vault

import (
	"context"
	"crypto/rand"
	"path/filepath"
)

// Begin makes the keys of a new vault, in memory only, and returns an id for
// Pending, Finish and Discard. An earlier one that was not finished is
// forgotten. folder is where the vault's folder goes; empty means the usual
// place. If the gate has only one vault, name and folder are those of it.
// Errors: those of the package's Begin.
func (g *Gate) Begin(ctx context.Context, name, folder string, passphrase []byte) (id string, p *Pending, err error) {
	g.slow.Lock()
	defer g.slow.Unlock()
	if err := ctx.Err(); err != nil {
		return "", nil, err
	}
	switch {
	case g.only != "":
		p, err = begin(g.only, passphrase)
	case folder != "":
		p, err = Begin(name, folder, passphrase)
	default:
		p, err = Begin(name, g.data, passphrase)
	}
	if err != nil {
		return "", nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended {
		p.Discard()
		return "", nil, ErrPendingUnknown
	}
	g.forgetPending()
	g.pending, g.pendingID = p, rand.Text()
	return g.pendingID, p, nil
}

// Pending returns the vault being made under id, or vault.pending_unknown.
func (g *Gate) Pending(id string) (*Pending, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pending == nil || id != g.pendingID {
		return nil, ErrPendingUnknown
	}
	return g.pending, nil
}

// Finish writes the vault being made under id, locks the one that was open and
// opens the new one. After vault.kit_answer it can be called again.
func (g *Gate) Finish(ctx context.Context, id string, answers [2]string) error {
	if err := g.take(ctx); err != nil {
		return err
	}
	defer g.give()
	p, err := g.Pending(id)
	if err != nil {
		return err
	}
	if err := p.Confirm(answers); err != nil {
		return err
	}
	if err := g.lock(ReasonSwitch); err != nil {
		return err
	}
	u, err := p.finish(ctx, answers, g.log)
	if err != nil {
		return err
	}
	g.mu.Lock()
	g.forgetPending()
	g.mu.Unlock()
	return g.opened(ctx, u)
}

// Discard forgets the vault being made under id. Nothing was written.
func (g *Gate) Discard(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if id == g.pendingID {
		g.forgetPending()
	}
}

func (g *Gate) forgetPending() {
	if g.pending != nil {
		g.pending.Discard()
	}
	g.pending, g.pendingID = nil, ""
}

// Select makes the known vault with this id the selected one and locks the one
// that was open.
func (g *Gate) Select(ctx context.Context, id string) error {
	if err := g.take(ctx); err != nil {
		return err
	}
	defer g.give()
	g.mu.Lock()
	path, ok := g.known.find(id)
	same := path == g.known.Current
	g.mu.Unlock()
	if !ok {
		return ErrNotFound
	}
	if same {
		return nil
	}
	return g.selectPath(path)
}

// AddFolder makes the vault in dir known and selects it. Errors:
// vault.not_found, vault.not_a_vault.
func (g *Gate) AddFolder(ctx context.Context, dir string) (Known, error) {
	if err := g.take(ctx); err != nil {
		return Known{}, err
	}
	defer g.give()
	if g.only != "" {
		return known(g.only, g.only), nil
	}
	path, err := existing(filepath.Clean(dir))
	if err != nil {
		return Known{}, err
	}
	g.mu.Lock()
	same := path == g.known.Current
	g.mu.Unlock()
	if same {
		return known(path, path), nil
	}
	return known(path, path), g.selectPath(path)
}

func (g *Gate) selectPath(path string) error {
	err := g.lock(ReasonSwitch)
	g.mu.Lock()
	g.known.add(path)
	g.keepKnown()
	g.mu.Unlock()
	g.tell(Event{Kind: EventState})
	return err
}

// keepKnown writes vaults.json. A failure costs only the list.
func (g *Gate) keepKnown() {
	if g.only != "" {
		return
	}
	if err := writeConfig(g.config, knownFile, &g.known); err != nil {
		g.log.Warn("the list of vaults could not be written", "error", err)
	}
}
