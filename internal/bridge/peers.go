package bridge

import (
	"context"
	"fmt"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/peers"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/wire"
)

// eventAsked tells a frame that a question waits for it.
const eventAsked = "peers.asked"

var (
	errPeerRate   = fault.New("quota.peers", "The app uses this permission more often than its manifest says. Wait a moment.")
	errPeerTime   = fault.New("peers.deadline", "The other app did not answer in time. Ask for less, or try again.")
	errPeerChoice = fault.New("peers.dismissed", "The person chose nothing. Ask again when they do something that needs it.")
	errPeerSelf   = fault.New("request.malformed", "An app cannot call itself. Call the function in the app.")
)

// peerCall is one call to another extension on its way.
type peerCall struct {
	session *Session
	id      manifest.ID
	method  string
	params  wire.Value
	title   string // of the extension that is asked
	export  manifest.Export
	takes   manifest.Form
	gives   manifest.Form
}

// find looks the method up.
//
// Errors: extension.*, peers.no_method, peers.params.
func (c *peerCall) find(ctx context.Context) error {
	var found bool
	var err error
	if c.title, c.export, found, err = c.session.bridge.apps.Exported(ctx, c.id, c.method); err != nil {
		return err
	}
	if !found {
		return fault.New("peers.no_method", fmt.Sprintf("%s has no method for other apps with this name. Its version may be older or newer than the one this app was written for. Update both apps.", c.title))
	}
	if c.takes, c.gives, err = c.export.Forms(); err != nil {
		return err
	}
	if wrong := wrongWith(c.takes, c.params); wrong != "" {
		return fault.New("peers.params", fmt.Sprintf("What the call gives does not fit what %s takes: %s.", c.title, wrong))
	}
	return nil
}

// run asks the other extension, and lets the person choose where the method
// says so.
func (c *peerCall) run(ctx context.Context) (wire.Value, error) {
	to, err := c.session.bridge.running(ctx, c.id, c.title)
	if err != nil {
		return nil, err
	}
	q := peers.Question{Kind: peers.KindCall, Method: c.method, Params: c.params}
	if c.export.Effect == manifest.EffectPick {
		q.Kind = peers.KindList
		offered, err := c.ask(ctx, to, q)
		if err != nil {
			return nil, err
		}
		items, err := peers.Items(offered)
		if err != nil {
			return nil, err
		}
		q.Kind = peers.KindGive
		if q.Item, err = c.choose(ctx, items); err != nil {
			return nil, err
		}
	}
	value, err := c.ask(ctx, to, q)
	if err != nil {
		return nil, err
	}
	if wrong := wrongWith(c.gives, value); wrong != "" {
		return nil, fault.New("peers.result", fmt.Sprintf("%s answered something else than it says it gives: %s. Its author has to correct this.", c.title, wrong))
	}
	return value, nil
}

// ask puts one question, with the time that the other extension says it needs.
func (c *peerCall) ask(ctx context.Context, to *Session, q peers.Question) (wire.Value, error) {
	seconds := c.export.Seconds
	if seconds == 0 {
		seconds = manifest.DefaultSeconds
	}
	ctx, cancel := context.WithTimeoutCause(ctx, time.Duration(seconds)*time.Second, errPeerTime)
	defer cancel()
	q.CallerID, q.CallerTitle = c.session.Running.ID.String(), c.session.Context.Title
	answer, err := c.session.bridge.peers.Ask(ctx, to.ID, q, func() { to.Emit(eventAsked, map[string]string{}) })
	switch {
	case err != nil:
		return nil, err
	case answer.Refused:
		return nil, fault.New("peers.refused", fmt.Sprintf("%s refused the call. What it said is in the details of this error; see whether something can be done about it there.", c.title)).
			With("code", answer.Code).With("message", answer.Message)
	}
	return answer.Value, nil
}

// choose lets the person choose one of the items, in a picker of Alcove's own.
func (c *peerCall) choose(ctx context.Context, items []peers.Item) (string, error) {
	s := c.session
	if s.sight.hidden.Load() {
		return "", errUnseen
	}
	if err := s.bridge.pickers.allows(s.Running.Row); err != nil {
		return "", err
	}
	answer, err := s.bridge.pickers.ask(ctx, &choosing{session: s, Picker: Picker{
		Extension: s.Running.ID.String(), Title: s.Context.Title, Stage: stageItem, Of: c.title,
		What: c.export.Description, Items: items, Extensions: []string{}, Names: []string{},
	}})
	if err != nil {
		return "", err
	}
	s.bridge.pickers.closed(s.Running.Row, answer.item == "")
	if answer.item == "" {
		return "", errPeerChoice
	}
	return answer.item, nil
}

// wrongWith says what keeps a value from fitting a form, "" if nothing does.
func wrongWith(f manifest.Form, v wire.Value) string {
	if holdsBytes(v) {
		return "it holds bytes, which JSON does not have"
	}
	return f.Check(v.Any())
}

// holdsBytes reports whether there are bytes, or whole numbers beyond 64 bits,
// anywhere in a value.
func holdsBytes(v wire.Value) bool {
	if list, ok := v.Array(); ok {
		for _, member := range list {
			if holdsBytes(member) {
				return true
			}
		}
		return false
	}
	if v.Kind() == wire.Map {
		fields, ok := v.Fields()
		if !ok {
			return true // keys that are no text, or one twice
		}
		for _, member := range fields {
			if holdsBytes(member) {
				return true
			}
		}
		return false
	}
	_, isBytes := v.Blob()
	_, scalar := v.Scalar()
	return isBytes || !scalar
}
