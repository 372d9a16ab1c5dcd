package bridge

import (
	"context"
	"slices"

	"github.com/alcove-vault/alcove/internal/permission"
)

// maxMemory is of how many things prompts remember that they were asked.
const maxMemory = 10_000

// past is what became of earlier questions about the same.
type past struct {
	times int
	noes  int
	last  permission.Decision
}

// recall looks up in the ledger what became of earlier questions about the same,
// so that they count that were asked before the vault was last unlocked.
func (b *Bridge) recall(ctx context.Context, s *Session, want permission.Call, ruling permission.Ruling) {
	grant, _ := permission.Remember(s.Running.Manifest.Permissions, ruling.Bounds.Rule, want, permission.Allow)
	about := aboutOf(s, grant.Key)
	if b.recorder == nil || b.prompts.knows(about) {
		return
	}
	before, err := b.recorder.Asked(ctx, s.Running.Row, want.Key)
	if err != nil {
		b.log.Warn("earlier questions could not be looked up", "extension", s.Running.ID.String(), "error", err)
		return
	}
	if before.Asked > 0 {
		b.prompts.recall(about, past{times: before.Asked, noes: before.Noes, last: before.Last})
	}
}

// knows reports whether this was asked since the vault was unlocked, or is.
func (q *prompts) knows(about string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.hasAbout(about)
}

// hasAbout is knows. The caller holds mu.
func (q *prompts) hasAbout(about string) bool {
	_, known := q.memory[about]
	return known || slices.ContainsFunc(q.list, func(p *prompt) bool { return p.about == about })
}

// recall notes what was asked before the vault was unlocked, unless something
// was asked since.
func (q *prompts) recall(about string, m past) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.hasAbout(about) {
		q.keep(about, m)
	}
}

// keep puts something into the memory, if there is room. The caller holds mu.
func (q *prompts) keep(about string, m past) {
	if q.memory == nil {
		q.memory = make(map[string]past)
	}
	if _, known := q.memory[about]; known || len(q.memory) < maxMemory {
		q.memory[about] = m
	}
}

// remember notes what became of a question. The caller holds mu.
func (q *prompts) remember(p *prompt, d permission.Decision) {
	if q.noes == nil {
		q.noes = make(map[int64]int)
	}
	row := p.session.Running.Row
	if q.noes[row]++; d == permission.Allow {
		q.noes[row] = 0
	}
	m := q.memory[p.about]
	m.times, m.last = m.times+1, d
	switch d {
	case permission.Deny:
		m.noes++
	case permission.Allow:
		m.noes = 0
	}
	q.keep(p.about, m)
}
