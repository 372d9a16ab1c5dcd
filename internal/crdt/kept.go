package crdt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// Kept says what tracking keeps for an app's tables: their clocks, tombstones and
// hidden rows, and what the outbox, parked rows and the list of conflicts hold of
// them. Not its history, which has bounds of its own. It is part of the store's
// Keeper.
func (e *Engine) Kept(tx *store.Tx, app string) (k store.Kept, err error) {
	reg, err := e.writing(tx)
	if err != nil {
		return k, err
	}
	for _, t := range reg.tables {
		if t.app != app || t.name == "" {
			continue
		}
		for _, kind := range clockKinds {
			k.Tables = append(k.Tables, t.called(kind))
		}
	}
	err = eachSent(tx, reg, math.MaxInt64, func(_, _ int64, parts []sentPart) bool {
		for _, p := range parts {
			if p.table.app == app {
				k.Bytes += p.bytes
			}
		}
		return true
	})
	if err != nil {
		return k, err
	}
	for _, shared := range []string{"alcove_crdt_parked", "alcove_crdt_conflict"} {
		q := tx.Query("SELECT coalesce(sum(length(app) + length(k) + length(data)), 0) FROM " + shared + " WHERE app = ?")
		q.Text(1, []byte(app))
		if q.Step() {
			k.Bytes += q.ColumnInt(0)
			q.Reset()
		}
		if err := q.Err(); err != nil {
			return k, err
		}
	}
	return k, nil
}

// Dead counts the tombstones of a table, as far as the first column of the key is
// text that begins with prefix. It is part of the store's Keeper.
func (e *Engine) Dead(tx *store.Tx, name, prefix string) (n int64, err error) {
	reg, err := e.writing(tx)
	if err != nil {
		return 0, err
	}
	t := reg.byName[strings.ToLower(name)]
	if t == nil {
		return 0, fmt.Errorf("%w: %s is not tracked", errDamaged, name)
	}
	// A text in a key is behind its length. So those that begin alike are
	// together for each length that occurs.
	for from := []byte{sqlvalue.Text}; ; {
		q := tx.Query("SELECT k FROM " + t.of(kindTomb) + " WHERE k >= ? ORDER BY k LIMIT 1")
		q.Blob(1, from)
		if !q.Step() {
			return n, q.Err()
		}
		k := bytes.Clone(q.ColumnBytes(0))
		q.Reset()
		if k[0] != sqlvalue.Text {
			return n, nil
		}
		_, width := binary.Uvarint(k[1:])
		if width <= 0 {
			return n, errDamaged
		}
		head := k[:1+width]
		first := slices.Concat(head, []byte(prefix))
		q = tx.Query("SELECT count(*) FROM " + t.of(kindTomb) + " WHERE k >= ? AND k < ?")
		q.Blob(1, first)
		q.Blob(2, behind(first))
		if q.Step() {
			n += q.ColumnInt(0)
			q.Reset()
		}
		if err := q.Err(); err != nil {
			return n, err
		}
		from = behind(head)
	}
}

// behind is the first key behind all that begin with these bytes, whose last one
// is not 255: it is that of a length, or of a name.
func behind(start []byte) []byte {
	next := bytes.Clone(start)
	next[len(next)-1]++
	return next
}
