// Package peers carries questions from one extension to another and the answers
// back. Who may ask whom, and whether a question and its answer fit what was
// declared, is decided by those who use it.
package peers

import (
	"context"
	"slices"
	"sync"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/wire"
)

// Bounds of what is under way.
const (
	MaxParams = 256 << 10 // bytes of what is asked with
	MaxResult = 1 << 20   // bytes of an answer
	MaxOpen   = 32        // questions that one extension has not answered
	MaxTake   = 16        // questions that are taken at a time
)

// Faults that the asking extension meets.
var (
	errBusy  = fault.New("peers.busy", "The other app has 32 questions to answer already. Ask again a little later.")
	errEnded = fault.New("peers.ended", "The other app was closed before it answered. Ask again.")
	errGone  = fault.New("peers.gone", "This question is not open: it was answered, given up, or put to another app. There is nothing left to answer.")
)

// Kinds of questions. A method that lets the person choose is asked twice: for
// what there is, then for what was chosen.
const (
	KindCall = "call"
	KindList = "list"
	KindGive = "give"
)

// Question is what one extension asks another.
type Question struct {
	ID     uint64
	Kind   string
	Method string
	Params wire.Value
	Item   string // of KindGive: what the person chose
	// CallerID and CallerTitle are the asking extension as the vault knows it.
	CallerID    string
	CallerTitle string
}

// Answer is a value, or the other extension's own refusal.
type Answer struct {
	Value   wire.Value
	Refused bool
	Code    string // of a refusal; the other extension's own, and no code of Alcove's
	Message string
}

// Exchange holds the questions that are under way. To names the session that is
// asked.
type Exchange struct {
	mu   sync.Mutex
	last uint64
	open []*asked
}

type asked struct {
	Question
	to     string
	taken  bool
	answer chan Answer // has room for the one answer; closed without one when the session ends
}

// Ask puts a question and waits for its answer. Tell is called once it can be
// taken. It is given up with ctx.
//
// Errors: peers.busy, peers.ended, and that of ctx.
func (x *Exchange) Ask(ctx context.Context, to string, q Question, tell func()) (Answer, error) {
	a := &asked{Question: q, to: to, answer: make(chan Answer, 1)}
	if err := x.join(a); err != nil {
		return Answer{}, err
	}
	defer x.leave(a)
	tell()
	select {
	case answer, ok := <-a.answer:
		if !ok {
			return Answer{}, errEnded
		}
		return answer, nil
	case <-ctx.Done():
		return Answer{}, context.Cause(ctx)
	}
}

func (x *Exchange) join(a *asked) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	waiting := 0
	for _, other := range x.open {
		if other.to == a.to {
			waiting++
		}
	}
	if waiting >= MaxOpen {
		return errBusy
	}
	x.last++
	a.ID = x.last
	x.open = append(x.open, a)
	return nil
}

func (x *Exchange) leave(a *asked) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.open = slices.DeleteFunc(x.open, func(other *asked) bool { return other == a })
}

// Take returns the oldest questions to a session that it has not taken yet, at
// most MaxTake.
func (x *Exchange) Take(to string) []Question {
	x.mu.Lock()
	defer x.mu.Unlock()
	list := []Question{}
	for _, a := range x.open {
		if a.to == to && !a.taken && len(list) < MaxTake {
			a.taken = true
			list = append(list, a.Question)
		}
	}
	return list
}

// Answer answers a question that the session has taken. Errors: peers.gone.
func (x *Exchange) Answer(to string, id uint64, answer Answer) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i, a := range x.open {
		if a.to == to && a.ID == id && a.taken {
			x.open = slices.Delete(x.open, i, i+1)
			a.answer <- answer
			return nil
		}
	}
	return errGone
}

// End ends the questions to a session that has ended.
func (x *Exchange) End(to string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.open = slices.DeleteFunc(x.open, func(a *asked) bool {
		if a.to == to {
			close(a.answer)
		}
		return a.to == to
	})
}
