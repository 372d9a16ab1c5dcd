package bridge

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/arming"
	"github.com/alcove-vault/alcove/internal/permission"
)

// prompts are the questions to the person of an open vault, in the order they
// came up. The first is the one that is shown; the others wait for it. What is
// asked twice while the question waits is one question.
type prompts struct {
	tell func(kind, key string, item any)
	note func(*Session, permission.Key) // a new question, for the ledger
	now  func() time.Time

	mu     sync.Mutex
	list   []*prompt
	last   uint64
	memory map[string]past
	noes   map[int64]int // in a row, by the app's row
}

// prompt is one question, and who waits for the answer.
type prompt struct {
	id      uint64
	session *Session // of the first who asked
	call    permission.Call
	ruling  permission.Ruling
	grant   permission.Grant // what an answer that is kept is about
	keeps   bool             // such an answer can be given
	about   string           // names the app and what it wants
	same    string           // names the call to the letter
	waiters []*waiter
	asked   time.Time
	seen    arming.Seen
	named   []string // what else the question named when it was last told
	busy    bool     // an answer is being written down
}

// waiter is one call that waits.
type waiter struct {
	session *Session
	answer  chan outcome // has room for the one answer
}

// outcome is what the person, or the course of things, made of a question.
type outcome int

const (
	yes       outcome = iota // this call may go on
	no                       // it may not
	dismissed                // the person did not say
	again                    // decisions have changed: judge it anew
)

// await waits for the answer, without end.
func (q *prompts) await(ctx context.Context, w *waiter) (outcome, error) {
	select {
	case o := <-w.answer:
		return o, nil
	case <-ctx.Done():
		q.leave(w)
		return dismissed, ctx.Err()
	}
}

// ask puts one thing that a call wants to the person. What is asked already is
// not asked twice.
func (q *prompts) ask(s *Session, call permission.Call, ruling permission.Ruling) *waiter {
	w := &waiter{session: s, answer: make(chan outcome, 1)}
	same := nameOf(w.session, call)
	q.mu.Lock()
	defer q.mu.Unlock()
	if s.sight.hidden.Load() { // since the call looked; hide withdraws only what it finds
		w.answer <- dismissed
		return w
	}
	for _, p := range q.list {
		if p.same == same {
			p.waiters = append(p.waiters, w)
			return w
		}
	}
	q.last++
	p := &prompt{id: q.last, session: w.session, call: call, ruling: ruling, same: same, asked: q.now(), waiters: []*waiter{w}}
	p.grant, p.keeps = permission.Remember(w.session.Running.Manifest.Permissions, ruling.Bounds.Rule, call, permission.Allow)
	p.about = aboutOf(w.session, p.grant.Key)
	q.list = append(q.list, p)
	q.note(w.session, call.Key)
	q.changed()
	return w
}

// leave takes a waiter away whose call has ended. A question that nobody waits
// for is not asked any more.
func (q *prompts) leave(w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, p := range q.list {
		p.waiters = slices.DeleteFunc(p.waiters, func(other *waiter) bool { return other == w })
	}
	q.sweep()
}

// withdraw takes back what is asked for a session: nobody can answer for it.
func (q *prompts) withdraw(s *Session) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, p := range q.list {
		if p.busy {
			continue
		}
		p.waiters = slices.DeleteFunc(p.waiters, func(w *waiter) bool {
			if w.session == s {
				w.answer <- dismissed
			}
			return w.session == s
		})
	}
	q.sweep()
}

// sweep drops the questions that nobody waits for. The caller holds mu.
func (q *prompts) sweep() {
	before := len(q.list)
	q.list = slices.DeleteFunc(q.list, func(p *prompt) bool { return len(p.waiters) == 0 && !p.busy })
	if len(q.list) != before {
		q.changed()
	}
}

// settle gives everybody who waits for p the outcome. The caller holds mu and
// sweeps afterwards.
func (p *prompt) settle(o outcome) {
	for _, w := range p.waiters {
		w.answer <- o
	}
	p.waiters = nil
}

// review lets those calls go on that need no answer any more, because
// decisions have changed.
func (q *prompts) review() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, p := range q.list {
		if !p.busy && len(p.waiters) > 0 && p.waiters[0].session.judge(p.call).Verdict != permission.Ask {
			p.settle(again)
		}
	}
	q.sweep()
}

// changed tells the page to look again. The caller holds mu.
func (q *prompts) changed() { q.tell(eventPrompt, "", map[string]any{"waiting": len(q.list)}) }

// nameOf tells calls apart that have to be asked about apart.
func nameOf(s *Session, c permission.Call) string {
	parts := append([]string{
		aboutOf(s, c.Key), c.Method, strconv.FormatBool(c.Recursive), strconv.FormatBool(c.Folder), strconv.FormatBool(c.Fresh), strconv.FormatBool(c.Browser), c.Item,
	}, c.Arguments...)
	return strings.Join(parts, "\x00")
}

func aboutOf(s *Session, k permission.Key) string {
	return strings.Join([]string{strconv.FormatInt(s.Running.Row, 10), k.Resource, k.Action, k.Target}, "\x00")
}
