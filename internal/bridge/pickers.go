package bridge

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/arming"
	"github.com/alcove-vault/alcove/internal/capability/files"
	"github.com/alcove-vault/alcove/internal/capability/peers"
	"github.com/alcove-vault/alcove/internal/fault"
)

// eventPick tells the page that another picker is to be shown, or none:
// {waiting}.
const eventPick = "pick.changed"

// How often a session may put up pickers that the person closes again.
const (
	maxShut  = 3
	shutTime = time.Minute
)

var (
	errPickGone   = fault.New("pick.gone", "Nothing is to be picked any more: it was done, or the app that asked has been closed. There is nothing left to do here.")
	errPickOpen   = fault.New("files.pick_open", "The app asks to pick something already. Wait until that is done.")
	errPickShut   = fault.New("files.pick_shut", "The person has closed the last three pickers of the app. Ask again when they do something that needs one; that is not before a minute.")
	errPickNone   = fault.New("pick.none", "Nothing is picked. Pick something, or close this.")
	errPickMany   = fault.New("pick.many", "Only one can be picked here. Pick one of them.")
	errPickCrowd  = fault.New("pick.many", fmt.Sprintf("More than %d are picked, which is as many as an app can be given at once. Pick fewer.", maxPicks))
	errExtensions = fault.New("files.extension", "The app can only be given files with one of the endings that it named. Pick one of those.")
)

// Stages of a picker.
const (
	stageChoose   = "choose"   // in a dialog of Alcove's own, where the desktop has none
	stageItem     = "item"     // one of the things that another app offers
	stageRemember = "remember" // what was chosen already is to be remembered, or not
)

// Picker is what the page shows, so that the person picks something for an app.
type Picker struct {
	ID         uint64   `json:"id"`
	Extension  string   `json:"extension"`
	Title      string   `json:"title"` // the app's
	Stage      string   `json:"stage"`
	Kind       string   `json:"kind"` // file, folder or save
	Multiple   bool     `json:"multiple"`
	Writable   bool     `json:"writable"`   // the app may change it too
	Name       string   `json:"name"`       // of save: the name to begin with
	Extensions []string `json:"extensions"` // which files are offered; empty is all
	Remember   bool     `json:"remember"`   // the app would like to come back to it
	Names      []string `json:"names"`      // of the stage remember: what was chosen
	Reason     string   `json:"reason"`     // the app's own words

	// Of the stage item: the app that offers them, what its method does in that
	// app's own words, and what there is.
	Of    string       `json:"of"`
	What  string       `json:"what"`
	Items []peers.Item `json:"items"`
}

// choosing is one picker, and the call that waits for it.
type choosing struct {
	Picker
	session *Session
	only    []string // the only endings that are taken, nil for any
	seen    arming.Seen
	answer  chan picked
}

// picked is what came of a picker.
type picked struct {
	picks    []files.Pick // none: the person closed it
	item     string       // of the stage item
	remember bool
}

// pickers are what waits to be picked by the person, in the order it came up.
type pickers struct {
	tell func(kind, key string, item any)
	now  func() time.Time

	mu   sync.Mutex
	list []*choosing
	last uint64
	shut map[int64][]time.Time // when the last were closed, by the app's row
}

// ask puts a picker before the person and waits without end.
func (q *pickers) ask(ctx context.Context, p *choosing) (picked, error) {
	p.answer = make(chan picked, 1)
	if err := q.join(p); err != nil {
		return picked{}, err
	}
	select {
	case answer := <-p.answer:
		return answer, nil
	case <-ctx.Done():
		q.leave(p)
		return picked{}, ctx.Err()
	}
}

func (q *pickers) join(p *choosing) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, other := range q.list {
		if other.session.Running.Row == p.session.Running.Row {
			return errPickOpen
		}
	}
	q.last++
	p.ID = q.last
	q.list = append(q.list, p)
	q.changed()
	return nil
}

func (q *pickers) leave(p *choosing) {
	q.mu.Lock()
	defer q.mu.Unlock()
	before := len(q.list)
	q.list = slices.DeleteFunc(q.list, func(other *choosing) bool { return other == p })
	if len(q.list) != before {
		q.changed()
	}
}

// changed tells the page to look again. The caller holds mu.
func (q *pickers) changed() { q.tell(eventPick, "", map[string]any{"waiting": len(q.list)}) }

// closed notes that the person closed a picker without picking, or picked.
func (q *pickers) closed(row int64, empty bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !empty {
		delete(q.shut, row)
		return
	}
	if q.shut == nil {
		q.shut = make(map[int64][]time.Time)
	}
	q.shut[row] = append(q.shut[row], q.now())
	if len(q.shut[row]) > maxShut {
		q.shut[row] = q.shut[row][1:]
	}
}

// allows reports whether an app may put up another picker.
func (q *pickers) allows(row int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if list := q.shut[row]; len(list) == maxShut && q.now().Sub(list[0]) < shutTime {
		return errPickShut
	}
	return nil
}

// at returns the picker that is shown, if it is this one.
func (q *pickers) at(id uint64) (*choosing, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 || q.list[0].ID != id {
		return nil, errPickGone
	}
	return q.list[0], nil
}

// Picker returns the picker to be shown now, nil if there is none.
func (b *Bridge) Picker() *Picker {
	q := &b.pickers
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 {
		return nil
	}
	p := q.list[0].Picker
	return &p
}

// PickBrowse tells what is in a folder of this computer, for the dialog that is
// shown. Path is absolute, or "" for the person's home folder.
func (b *Bridge) PickBrowse(ctx context.Context, id uint64, path string) (files.Shelf, error) {
	p, err := b.pickers.at(id)
	if err != nil {
		return files.Shelf{}, err
	}
	if p.Stage != stageChoose {
		return files.Shelf{}, errPickGone
	}
	return p.session.files.Browse(ctx, path)
}
