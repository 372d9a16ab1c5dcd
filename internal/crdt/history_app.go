package crdt

import (
	"math"
	"time"

	"github.com/alcove-vault/alcove/internal/store"
)

// What an app's history may take unless it is set otherwise.
const (
	DefaultHistoryDays  = 90
	DefaultHistoryShare = 20 // percent of the app's data
	// minHistory is what the share never goes below: a small app would have next
	// to nothing.
	minHistory = 1 << 20
)

const historyOff = 1 // in alcove_crdt_history_app.flags

// history is what the writer knows of an app's history.
type history struct {
	id    int64
	app   string // prefix
	off   bool
	days  int64
	share int64
	floor int64 // the oldest moment that can be told
	size  int64 // bytes, about
	data  int64 // bytes of the app's tables, -1 if they were never counted
	grown int64 // bytes that size in the table does not have yet
	since int64 // bytes that came since data was counted
}

// historyOf returns the history of an app, which is made if there is none.
func (e *Engine) historyOf(tx *store.Tx, app string) (*history, error) {
	if h := e.histories[app]; h != nil {
		return h, nil
	}
	h, err := loadHistory(tx, app)
	if err != nil {
		return nil, err
	}
	if h.id == 0 {
		q := tx.Query("INSERT INTO alcove_crdt_history_app (prefix) VALUES (?)")
		q.Text(1, []byte(app))
		if err := q.Run(); err != nil {
			return nil, err
		}
		h.id = tx.LastInsertID()
	}
	if e.histories == nil {
		e.histories = map[string]*history{}
	}
	e.histories[app] = h
	return h, nil
}

// loadHistory reads what is set for an app. The id is 0 if it has no history.
func loadHistory(tx *store.Tx, app string) (*history, error) {
	h := &history{app: app, days: DefaultHistoryDays, share: DefaultHistoryShare, data: -1}
	q := tx.Query("SELECT id, flags, days, share, floor, size, data FROM alcove_crdt_history_app WHERE prefix = ?")
	q.Text(1, []byte(app))
	if !q.Step() {
		return h, q.Err()
	}
	h.id, h.off, h.floor, h.size = q.ColumnInt(0), q.ColumnInt(1)&historyOff != 0, q.ColumnInt(4), q.ColumnInt(5)
	for i, p := range map[int]*int64{2: &h.days, 3: &h.share, 6: &h.data} {
		if q.ColumnType(i) != store.Null {
			*p = q.ColumnInt(i)
		}
	}
	q.Reset()
	return h, nil
}

// loadHistoryOff reads which apps keep no history.
func loadHistoryOff(tx *store.Tx) (map[string]bool, error) {
	off := map[string]bool{}
	q := tx.Query("SELECT prefix FROM alcove_crdt_history_app WHERE flags & 1")
	for q.Step() {
		off[string(q.ColumnBytes(0))] = true
	}
	return off, q.Err()
}

// keepsHistory reports whether old values of t are kept.
func (e *Engine) keepsHistory(t *table) bool { return !e.reg.historyOff[t.app] }

// limit is how many bytes the history may take.
func (h *history) limit(tx *store.Tx) (int64, error) {
	data := h.data
	if data < 0 { // it is not more than everything
		pages, _, err := oneInt(tx, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
		if err != nil {
			return 0, err
		}
		data = pages
	}
	if data > math.MaxInt64/100 {
		return math.MaxInt64, nil
	}
	return max(minHistory, data*h.share/100), nil
}

// cutoff is the moment before which the history's days are over.
func (h *history) cutoff(now time.Time) int64 {
	return max(0, hybrid(now.Add(-time.Duration(h.days)*24*time.Hour)))
}

// store writes what changed of it.
func (h *history) store(tx *store.Tx) error {
	q := tx.Query("UPDATE alcove_crdt_history_app SET floor = ?, size = ? WHERE id = ?")
	q.Int(1, h.floor)
	q.Int(2, h.size)
	q.Int(3, h.id)
	h.grown = 0
	return q.Run()
}

// raise makes moments before h ones that cannot be told any more.
func (h *history) raise(tx *store.Tx, floor int64) error {
	if floor <= h.floor {
		return nil
	}
	h.floor = floor
	return h.store(tx)
}
