package bridge

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/alcove-vault/alcove/internal/arming"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

// Choices of an answer.
const (
	ChooseDeny   = "deny"   // not this time
	ChooseNever  = "never"  // not this time, and not to be asked again
	ChooseOnce   = "once"   // the calls that wait, and no others
	ChooseOpen   = "open"   // as long as the app is open
	ChooseUntil  = "until"  // until a date
	ChooseUses   = "uses"   // a number of times
	ChooseAlways = "always" // from now on
)

// maxUses is the largest number of times.
const maxUses = 10_000

// Answer is what the person chose. Until is in Unix milliseconds.
type Answer struct {
	ID     uint64 `json:"id"`
	Choice string `json:"choice"`
	Until  int64  `json:"until"`
	Uses   int64  `json:"uses"`
	// Fold says that the same goes for everything of the same kind that the app
	// asks for at this moment. A yes goes for what the question names only.
	Fold bool `json:"fold"`
}

// Prompt is the question that is shown.
type Prompt struct {
	ID        uint64 `json:"id"`
	Extension string `json:"extension"`
	Title     string `json:"title"`
	Resource  string `json:"resource"`
	permission.Asking
	// Reason is the app's own words, which nobody can check. It may be empty.
	Reason string `json:"reason"`
	// Waiting is how many other questions wait, Same how many of them are the
	// app's own of the same kind.
	Waiting int `json:"waiting"`
	Same    int `json:"same"`
	// Named is what those are about, as far as it is something else: what a yes
	// for all can go for. Unnamed says that there is more.
	Named   []string `json:"named"`
	Unnamed bool     `json:"unnamed"`
	// Keeps says that more than this once can be allowed.
	Keeps       bool `json:"keeps"`
	AskedBefore int  `json:"askedBefore"`
	OfferNever  bool `json:"offerNever"`
	// OfferClose says that the app asks again and again for what it does not get.
	OfferClose bool `json:"offerClose"`
	// Confirm says that allowing it needs the passphrase.
	Confirm bool `json:"confirm"`
}

var (
	// ErrChoice is the error of an answer that the question does not offer.
	ErrChoice        = fault.New("request.malformed", "This is no answer to this question. Choose one of those that it offers.")
	errPromptConfirm = fault.New("prompt.confirm", "Allowing this needs the passphrase of the vault. Type it, then allow it again.")
)

// Prompt returns the question to be shown now, nil if there is none.
func (b *Bridge) Prompt() *Prompt {
	q := &b.prompts
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 {
		return nil
	}
	p := q.list[0]
	s, m := p.session, q.memory[p.about]
	out := &Prompt{
		ID: p.id, Extension: s.Running.ID.String(), Title: s.Context.Title, Resource: p.call.Resource,
		Asking: permission.AskAbout(s.Context.Title, p.call), Reason: p.ruling.Reason,
		Waiting: len(q.list) - 1, Keeps: p.keeps,
		AskedBefore: m.times, OfferNever: m.noes > 0 && p.keeps, OfferClose: q.noes[s.Running.Row] > 1, Confirm: confirms(p),
	}
	alike := q.alike(p, q.now())
	out.Same = len(alike) - 1
	out.Named, out.Unnamed = p.name(alike)
	if p.call.Outward() {
		out.Facts = append(out.Facts, permission.HasRead(s.learned()))
	}
	out.Facts = append(out.Facts, permission.Asked(m.times, m.last))
	return out
}

// confirms reports whether a yes needs the passphrase: what runs a program can
// do all that the person can.
func confirms(p *prompt) bool { return p.call.Resource == "shell" }

// alike are the questions of the same app and kind as p that came up until
// then, with p. There are no others where a yes needs the passphrase: it is
// typed for the command line that is shown. The caller holds mu.
func (q *prompts) alike(p *prompt, then time.Time) (list []*prompt) {
	if confirms(p) {
		return []*prompt{p}
	}
	for _, other := range q.list {
		if (other == p || !other.asked.After(then)) && other.session.Running.Row == p.session.Running.Row && !other.busy &&
			other.call.Resource == p.call.Resource && other.call.Action == p.call.Action {
			list = append(list, other)
		}
	}
	return list
}

// maxNamed is how many other things a question names.
const maxNamed = 4

// name notes what else than p's own subject the questions in list are about, as
// many as a person reads, and reports whether there is more.
func (p *prompt) name(list []*prompt) (named []string, more bool) {
	own := p.subject()
	named = []string{}
	for _, other := range list {
		subject := other.subject()
		switch {
		case subject == own || slices.Contains(named, subject):
		case len(named) == maxNamed:
			more = true
		default:
			named = append(named, subject)
		}
	}
	p.named = named
	return slices.Clone(named), more
}

// subject is what a question is about, as its sentence has it.
func (p *prompt) subject() string {
	var parts []string
	for _, part := range permission.AskAbout(p.session.Context.Title, p.call).Sentence {
		if part.Strong {
			parts = append(parts, part.Text)
		}
	}
	return strings.Join(parts, ", ")
}

// PromptShown tells that the page has painted the question. It can be answered
// after arming.Time.
func (b *Bridge) PromptShown(id uint64) error {
	q := &b.prompts
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 || q.list[0].id != id {
		return arming.ErrGone
	}
	q.list[0].seen.Painted(q.now())
	return nil
}

// DismissPrompt says that the person did not answer: no for this time.
func (b *Bridge) DismissPrompt(id uint64) error {
	q := &b.prompts
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 || q.list[0].id != id || q.list[0].busy {
		return arming.ErrGone
	}
	q.remember(q.list[0], "")
	q.list[0].settle(dismissed)
	q.sweep()
	return nil
}

// AnswerPrompt does what the person chose. Confirmed says that they have just
// typed the passphrase.
//
// Errors: prompt.gone, prompt.armed, prompt.confirm, request.malformed, and
// those of extension.Registry.Grant, after which the question is still open.
func (b *Bridge) AnswerPrompt(ctx context.Context, a Answer, confirmed bool) error {
	list, err := b.prompts.claim(a, confirmed)
	if err != nil {
		return err
	}
	o, err := b.keep(ctx, a, list)
	b.prompts.release(list, o, err)
	b.prompts.review() // what was written down counts for others too
	return err
}

// claim takes the questions that an answer is for out of the others' reach.
func (q *prompts) claim(a Answer, confirmed bool) ([]*prompt, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 || q.list[0].id != a.ID || q.list[0].busy {
		return nil, arming.ErrGone
	}
	p, now := q.list[0], q.now()
	if err := p.seen.Check(now); err != nil {
		return nil, err
	}
	refuses := a.Choice == ChooseDeny || a.Choice == ChooseNever
	switch {
	case !slices.Contains([]string{ChooseDeny, ChooseNever, ChooseOnce, ChooseOpen, ChooseUntil, ChooseUses, ChooseAlways}, a.Choice),
		(a.Choice == ChooseUntil) != (a.Until != 0), (a.Choice == ChooseUses) != (a.Uses != 0),
		a.Choice == ChooseUntil && a.Until <= now.UnixMilli(), a.Uses < 0 || a.Uses > maxUses,
		!p.keeps && a.Choice != ChooseDeny && a.Choice != ChooseOnce:
		return nil, ErrChoice
	case !refuses && confirms(p) && !confirmed:
		return nil, errPromptConfirm
	}
	list := []*prompt{p}
	if a.Fold {
		list = q.alike(p, now.Add(-arming.Time)) // what could be seen to wait
		if own := p.subject(); !refuses {
			list = slices.DeleteFunc(list, func(other *prompt) bool {
				subject := other.subject()
				return subject != own && !slices.Contains(p.named, subject)
			})
		}
	}
	for _, p := range list {
		p.busy = true
	}
	return list, nil
}

// keep writes an answer down and makes it count in the open sessions.
func (b *Bridge) keep(ctx context.Context, a Answer, list []*prompt) (outcome, error) {
	o, decision := yes, permission.Allow
	switch a.Choice {
	case ChooseDeny:
		return no, nil
	case ChooseOnce:
		return yes, nil
	case ChooseNever:
		o, decision = no, permission.Deny
	}
	var err error
	for _, p := range list {
		g, ok := permission.Remember(p.session.Running.Manifest.Permissions, p.ruling.Bounds.Rule, p.call, decision)
		if !ok {
			continue // what waits is answered, and nothing kept
		}
		if a.Choice == ChooseOpen {
			b.prompts.open(p, g)
			continue
		}
		g.Until, g.UsesLeft = a.Until, a.Uses
		if err = b.apps.Grant(ctx, p.session.Running.ID, g); err != nil {
			break
		}
	}
	return o, errors.Join(err, b.regrant(ctx, list[0].session.Running.ID, func(*rights) {}))
}

// open gives a grant to the sessions that wait, for as long as they last.
func (q *prompts) open(p *prompt, g permission.Grant) {
	g.Scope, g.DecidedAt = permission.ScopeSession, q.now().UnixMilli()
	q.mu.Lock()
	sessions := map[*Session]bool{}
	for _, w := range p.waiters {
		sessions[w.session] = true
	}
	q.mu.Unlock()
	for s := range sessions {
		s.give(g)
	}
}

// release ends the questions, or puts them back after a failure.
func (q *prompts) release(list []*prompt, o outcome, failed error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, p := range list {
		p.busy = false
		if failed != nil {
			continue
		}
		decision := permission.Allow
		if o == no {
			decision = permission.Deny
		}
		q.remember(p, decision)
		p.settle(o)
	}
	q.sweep()
}
