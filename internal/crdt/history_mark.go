package crdt

import (
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/alcove-vault/alcove/internal/store"
)

// maxMarks is how many moments of each kind are kept for an app.
const maxMarks = 50

// Mark is a moment to which a person may want to go back: the one before an
// update, or the one before the app's tables were put back.
type Mark struct {
	Moment  int64  // hybrid time
	Version string // that was installed until then; "" if it was no update
	To      int64  // the moment that the tables were put back to, if it was no update
}

// putBackMark begins what stands for the version of a mark before tables were put
// back: the moment follows. No version begins so.
const putBackMark = "="

// MarkUpdate notes the present moment, at which the installed version of an app
// is about to be replaced, so that its data can be put back to it with Restore,
// in the tables as they are after the update. It is called in the transaction of
// the update, before its migrations.
func (e *Engine) MarkUpdate(tx *store.Tx, app, version string) error {
	if _, err := e.writing(tx); err != nil {
		return err
	}
	return e.mark(tx, app, version)
}

// PutBack is Restore of a whole app, and notes the moment before it, if it
// changes anything. Errors: those of Restore.
func (e *Engine) PutBack(ctx context.Context, app string, moment int64) (Restored, error) {
	return e.undoSpan(ctx, Scope{App: app}, moment, math.MaxInt64, func(tx *store.Tx) error {
		return e.mark(tx, app, putBackMark+strconv.FormatInt(moment, 10))
	})
}

// mark notes the present moment. It forgets the oldest of its kind.
func (e *Engine) mark(tx *store.Tx, app, text string) error {
	q := tx.Query("INSERT INTO alcove_crdt_mark (app, h, version) VALUES (?, ?, ?)")
	q.Text(1, []byte(app))
	q.Int(2, e.clock.tick())
	q.Text(3, []byte(text))
	if err := q.Run(); err != nil {
		return err
	}
	q = tx.Query(`DELETE FROM alcove_crdt_mark WHERE app = ?1 AND (version LIKE '=%') = ?3 AND h <=
		(SELECT h FROM alcove_crdt_mark WHERE app = ?1 AND (version LIKE '=%') = ?3 ORDER BY h DESC LIMIT 1 OFFSET ?2)`)
	q.Text(1, []byte(app))
	q.Int(2, maxMarks)
	kind := int64(0)
	if strings.HasPrefix(text, putBackMark) {
		kind = 1
	}
	q.Int(3, kind)
	return q.Run()
}

// Marks lists the marks of an app, newest first.
func (e *Engine) Marks(ctx context.Context, app string) (list []Mark, err error) {
	err = e.st.ViewTx(ctx, func(tx *store.Tx) error {
		q := tx.Query("SELECT h, version FROM alcove_crdt_mark WHERE app = ? ORDER BY h DESC")
		q.Text(1, []byte(app))
		for q.Step() {
			m := Mark{Moment: q.ColumnInt(0), Version: string(q.ColumnBytes(1))}
			if to, ok := strings.CutPrefix(m.Version, putBackMark); ok {
				m.Version = ""
				if m.To, err = strconv.ParseInt(to, 10, 64); err != nil {
					q.Reset()
					return errHistory
				}
			}
			list = append(list, m)
		}
		return q.Err()
	})
	return list, err
}
