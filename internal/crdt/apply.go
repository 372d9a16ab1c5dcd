package crdt

import (
	"context"
	"errors"
	"io"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// ApplyOptions say how a changeset is merged.
type ApplyOptions struct {
	// AcceptFuture merges it however far in the future it is from, as a person
	// has decided.
	AcceptFuture bool
}

// Apply merges a changeset or a snapshot that another device wrote, in one
// transaction with the note of how far that device was seen: after an error
// nothing has happened. One that was merged before does nothing. One from too
// far in the future is kept and merged when its time has come.
//
// Errors: crdt.malformed, crdt.truncated, crdt.newer_format; crdt.gap with site,
// have and need, if something before it is missing; crdt.behind, if what it tells
// of was forgotten; crdt.clone, if it tells of changes of this device that this
// device does not know; crdt.too_large, if it is from the future and too much of
// that is kept already.
func (e *Engine) Apply(ctx context.Context, r io.Reader, opts ApplyOptions) (Report, error) {
	rec := &recorder{r: r}
	c, err := newChangesetReader(rec)
	if err != nil {
		return Report{}, err
	}
	var report Report
	var due bool
	err = e.st.UpdateTx(ctx, func(tx *store.Tx) error {
		var err error
		if report, err = e.apply(tx, c, opts, rec); err != nil {
			e.stale = true
			return err
		}
		due, err = e.heldDue(tx)
		return err
	})
	if err != nil {
		return Report{}, err
	}
	if err := e.erase(ctx); err != nil && fault.Code(err) != "crdt.purge_waits" {
		return report, err
	}
	if due {
		// It waits for nobody: what cannot be merged yet stays where it is.
		report.Then, err = e.ApplyHeld(ctx, false)
	}
	return report, err
}

// apply merges the changeset that c is at the beginning of. rec has what was read
// of it; nil if it is kept already.
func (e *Engine) apply(tx *store.Tx, c *changesetReader, opts ApplyOptions, rec *recorder) (Report, error) {
	report := Report{Site: c.site, From: c.from, Upto: c.upto, Snapshot: c.kind == kindSnapshot}
	reg, err := e.writing(tx)
	if err != nil {
		return report, err
	}
	seen, err := loadVector(tx, &reg.sites)
	if err != nil {
		return report, err
	}
	what, err := e.admit(&c.header, seen, opts)
	if err != nil {
		return report, err
	}
	switch what {
	case covered:
		report.Duplicate = true
		return report, nil
	case early:
		report.Held = true
		if rec == nil {
			return report, nil
		}
		return report, e.hold(tx, &c.header, rec)
	}
	rec.stop()
	if err := checkStable(tx, &reg.sites, &c.header, seen); err != nil {
		return report, err
	}
	if err := e.adoptStable(tx, &c.header); err != nil {
		return report, err
	}
	a, err := e.newApplying(tx, c, seen)
	if err != nil {
		return report, err
	}
	if err := a.run(a.all); err != nil {
		return report, err
	}
	if err := a.advance(); err != nil {
		return report, err
	}
	a.report.Site, a.report.From, a.report.Upto, a.report.Snapshot = report.Site, report.From, report.Upto, report.Snapshot
	return a.report, nil
}

// admission is what is done with a changeset.
type admission int

const (
	merged  admission = iota // it is merged
	covered                  // it was
	early                    // it is kept for later
)

// admit judges a changeset by its header.
func (e *Engine) admit(h *header, seen Vector, opts ApplyOptions) (admission, error) {
	self := e.Self()
	known := true
	for _, d := range h.deps {
		if d.Site == self && d.Seen > seen[self] {
			return 0, cloneFault()
		}
		known = known && d.Seen <= seen[d.Site]
	}
	// A snapshot is merged even if all of it was seen: of two copies of a device
	// each has what the other wrote under the same times.
	if h.site == self || h.kind == kindLog && (known || h.upto <= seen[h.site]) {
		return covered, nil
	}
	if !opts.AcceptFuture {
		for i, d := range h.deps {
			if d.Seen > seen[d.Site] && e.clock.ahead(d.Seen) && (i == 0 || h.kind == kindSnapshot) {
				return early, nil
			}
		}
	}
	if h.kind == kindSnapshot {
		return merged, nil
	}
	if h.from > seen[h.site] {
		return 0, gap(h.site, seen[h.site], h.from)
	}
	for _, d := range h.deps[1:] {
		if d.Seen > seen[d.Site] {
			return 0, gap(d.Site, seen[d.Site], d.Seen)
		}
	}
	return merged, nil
}

// applying merges one changeset.
type applying struct {
	*merger
	c      *changesetReader
	defs   []*arriving      // by the number of the definition
	values []sqlvalue.Value // of the op at hand; see arriving
	raw    [][]byte
}

func (e *Engine) newApplying(tx *store.Tx, c *changesetReader, seen Vector) (*applying, error) {
	c.numbers = make([]int64, len(c.deps)+1)
	for i, d := range c.deps {
		n, err := e.number(tx, d.Site)
		if err != nil {
			return nil, err
		}
		c.numbers[i+1] = n
	}
	m, err := e.newMerger(tx)
	if err != nil {
		return nil, err
	}
	s := &sender{site: c.numbers[1], deps: make([]int64, len(m.reg.sites.ids)), gone: make([]int64, len(m.reg.sites.ids))}
	for i, d := range c.deps {
		s.deps[c.numbers[i+1]] = d.Seen
	}
	if m.stable, err = stableByNumber(tx, &m.reg.sites); err != nil {
		return nil, err
	}
	for n, id := range m.reg.sites.ids {
		s.gone[n] = min(seen[id], m.stable[n])
	}
	m.sender = s
	return &applying{merger: m, c: c, values: make([]sqlvalue.Value, maxColumns), raw: make([][]byte, maxColumns)}, nil
}

// all merges everything and then decides what is visible.
func (a *applying) all() error {
	for n := 0; ; n++ {
		o, err := a.c.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := a.one(o); err != nil {
			return err
		}
		if n%1024 == 0 {
			if err := a.tx.Context().Err(); err != nil {
				return err
			}
			if err := a.relieve(); err != nil {
				return err
			}
		}
	}
	return a.settleAll()
}

func (a *applying) one(o *op) error {
	switch o.kind {
	case opRow, opCells, opTomb:
		d, err := a.arriving(o.table)
		if err != nil {
			return err
		}
		return d.merge(o)
	case opParked:
		return a.parkedCame(o)
	case opPurge:
		return a.purgeCame(o)
	case opGeneration:
		return a.generation(o.app, o.generation)
	case opFloor:
		return a.e.raiseFloor(a.tx, o.gid, o.cl)
	case opLevel:
		return a.level(o)
	}
	return malformed("an entry of a kind that is not known")
}

// relieve decides what is visible of what has piled up.
func (m *merger) relieve() error {
	for g, c := range m.judging {
		if c.Len() > maxCandidates {
			if err := g.settleUnique(); err != nil {
				return err
			}
		}
	}
	return nil
}

// settleAll decides what is visible and writes what is still kept. A row that
// gets its parent and is refused then lets others have its unique values, so
// after the foreign keys there may be rows to be judged again.
func (m *merger) settleAll() error {
	for again := true; again; again = m.undecided() {
		for m.undecided() {
			for _, g := range m.order {
				if err := g.settleUnique(); err != nil {
					return err
				}
			}
		}
		if err := m.settleForeign(); err != nil {
			return err
		}
	}
	return m.finish()
}

// undecided reports whether rows wait to be judged.
func (m *merger) undecided() bool {
	for _, c := range m.judging {
		if c.Len() > 0 {
			return true
		}
	}
	return false
}

// advance notes how far the changeset reaches.
func (a *applying) advance() error {
	upto := a.c.deps[:1]
	if a.c.kind == kindSnapshot {
		upto = a.c.deps
	}
	for _, d := range upto {
		n := a.reg.sites.number[d.Site]
		if n == a.reg.sites.self {
			continue
		}
		q := a.tx.Query("UPDATE alcove_crdt_site SET seen = max(seen, ?) WHERE id = ?")
		q.Int(1, d.Seen)
		q.Int(2, n)
		if err := q.Run(); err != nil {
			return err
		}
		a.e.clock.see(d.Seen)
	}
	return nil
}
