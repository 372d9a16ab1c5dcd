package ledger

import (
	"github.com/alcove-vault/alcove/internal/store"
)

// trim keeps the ledger within its bounds. It looks at them after so many new
// rows, and every hour.
func (w *writer) trim(tx *store.Tx, now int64) error {
	if w.grown < w.bounds.trimAfter && now-w.trimmed < w.bounds.trimEvery && now >= w.trimmed {
		return nil
	}
	w.grown, w.trimmed = 0, now
	if err := w.trimCounts(tx, now); err != nil {
		return err
	}
	if err := run(tx, `DELETE FROM alcove_call_line WHERE at < ?`, now-w.bounds.lineDays*Day); err != nil {
		return err
	}
	if err := run(tx, `DELETE FROM alcove_call_line WHERE id <= (SELECT id FROM alcove_call_line ORDER BY id DESC LIMIT 1 OFFSET ?)`, w.bounds.allLines); err != nil {
		return err
	}
	for {
		n, err := number(tx, `SELECT count(*) FROM alcove_call_target`)
		if err != nil || n <= w.bounds.allTargets {
			return err
		}
		if err := w.fold(tx, `1`); err != nil {
			return err
		}
		after, err := number(tx, `SELECT count(*) FROM alcove_call_target`)
		if err != nil || after >= n {
			return err // what is left are apps, each with few rows
		}
	}
}

// trimCounts merges the oldest minutes into days and drops the oldest days:
// those of the past, and as many as are too many.
func (w *writer) trimCounts(tx *store.Tx, now int64) error {
	cut, err := oldest(tx, Minute, now-w.bounds.minuteDays*Day, w.bounds.minutes)
	if err != nil {
		return err
	}
	err = run(tx, `INSERT INTO alcove_call_count (span, at, target, done, failed, refused, asked, took, bytes_in, bytes_out)
		SELECT ?, at - at % ?, target, sum(done), sum(failed), sum(refused), sum(asked), sum(took), sum(bytes_in), sum(bytes_out)
		FROM alcove_call_count WHERE span = ? AND at < ? GROUP BY 2, target `+addCounts, Day, Day, Minute, cut)
	if err != nil {
		return err
	}
	if err := run(tx, `DELETE FROM alcove_call_count WHERE span = ? AND at < ?`, Minute, cut); err != nil {
		return err
	}
	if cut, err = oldest(tx, Day, now-w.bounds.countDays*Day, w.bounds.days); err != nil {
		return err
	}
	return run(tx, `DELETE FROM alcove_call_count WHERE span = ? AND at < ?`, Day, cut)
}

// oldest returns before when the rows of a span have to go: before limit, and
// so that half of the most there may be is left once there are more.
func oldest(tx *store.Tx, span, limit, most int64) (int64, error) {
	n, err := number(tx, `SELECT count(*) FROM alcove_call_count WHERE span = ?`, span)
	if err != nil || n <= most {
		return limit, err
	}
	at, err := number(tx, `SELECT at FROM alcove_call_count WHERE span = ? ORDER BY at DESC LIMIT 1 OFFSET ?`, span, most/2)
	return max(limit, at+1), err
}

// fold counts some of the targets that where selects together with the others:
// first those that were never used, then those that were left longest.
func (w *writer) fold(tx *store.Tx, where string, params ...any) error {
	type row struct {
		id int64
		thing
	}
	q := tx.Query(`SELECT id, extension, resource, action FROM alcove_call_target WHERE target <> '` + Others + `' AND ` + where +
		` ORDER BY done + failed > 0, last_at LIMIT ?`)
	for i, p := range append(params, w.bounds.fold) {
		q.Bind(i+1, p)
	}
	var rows []row
	for q.Step() {
		r := row{id: q.ColumnInt(0)}
		r.extension, r.Target = q.ColumnInt(1), Others
		r.Resource, r.Action = string(q.ColumnBytes(2)), string(q.ColumnBytes(3))
		rows = append(rows, r)
	}
	if err := q.Err(); err != nil {
		return err
	}
	for _, r := range rows {
		into, err := w.target(tx, r.thing, 0)
		if err != nil {
			return err
		}
		if err := foldRow(tx, r.id, into); err != nil {
			return err
		}
	}
	clear(w.ids)
	clear(w.targets)
	return nil
}

// foldRow adds a target to another and removes it.
func foldRow(tx *store.Tx, from, into int64) error {
	for _, text := range []string{
		`UPDATE alcove_call_target SET first_at = CASE WHEN alcove_call_target.first_at = 0 THEN o.first_at ELSE min(alcove_call_target.first_at, o.first_at) END,
			last_at = max(alcove_call_target.last_at, o.last_at), last_used = max(alcove_call_target.last_used, o.last_used),
			last_refused = max(alcove_call_target.last_refused, o.last_refused), last_asked = max(alcove_call_target.last_asked, o.last_asked),
			done = alcove_call_target.done + o.done, failed = alcove_call_target.failed + o.failed,
			refused = alcove_call_target.refused + o.refused, asked = alcove_call_target.asked + o.asked,
			took = alcove_call_target.took + o.took, bytes_in = alcove_call_target.bytes_in + o.bytes_in,
			bytes_out = alcove_call_target.bytes_out + o.bytes_out
			FROM alcove_call_target AS o WHERE o.id = ?1 AND alcove_call_target.id = ?2`,
		`INSERT INTO alcove_call_count (span, at, target, done, failed, refused, asked, took, bytes_in, bytes_out)
			SELECT span, at, ?2, done, failed, refused, asked, took, bytes_in, bytes_out FROM alcove_call_count WHERE target = ?1 ` + addCounts,
		`DELETE FROM alcove_call_target WHERE id = ?1 AND ?2`, // its counts go with it
	} {
		if err := run(tx, text, from, into); err != nil {
			return err
		}
	}
	return nil
}
