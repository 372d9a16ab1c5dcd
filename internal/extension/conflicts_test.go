package extension_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// pull merges what another vault has and v has not.
func (v *vault) pull(from *vault) {
	v.Helper()
	seen, err := v.engine.Vector(v.Context())
	if err != nil {
		v.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := from.engine.Changes(v.Context(), seen, &b); err != nil {
		v.Fatal(err)
	}
	if b.Len() == 0 {
		return
	}
	if _, err := v.engine.Apply(v.Context(), &b, crdt.ApplyOptions{}); err != nil {
		v.Fatal(err)
	}
}

func (v *vault) conflicts(id manifest.ID) extension.Conflicts {
	v.Helper()
	c, err := v.Conflicts(v.Context(), id, 0, 100)
	if err != nil {
		v.Fatal(err)
	}
	return c
}

func cell(list []extension.Cell, column string) string {
	for _, c := range list {
		if c.Column == column {
			return c.Type + " " + c.Text
		}
	}
	return ""
}

var uniqueTitles = map[string]string{"m/1.sql": `CREATE TABLE {{notes}} (id TEXT PRIMARY KEY NOT NULL, title TEXT UNIQUE, body);`}

func TestConflictsAreToldAndRestored(t *testing.T) {
	here, there := newVault(t), newVault(t)
	var id manifest.ID
	for _, v := range []*vault{here, there} {
		id = v.install(feedReader(t, "1.0.0", uniqueTitles))
	}
	here.exec(notes(id, `INSERT INTO {notes} VALUES ('n', 'first', 'as it was')`))
	there.pull(here)
	if c := here.conflicts(id); c.Total != 0 || len(c.List) != 0 || c.More {
		t.Errorf("without any: %+v", c)
	}
	here.exec(notes(id, `UPDATE {notes} SET body = 'written here' WHERE id = 'n'`))
	here.exec(notes(id, `INSERT INTO {notes} VALUES ('h', 'same', 7)`))
	there.exec(notes(id, `UPDATE {notes} SET body = ? WHERE id = 'n'`), strings.Repeat("é", 1000))
	there.exec(notes(id, `INSERT INTO {notes} VALUES ('t', 'same', x'00ff')`))
	here.pull(there)

	c := here.conflicts(id)
	if c.Total != 2 || len(c.List) != 2 || c.More {
		t.Fatalf("%+v", c)
	}
	byKind := map[string]extension.Conflict{}
	for _, x := range c.List {
		byKind[x.Kind] = x
	}
	lost, hid := byKind["lost"], byKind["unique"]
	if lost.Table != "notes" || cell(lost.Gone, "body") != "text written here" || len(lost.Gone) != 1 || !lost.Restorable || lost.Hidden {
		t.Errorf("%+v", lost)
	}
	if body := lost.Row[2]; body.Text != strings.Repeat("é", 240) || !body.Cut || body.Size != 2000 || !lost.Row[0].Key {
		t.Errorf("%+v", body)
	}
	if hid.Table != "notes" || cell(hid.Row, "body") != "number 7" || cell(hid.Seen, "body") != "blob " || !hid.Hidden || !hid.Restorable {
		t.Errorf("%+v", hid)
	}
	page, err := here.Conflicts(t.Context(), id, 0, 1)
	if err != nil || !page.More || len(page.List) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	if page, err = here.Conflicts(t.Context(), id, page.List[0].ID, 1); err != nil || page.More || len(page.List) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}

	nobody := parse(t, strings.Replace(id.String(), ".feed-reader", ".nobody", 1))
	if err := here.RestoreConflict(t.Context(), nobody, lost.ID); fault.Code(err) != extension.CodeNotFound {
		t.Errorf("by another app: %v", err)
	}
	if err := here.RestoreConflict(t.Context(), id, 999); fault.Code(err) != "crdt.no_conflict" {
		t.Errorf("none: %v", err)
	}
	for _, conflict := range []int64{lost.ID, hid.ID} {
		if err := here.RestoreConflict(t.Context(), id, conflict); err != nil {
			t.Fatal(err)
		}
	}
	if got := here.query(notes(id, `SELECT group_concat(id || ' ' || body, ', ') FROM (SELECT * FROM {notes} ORDER BY id)`)); got != "h 7, n written here" {
		t.Errorf("restored: %v", got)
	}
	there.pull(here)
	if got := there.query(notes(id, `SELECT group_concat(id || ' ' || body, ', ') FROM (SELECT * FROM {notes} ORDER BY id)`)); got != "h 7, n written here" {
		t.Errorf("on the other device: %v", got)
	}
	// The row that was seen until now is hidden in its turn, and listed.
	c = here.conflicts(id)
	if c.Total != 1 || cell(c.List[0].Row, "body") != "blob " {
		t.Fatalf("%+v", c)
	}
	if err := here.DismissConflict(t.Context(), id, c.List[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := here.DismissConflict(t.Context(), id, c.List[0].ID); fault.Code(err) != "crdt.no_conflict" {
		t.Errorf("twice: %v", err)
	}
	if c := here.conflicts(id); c.Total != 0 {
		t.Errorf("dismissed: %+v", c)
	}
	here.sound()
}

func TestARestoredValueHasToFit(t *testing.T) {
	here, there := newVault(t), newVault(t)
	var id manifest.ID
	for _, v := range []*vault{here, there} {
		id = v.install(feedReader(t, "1.0.0", uniqueTitles))
	}
	here.exec(notes(id, `INSERT INTO {notes} VALUES ('n', 'first', 1)`))
	there.pull(here)
	here.exec(notes(id, `UPDATE {notes} SET title = 'mine' WHERE id = 'n'`))
	there.exec(notes(id, `UPDATE {notes} SET title = 'theirs' WHERE id = 'n'`))
	here.pull(there)
	here.exec(notes(id, `INSERT INTO {notes} VALUES ('m', 'mine', 2)`))
	c := here.conflicts(id)
	if c.Total != 1 {
		t.Fatalf("%+v", c)
	}
	if err := here.RestoreConflict(t.Context(), id, c.List[0].ID); fault.Code(err) != "extension.conflict_fits_not" {
		t.Errorf("%v", err)
	}
	if c := here.conflicts(id); c.Total != 1 {
		t.Errorf("it is off the list: %+v", c)
	}
}

// jsonIndex makes an index that fails on what is not JSON, unless the title is
// "plain".
const jsonIndex = `CREATE INDEX {{notes_x}} ON {{notes}} (CASE WHEN title = 'plain' THEN 1 ELSE json_extract(body, '$.a') END);`

func withIndex() map[string]string {
	return map[string]string{"m/1.sql": uniqueTitles["m/1.sql"], "m/2.sql": jsonIndex}
}

func TestRefusedValuesAreRestoredWhenTheyFit(t *testing.T) {
	here, there := newVault(t), newVault(t)
	id := there.install(feedReader(t, "1.0.0", uniqueTitles))
	here.install(feedReader(t, "1.0.0", uniqueTitles))
	here.install(feedReader(t, "1.1.0", withIndex()))
	there.exec(notes(id, `INSERT INTO {notes} VALUES ('n', 'first', '[1]')`))
	here.pull(there)
	there.exec(notes(id, `UPDATE {notes} SET body = 'no json'`))
	here.pull(there)
	c := here.conflicts(id)
	if c.Total != 1 || c.List[0].Kind != "refused" || !c.List[0].Restorable || cell(c.List[0].Gone, "body") != "text no json" || cell(c.List[0].Row, "body") != "text [1]" {
		t.Fatalf("%+v", c)
	}
	if err := here.RestoreConflict(t.Context(), id, c.List[0].ID); fault.Code(err) != "crdt.refused" {
		t.Errorf("it does not fit: %v", err)
	}
	here.exec(notes(id, `UPDATE {notes} SET title = 'plain'`))
	if c = here.conflicts(id); c.Total != 1 {
		t.Fatalf("%+v", c)
	}
	if err := here.RestoreConflict(t.Context(), id, c.List[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := here.query(notes(id, `SELECT body FROM {notes}`)); got != "no json" {
		t.Errorf("%v", got)
	}
	if c = here.conflicts(id); c.Total != 0 {
		t.Errorf("%+v", c)
	}
	here.sound()
}

// TestARestoredValueHasToSuitItsTable: what SQLite refuses for no constraint.
func TestARestoredValueHasToSuitItsTable(t *testing.T) {
	here, there := newVault(t), newVault(t)
	id := there.install(feedReader(t, "1.0.0", uniqueTitles))
	here.install(feedReader(t, "1.0.0", uniqueTitles))
	here.exec(notes(id, `INSERT INTO {notes} VALUES ('n', 'first', '[1]')`))
	there.pull(here)
	here.exec(notes(id, `UPDATE {notes} SET body = 'no json'`))
	there.exec(notes(id, `UPDATE {notes} SET body = '[2]'`))
	here.pull(there)
	here.install(feedReader(t, "1.1.0", withIndex()))
	c := here.conflicts(id)
	if c.Total != 1 || !c.List[0].Restorable {
		t.Fatalf("%+v", c)
	}
	if err := here.RestoreConflict(t.Context(), id, c.List[0].ID); fault.Code(err) != "extension.conflict_fits_not" {
		t.Errorf("%v", err)
	}
}

// TestWhatIsDoneIsToldThoughItCannotBeNoted: counting and noting come after the
// write.
func TestWhatIsDoneIsToldThoughItCannotBeNoted(t *testing.T) {
	here, there := newVault(t), newVault(t)
	id := there.install(feedReader(t, "1.0.0", uniqueTitles))
	here.install(feedReader(t, "1.0.0", uniqueTitles))
	here.exec(notes(id, `INSERT INTO {notes} VALUES ('n', 'first', 1)`))
	there.pull(here)
	here.exec(notes(id, `UPDATE {notes} SET body = 'mine'`))
	there.exec(notes(id, `UPDATE {notes} SET body = 'theirs'`))
	here.pull(there)
	for _, table := range []string{"alcove_ledger", "alcove_usage"} {
		for _, event := range []string{"INSERT", "UPDATE"} {
			here.exec(`CREATE TRIGGER ` + table + event + ` BEFORE ` + event + ` ON ` + table + ` BEGIN SELECT RAISE(ABORT, 'full'); END`)
		}
	}
	first := here.history(id).Moments
	if err := here.RestoreConflict(t.Context(), id, here.conflicts(id).List[0].ID); err != nil {
		t.Errorf("restored: %v", err)
	}
	out, err := here.PutBack(t.Context(), id, first[len(first)-1].Moment)
	if err != nil || out.Changed != 1 || out.Undo == 0 {
		t.Errorf("put back: %+v, %v", out, err)
	}
	if got := here.query(notes(id, `SELECT body FROM {notes}`)); got != int64(1) {
		t.Errorf("%v", got)
	}
}

// TestARestoredValueHasToHaveWhatItRefersTo: the foreign key is looked at when
// the transaction ends.
func TestARestoredValueHasToHaveWhatItRefersTo(t *testing.T) {
	here, there := newVault(t), newVault(t)
	var id manifest.ID
	for _, v := range []*vault{here, there} {
		id = v.install(feedReader(t, "1.0.0", map[string]string{"m/1.sql": `CREATE TABLE {{notes}} (id TEXT PRIMARY KEY NOT NULL, up TEXT REFERENCES {{notes}} DEFERRABLE INITIALLY DEFERRED);`}))
	}
	here.exec(notes(id, `INSERT INTO {notes} VALUES ('p', NULL), ('n', NULL)`))
	there.pull(here)
	here.exec(notes(id, `UPDATE {notes} SET up = 'p' WHERE id = 'n'`))
	there.exec(notes(id, `UPDATE {notes} SET up = 'n' WHERE id = 'n'`))
	here.pull(there)
	here.exec(notes(id, `DELETE FROM {notes} WHERE id = 'p'`))
	c := here.conflicts(id)
	if c.Total != 1 || cell(c.List[0].Gone, "up") != "text p" {
		t.Fatalf("%+v", c)
	}
	if err := here.RestoreConflict(t.Context(), id, c.List[0].ID); fault.Code(err) != "extension.conflict_fits_not" {
		t.Errorf("%v", err)
	}
	here.sound()
}
