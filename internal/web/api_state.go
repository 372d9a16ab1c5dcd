package web

import (
	"context"
	"runtime"
)

// stateMethods are the methods about the page itself.
func stateMethods() map[string]apiMethod {
	return map[string]apiMethod{
		"app.state": bind((*Server).appState),
	}
}

// state is what a page needs to draw itself from nothing.
type state struct {
	// Cursor is where to start polling: events behind it have not been seen.
	Cursor       uint64       `json:"cursor"`
	Mode         string       `json:"mode"`
	Version      string       `json:"version"`
	Platform     string       `json:"platform"`
	Capabilities capabilities `json:"capabilities"`
}

type capabilities struct {
	Dialogs    bool `json:"dialogs"`
	NativeKeys bool `json:"native_keys"`
}

func (s *Server) appState(_ context.Context, _ none) (state, error) {
	return state{
		Cursor: s.events.start(), Mode: s.mode, Version: s.version, Platform: runtime.GOOS,
		Capabilities: capabilities{Dialogs: s.shell != nil, NativeKeys: s.mode == ModeWindow},
	}, nil
}
