package web

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/bridge"
)

// Reasons why an app was stopped.
const (
	reasonHang   = "hang"
	reasonCrash  = "crash"
	reasonMemory = "memory"
)

// stoppedApp is an app whose frame was ended because it hung or crashed. Its
// place shows a card until the person starts it again.
type stoppedApp struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Reason string `json:"reason"`
}

// stoppedApps remembers who was stopped, and who may have been the reason.
// Frames share the page's thread, so when the page hangs with several apps
// open nobody knows which one it was. All of them become suspects. A reloaded
// page starts apps one at a time; if it hangs again, the suspect that was
// started last is the guilty one.
type stoppedApps struct {
	mu      sync.Mutex
	list    []stoppedApp
	suspect map[string]bool
}

func (a *stoppedApps) all() []stoppedApp {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]stoppedApp{}, a.list...)
}

func (a *stoppedApps) clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list, a.suspect = nil, nil
}

func (a *stoppedApps) add(app stoppedApp) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.drop(app.ID)
	a.list = append(a.list, app)
}

// started takes an app that is started again off the list.
func (a *stoppedApps) started(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.drop(id)
}

// keep takes every app off the list that has no tab any more.
func (a *stoppedApps) keep(open []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = slices.DeleteFunc(a.list, func(s stoppedApp) bool { return !slices.Contains(open, s.ID) })
}

func (a *stoppedApps) drop(id string) {
	a.list = slices.DeleteFunc(a.list, func(s stoppedApp) bool { return s.ID == id })
}

// judge names the guilty one of the apps that were open when the page died, in
// the order they were opened, or makes them all suspects.
func (a *stoppedApps) judge(open []bridge.SessionInfo) (guilty bridge.SessionInfo, found bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range open {
		if len(open) == 1 || a.suspect[s.ID.String()] {
			guilty, found = s, true
		}
	}
	a.suspect = nil
	if !found {
		a.suspect = make(map[string]bool, len(open))
		for _, s := range open {
			a.suspect[s.ID.String()] = true
		}
	}
	return guilty, found
}

// PageHung tells that the page stopped answering and its web process was
// ended. The window's watchdog calls it before the page is loaded again.
func (s *Server) PageHung() { s.pageDied(reasonHang) }

// PageFilled tells that the page held too much memory and its web process was
// ended.
func (s *Server) PageFilled() { s.pageDied(reasonMemory) }

// PageCrashed tells that the web process ended by itself.
func (s *Server) PageCrashed() { s.pageDied(reasonCrash) }

func (s *Server) pageDied(reason string) {
	u, err := s.gate.Vault()
	if err != nil {
		return
	}
	open := u.Bridge.Sessions()
	u.Bridge.CloseSessions()
	if guilty, found := s.stopped.judge(open); found {
		s.stop(guilty, reason)
	}
}

// noteTime is how long writing a line of the ledger may take.
const noteTime = 2 * time.Second

// stop puts an app on the list and into the ledger.
func (s *Server) stop(app bridge.SessionInfo, reason string) {
	s.stopped.add(stoppedApp{ID: app.ID.String(), Title: app.Title, Reason: reason})
	u, err := s.gate.Vault()
	if err != nil {
		return
	}
	s.start(func() {
		ctx, cancel := context.WithTimeout(s.ctx, noteTime)
		defer cancel()
		if err := u.Extensions.Note(ctx, app.ID, "crashed", reason); err != nil {
			s.log.Warn("a crash could not be noted", "error", err)
		}
	})
}
