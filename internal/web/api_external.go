package web

import (
	"context"

	"github.com/alcove-vault/alcove/internal/bridge"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/vault"
)

// externalMethods are about other programs on this computer that ask apps.
func externalMethods() map[string]apiMethod {
	return map[string]apiMethod{
		"external.get":    bind((*Server).external),
		"external.set":    bind((*Server).setExternal),
		"external.forget": bind((*Server).forgetClient),
	}
}

// programs are whether other programs may ask apps, and what was decided about
// which. Problem says why they cannot connect although they may; "" if they can.
type programs struct {
	vault.External
	Problem string    `json:"problem"`
	Clients []program `json:"clients"`
}

// program is one decision. Key and Origin name the program.
type program struct {
	Key     string `json:"key"`
	Origin  string `json:"origin"`
	Name    string `json:"name"`
	Mark    string `json:"mark"`
	App     string `json:"app"`
	Title   string `json:"title"` // of the app
	Allowed bool   `json:"allowed"`
	Always  bool   `json:"always"` // or until the vault is locked
	At      int64  `json:"at"`     // Unix milliseconds
}

func (s *Server) external(ctx context.Context, _ none) (programs, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return programs{}, err
	}
	state, err := u.External(ctx)
	if err != nil {
		return programs{}, err
	}
	out := programs{External: state.External, Clients: []program{}}
	if state.Problem != nil {
		out.Problem = fault.Of(state.Problem).Message
	}
	for _, l := range u.Clients.List(ctx) {
		out.Clients = append(out.Clients, program{
			Key: l.Key, Origin: l.Origin, Name: l.Name, Mark: l.Mark, App: l.App, Title: l.Title,
			Allowed: l.Allowed(), Always: l.Always, At: l.At,
		})
	}
	return out, nil
}

func (s *Server) setExternal(ctx context.Context, p vault.External) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	return none{}, u.SetExternal(ctx, p)
}

type clientApp struct {
	Key    string `json:"key"`
	Origin string `json:"origin"`
	App    string `json:"app"`
}

// forgetClient takes back what was decided about a program and an app.
func (s *Server) forgetClient(ctx context.Context, p clientApp) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	return none{}, u.Clients.Forget(ctx, p.Key, p.Origin, p.App)
}

// clientPrompt is the question about a program that is to be shown now, nil if
// there is none or an app's is shown. What is on the screen stays there.
func clientPrompt(u *vault.Unlocked, app *bridge.Prompt) *bridge.Prompt {
	q := u.Clients.Question()
	if q == nil || app != nil && !q.Shown {
		return nil
	}
	return &bridge.Prompt{
		ID: q.ID, Extension: q.App.String(), Title: q.Title, Resource: "external",
		Asking:  permission.AskClient(q.Title, q.Client.Name, q.Mark, q.Client.Origin),
		Waiting: q.Waiting, Keeps: true,
	}
}

// answerClient does what the person chose about a program.
func answerClient(ctx context.Context, u *vault.Unlocked, id uint64, choice string) error {
	switch choice {
	case bridge.ChooseDeny:
		return u.Clients.Answer(ctx, id, false, false)
	case bridge.ChooseOpen:
		return u.Clients.Answer(ctx, id, true, false)
	case bridge.ChooseAlways:
		return u.Clients.Answer(ctx, id, true, true)
	}
	return bridge.ErrChoice
}
