package vault

import (
	"context"

	"github.com/alcove-vault/alcove/internal/freedesktop"
)

// AutoLock says when a vault locks besides after a time without activity.
type AutoLock struct {
	Sleep    bool `json:"sleep" msgpack:"sleep"`       // the machine is about to sleep
	Screen   bool `json:"screen" msgpack:"screen"`     // the screen was locked
	Minimise bool `json:"minimise" msgpack:"minimise"` // the window was minimised
}

// defaultAutoLock is what a vault does that nobody changed.
var defaultAutoLock = AutoLock{Sleep: true, Screen: true}

// AutoLock returns when this vault locks.
func (u *Unlocked) AutoLock(ctx context.Context) (AutoLock, error) {
	chosen := defaultAutoLock
	if err := u.setting(ctx, settingAutoLock, &chosen); err != nil {
		return defaultAutoLock, err
	}
	return chosen, nil
}

// SetAutoLock keeps in the open vault when it locks. Errors: vault.locked.
func (g *Gate) SetAutoLock(ctx context.Context, chosen AutoLock) error {
	u, err := g.Vault()
	if err != nil {
		return err
	}
	if err := u.setSetting(ctx, settingAutoLock, chosen); err != nil {
		return err
	}
	g.mu.Lock()
	if g.open == u {
		g.auto = chosen
	}
	g.mu.Unlock()
	g.tell(Event{Kind: EventState})
	return nil
}

// watchMachine begins to hear of sleep and of the screen's lock, where the
// machine tells.
func (g *Gate) watchMachine() {
	g.machine = freedesktop.NewWatch(freedesktop.WatchOptions{
		Sleep:  func() { g.Happened(ReasonSleep) },
		Screen: func() { g.Happened(ReasonScreen) },
		Changed: func(s freedesktop.Sources) {
			g.hears(func(h *AutoLock) { h.Sleep, h.Screen = s.Sleep, s.Screen })
		},
		Log: g.log,
	})
}

// HearsMinimise says that the window tells when it is minimised.
func (g *Gate) HearsMinimise() { g.hears(func(h *AutoLock) { h.Minimise = true }) }

func (g *Gate) hears(note func(*AutoLock)) {
	g.mu.Lock()
	note(&g.heard)
	g.mu.Unlock()
	g.tell(Event{Kind: EventState})
}

// Happened locks the open vault if it is to lock for this reason: ReasonSleep,
// ReasonScreen or ReasonMinimise. Like Lock it gives open extensions their time
// to save and returns when the vault is locked.
func (g *Gate) Happened(reason string) {
	<-g.turn
	defer g.give()
	g.mu.Lock()
	wanted := map[string]bool{ReasonSleep: g.auto.Sleep, ReasonScreen: g.auto.Screen, ReasonMinimise: g.auto.Minimise}[reason]
	g.mu.Unlock()
	if wanted {
		_ = g.lock(reason) // lock has logged it
	}
}
