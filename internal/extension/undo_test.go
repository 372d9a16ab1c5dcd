package extension_test

import (
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
)

// TestASpanIsUndone and, if that was not meant, done again: what came before it
// and what was changed after it stays.
func TestASpanIsUndone(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil))
	v.exec(notes(id, `INSERT INTO {notes} VALUES ('a', 'first'), ('b', 'second')`))
	v.exec(notes(id, `UPDATE {notes} SET body = 'spoilt'`))
	v.exec(notes(id, `INSERT INTO {notes} VALUES ('c', 'unwanted')`))
	v.exec(notes(id, `UPDATE {notes} SET body = 'later' WHERE id = 'b'`))
	h := v.history(id)
	if len(h.Moments) != 4 {
		t.Fatalf("%+v", h)
	}
	span := extension.Span{From: h.Moments[3].Moment, Upto: h.Moments[1].Moment}
	p, err := v.UndoPreview(t.Context(), id, span)
	if err != nil || len(p.Tables) != 1 || p.Tables[0] != (extension.TableChange{Name: "notes", Changed: 1, Removed: 1}) || p.Kept != 1 || p.Span != span {
		t.Fatalf("%+v, %v", p, err)
	}
	rows := notes(id, `SELECT group_concat(id || ' ' || body) FROM (SELECT * FROM {notes} ORDER BY id)`)
	if got := v.query(rows); got != "a spoilt,b later,c unwanted" {
		t.Fatalf("looking changed it to %v", got)
	}
	done, err := v.Undo(t.Context(), id, span)
	if err != nil || done.Changed != 1 || done.Removed != 1 || done.Added != 0 || done.Kept != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := v.query(rows); got != "a first,b later" {
		t.Fatalf("undone: %v", got)
	}
	if done, err = v.Undo(t.Context(), id, done.Again); err != nil || done.Added != 1 || done.Changed != 1 {
		t.Fatalf("again: %+v, %v", done, err)
	}
	if got := v.query(rows); got != "a spoilt,b later,c unwanted" {
		t.Fatalf("again: %v", got)
	}
	if got := v.query(`SELECT count(*) FROM alcove_ledger WHERE kind = 'undone'`); got != int64(2) {
		t.Errorf("%v lines in the ledger", got)
	}
	v.sound()
}

func TestASpanThatIsNone(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil))
	at := time.UnixMilli(1_800_000_000_000)
	if _, err := extension.SpanOf(at, at.Add(-2*time.Millisecond)); fault.Code(err) != "request.malformed" {
		t.Errorf("backwards: %v", err)
	}
	s, err := extension.SpanOf(at, at)
	if err != nil || s.From.At() != at.UnixMilli()-1 || s.Upto.At() != at.UnixMilli() {
		t.Errorf("one millisecond: %+v %v", s, err)
	}
	for _, bad := range []extension.Span{{From: 2, Upto: 1}, {From: -1, Upto: 1}} {
		if _, err := v.Undo(t.Context(), id, bad); fault.Code(err) != "request.malformed" {
			t.Errorf("%+v: %v", bad, err)
		}
		if _, err := v.UndoPreview(t.Context(), id, bad); fault.Code(err) != "request.malformed" {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
