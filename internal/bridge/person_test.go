package bridge

import (
	"context"
	"sync"

	"github.com/alcove-vault/alcove/internal/arming"
	"github.com/alcove-vault/alcove/internal/fault"
)

// person answers questions, as soon as they may be answered.
type person struct {
	mu    sync.Mutex
	say   func(*Prompt) Answer // an empty choice dismisses; nil leaves the question open
	asked []*Prompt
	look  chan struct{}
	done  chan struct{}
	gone  sync.WaitGroup
}

// sit puts a person before the page.
func (a *person) sit(p *place) {
	a.look, a.done = make(chan struct{}, 1), make(chan struct{})
	p.page.prompted = func() {
		select {
		case a.look <- struct{}{}:
		default:
		}
	}
	a.gone.Go(func() {
		for {
			select {
			case <-a.look:
				a.answer(p)
			case <-a.done:
				return
			}
		}
	})
}

func (a *person) leave() { close(a.done); a.gone.Wait() }

// says is what the person answers from now on.
func (a *person) says(say func(*Prompt) Answer) {
	a.mu.Lock()
	a.say = say
	a.mu.Unlock()
	a.look <- struct{}{}
}

// answer answers until nothing is asked.
func (a *person) answer(p *place) {
	for {
		a.mu.Lock()
		say := a.say
		q := p.bridge.Prompt()
		if q != nil {
			a.asked = append(a.asked, q)
		}
		a.mu.Unlock()
		if say == nil || q == nil {
			return
		}
		answer := say(q)
		answer.ID = q.ID
		err := p.bridge.PromptShown(q.ID)
		p.ahead.Add(int64(arming.Time))
		switch {
		case err != nil:
		case answer.Choice == "":
			err = p.bridge.DismissPrompt(q.ID)
		default:
			err = p.bridge.AnswerPrompt(context.Background(), answer, true)
		}
		if err != nil && fault.Code(err) != "prompt.gone" {
			p.t.Errorf("answer %+v: %v", answer, err)
			return
		}
	}
}

// questions are what was asked until now, once for each time it was looked at.
func (a *person) questions() []*Prompt {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]*Prompt(nil), a.asked...)
}
