package web

import (
	"context"

	"github.com/alcove-vault/alcove/internal/bridge"
)

// promptMethods are about what apps ask the person while they run.
func promptMethods() map[string]apiMethod {
	return map[string]apiMethod{
		"prompt.current": bind((*Server).currentPrompt),
		"prompt.shown":   bind((*Server).promptShown),
		"prompt.answer":  bind((*Server).answerPrompt),
		"prompt.dismiss": bind((*Server).dismissPrompt),
	}
}

// asked is the question that is to be shown, or nil.
type asked struct {
	Prompt *bridge.Prompt `json:"prompt"`
}

func (s *Server) currentPrompt(context.Context, none) (asked, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return asked{}, err
	}
	prompt := u.Bridge.Prompt()
	if about := clientPrompt(u, prompt); about != nil {
		prompt = about
	}
	return asked{prompt}, nil
}

type promptID struct {
	ID uint64 `json:"id"`
}

func (s *Server) promptShown(_ context.Context, p promptID) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	if u.Clients.Asks(p.ID) {
		return none{}, u.Clients.Shown(p.ID)
	}
	return none{}, u.Bridge.PromptShown(p.ID)
}

func (s *Server) dismissPrompt(ctx context.Context, p promptID) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	if u.Clients.Asks(p.ID) {
		return none{}, u.Clients.Answer(ctx, p.ID, false, false)
	}
	return none{}, u.Bridge.DismissPrompt(p.ID)
}

// promptAnswer is an answer. The passphrase is asked for what could do all that
// the person can: a page alone must not be enough to allow it.
type promptAnswer struct {
	ID         uint64 `json:"id"`
	Choice     string `json:"choice"`
	Until      int64  `json:"until"`
	Uses       int64  `json:"uses"`
	Fold       bool   `json:"fold"`
	Passphrase secret `json:"passphrase"`
}

func (p *promptAnswer) wipe() { clear(p.Passphrase) }

func (s *Server) answerPrompt(ctx context.Context, p promptAnswer) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	if u.Clients.Asks(p.ID) {
		return none{}, answerClient(ctx, u, p.ID, p.Choice)
	}
	confirmed := len(p.Passphrase) > 0
	if confirmed {
		if u, err = s.gate.Confirm(p.Passphrase); err != nil {
			return none{}, err
		}
	}
	return none{}, u.Bridge.AnswerPrompt(ctx, bridge.Answer{
		ID: p.ID, Choice: p.Choice, Until: p.Until, Uses: p.Uses, Fold: p.Fold,
	}, confirmed)
}
