package web

import (
	"context"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/vault"
)

// settingsMethods keep what a person chose.
func settingsMethods() map[string]apiMethod {
	return map[string]apiMethod{"settings.set": bind((*Server).setSettings)}
}

type settings struct {
	Theme       *string         `json:"theme"`
	IdleMinutes *int            `json:"idle_minutes"`
	AutoLock    *vault.AutoLock `json:"auto_lock"`
}

// setSettings keeps the theme outside the vault, because the unlock screen has
// one too, and when the vault locks inside it.
func (s *Server) setSettings(ctx context.Context, p settings) (none, error) {
	switch {
	case p.Theme != nil && p.IdleMinutes == nil && p.AutoLock == nil:
		return none{}, s.gate.SetTheme(*p.Theme)
	case p.IdleMinutes != nil && p.Theme == nil && p.AutoLock == nil:
		return none{}, s.gate.SetIdleMinutes(ctx, *p.IdleMinutes)
	case p.AutoLock != nil && p.Theme == nil && p.IdleMinutes == nil:
		return none{}, s.gate.SetAutoLock(ctx, *p.AutoLock)
	}
	return none{}, fault.New("request.malformed", "Exactly one setting is set at a time. Reload the page, then try again.")
}
