package extension_test

import (
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

func (v *vault) history(id manifest.ID) extension.History {
	v.Helper()
	h, err := v.History(v.Context(), id, 0, 100)
	if err != nil {
		v.Fatal(err)
	}
	return h
}

func notes(id manifest.ID, text string) string {
	return strings.ReplaceAll(text, "{notes}", `"`+id.Table("notes")+`"`)
}

func TestAnAppGoesBackAndForth(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil))
	if h := v.history(id); !h.On || h.Days != 90 || h.Share != 20 || h.Oldest != 0 || len(h.Moments) != 0 || h.More {
		t.Errorf("of a new app: %+v", h)
	}
	v.exec(notes(id, `INSERT INTO {notes} VALUES ('a', 'first'), ('b', 'second')`))
	v.install(feedReader(t, "1.1.0", nil))
	v.exec(notes(id, `UPDATE {notes} SET body = 'spoilt'`))
	v.exec(notes(id, `DELETE FROM {notes} WHERE id = 'b'`))
	h := v.history(id)
	if len(h.Moments) != 4 || h.Moments[2].Before != "1.0.0" || len(h.Moments[2].Tables) != 0 || h.Bytes == 0 {
		t.Fatalf("%+v", h)
	}
	for i, want := range []extension.TableChange{{Name: "notes", Removed: 1}, {Name: "notes", Changed: 2}, {}, {Name: "notes", Added: 2}} {
		if i == 2 {
			continue
		}
		if got := h.Moments[i]; len(got.Tables) != 1 || got.Tables[0] != want || time.Since(time.UnixMilli(got.At)) > time.Hour {
			t.Errorf("moment %d: %+v, want %+v", i, got, want)
		}
	}
	page, err := v.History(t.Context(), id, 0, 2)
	if err != nil || !page.More || len(page.Moments) != 2 {
		t.Fatalf("first page: %+v, %v", page, err)
	}
	page, err = v.History(t.Context(), id, page.Moments[1].Moment, 2)
	if err != nil || page.More || len(page.Moments) != 2 || page.Moments[0].Before != "1.0.0" {
		t.Fatalf("second page: %+v, %v", page, err)
	}

	mark := h.Moments[2].Moment
	d, err := v.Difference(t.Context(), id, mark)
	if err != nil || len(d.Tables) != 1 || d.Tables[0] != (extension.TableChange{Name: "notes", Added: 1, Changed: 1}) || d.Moment != mark {
		t.Fatalf("%+v, %v", d, err)
	}
	if got := v.query(notes(id, `SELECT group_concat(body) FROM {notes}`)); got != "spoilt" {
		t.Fatalf("looking changed it to %v", got)
	}
	out, err := v.PutBack(t.Context(), id, mark)
	if err != nil || out.Added != 1 || out.Changed != 1 || out.Removed != 0 || out.At != mark.At() {
		t.Fatalf("%+v, %v", out, err)
	}
	if got := v.query(notes(id, `SELECT group_concat(body) FROM {notes}`)); got != "first,second" {
		t.Fatalf("put back: %v", got)
	}
	h = v.history(id)
	if before := h.Moments[1]; len(h.Moments) != 6 || before.PutBackTo != mark.At() || before.Before != "" || h.Moments[2].PutBackTo != 0 {
		t.Fatalf("after putting back: %+v", h.Moments)
	}
	if d, err := v.Difference(t.Context(), id, h.Moments[1].Moment); err != nil || len(d.Tables) != 1 || d.Tables[0] != (extension.TableChange{Name: "notes", Changed: 1, Removed: 1}) {
		t.Fatalf("before it was put back: %+v, %v", d, err)
	}
	if same, err := v.PutBack(t.Context(), id, h.Moments[0].Moment); err != nil || same.Added+same.Changed+same.Removed != 0 || len(v.history(id).Moments) != 6 {
		t.Fatalf("nothing to put back: %+v, %v", same, err)
	}
	if detail, err := v.Detail(t.Context(), id); err != nil || detail.TableBytes == 0 {
		t.Errorf("its size: %d, %v", detail.TableBytes, err)
	}
	if out, err = v.PutBack(t.Context(), id, out.Undo); err != nil || out.Removed != 1 || out.Changed != 1 {
		t.Fatalf("undone: %+v, %v", out, err)
	}
	if got := v.query(notes(id, `SELECT group_concat(body) FROM {notes}`)); got != "spoilt" {
		t.Fatalf("undone: %v", got)
	}
	if got := v.query(`SELECT count(*) FROM alcove_ledger WHERE kind = 'put_back'`); got != int64(3) {
		t.Errorf("%v lines in the ledger", got)
	}
	v.sound()
}

// TestWhatIsInTheWayIsCounted: an update made unique what was not then.
func TestWhatIsInTheWayIsCounted(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil))
	v.exec(notes(id, `INSERT INTO {notes} VALUES ('a', 'same'), ('b', 'same'), ('c', 'same')`))
	then := v.history(id).Moments[0].Moment
	v.exec(notes(id, `UPDATE {notes} SET body = id`))
	v.install(feedReader(t, "1.1.0", map[string]string{"m/2.sql": `CREATE UNIQUE INDEX {{notes_body}} ON {{notes}} (body);`}))
	_, err := v.PutBack(t.Context(), id, then)
	f := fault.Of(err)
	rows, _ := f.Data["rows"].([]extension.InTheWay)
	if f.Code != "crdt.restore_conflict" || len(rows) != 1 || rows[0] != (extension.InTheWay{Table: "notes", Why: "unique", Rows: 2}) {
		t.Fatalf("%v %v", err, f.Data)
	}
	if got := v.query(notes(id, `SELECT group_concat(body) FROM {notes}`)); got != "a,b,c" {
		t.Errorf("something was done: %v", got)
	}
	v.sound()
}

func TestHistoryIsBounded(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil))
	v.exec(notes(id, `INSERT INTO {notes} VALUES ('a', 'first')`))
	then := v.history(id).Moments[0].Moment
	if err := v.SetHistory(t.Context(), id, extension.HistoryBounds{On: true, Days: 30, Share: 50}); err != nil {
		t.Fatal(err)
	}
	if h := v.history(id); !h.On || h.Days != 30 || h.Share != 50 || h.UsualDays != 90 || h.UsualShare != 20 {
		t.Errorf("%+v", h)
	}
	for _, bad := range []extension.HistoryBounds{{On: true}, {On: true, Days: 3651, Share: 20}, {On: true, Days: 90, Share: 201}, {Days: -1, Share: 20}} {
		if err := v.SetHistory(t.Context(), id, bad); fault.Code(err) != "request.malformed" {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := v.SetHistory(t.Context(), id, extension.HistoryBounds{Days: 30, Share: 50}); err != nil {
		t.Fatal(err)
	}
	if h := v.history(id); h.On || len(h.Moments) != 0 {
		t.Errorf("switched off: %+v", h)
	}
	if _, err := v.PutBack(t.Context(), id, then); fault.Code(err) != "crdt.history_gone" {
		t.Errorf("switched off: %v", err)
	}
	if err := v.SetHistory(t.Context(), id, extension.HistoryBounds{On: true, Days: 30, Share: 50}); err != nil {
		t.Fatal(err)
	}
	_, err := v.Difference(t.Context(), id, then)
	if f := fault.Of(err); f.Code != "crdt.history_gone" || f.Data["oldest_at"] == nil {
		t.Errorf("before it began: %v %v", err, f.Data)
	}
	nobody := parse(t, strings.Replace(id.String(), ".feed-reader", ".nobody", 1))
	if _, err := v.History(t.Context(), nobody, 0, 1); fault.Code(err) != extension.CodeNotFound {
		t.Errorf("of nobody: %v", err)
	}
}

func TestMomentsAsText(t *testing.T) {
	var m extension.Moment
	for _, bad := range []string{"", "-1", "1.5", "now", "9223372036854775808"} {
		if err := m.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is a moment", bad)
		}
	}
	at, err := extension.MomentAt(time.UnixMilli(1_800_000_000_123))
	if err != nil || at.At() != 1_800_000_000_123 {
		t.Errorf("%v, %v", at, err)
	}
	if err := m.UnmarshalText([]byte(at.String())); err != nil || m != at {
		t.Errorf("%v is read as %v, %v", at, m, err)
	}
	if _, err := extension.MomentAt(time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)); err != nil {
		t.Errorf("the last second: %v", err)
	}
	for _, bad := range []time.Time{{}, time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if _, err := extension.MomentAt(bad); fault.Code(err) != "request.malformed" {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

// TestWhatIsYetToComeIsNoMoment: a person who mistook the year is told so.
func TestWhatIsYetToComeIsNoMoment(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil))
	for wait, code := range map[time.Duration]string{0: "", time.Minute: "extension.moment_future", 40 * 30 * 24 * time.Hour: "extension.moment_future"} {
		to, err := extension.MomentAt(time.Now().Add(wait))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Difference(t.Context(), id, to); fault.Code(err) != code {
			t.Errorf("looking at %s from now: %v", wait, err)
		}
		if _, err := v.PutBack(t.Context(), id, to); fault.Code(err) != code {
			t.Errorf("putting back to %s from now: %v", wait, err)
		}
	}
}

// TestAnUpdateThatDropsATableSaysWhatIsGone: its rows cannot come back.
func TestAnUpdateThatDropsATableSaysWhatIsGone(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil))
	v.exec(notes(id, `INSERT INTO {notes} VALUES ('a', 'first'), ('b', 'second')`))
	then := v.history(id).Moments[0].Moment
	v.install(feedReader(t, "1.1.0", map[string]string{"m/2.sql": `DROP TABLE {{notes}};`}))
	d, err := v.Difference(t.Context(), id, then)
	if err != nil || len(d.Tables) != 0 || d.Gone != 2 {
		t.Fatalf("%+v, %v", d, err)
	}
	if done, err := v.PutBack(t.Context(), id, then); err != nil || done.Gone != 2 || done.Added != 0 {
		t.Fatalf("%+v, %v", done, err)
	}
}
