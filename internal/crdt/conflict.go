package crdt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// ConflictKind says what happened.
type ConflictKind string

// The kinds of conflicts.
const (
	// ConflictLost: values that were written on this device gave way to what
	// another device wrote without having seen them.
	ConflictLost ConflictKind = "lost"
	// ConflictUnique: the row is hidden, because a newer one has one of its
	// unique values.
	ConflictUnique ConflictKind = whyUnique
	// ConflictKey: the row is hidden, because two devices gave out its automatic
	// integer key.
	ConflictKey ConflictKind = whyKey
	// ConflictForeign: the row is hidden, because a row that it refers to is not
	// there.
	ConflictForeign ConflictKind = whyForeign
	// ConflictFork: two devices wrote different values under one stamp, so one
	// is a copy of the other.
	ConflictFork ConflictKind = "fork"
	// ConflictRefused: values that came are not taken by this version of the
	// table. They wait for one that does; the table keeps what it has, and a row
	// that cannot be shown at all is hidden.
	ConflictRefused ConflictKind = whyRefused
)

// maxConflicts is how many conflicts are listed for an app. The oldest are
// dismissed first; hidden rows stay, listed or not.
const maxConflicts = 10_000

// Conflict is something that a person may want to see and take back.
type Conflict struct {
	ID    int64
	At    time.Time // on this device
	App   string    // prefix
	Table GlobalID
	Key   []byte // key form; of an automatic integer key with the birth
	Kind  ConflictKind
	// By is, of a hidden row, the key of the one that is seen instead.
	By     []byte
	Values []ConflictValue // of ConflictLost, ConflictFork and ConflictRefused
}

// ConflictValue is a value that gave way.
type ConflictValue struct {
	Column GlobalID
	Value  []byte // exact form
	Stamp  Stamp
}

// appendConflict appends the stored form of what the table has no columns for.
func appendConflict(dst []byte, by []byte, values []ConflictValue) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(by)))
	dst = append(dst, by...)
	for _, v := range values {
		dst = append(dst, v.Column[:]...)
		dst = appendStamp(dst, v.Stamp)
		dst = append(dst, v.Value...)
	}
	return dst
}

var errConflict = errors.New("malformed conflict")

func readConflict(b []byte, c *Conflict) error {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return errConflict
	}
	c.By, b = b[n:n+int(size)], b[n+int(size):]
	for len(b) > 0 {
		var v ConflictValue
		if len(b) < len(v.Column) {
			return errConflict
		}
		copy(v.Column[:], b)
		var err error
		if v.Stamp, b, err = readStamp(b[len(v.Column):]); err != nil {
			return err
		}
		rest, err := sqlvalue.Skip(b)
		if err != nil {
			return errConflict
		}
		v.Value, b = b[:len(b)-len(rest)], rest
		c.Values = append(c.Values, v)
	}
	return nil
}

// list adds a conflict.
func (g *merging) list(id []byte, kind ConflictKind, by []byte, values []ConflictValue) error {
	q := g.tx.Query("INSERT INTO alcove_crdt_conflict (at, app, tbl, k, kind, data) VALUES (?, ?, ?, ?, ?, ?)")
	q.Int(1, g.e.clock.now().UnixMilli())
	q.Text(2, []byte(g.t.app))
	q.Blob(3, g.t.gid[:])
	q.Blob(4, id)
	q.Text(5, []byte(kind))
	q.Blob(6, appendConflict(nil, by, values))
	if err := q.Run(); err != nil {
		return err
	}
	g.report.Conflicts++
	if g.noted[g.t.app]++; g.noted[g.t.app]%maxConflicts == 0 {
		return trimConflicts(g.tx, g.t.app)
	}
	return nil
}

// trimConflicts dismisses the oldest of an app's conflicts beyond maxConflicts.
func trimConflicts(tx *store.Tx, app string) error {
	q := tx.Query("DELETE FROM alcove_crdt_conflict WHERE app = ?1 AND id <= (SELECT id FROM alcove_crdt_conflict WHERE app = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)")
	q.Text(1, []byte(app))
	q.Int(2, maxConflicts)
	return q.Run()
}

// hid lists a row that was hidden, in place of why it was before.
func (g *merging) hid(id []byte, why string, by []byte) error {
	if why == whyPending {
		return nil
	}
	if err := g.dropHiding(id); err != nil {
		return err
	}
	return g.list(id, ConflictKind(why), by, nil)
}

// dropHiding takes the hiding of a row off the list.
func (g *merging) dropHiding(id []byte) error {
	q := g.tx.Query("DELETE FROM alcove_crdt_conflict WHERE tbl = ? AND k = ? AND (kind IN ('unique', 'key', 'foreign') OR kind = 'refused' AND data = x'00')")
	q.Blob(1, g.t.gid[:])
	q.Blob(2, id)
	return q.Run()
}

// lose lists the values of a row that were written here, that the sender had
// not seen, and that now give way. set are the columns that change.
func (g *merging) lose(f *found, set columns, how LossKind) error {
	if g.sender == nil {
		return nil
	}
	var lost columns
	birth := g.unseen(f.birth)
	for _, c := range g.t.columns {
		if !set.has(c.bit) {
			continue
		}
		if st, own := f.of(c.bit); own && g.unseen(st) || !own && birth {
			lost |= 1 << c.bit
		}
	}
	if lost == 0 {
		return nil
	}
	if how != Overwritten {
		lost = g.t.all // so that the row can be made again
	}
	mine, err := g.readRow(f)
	if err != nil {
		return err
	}
	var values []ConflictValue
	for _, c := range g.t.columns {
		if lost.has(c.bit) {
			values = append(values, ConflictValue{c.gid, sqlvalue.Append(nil, mine[c.bit]), g.reg.sites.outer(f.stampOf(c.bit))})
		}
	}
	if len(g.report.Lost) < maxReported {
		g.report.Lost = append(g.report.Lost, LostValue{g.t.app, g.t.name, bytes.Clone(f.id), how, values})
	}
	return g.list(f.id, ConflictLost, nil, values)
}

// forked lists a value that gave way to another of the same stamp.
func (g *merging) forked(id []byte, bit int, lost sqlvalue.Value, st stamp) error {
	g.report.Forks++
	c := g.t.columns[g.t.columnOf(bit)]
	return g.list(id, ConflictFork, nil, []ConflictValue{{c.gid, sqlvalue.Append(nil, lost), g.reg.sites.outer(st)}})
}

// changed counts a row into the report.
func (g *merging) changed(id []byte) {
	g.lost(1)
	if len(g.tally.Keys) < maxReported {
		g.tally.Keys = append(g.tally.Keys, append([]byte(nil), id...))
	}
}

// lost counts rows into the report whose keys nobody knows any more.
func (g *merging) lost(rows int) {
	if g.tally == nil {
		g.report.Tables = append(g.report.Tables, &TableReport{App: g.t.app, Table: g.t.name})
		g.tally = g.report.Tables[len(g.report.Tables)-1]
	}
	g.tally.Rows += rows
}

// Conflicts lists an app's conflicts, newest first: at most limit, older than
// before, which is 0 for the first page.
func (e *Engine) Conflicts(ctx context.Context, app string, before int64, limit int) (list []Conflict, err error) {
	err = e.st.ViewTx(ctx, func(tx *store.Tx) error {
		q := tx.Query("SELECT id, at, tbl, k, kind, data FROM alcove_crdt_conflict WHERE app = ? AND (?2 = 0 OR id < ?2) ORDER BY id DESC LIMIT ?3")
		q.Text(1, []byte(app))
		q.Int(2, before)
		q.Int(3, int64(min(max(limit, 0), maxConflicts)))
		for q.Step() {
			c := Conflict{ID: q.ColumnInt(0), At: time.UnixMilli(q.ColumnInt(1)), App: app, Kind: ConflictKind(q.ColumnBytes(4))}
			copy(c.Table[:], q.ColumnBytes(2))
			c.Key = append([]byte(nil), q.ColumnBytes(3)...)
			if err := readConflict(append([]byte(nil), q.ColumnBytes(5)...), &c); err != nil {
				q.Reset()
				return err
			}
			list = append(list, c)
		}
		return q.Err()
	})
	return list, err
}

// DismissConflict takes a conflict off the list. A hidden row stays hidden.
func (e *Engine) DismissConflict(ctx context.Context, id int64) error {
	return e.st.UpdateTx(ctx, func(tx *store.Tx) error {
		q := tx.Query("DELETE FROM alcove_crdt_conflict WHERE id = ?")
		q.Int(1, id)
		if err := q.Run(); err != nil {
			return err
		}
		if tx.Changes() == 0 {
			return noConflict()
		}
		return nil
	})
}

func noConflict() error {
	return fault.New("crdt.no_conflict", "This conflict is not there any more: it was settled or dismissed. Look at the list again.")
}
