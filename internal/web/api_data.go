package web

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/vault"
)

// dataMethods are about what an app has kept: its export, its past, and what
// gave way when devices met.
func dataMethods() map[string]apiMethod {
	return map[string]apiMethod{
		"data.export":           bind((*Server).exportData),
		"data.history":          bind((*Server).historyOf),
		"data.set_history":      bind((*Server).setHistory),
		"data.difference":       bind((*Server).differenceOf),
		"data.put_back":         bind((*Server).putBack),
		"data.conflicts":        bind((*Server).conflictsOf),
		"data.restore_conflict": bind((*Server).restoreConflict),
		"data.dismiss_conflict": bind((*Server).dismissConflict),
	}
}

// exporting asks for the passphrase again: a page that is left open is not
// enough to take data out.
type exporting struct {
	ID         manifest.ID `json:"id"`
	Passphrase secret      `json:"passphrase"`
}

func (p *exporting) wipe() { clear(p.Passphrase) }

// exportName is the folder or file that an app's data leave in.
func exportName(id manifest.ID) string {
	return id.Name + "-" + time.Now().Format(time.DateOnly)
}

type exported struct {
	Path string   `json:"path"`
	Left []string `json:"left"` // what works in Alcove only
}

// maxSameName is how many exports of one day get a name.
const maxSameName = 100

// exportData lets the person pick a folder and makes one in it. A nil answer is
// a cancelled dialog.
func (s *Server) exportData(ctx context.Context, p exporting) (*exported, error) {
	if s.shell == nil {
		return nil, errNoDialog
	}
	u, err := s.gate.Confirm(p.Passphrase)
	if err != nil {
		return nil, err
	}
	title, err := u.Extensions.Title(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	parent, err := s.shell.PickFolder(ctx, fmt.Sprintf("Where to put the data of %s", title))
	if err != nil || parent == "" {
		return nil, err
	}
	for n := 1; ; n++ {
		path := filepath.Join(parent, exportName(p.ID))
		if n > 1 {
			path += fmt.Sprintf("-%d", n)
		}
		done, err := u.Extensions.Export(ctx, p.ID, path, nil)
		if fault.Code(err) == "export.exists" && n < maxSameName {
			continue
		}
		if errors.Is(err, context.Canceled) {
			return nil, errCancelled
		}
		if err != nil {
			return nil, err
		}
		return &exported{Path: path, Left: done.Left}, nil
	}
}

type page struct {
	ID     manifest.ID      `json:"id"`
	Before extension.Moment `json:"before"` // 0 for the first page
	Limit  int              `json:"limit"`
}

func (s *Server) historyOf(ctx context.Context, p page) (extension.History, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return extension.History{}, err
	}
	return u.Extensions.History(ctx, p.ID, p.Before, p.Limit)
}

type historyBounds struct {
	ID    manifest.ID `json:"id"`
	On    bool        `json:"on"`
	Days  int         `json:"days"`
	Share int         `json:"share"`
}

func (s *Server) setHistory(ctx context.Context, p historyBounds) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	return none{}, u.Extensions.SetHistory(ctx, p.ID, extension.HistoryBounds{On: p.On, Days: p.Days, Share: p.Share})
}

// pastState names a moment of the history, or a time of the clock in Unix
// milliseconds.
type pastState struct {
	ID     manifest.ID       `json:"id"`
	Moment *extension.Moment `json:"moment"`
	At     *int64            `json:"at"`
}

func (s *Server) differenceOf(ctx context.Context, p pastState) (extension.Difference, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return extension.Difference{}, err
	}
	switch {
	case p.Moment != nil && p.At == nil:
		return u.Extensions.Difference(ctx, p.ID, *p.Moment)
	case p.At != nil && p.Moment == nil:
		to, err := extension.MomentAt(time.UnixMilli(*p.At))
		if err != nil {
			return extension.Difference{}, err
		}
		return u.Extensions.Difference(ctx, p.ID, to)
	}
	return extension.Difference{}, fault.New("request.malformed", "Exactly one moment is compared at a time. Choose one.")
}

type puttingBack struct {
	ID     manifest.ID       `json:"id"`
	Moment *extension.Moment `json:"moment"`
}

func (s *Server) putBack(ctx context.Context, p puttingBack) (extension.PutBack, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return extension.PutBack{}, err
	}
	if p.Moment == nil {
		return extension.PutBack{}, fault.New("request.malformed", "There is no moment to go back to. Choose one of the history.")
	}
	defer s.without(u, p.ID)()
	return u.Extensions.PutBack(ctx, p.ID, *p.Moment)
}

// without ends an app's sessions, so that nothing of it is written over what
// comes back, and does so again by what it returns, for one that was opened
// meanwhile: that knows the rows as they were.
func (s *Server) without(u *vault.Unlocked, id manifest.ID) (end func()) {
	u.Bridge.CloseApp(id)
	return func() {
		u.Bridge.CloseApp(id)
		s.stopped.started(id.String())
	}
}

type conflictPage struct {
	ID     manifest.ID `json:"id"`
	Before int64       `json:"before"` // id of a conflict, 0 for the first page
	Limit  int         `json:"limit"`
}

func (s *Server) conflictsOf(ctx context.Context, p conflictPage) (extension.Conflicts, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return extension.Conflicts{}, err
	}
	return u.Extensions.Conflicts(ctx, p.ID, p.Before, p.Limit)
}

type conflict struct {
	ID       manifest.ID `json:"id"`
	Conflict int64       `json:"conflict"`
}

func (s *Server) restoreConflict(ctx context.Context, p conflict) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	defer s.without(u, p.ID)()
	return none{}, u.Extensions.RestoreConflict(ctx, p.ID, p.Conflict)
}

func (s *Server) dismissConflict(ctx context.Context, p conflict) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	return none{}, u.Extensions.DismissConflict(ctx, p.ID, p.Conflict)
}
