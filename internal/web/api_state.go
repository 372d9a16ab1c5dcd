package web

import (
	"context"
	"runtime"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/vault"
)

// stateMethods are the methods about the page itself.
func stateMethods() map[string]apiMethod {
	return map[string]apiMethod{
		"app.state": bind((*Server).appState),
		"tabs.set":  bind((*Server).setTabs),
		"activity":  bind((*Server).activity),
		"app.copy":  bind((*Server).copyText),
	}
}

// state is what a page needs to draw itself from nothing. Times are Unix
// milliseconds. While the vault is locked nothing of its content is in it.
type state struct {
	// Cursor is where to start polling: events behind it have not been seen.
	Cursor       uint64         `json:"cursor"`
	Phase        vault.Phase    `json:"phase"`
	Mode         string         `json:"mode"`
	Version      string         `json:"version"`
	Platform     string         `json:"platform"`
	Vault        *vaultName     `json:"vault"`
	Vaults       []vault.Known  `json:"vaults"`
	WaitMS       int64          `json:"wait_ms"`
	Theme        string         `json:"theme"`
	IdleMinutes  int            `json:"idle_minutes"`
	IdleLockAt   int64          `json:"idle_lock_at,omitempty"`
	AutoLock     vault.AutoLock `json:"auto_lock"`
	Heard        vault.AutoLock `json:"auto_lock_heard"` // which of these this machine tells
	OpenTabs     []string       `json:"open_tabs"`
	ActiveTab    string         `json:"active_tab"`
	Reviews      []string       `json:"reviews"`
	Stopped      []stoppedApp   `json:"stopped"`
	Capabilities capabilities   `json:"capabilities"`
}

type vaultName struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Folder string `json:"folder,omitempty"` // on this disk; only of one that is open
}

type capabilities struct {
	Dialogs    bool `json:"dialogs"`
	NativeKeys bool `json:"native_keys"`
}

func (s *Server) appState(ctx context.Context, _ none) (state, error) {
	// The cursor first: what happens while the rest is gathered comes as an
	// event too.
	cursor := s.events.start()
	g := s.gate.State()
	out := state{
		Cursor: cursor, Phase: g.Phase, Mode: s.mode, Version: s.version, Platform: runtime.GOOS,
		Vaults: g.Vaults, WaitMS: g.Wait.Milliseconds(), Theme: g.Theme, IdleMinutes: g.IdleMinutes, AutoLock: g.AutoLock, Heard: g.Heard,
		OpenTabs: []string{}, Reviews: []string{}, Stopped: []stoppedApp{},
		Capabilities: capabilities{Dialogs: s.shell != nil, NativeKeys: s.mode == ModeWindow},
	}
	if g.Vault != nil {
		out.Vault = &vaultName{ID: g.Vault.ID, Name: g.Vault.Name}
	}
	if g.Phase != vault.PhaseUnlocked {
		return out, nil
	}
	u, err := s.gate.Vault()
	if err != nil {
		return state{}, err
	}
	if out.Vault != nil {
		out.Vault.Folder = u.Dir
	}
	tabs, err := u.Tabs(ctx)
	if err != nil {
		return state{}, err
	}
	u.Bridge.Front(tabs.Active) // which the page shows again
	out.IdleLockAt = g.IdleLockAt.UnixMilli()
	out.OpenTabs, out.ActiveTab = tabs.Open, tabs.Active
	out.Reviews, out.Stopped = u.Extensions.Reviews(), s.stopped.all()
	return out, nil
}

// setTabs keeps which apps are open, so that a page that begins anew, and the
// next unlock, bring them back.
func (s *Server) setTabs(ctx context.Context, p vault.Tabs) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	s.stopped.keep(p.Open)
	u.Bridge.Front(p.Active)
	return none{}, u.SetTabs(ctx, p)
}

func (s *Server) activity(context.Context, none) (none, error) {
	s.gate.Touch()
	return none{}, nil
}

type copied struct {
	Text string `json:"text"`
}

// copyText fills the clipboard for the page's copy buttons, in the window. In a
// browser the page does that itself.
func (s *Server) copyText(ctx context.Context, p copied) (none, error) {
	if s.shell == nil {
		return none{}, fault.New("capability.unavailable", "In a browser the page copies by itself. Reload the page, then try again.")
	}
	return none{}, s.shell.CopyText(ctx, p.Text)
}
