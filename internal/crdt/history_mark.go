package crdt

import (
	"context"

	"github.com/alcove-vault/alcove/internal/store"
)

// maxMarks is how many moments before updates are kept for an app.
const maxMarks = 50

// Mark is a moment before an update.
type Mark struct {
	Moment  int64  // hybrid time
	Version string // that was installed until then
}

// MarkUpdate notes the present moment, at which the installed version of an app
// is about to be replaced, so that its data can be put back to it with Restore,
// in the tables as they are after the update. It is called in the transaction of
// the update, before its migrations.
func (e *Engine) MarkUpdate(tx *store.Tx, app, version string) error {
	if _, err := e.writing(tx); err != nil {
		return err
	}
	q := tx.Query("INSERT INTO alcove_crdt_mark (app, h, version) VALUES (?, ?, ?)")
	q.Text(1, []byte(app))
	q.Int(2, e.clock.tick())
	q.Text(3, []byte(version))
	if err := q.Run(); err != nil {
		return err
	}
	q = tx.Query("DELETE FROM alcove_crdt_mark WHERE app = ?1 AND h <= (SELECT h FROM alcove_crdt_mark WHERE app = ?1 ORDER BY h DESC LIMIT 1 OFFSET ?2)")
	q.Text(1, []byte(app))
	q.Int(2, maxMarks)
	return q.Run()
}

// Marks lists the moments before updates of an app, newest first.
func (e *Engine) Marks(ctx context.Context, app string) (list []Mark, err error) {
	err = e.st.ViewTx(ctx, func(tx *store.Tx) error {
		q := tx.Query("SELECT h, version FROM alcove_crdt_mark WHERE app = ? ORDER BY h DESC")
		q.Text(1, []byte(app))
		for q.Step() {
			list = append(list, Mark{q.ColumnInt(0), string(q.ColumnBytes(1))})
		}
		return q.Err()
	})
	return list, err
}
