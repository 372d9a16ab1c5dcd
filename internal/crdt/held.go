package crdt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// A changeset from too far in the future is kept as it came, in parts: a stamp
// that was made smaller would differ from the one that other devices have, and
// one that was merged would draw everybody's clock with it.
const (
	heldPart = 1 << 20
	maxHeld  = 1 << 30 // bytes of all that waits
)

// HeldChanges is a changeset or snapshot that waits for its time.
type HeldChanges struct {
	Site  SiteID
	Upto  int64
	At    time.Time // when it came
	Until time.Time // when it is merged by itself
	Bytes int64
}

// recorder keeps what was read, until it is stopped.
type recorder struct {
	r    io.Reader
	head bytes.Buffer
	done bool
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if !r.done {
		r.head.Write(p[:n])
	}
	return n, err
}

func (r *recorder) stop() {
	if r != nil {
		r.done, r.head = true, bytes.Buffer{}
	}
}

// hold keeps the whole changeset.
func (e *Engine) hold(tx *store.Tx, h *header, rec *recorder) error {
	head := bytes.Clone(rec.head.Bytes())
	rec.stop()
	all := io.MultiReader(bytes.NewReader(head), rec.r)
	q := tx.Query("SELECT 1 FROM alcove_crdt_held WHERE site = ? AND upto = ? LIMIT 1")
	q.Blob(1, h.site[:])
	q.Int(2, h.upto)
	there := q.Step()
	q.Reset()
	if err := q.Err(); err != nil || there {
		return err
	}
	part := make([]byte, heldPart)
	size, _, err := oneInt(tx, "SELECT sum(length(data)) FROM alcove_crdt_held")
	if err != nil {
		return err
	}
	for i := int64(0); ; i++ {
		n, err := io.ReadFull(all, part)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		if size += int64(n); size > e.maxHeld {
			return fault.New("crdt.too_large", "Changes from devices whose clocks are far ahead are too large to be kept until then. Set those clocks right, or accept the changes that wait.")
		}
		if n > 0 {
			q := tx.Query("INSERT INTO alcove_crdt_held (site, upto, part, at, data) VALUES (?, ?, ?, ?, ?)")
			q.Blob(1, h.site[:])
			q.Int(2, h.upto)
			q.Int(3, i)
			q.Int(4, e.clock.now().UnixMilli())
			q.Blob(5, part[:n])
			if err := q.Run(); err != nil {
				return err
			}
		}
		if err != nil {
			break
		}
	}
	if len(e.reg.purges) == 0 {
		return nil
	}
	return e.stripHeld(tx, HeldChanges{Site: h.site, Upto: h.upto, At: e.clock.now()})
}

// Held lists the changesets that wait, in the order in which they will be
// merged.
func (e *Engine) Held(ctx context.Context) (list []HeldChanges, err error) {
	err = e.st.ViewTx(ctx, func(tx *store.Tx) error {
		list, err = listHeld(tx)
		return err
	})
	return list, err
}

func listHeld(tx *store.Tx) (list []HeldChanges, err error) {
	q := tx.Query("SELECT site, upto, min(at), sum(length(data)) FROM alcove_crdt_held GROUP BY site, upto ORDER BY upto, site")
	for q.Step() {
		c := HeldChanges{Upto: q.ColumnInt(1), At: time.UnixMilli(q.ColumnInt(2)), Bytes: q.ColumnInt(3)}
		copy(c.Site[:], q.ColumnBytes(0))
		list = append(list, c)
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	for i := range list {
		c := &list[i]
		c.Until = moment(c.latest(tx)).Add(-maxAhead)
	}
	return list, nil
}

// latest is the time that it waits for. One that is damaged waits for its own,
// and goes then.
func (h *HeldChanges) latest(tx *store.Tx) int64 {
	last := h.Upto
	if c, err := newChangesetReader(&heldReader{tx: tx, h: *h}); err == nil && c.kind == kindSnapshot {
		for _, d := range c.deps {
			last = max(last, d.Seen)
		}
	}
	return last
}

// heldDue reports whether something that waits can be merged now.
func (e *Engine) heldDue(tx *store.Tx) (bool, error) {
	q := tx.Query("SELECT min(upto) FROM alcove_crdt_held")
	due := false
	if q.Step() {
		due = q.ColumnType(0) != store.Null && !e.clock.ahead(q.ColumnInt(0))
		q.Reset()
	}
	return due, q.Err()
}

// ApplyHeld merges what waits and whose time has come; with accept, everything,
// as a person has decided. What misses something before it goes on waiting, and
// so does what cannot be merged any more, until somebody drops it.
func (e *Engine) ApplyHeld(ctx context.Context, accept bool) (reports []Report, err error) {
	for {
		some, err := e.applyHeldOnce(ctx, accept)
		reports = append(reports, some...)
		if err != nil || len(some) == 0 {
			return reports, err
		}
	}
}

// applyHeldOnce goes once through what waits. What one of them needs may be in a
// later one.
func (e *Engine) applyHeldOnce(ctx context.Context, accept bool) (reports []Report, err error) {
	list, err := e.Held(ctx)
	if err != nil {
		return nil, err
	}
	for _, h := range list {
		if !accept && e.clock.ahead(h.Upto) {
			continue
		}
		report, err := e.applyOneHeld(ctx, h, accept)
		switch fault.Code(err) {
		case "":
			if !report.Held {
				reports = append(reports, report)
			}
		case "crdt.gap", "crdt.newer_format", "crdt.clone", "crdt.behind":
		case "crdt.malformed", "crdt.truncated":
			// It will never be better; its device sends it again.
			if err := e.DropHeld(ctx, h.Site, h.Upto); err != nil {
				return reports, err
			}
		default:
			return reports, err
		}
	}
	return reports, nil
}

// applyOneHeld merges one changeset and forgets it, in one transaction, unless
// its time has not come: then the report says that it is held.
func (e *Engine) applyOneHeld(ctx context.Context, h HeldChanges, accept bool) (report Report, err error) {
	err = e.st.UpdateTx(ctx, func(tx *store.Tx) error {
		c, err := newChangesetReader(&heldReader{tx: tx, h: h})
		if err != nil {
			return err
		}
		if report, err = e.apply(tx, c, ApplyOptions{AcceptFuture: accept}, nil); err != nil {
			e.stale = true
			return err
		}
		if report.Held {
			return nil
		}
		return dropHeld(tx, h.Site, h.Upto)
	})
	return report, err
}

// DropHeld forgets a changeset that waits. Its device can send it again.
func (e *Engine) DropHeld(ctx context.Context, site SiteID, upto int64) error {
	return e.st.UpdateTx(ctx, func(tx *store.Tx) error { return dropHeld(tx, site, upto) })
}

func dropHeld(tx *store.Tx, site SiteID, upto int64) error {
	q := tx.Query("DELETE FROM alcove_crdt_held WHERE site = ? AND upto = ?")
	q.Blob(1, site[:])
	q.Int(2, upto)
	return q.Run()
}

// heldReader reads a changeset that was kept.
type heldReader struct {
	tx   *store.Tx
	h    HeldChanges
	part int64
	rest []byte
}

func (r *heldReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		q := r.tx.Query("SELECT data FROM alcove_crdt_held WHERE site = ? AND upto = ? AND part = ?")
		q.Blob(1, r.h.Site[:])
		q.Int(2, r.h.Upto)
		q.Int(3, r.part)
		if !q.Step() {
			if err := q.Err(); err != nil {
				return 0, err
			}
			return 0, io.EOF
		}
		r.rest = bytes.Clone(q.ColumnBytes(0))
		q.Reset()
		r.part++
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
