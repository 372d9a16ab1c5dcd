package bridge

import (
	"context"
	"time"

	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/wire"
)

// method is one thing an app can call.
type method struct {
	name     string
	implicit bool          // needs no permission: own tables, own keys, the session itself
	outside  bool          // its work waits for something outside Alcove, such as a network or a person
	deadline time.Duration // of its work; none where that ends with a person or with the session
	// parse reads the arguments. Faults are noted in args; the work is used
	// only where there are none.
	parse func(*Session, *args) work
	// translates says that it is a dialect's: it makes calls of Alcove's own
	// methods, which are what is judged, counted and written down.
	translates bool
}

// work is a call whose arguments are good.
type work struct {
	// wants is what a method that is not implicit needs; all of it must be
	// allowed. It may look at the disk, to find what is really meant, and
	// changes nothing.
	wants func(context.Context) ([]permission.Call, error)
	quota func() error // nil, or what can be counted beforehand
	run   func(context.Context, grantedTerms) (result, error)
	// about is what the thing was opened with that a call goes on with; none
	// where that was implicit. It is for the ledger.
	about []permission.Call
	// translate is the work of a method that translates, instead of all else.
	translate func(*call) (result, error)
}

// wanting is what a method wants that finds it in its arguments alone.
func wanting(calls ...permission.Call) func(context.Context) ([]permission.Call, error) {
	return func(context.Context) ([]permission.Call, error) { return calls, nil }
}

// methods are all methods by name.
func methods() map[string]*method {
	all := make(map[string]*method)
	for _, area := range [][]method{sessionMethods(), dbMethods(), kvMethods(), handleMethods(), netMethods(), filesMethods(), secretMethods(), passwordMethods(), mailMethods(), storageMethods(), peerMethods(), shellMethods(), clipboardMethods(), notificationMethods(), backgroundMethods()} {
		for _, m := range area {
			all[m.name] = &m
		}
	}
	return all
}

// sessionMethods are about the session itself.
func sessionMethods() []method {
	return []method{
		{name: "context.get", implicit: true, deadline: time.Second, parse: func(s *Session, _ *args) work {
			return work{run: func(context.Context, grantedTerms) (result, error) {
				return func(e *wire.Encoder) error { return wire.Tree(e, s.Context) }, nil
			}}
		}},
		{name: "lifecycle.ready", implicit: true, deadline: time.Second, parse: func(s *Session, _ *args) work {
			return work{run: func(context.Context, grantedTerms) (result, error) {
				s.started()
				return empty, nil
			}}
		}},
	}
}
