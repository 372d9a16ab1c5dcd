package crdt

import "bytes"

// maxRemembered is how many bytes of old values a merge keeps in memory.
const maxRemembered = 1 << 20

// remembered is where old values go: the rows of one layout that were replaced
// at one time.
type remembered struct{ layout, h int64 }

// recollection is what a merge replaced and has not written yet.
type recollection struct {
	lists map[remembered]*historyWriter
	order []remembered
	// migrated is what a migration on another device replaced. Its stamps are
	// those of the values that it found, so they do not say when that was, and
	// the sender's levels come after its rows.
	migrated []migratedOld
	size     int
}

// migratedOld is one entry of what a migration replaced.
type migratedOld struct {
	oldValues
	app    string
	layout int64
	by     stamp
}

// keep adds an entry for what something with the stamp by replaced, unless nobody
// has had it.
func (g *merging) keep(o *oldValues, by stamp) error {
	if by.m != 0 && g.unparking {
		return nil
	}
	layout, err := g.t.layoutOf(g.tx)
	if err != nil {
		return err
	}
	if by.m == 0 {
		err = g.file(o, g.t.app, layout, by.h)
	} else {
		o.k = bytes.Clone(o.k)
		g.old.migrated = append(g.old.migrated, migratedOld{*o, g.t.app, layout, by})
		g.old.size += len(o.k) + len(o.values)
	}
	if err != nil || g.old.size < maxRemembered {
		return err
	}
	return g.writeOld()
}

// file adds an entry at h, unless that is older than the history.
func (m *merger) file(o *oldValues, app string, layout, h int64) error {
	kept, err := m.e.historyOf(m.tx, app)
	if err != nil || h <= kept.floor {
		return err
	}
	r := &m.old
	at := remembered{layout, h}
	w := r.lists[at]
	if w == nil {
		if r.lists == nil {
			r.lists = map[remembered]*historyWriter{}
		}
		w = &historyWriter{tx: m.tx, kept: kept, h: h, layout: layout, part: -1}
		r.lists[at] = w
		r.order = append(r.order, at)
	}
	before := len(w.data)
	w.data = appendOld(w.data, o, h)
	r.size += len(w.data) - before
	return nil
}

// fileMigrated adds the entries of what migrations replaced, at the time at which
// the sender ran them: it is later than all that it rewrote, and earlier than what
// it wrote then. What is a later stamp's is at that: a person's deletion of a row
// that a migration made has its M. If nothing says when that was, it is now.
func (m *merger) fileMigrated() error {
	type migration struct {
		app string
		m   uint32
	}
	times := map[migration]int64{}
	for i := range m.old.migrated {
		o := &m.old.migrated[i]
		by := migration{o.app, o.by.m}
		h, ok := times[by]
		if !ok {
			var err error
			if h, err = m.migratedAt(by.app, by.m); err != nil {
				return err
			}
			times[by] = h
		}
		if err := m.file(&o.oldValues, o.app, o.layout, max(h, o.by.h)); err != nil {
			return err
		}
	}
	m.old.migrated = nil
	return nil
}

// migratedAt is when the sender ran a migration; now, if that is not known.
func (m *merger) migratedAt(app string, n uint32) (int64, error) {
	if m.sender != nil {
		l, err := loadLevels(m.tx, app)
		if err != nil {
			return 0, err
		}
		if h, ok := l.since(m.sender.site, n); ok {
			return h, nil
		}
	}
	return m.e.clock.tick(), nil
}

// writeOld writes what is kept.
func (m *merger) writeOld() error {
	if err := m.fileMigrated(); err != nil {
		return err
	}
	r := &m.old
	for _, at := range r.order {
		w := r.lists[at]
		if err := w.flush(); err != nil {
			return err
		}
		if err := m.e.trimSome(w.tx, w.kept); err != nil {
			return err
		}
	}
	clear(r.lists)
	r.order, r.size = r.order[:0], 0
	return nil
}
