package bridge

import (
	"context"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/bridge/haex"
	"github.com/alcove-vault/alcove/internal/permission"
)

// passLife is how long a yes that is for one time waits for the call that is
// made again. The SDK makes it at once.
const passLife = time.Minute

// passes are what the person has allowed once to calls of a dialect that are
// answered while the person is still asked, and made again afterwards.
type passes struct {
	mu    sync.Mutex
	asked map[string]bool      // what is being asked
	yes   map[string]time.Time // until when
}

// ahead asks about what a call wants before anything is spent for it. What was
// allowed once already is marked.
func (c *call) ahead(allowed []bool) error {
	for _, ruling := range c.rulings {
		if ruling.Verdict != permission.Allowed && ruling.Verdict != permission.Ask {
			return nil // it is refused, whatever the person would say to the rest
		}
	}
	now := c.bridge.now()
	for i, ruling := range c.rulings {
		if ruling.Verdict != permission.Ask || c.wants[i].Chosen {
			continue
		}
		if !c.session.passes.holds(nameOf(c.session, c.wants[i]), now) {
			return c.question(c.ctx, i)
		}
		allowed[i] = true
	}
	return nil
}

// spendPasses takes what let the call pass.
func (c *call) spendPasses(allowed []bool) {
	var names []string
	for i, once := range allowed {
		if once {
			names = append(names, nameOf(c.session, c.wants[i]))
		}
	}
	c.session.passes.spend(names)
}

// askMeanwhile puts the question to the person and answers the call at once.
func (c *call) askMeanwhile(i int) error {
	s, want := c.session, c.wants[i]
	p := haex.PromptOf(want.Resource, want.Action, want.Target)
	name := nameOf(s, want)
	if s.passes.ask(name) {
		s.bridge.recall(c.ctx, s, want, c.rulings[i])
		w := s.bridge.prompts.ask(s, want, c.rulings[i])
		err := s.background(func(ctx context.Context, _ haex.Caller) { s.heard(ctx, w, want, p, name) })
		if err != nil {
			s.bridge.prompts.leave(w)
			s.passes.answered(name)
			return err
		}
	}
	return s.haex.Asked(p)
}

// heard waits for the person and tells the frame what they said.
func (s *Session) heard(ctx context.Context, w *waiter, want permission.Call, p haex.Prompt, name string) {
	for {
		answer, err := s.bridge.prompts.await(ctx, w)
		if err != nil {
			s.passes.answered(name)
			return // the frame is gone
		}
		ruling := s.judge(want)
		if answer == again && ruling.Verdict == permission.Ask {
			w = s.bridge.prompts.ask(s, want, ruling)
			continue
		}
		if answer == yes && ruling.Verdict == permission.Ask {
			s.passes.allow(name, s.bridge.now().Add(passLife))
		}
		s.passes.answered(name)
		s.haex.Resolved(p, answer == yes || answer == again && ruling.Verdict == permission.Allowed)
		return
	}
}

// ask reports whether nobody asks about the same yet, and notes it.
func (p *passes) ask(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked[name] {
		return false
	}
	if p.asked == nil {
		p.asked = make(map[string]bool)
	}
	p.asked[name] = true
	return true
}

func (p *passes) answered(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.asked, name)
}

func (p *passes) allow(name string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.yes == nil {
		p.yes = make(map[string]time.Time)
	}
	p.yes[name] = until
}

func (p *passes) holds(name string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	until, ok := p.yes[name]
	if ok && !now.Before(until) {
		delete(p.yes, name)
		ok = false
	}
	return ok
}

// spend takes what a call was let pass by, once it has passed.
func (p *passes) spend(names []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range names {
		delete(p.yes, name)
	}
}
