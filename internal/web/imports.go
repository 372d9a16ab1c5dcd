package web

import (
	"context"
	"errors"
	"sync"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/vault"
)

// maxWaiting is how many packages wait for a vault to be unlocked.
const maxWaiting = 4

var errManyWaiting = fault.New("extension.too_many_reviews", "Four files wait for the vault to be unlocked already. Unlock it and decide about them, then open this file again.")

// waitingFile is a package that came while no vault was open.
type waitingFile struct {
	name, source string
	data         []byte
}

// waitingFiles are packages in memory, bounded.
type waitingFiles struct {
	mu   sync.Mutex
	list []waitingFile
}

func (w *waitingFiles) add(f waitingFile) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.list) >= maxWaiting {
		return false
	}
	w.list = append(w.list, f)
	return true
}

func (w *waitingFiles) take() []waitingFile {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.list
	w.list = nil
	return list
}

// Import brings a package that did not come through the page to its review: a
// file that was dropped on the window, named on the command line, or handed
// over by a second start. Source is one of the kinds of extension.Source. While
// no vault is open the package waits in memory. The page is told by an event;
// the error is for a caller that has to answer somebody too. The data must not
// change afterwards.
func (s *Server) Import(ctx context.Context, name string, data []byte, source string) error {
	file := waitingFile{name: name, source: source, data: data}
	err := s.stage(ctx, file)
	if !errors.Is(err, vault.ErrLocked) {
		return err
	}
	if !s.waiting.add(file) {
		s.failed(file, errManyWaiting)
		return errManyWaiting
	}
	// The vault may have been opened in between.
	if _, err := s.gate.Vault(); err == nil {
		s.importQueued()
	}
	return nil
}

// ImportFailed tells the page that a file could not even be read.
func (s *Server) ImportFailed(name string, err error) { s.failed(waitingFile{name: name}, err) }

// importQueued stages what waited for the vault.
func (s *Server) importQueued() {
	for _, file := range s.waiting.take() {
		if err := s.stage(s.ctx, file); errors.Is(err, vault.ErrLocked) && !s.waiting.add(file) {
			s.failed(file, errManyWaiting)
		}
	}
}

// stage verifies one package and posts its review, or why there is none.
func (s *Server) stage(ctx context.Context, file waitingFile) error {
	u, err := s.gate.Vault()
	if err != nil {
		return err
	}
	review, err := u.Extensions.Stage(ctx, file.data, extension.Source{Kind: file.source, FileName: file.name})
	if err != nil {
		s.failed(file, err)
		return err
	}
	s.events.post("review", map[string]string{"id": review.ID})
	if s.shell != nil {
		s.shell.Focus()
	}
	return nil
}

func (s *Server) failed(file waitingFile, err error) {
	f := fault.Of(err)
	s.log.Info("a package was refused", "code", f.Code)
	s.events.post("review_failed", map[string]string{"code": f.Code, "message": f.Message, "file": file.name})
}
