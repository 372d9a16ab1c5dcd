package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/alcove-vault/alcove/internal/store"
)

// writer puts batches into the vault, one after the other.
type writer struct {
	bounds  *bounds
	ids     map[thing]int64 // rows of alcove_call_target, those met lately
	targets map[int64]int64 // how many an extension has
	grown   int             // rows added since the bounds were looked at
	trimmed int64           // when that was, Unix milliseconds
}

// maxIDs is how many rows a writer remembers.
const maxIDs = 10_000

func newWriter(b *bounds) writer {
	return writer{bounds: b, ids: map[thing]int64{}, targets: map[int64]int64{}}
}

// write adds a batch in one transaction. Of apps that are not there any more
// nothing is written.
func (w *writer) write(ctx context.Context, st *store.Store, b *batch, now time.Time) error {
	err := st.UpdateTx(ctx, func(tx *store.Tx) error {
		for c, s := range b.cells {
			if err := w.count(tx, c, s); err != nil {
				return err
			}
		}
		if err := w.lines(tx, b); err != nil {
			return err
		}
		return w.trim(tx, now.UnixMilli())
	})
	if err != nil {
		*w = newWriter(w.bounds) // what was remembered may have been undone
		return fmt.Errorf("write what apps did: %w", err)
	}
	if len(w.ids) > maxIDs {
		clear(w.ids)
	}
	return nil
}

// count adds one sum to its target and to its minute.
func (w *writer) count(tx *store.Tx, c cell, s *sum) error {
	id, err := w.target(tx, c.thing, s.first)
	if err != nil || id == 0 {
		return err
	}
	if err := addToTarget(tx, id, s); err != nil {
		return err
	}
	w.grown++
	return run(tx, `INSERT INTO alcove_call_count (span, at, target, done, failed, refused, asked, took, bytes_in, bytes_out)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) `+addCounts,
		Minute, c.minute, id, s.done, s.failed, s.refused, s.asked, s.took, s.in, s.out)
}

// addCounts makes a row that is there already the sum.
const addCounts = `ON CONFLICT (span, at, target) DO UPDATE SET done = done + excluded.done, failed = failed + excluded.failed,
	refused = refused + excluded.refused, asked = asked + excluded.asked, took = took + excluded.took,
	bytes_in = bytes_in + excluded.bytes_in, bytes_out = bytes_out + excluded.bytes_out`

func addToTarget(tx *store.Tx, id int64, s *sum) error {
	return run(tx, `UPDATE alcove_call_target SET first_at = min(first_at, ?), last_at = max(last_at, ?), last_used = max(last_used, ?),
		last_refused = max(last_refused, ?), last_asked = max(last_asked, ?), done = done + ?, failed = failed + ?,
		refused = refused + ?, asked = asked + ?, took = took + ?, bytes_in = bytes_in + ?, bytes_out = bytes_out + ? WHERE id = ?`,
		s.first, s.last, s.usedAt, s.refusedAt, s.askedAt, s.done, s.failed, s.refused, s.asked, s.took, s.in, s.out, id)
}

// target returns the row of what an app reached for, and makes it if need be; 0
// if there is no such app.
func (w *writer) target(tx *store.Tx, t thing, first int64) (int64, error) {
	if id := w.ids[t]; id != 0 {
		// With the app it may have gone.
		if there, err := number(tx, `SELECT count(*) FROM alcove_call_target WHERE id = ?`, id); err != nil || there == 1 {
			return id, err
		}
		clear(w.ids)
		clear(w.targets)
	}
	id, err := number(tx, `SELECT max(id) FROM alcove_call_target WHERE extension = ? AND resource = ? AND action = ? AND target = ?`,
		t.extension, t.Resource, t.Action, t.Target)
	if err != nil {
		return 0, err
	}
	if id == 0 {
		if id, err = w.newTarget(tx, t, first); err != nil || id == 0 {
			return 0, err
		}
	}
	w.ids[t] = id
	return id, nil
}

func (w *writer) newTarget(tx *store.Tx, t thing, first int64) (int64, error) {
	n, known := w.targets[t.extension]
	if !known {
		var err error
		if n, err = number(tx, `SELECT count(*) FROM alcove_call_target WHERE extension = ?`, t.extension); err != nil {
			return 0, err
		}
	}
	if n >= w.bounds.targets && t.Target != Others {
		if err := w.fold(tx, `extension = ?`, t.extension); err != nil {
			return 0, err
		}
		var err error
		if n, err = number(tx, `SELECT count(*) FROM alcove_call_target WHERE extension = ?`, t.extension); err != nil {
			return 0, err
		}
	}
	err := run(tx, `INSERT INTO alcove_call_target (extension, resource, action, target, first_at, last_at)
		SELECT id, ?, ?, ?, ?, ? FROM alcove_extension WHERE id = ?`, t.Resource, t.Action, t.Target, first, first, t.extension)
	if err != nil || tx.Changes() == 0 {
		return 0, err
	}
	w.targets[t.extension] = n + 1
	return tx.LastInsertID(), nil
}

// lines adds the lines of a batch in the order of their times and then of their arrival, and takes away
// what they crowd out.
func (w *writer) lines(tx *store.Tx, b *batch) error {
	var all []numbered
	for _, lines := range b.lines {
		all = append(all, b.latest(lines)...)
	}
	slices.SortFunc(all, func(a, b numbered) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.number, b.number)) })
	for _, e := range all {
		err := run(tx, `INSERT INTO alcove_call_line (at, extension, class, method, resource, action, target, verdict, code, took, bytes_in, bytes_out)
			SELECT ?, id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM alcove_extension WHERE id = ?`,
			e.At, int64(e.class()), e.Method, e.Resource, e.Action, e.Target, string(e.Verdict), e.Code, e.Took.Microseconds(), e.In, e.Out, e.Extension)
		if err != nil {
			return err
		}
	}
	w.grown += len(all)
	for on := range b.lines {
		err := run(tx, `DELETE FROM alcove_call_line WHERE extension = ? AND class = ? AND id <= (SELECT id FROM alcove_call_line
			WHERE extension = ? AND class = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
			on.extension, int64(on.class), on.extension, int64(on.class), int64(w.bounds.lines))
		if err != nil {
			return err
		}
	}
	return nil
}

// run runs a statement with its parameters.
func run(tx *store.Tx, text string, params ...any) error {
	q := tx.Query(text)
	for i, p := range params {
		q.Bind(i+1, p)
	}
	return q.Run()
}

// number is the one whole number that a query answers with; NULL is 0.
func number(tx *store.Tx, text string, params ...any) (int64, error) {
	q := tx.Query(text)
	for i, p := range params {
		q.Bind(i+1, p)
	}
	if !q.Step() {
		return 0, q.Err()
	}
	n := q.ColumnInt(0)
	q.Reset()
	return n, q.Err()
}
