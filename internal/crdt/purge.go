package crdt

import (
	"bytes"
	"context"
	"crypto/sha256"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// purgeLife: a purge gives a row the next causal length that is a multiple of
// it. No device reaches that by deleting and inserting, so that a purge wins
// over every life of the row that was made without knowing of it.
const purgeLife = 1 << 24

// keyHash is the name under which a purged row is known from then on.
type keyHash [sha256.Size]byte

func hashKey(gid GlobalID, k []byte) (h keyHash) {
	d := sha256.New()
	d.Write([]byte("alcove purged key 1\n"))
	d.Write(gid[:])
	d.Write(k)
	d.Sum(h[:0])
	return h
}

// purgeOrder is an order to forget a row.
type purgeOrder struct {
	gid  GlobalID
	hash keyHash
	cl   int64 // even; 0 if the row lives on, because it was made later
	upto int64
	stamp
}

// Purge forgets a row for good, here and on every device: the row as far as it
// was born until upto, a hybrid time, what it was earlier, values that lost,
// what is kept aside or held back of it, and its key. When all devices have
// merged that, no page of their databases holds any of it. A row that is made
// under the key afterwards is an ordinary one.
//
// key is the key form, of an automatic integer key with the birth. Errors:
// crdt.no_table; crdt.worn_out; crdt.purge_referenced, if rows of other tables refer to it;
// crdt.purge_waits, if it is forgotten, but a long query still reads what was:
// the bytes are overwritten when the vault is opened the next time at the
// latest.
func (e *Engine) Purge(ctx context.Context, app, table string, key []byte, upto int64) error {
	err := e.st.UpdateTx(ctx, func(tx *store.Tx) error {
		err := e.purgeRow(tx, app, table, key, upto)
		if err != nil {
			e.stale = true
		}
		return err
	})
	if err != nil {
		return err
	}
	return e.erase(ctx)
}

func (e *Engine) purgeRow(tx *store.Tx, app, table string, key []byte, upto int64) error {
	m, err := e.newMerger(tx)
	if err != nil {
		return err
	}
	tables, err := m.reg.scope(app, table)
	if err != nil {
		return err
	}
	if table == "" {
		return fault.New("crdt.no_table", "A row to forget needs the name of its table. Name it.")
	}
	t := tables[0]
	g, err := m.of(t)
	if err != nil {
		return err
	}
	var f found
	if err := g.find(key, &f); err != nil {
		return err
	}
	p := purgeOrder{gid: t.gid, hash: hashKey(t.gid, key), upto: upto, stamp: stamp{h: e.clock.tick(), site: m.reg.sites.self}}
	alive := f.at == visible || f.at == hidden
	if !alive || f.birth.h <= upto {
		p.cl = (max(f.cl, t.floor)/purgeLife + 1) * purgeLife
		if f.at == dead && f.cl%purgeLife == 0 {
			p.cl = f.cl // it is purged already: what came meanwhile goes
		}
		if p.cl > maxLife {
			return wornOut()
		}
	}
	return m.run(func() error {
		w := putBack{e: e, tx: tx, out: &Restored{}, tables: []*putTable{{t: t, plan: []*step{{}}}}}
		before, err := w.dangling()
		if err != nil {
			return err
		}
		if err := m.purge(&p); err != nil {
			return err
		}
		if err := w.checkForeign(before); err != nil {
			return err
		}
		if len(w.out.Conflicts) > 0 {
			return fault.New("crdt.purge_referenced", "Other rows refer to this one, so it cannot be forgotten alone. Forget those first.")
		}
		if err := m.settleAll(); err != nil {
			return err
		}
		return notePurged(tx, t, p.h, [][]byte{p.hash[:]})
	})
}

// purgeCame follows an order of a changeset.
func (a *applying) purgeCame(o *op) error {
	p := purgeOrder{gid: o.gid, cl: o.cl, upto: o.upto, stamp: o.birth}
	copy(p.hash[:], o.k)
	return a.purge(&p)
}

// purge follows an order to forget.
func (m *merger) purge(p *purgeOrder) error {
	news, err := m.notePurge(p)
	if err != nil || !news {
		return err
	}
	if t := m.reg.byGID[p.gid]; t != nil && t.name != "" {
		t.purges = true
		t.known = false
		g, err := m.of(t)
		if err != nil {
			return err
		}
		if _, err := t.edgeOf(m.tx); err != nil {
			return err
		}
		if err := g.bury(p); err != nil {
			return err
		}
	}
	if m.reg.purges == nil {
		m.reg.purges = map[GlobalID]bool{}
	}
	m.reg.purges[p.gid] = true
	m.e.touched = true
	for _, forget := range []func(*purgeOrder) error{m.forgetHistoryOf, m.forgetConflicts, m.forgetParked, m.forgetKeys} {
		if err := forget(p); err != nil {
			return err
		}
	}
	return m.e.forgetHeld(m.tx)
}

// notePurge merges the order with one of the same row, and reports whether it
// says anything new.
func (m *merger) notePurge(p *purgeOrder) (news bool, err error) {
	had, ok, err := loadPurge(m.tx, p.gid, p.hash)
	if err != nil {
		return false, err
	}
	if ok {
		if p.cl == had.cl && p.upto <= had.upto && !m.reg.sites.before(had.stamp, p.stamp) || p.cl < had.cl && p.upto <= had.upto {
			return false, nil
		}
		upto := max(p.upto, had.upto)
		if had.cl > p.cl || had.cl == p.cl && m.reg.sites.before(p.stamp, had.stamp) {
			p.cl, p.stamp = had.cl, had.stamp
		}
		p.upto = upto
	}
	q := m.tx.Query(`INSERT INTO alcove_crdt_purge (tbl, k, upto, cl, h, site) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET upto = excluded.upto, cl = excluded.cl, h = excluded.h, site = excluded.site, erased = 0`)
	q.Blob(1, p.gid[:])
	q.Blob(2, p.hash[:])
	q.Int(3, p.upto)
	q.Int(4, p.cl)
	q.Int(5, p.h)
	q.Int(6, p.site)
	return true, q.Run()
}

// loadPurge reads the order about a row.
func loadPurge(tx *store.Tx, gid GlobalID, hash keyHash) (p purgeOrder, ok bool, err error) {
	p = purgeOrder{gid: gid, hash: hash}
	q := tx.Query("SELECT upto, cl, h, site FROM alcove_crdt_purge WHERE tbl = ? AND k = ?")
	q.Blob(1, gid[:])
	q.Blob(2, hash[:])
	if ok = q.Step(); ok {
		p.upto, p.cl, p.h, p.site = q.ColumnInt(0), q.ColumnInt(1), q.ColumnInt(2), q.ColumnInt(3)
		q.Reset()
	}
	return p, ok, q.Err()
}

// purgedTomb is the tombstone that an order is.
func (t *table) purgedTomb(tx *store.Tx, k []byte) (d tomb, ok bool, err error) {
	p, ok, err := loadPurge(tx, t.gid, hashKey(t.gid, k))
	return tomb{p.cl, p.stamp}, ok && p.cl > 0, err
}

// bury removes the row itself, and its tombstone, which has its key.
func (g *merging) bury(p *purgeOrder) error {
	if p.cl == 0 {
		return nil
	}
	if err := g.closeRange(); err != nil {
		return err
	}
	var id []byte
	isIt := func(r *presentRow) error {
		if id == nil && hashKey(p.gid, r.id) == p.hash {
			id = bytes.Clone(r.id)
		}
		return nil
	}
	if err := g.t.eachRow(g.tx, &g.reg.sites, isIt); err != nil {
		return err
	}
	if err := g.t.eachHidden(g.tx, isIt); err != nil {
		return err
	}
	if id != nil {
		var f found
		if err := g.find(id, &f); err != nil {
			return err
		}
		if f.life() < p.cl {
			if err := g.end(&f); err != nil {
				return err
			}
			g.lost(1) // its key is what is to be forgotten
			if err := g.dropHiding(id); err != nil {
				return err
			}
		}
	}
	q := g.tx.Query("SELECT k, cl FROM " + g.t.of(kindTomb))
	var over [][]byte
	for q.Step() {
		if hashKey(p.gid, q.ColumnBytes(0)) == p.hash && q.ColumnInt(1) <= p.cl {
			over = append(over, bytes.Clone(q.ColumnBytes(0)))
		}
	}
	if err := q.Err(); err != nil {
		return err
	}
	for _, k := range over {
		if err := g.t.dropTomb(g.tx, k); err != nil {
			return err
		}
	}
	return nil
}

// erase overwrites what orders to forget left in free space. It does nothing if
// none came since the last time.
func (e *Engine) erase(ctx context.Context) error {
	waits := false
	err := e.st.ViewTx(ctx, func(tx *store.Tx) (err error) {
		_, waits, err = oneInt(tx, "SELECT 1 FROM alcove_crdt_purge WHERE erased = 0 LIMIT 1")
		return err
	})
	if err != nil || !waits {
		return err
	}
	done, err := e.st.EraseFree(ctx)
	if err != nil {
		return err
	}
	if !done {
		return fault.New("crdt.purge_waits", "It is forgotten, but something still reads what was there before, so the bytes are overwritten a little later: when the vault is opened the next time at the latest.")
	}
	return e.st.UpdateTx(ctx, func(tx *store.Tx) error {
		return tx.Exec("UPDATE alcove_crdt_purge SET erased = 1 WHERE erased = 0")
	})
}
