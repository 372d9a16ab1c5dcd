package crdt

import (
	"context"
	"crypto/rand"
	"math"

	"github.com/alcove-vault/alcove/internal/store"
)

// enough is how much must have happened since the last time for a collection to
// be worth it: so many transactions, or so many bytes in the outbox.
type enough struct{ transactions, bytes int64 }

var (
	enoughToTidy    = enough{2048, 256 << 10} // once in a while
	enoughToReclaim = enough{256, 64 << 10}   // before an app is refused
)

// CollectAlone is Collect for a vault that is on this device only, if enough has
// happened since the last time; elsewhere it does nothing. This device is then
// all that takes part, and has seen all that it wrote. See SPEC.md, "A vault on
// one device".
func (e *Engine) CollectAlone(ctx context.Context) (CollectInfo, error) {
	if _, err := e.beginCollecting(ctx); err != nil {
		return CollectInfo{}, err
	}
	defer e.endCollecting()
	return e.collectAlone(ctx, "", enoughToTidy)
}

// Reclaim is CollectAlone for an app that needs room: its tables go first. It is
// part of the store's Keeper.
func (e *Engine) Reclaim(ctx context.Context, app string) (bool, error) {
	before := e.forgot.Load()
	waited, err := e.beginCollecting(ctx)
	if err == nil {
		defer e.endCollecting()
	}
	if err != nil || waited { // for one that does the same
		return e.forgot.Load() != before, err
	}
	info, err := e.collectAlone(ctx, app, enoughToReclaim)
	return info.any(), err
}

func (e *Engine) collectAlone(ctx context.Context, first string, least enough) (CollectInfo, error) {
	var upto int64
	var tables []writtenRef
	err := e.st.ViewTx(ctx, func(tx *store.Tx) error {
		reg, err := loadNames(tx)
		if err != nil {
			return err
		}
		if worth, err := worthCollecting(tx, reg, least); err != nil || !worth {
			return err
		}
		upto, tables, err = writtenSince(tx, reg)
		return err
	})
	if err != nil || upto == 0 {
		return CollectInfo{}, err
	}
	c := collection{e: e, ctx: ctx, alone: true, told: map[string]int64{}}
	err = c.step(func(tx *store.Tx, reg *registry) error {
		still, err := alone(tx, reg)
		if err != nil || !still {
			tables = nil
			return err
		}
		if err := c.note(tx, reg, Vector{reg.sites.ids[reg.sites.self]: upto}); err != nil {
			return err
		}
		return e.renewMark(tx, reg, upto)
	})
	if err == nil && c.upto > 0 {
		err = e.rounds.collect(&c, tables, first)
	}
	return c.info, err
}

// worthCollecting reports whether this device is alone and enough has happened.
// One that has written nothing but what its migrations made may still begin with
// a snapshot of another, and must not have collected then.
func worthCollecting(tx *store.Tx, reg *registry, least enough) (bool, error) {
	if is, err := alone(tx, reg); err != nil || !is {
		return false, err
	}
	q := tx.Query("SELECT count(*), coalesce(sum(length(data)), 0) FROM (SELECT data FROM alcove_crdt_tx LIMIT ?)")
	q.Int(1, least.transactions)
	much := false
	if q.Step() {
		much = q.ColumnInt(0) >= least.transactions || q.ColumnInt(1) >= least.bytes
		q.Reset()
	}
	if err := q.Err(); err != nil || !much {
		return false, err
	}
	seen, err := loadVector(tx, &reg.sites)
	if err != nil {
		return false, err
	}
	fresh, err := nothingHere(tx, &reg.sites, seen)
	return !fresh, err
}

// alone reports whether nobody else can have to hear of what was deleted here:
// this device never gave out anything that another could have merged, and has
// heard of no other. A site that was its own before it was copied or restored
// counts as another: so may the copy.
func alone(tx *store.Tx, reg *registry) (bool, error) {
	q := tx.Query(`SELECT told = 0
		AND NOT EXISTS (SELECT 1 FROM alcove_crdt_site WHERE id NOT IN (?, self.site, coalesce(self.mark, self.site)))
		AND NOT EXISTS (SELECT 1 FROM alcove_crdt_held)
		FROM alcove_crdt_self AS self`)
	q.Int(1, reservedSite)
	is := false
	if q.Step() {
		is = q.ColumnInt(0) != 0
		q.Reset()
	}
	return is, q.Err()
}

// tell notes that something is given out from here on.
func (e *Engine) tell(ctx context.Context) error {
	told := false
	err := e.st.ViewTx(ctx, func(tx *store.Tx) (err error) {
		_, told, err = oneInt(tx, "SELECT 1 FROM alcove_crdt_self WHERE told = 1")
		return err
	})
	if err != nil || told {
		return err
	}
	return e.st.UpdateTx(ctx, func(tx *store.Tx) error { return tx.Exec("UPDATE alcove_crdt_self SET told = 1") })
}

// writtenRef names a table, and says until when this device has written in it.
type writtenRef struct {
	tableRef
	last int64
}

// writtenSince reads in the outbox up to when this device has written, and in
// which tables: in others there is nothing to forget that was not there the last
// time.
func writtenSince(tx *store.Tx, reg *registry) (upto int64, tables []writtenRef, err error) {
	written := map[*table]int64{}
	err = eachSent(tx, reg, math.MaxInt64, func(h, _ int64, parts []sentPart) bool {
		upto = h
		for _, p := range parts {
			written[p.table] = h
		}
		return true
	})
	for _, t := range reg.inOrder() {
		if last, is := written[t]; is {
			tables = append(tables, writtenRef{tableRef{t.id, t.app}, last})
		}
	}
	return upto, tables, err
}

// renewMark gives the mark of what is collected alone another id, and says that
// everybody, which is this device, has seen it. Nothing is written under it. An
// earlier copy of the vault's folder has not seen it, whatever was written there
// under the same site since, so it is told that it is behind.
func (e *Engine) renewMark(tx *store.Tx, reg *registry, h int64) error {
	var id SiteID
	if _, err := rand.Read(id[:]); err != nil {
		return err
	}
	n, marked, err := oneInt(tx, "SELECT mark FROM alcove_crdt_self WHERE mark IS NOT NULL")
	if err != nil {
		return err
	}
	e.touched = true
	if !marked {
		if n, err = e.number(tx, id); err != nil {
			return err
		}
		q := tx.Query("UPDATE alcove_crdt_self SET mark = ?")
		q.Int(1, n)
		if err := q.Run(); err != nil {
			return err
		}
	}
	delete(reg.sites.number, reg.sites.ids[n])
	reg.sites.add(n, id)
	q := tx.Query("UPDATE alcove_crdt_site SET uuid = ?, seen = ?, stable = ? WHERE id = ?")
	q.Blob(1, id[:])
	q.Int(2, h)
	q.Int(3, h)
	q.Int(4, n)
	return q.Run()
}
