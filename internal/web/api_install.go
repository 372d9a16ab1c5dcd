package web

import (
	"context"
	"errors"
	"sync"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

var (
	errNoBundled = fault.New("extension.not_found", "This copy of Alcove does not come with that app. Install it from a file.")
	errCancelled = fault.New("request.cancelled", "This was cancelled, and nothing was changed. Start again when you want to.")
)

// installMethods bring a package to its review and from there into the vault.
func installMethods() map[string]apiMethod {
	return map[string]apiMethod{
		"install.pick":    bind((*Server).pickPackage),
		"install.bundled": bind((*Server).bundledPackage),
		"install.review":  bind((*Server).review),
		"install.preview": bind((*Server).preview),
		"install.accept":  bind((*Server).accept),
		"install.cancel":  bind((*Server).cancelReview),
	}
}

type reviewID struct {
	Review string `json:"review"`
}

// stagePackage makes a review for a package the page asked for itself, which
// therefore needs no event.
func (s *Server) stagePackage(ctx context.Context, data []byte, from extension.Source) (*reviewID, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return nil, err
	}
	review, err := u.Extensions.Stage(ctx, data, from)
	if err != nil {
		return nil, err
	}
	return &reviewID{Review: review.ID}, nil
}

func (s *Server) pickPackage(ctx context.Context, _ none) (*reviewID, error) {
	if s.shell == nil {
		return nil, errNoDialog
	}
	name, data, err := s.shell.PickPackage(ctx)
	if err != nil || name == "" {
		return nil, err
	}
	return s.stagePackage(ctx, data, extension.Source{Kind: "dialog", FileName: name})
}

func (s *Server) bundledPackage(ctx context.Context, p struct {
	Name string `json:"name"`
},
) (*reviewID, error) {
	if p.Name != "notes" || len(s.notes) == 0 {
		return nil, errNoBundled
	}
	return s.stagePackage(ctx, s.notes, extension.Source{Kind: "bundled", FileName: "notes.alcove"})
}

func (s *Server) review(_ context.Context, p byID) (*extension.Review, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return nil, err
	}
	return u.Extensions.Review(p.ID)
}

// choices are the decisions of a review as it stands on the page. The
// passphrase is needed where they let the app run programs.
type choices struct {
	ID           string             `json:"id"`
	Choices      []extension.Choice `json:"choices"`
	Acknowledged bool               `json:"acknowledged"`
	Passphrase   secret             `json:"passphrase"`
}

func (p *choices) wipe() { clear(p.Passphrase) }

type threat struct {
	Threat []permission.Segment `json:"threat"`
}

func (s *Server) preview(_ context.Context, p choices) (threat, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return threat{}, err
	}
	segments, err := u.Extensions.Preview(p.ID, p.Choices)
	return threat{Threat: segments}, err
}

// accept installs. Giving up the request or cancelling the review while it
// runs leaves the vault as it was.
func (s *Server) accept(ctx context.Context, p choices) (map[string]string, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return nil, err
	}
	needed, err := reviewAllowsPrograms(u, p)
	if err == nil {
		err = s.confirmGrant(needed, p.Passphrase)
	}
	if err != nil {
		return nil, err
	}
	ctx, done := s.installs.begin(ctx, p.ID)
	defer done()
	id, err := u.Extensions.Accept(ctx, p.ID, p.Choices, p.Acknowledged, s.progress("accept"))
	if err != nil {
		if errors.Is(ctx.Err(), context.Canceled) {
			return nil, errCancelled
		}
		return nil, err
	}
	s.stopped.started(id.String())
	// An older version may be open; it goes on as a new session.
	u.Bridge.CloseApp(id)
	s.events.post("extensions", none{})
	return map[string]string{"extension": id.String()}, nil
}

func (s *Server) cancelReview(_ context.Context, p byID) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	s.installs.cancel(p.ID)
	u.Extensions.Cancel(p.ID)
	return none{}, nil
}

// installs are the reviews being accepted right now, so that they can be
// cancelled also where a web view does not tell that a request was given up.
type installs struct {
	mu      sync.Mutex
	running map[string]context.CancelFunc
}

func (i *installs) begin(ctx context.Context, id string) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	i.mu.Lock()
	defer i.mu.Unlock()
	if _, twice := i.running[id]; twice {
		// The registry refuses the second one; it must not take the first's place.
		return ctx, cancel
	}
	if i.running == nil {
		i.running = make(map[string]context.CancelFunc)
	}
	i.running[id] = cancel
	return ctx, func() {
		cancel()
		i.mu.Lock()
		defer i.mu.Unlock()
		delete(i.running, id)
	}
}

func (i *installs) cancel(id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if cancel := i.running[id]; cancel != nil {
		cancel()
	}
}
