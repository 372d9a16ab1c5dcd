package vault

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/bridge"
	"github.com/alcove-vault/alcove/internal/freedesktop"
)

// Phase is what an interface shows.
type Phase string

// The phases.
const (
	PhaseOnboarding Phase = "onboarding" // no vault is known yet
	PhaseLocked     Phase = "locked"
	PhaseUnlocked   Phase = "unlocked"
)

// GateOptions are what a Gate is made of.
type GateOptions struct {
	ConfigDir string  // where vaults.json is kept; nothing is kept if empty
	DataDir   string  // where new vaults go if nobody says otherwise
	Only      string  // if set, the folder of the one vault there is
	Desktop   Desktop // what the desktop does for extensions; nil in a browser
	Machine   bool    // hear of sleep and of the screen's lock, where the machine tells
	Log       *slog.Logger

	clock clock // for tests
}

// Gate is the door an interface uses: it knows the vaults, opens and locks the
// selected one, and calls back on every change. One operation runs at a time;
// all methods may be called from any goroutine.
type Gate struct {
	config, data, only string
	desktop            Desktop
	clipboard          *bridge.Clipboard // nil without a desktop
	machine            *freedesktop.Watch
	log                *slog.Logger
	clock              clock

	turn chan struct{} // holds one token: whose turn it is to open, make or lock
	slow sync.Mutex    // one passphrase is worked on at a time beside the turn, so that Lock never waits for scrypt
	work sync.WaitGroup

	mu        sync.Mutex
	known     knownList
	theme     string
	open      *Unlocked
	pending   *Pending
	pendingID string
	guesses   map[string]*guesses // by path
	idle      idleWatch
	auto      AutoLock // of the open vault
	heard     AutoLock // which of these this machine tells
	listeners []func(Event)
	ended     bool
}

// NewGate returns a gate with the vaults of vaults.json, all locked. Close
// ends it.
func NewGate(o GateOptions) (*Gate, error) {
	g := &Gate{
		config: o.ConfigDir, data: o.DataDir, desktop: o.Desktop, log: o.Log, clock: o.clock,
		turn: make(chan struct{}, 1), guesses: make(map[string]*guesses), theme: ThemeSystem,
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	if g.clock == nil {
		g.clock = systemClock{}
	}
	if o.Only != "" {
		only, err := filepath.Abs(o.Only)
		if err != nil {
			return nil, err
		}
		g.only = only
		g.known.add(only)
	} else {
		readConfig(g.config, knownFile, &g.known)
		g.known.tidy()
		g.known.discover(g.data)
	}
	var look appearance
	readConfig(g.config, interfaceFile, &look)
	if checkTheme(look.Theme) == nil {
		g.theme = look.Theme
	}
	if g.desktop != nil {
		g.clipboard = bridge.NewClipboard(g.desktop, g.clock.now, g.clock.after)
	}
	g.turn <- struct{}{}
	if o.Machine {
		g.watchMachine()
	}
	return g, nil
}

// OnChange adds a function that is called after every change. It runs on the
// goroutine of the change, so it must not block and not call the Gate's
// methods that open, make or lock.
func (g *Gate) OnChange(f func(Event)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.listeners = append(g.listeners, f)
}

func (g *Gate) tell(e Event) {
	g.mu.Lock()
	listeners := g.listeners[:len(g.listeners):len(g.listeners)]
	g.mu.Unlock()
	for _, f := range listeners {
		f(e)
	}
}

// State is what an interface needs to draw itself. Only Path fields of Known
// name places on the disk.
type State struct {
	Phase       Phase
	Vault       *Known        // the selected one; nil if there is none
	Vaults      []Known       // all, empty if Only was set
	Wait        time.Duration // until the next passphrase is taken
	Theme       string
	IdleMinutes int
	IdleLockAt  time.Time // zero unless unlocked
	AutoLock    AutoLock  // of the open vault
	Heard       AutoLock  // which of these this machine tells; the others cannot be had
}

// State returns the state of this moment.
func (g *Gate) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := State{Phase: g.phase(), Vaults: []Known{}, Theme: g.theme, IdleMinutes: DefaultIdleMinutes, AutoLock: defaultAutoLock, Heard: g.heard}
	if g.known.Current != "" {
		current := known(g.known.Current, g.known.Current)
		s.Vault = &current
		if w := g.guesses[g.known.Current]; w != nil {
			s.Wait = w.wait(g.clock.now())
		}
	}
	if g.only == "" {
		for _, path := range g.known.Vaults {
			s.Vaults = append(s.Vaults, known(path, g.known.Current))
		}
	}
	if g.open != nil {
		s.IdleMinutes = int(g.idle.limit / time.Minute)
		s.IdleLockAt = g.idle.last.Add(g.idle.limit)
		s.AutoLock = g.auto
	}
	return s
}

func (g *Gate) phase() Phase {
	switch {
	case g.open != nil:
		return PhaseUnlocked
	case g.known.Current == "":
		return PhaseOnboarding
	case g.only != "" && vacant(g.only) == nil:
		return PhaseOnboarding
	}
	return PhaseLocked
}

// Vault returns the open vault or vault.locked.
func (g *Gate) Vault() (*Unlocked, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == nil {
		return nil, ErrLocked
	}
	return g.open, nil
}

// take waits until it is this goroutine's turn.
func (g *Gate) take(ctx context.Context) error {
	select {
	case <-g.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *Gate) give() { g.turn <- struct{}{} }

// SetTheme keeps the theme of the interface: system, light or dark.
func (g *Gate) SetTheme(theme string) error {
	if err := checkTheme(theme); err != nil {
		return err
	}
	g.mu.Lock()
	g.theme = theme
	err := writeConfig(g.config, interfaceFile, appearance{Theme: theme})
	g.mu.Unlock()
	g.tell(Event{Kind: EventState})
	return err
}

// Close locks the open vault and waits for everything the gate started.
func (g *Gate) Close() error {
	if g.machine != nil {
		g.machine.Close()
	}
	err := g.Lock(ReasonQuit)
	g.mu.Lock()
	g.ended = true
	g.idle.stop()
	g.forgetPending()
	g.mu.Unlock()
	g.work.Wait()
	return err
}
