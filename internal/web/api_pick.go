package web

import (
	"context"

	"github.com/alcove-vault/alcove/internal/bridge"
)

// pickMethods are about what the person picks for an app: files, folders, and
// the items that another app offers.
func pickMethods() map[string]apiMethod {
	return map[string]apiMethod{
		"pick.current": bind((*Server).currentPicker),
		"pick.shown":   bind((*Server).pickerShown),
		"pick.browse":  bind((*Server).browse),
		"pick.answer":  bind((*Server).answerPicker),
		"pick.dismiss": bind((*Server).dismissPicker),
	}
}

// toPick is the picker that is to be shown, or nil.
type toPick struct {
	Picker *bridge.Picker `json:"picker"`
}

func (s *Server) currentPicker(context.Context, none) (toPick, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return toPick{}, err
	}
	return toPick{u.Bridge.Picker()}, nil
}

type pickerID struct {
	ID uint64 `json:"id"`
}

func (s *Server) pickerShown(_ context.Context, p pickerID) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	return none{}, u.Bridge.PickShown(p.ID)
}

func (s *Server) dismissPicker(_ context.Context, p pickerID) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	return none{}, u.Bridge.PickDismiss(p.ID)
}

type browsing struct {
	ID   uint64 `json:"id"`
	Path string `json:"path"` // absolute; "": the home folder
}

// browse tells what is in a folder, as long as a picker is shown that needs it.
func (s *Server) browse(ctx context.Context, p browsing) (any, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return nil, err
	}
	return u.Bridge.PickBrowse(ctx, p.ID, p.Path)
}

type pickAnswer struct {
	ID       uint64   `json:"id"`
	Paths    []string `json:"paths"`
	Remember bool     `json:"remember"`
}

func (s *Server) answerPicker(_ context.Context, p pickAnswer) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	return none{}, u.Bridge.PickAnswer(p.ID, p.Paths, p.Remember)
}
