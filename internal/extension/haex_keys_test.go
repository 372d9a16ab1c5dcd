package extension_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/store"
)

// device is a vault with a haex app on it, and its tables as the app reaches
// them.
type device struct {
	*vault
	app *store.Confined
	id  manifest.ID
}

func newDevice(t *testing.T, data []byte) *device {
	t.Helper()
	d := &device{vault: newVault(t)}
	d.id = d.install(data)
	d.app = d.st.Confine(store.Rights{Own: d.id.TablePrefix()}, store.DefaultLimits())
	t.Cleanup(d.app.Close)
	return d
}

// add inserts a row without a number, and returns the number it was given.
func (d *device) add(body string) int64 {
	d.Helper()
	out, err := d.app.Execute(d.Context(), store.Statement{SQL: "INSERT INTO `" + d.id.Table("notes") + "` (body) VALUES (?)", Params: []any{body}})
	if err != nil {
		d.Fatal(err)
	}
	return out.LastInsertID
}

// notes are the rows, by their numbers.
func (d *device) notes() (list []string) {
	d.Helper()
	rows, err := d.app.Query(d.Context(), store.Statement{SQL: "SELECT id, body FROM `" + d.id.Table("notes") + "` ORDER BY id"})
	if err != nil {
		d.Fatal(err)
	}
	for _, row := range rows.Rows {
		list = append(list, fmt.Sprintf("%v %v", row[0], row[1]))
	}
	return list
}

// TestAHaexAppMayLetSQLiteNumberItsRows: what two devices number alike does not
// mix, and neither is lost.
func TestAHaexAppMayLetSQLiteNumberItsRows(t *testing.T) {
	for _, key := range []string{"integer PRIMARY KEY NOT NULL", "integer PRIMARY KEY AUTOINCREMENT NOT NULL"} {
		t.Run(key, func(t *testing.T) {
			table := "`" + bundletest.ID(1, "haex-probe").Table("notes") + "`"
			data := bundletest.BuildHaex(t, map[string]string{"db/0.sql": "CREATE TABLE " + table + " (`id` " + key + ", `body` text);"}, bundletest.With("migrationsDir", "db"))
			a, b := newDevice(t, data), newDevice(t, data)
			if first, second := a.add("first"), a.add("second"); first != 1 || second != 2 {
				t.Errorf("numbered %d and %d", first, second)
			}
			b.pull(a.vault)
			if n := b.add("of b"); n != 3 {
				t.Errorf("numbered %d", n)
			}
			if n := a.add("of a"); n != 3 {
				t.Errorf("numbered %d", n)
			}
			a.pull(b.vault)
			b.pull(a.vault)
			if got := a.notes(); !reflect.DeepEqual(got, b.notes()) || len(got) != 3 {
				t.Errorf("%q on one, %q on the other", got, b.notes())
			}
			// The newer of both is seen, the older is among the conflicts, whole.
			if got := a.notes()[2]; got != "3 of a" {
				t.Error(got)
			}
			for _, d := range []*device{a, b} {
				c := d.conflicts(d.id)
				if c.Total != 1 || cell(c.List[0].Row, "body") != "text of b" {
					t.Errorf("%+v", c)
				}
				d.sound()
			}
			// Both go on, and what they make meets.
			n := a.add("fourth")
			b.pull(a.vault)
			if got := b.notes(); n != 4 || len(got) != 4 || got[3] != "4 fourth" {
				t.Errorf("numbered %d, %q", n, got)
			}
		})
	}
}

// TestANativeAppGivesItsRowsTheirKeys: the leave is for haex apps only.
func TestANativeAppGivesItsRowsTheirKeys(t *testing.T) {
	v := newVault(t)
	review := v.stage(feedReader(t, "1.0.0", map[string]string{"m/1.sql": "CREATE TABLE {{notes}} (id INTEGER PRIMARY KEY, body TEXT);"}))
	if _, err := v.Accept(t.Context(), review.ID, nil, true, nil); fault.Of(err).Data["cause"] != "db.key_automatic" {
		t.Errorf("%v", err)
	}
}

// TestWhatRefersToANumberMeansTheRowThatIsSeen: a reference does not say which
// of two rows it meant. Taking the older one back gives it what was its own.
func TestWhatRefersToANumberMeansTheRowThatIsSeen(t *testing.T) {
	app := bundletest.ID(1, "haex-probe")
	notes, parts := "`"+app.Table("notes")+"`", "`"+app.Table("parts")+"`"
	data := bundletest.BuildHaex(t, map[string]string{
		"db/0.sql": "CREATE TABLE " + notes + " (`id` integer PRIMARY KEY NOT NULL, `body` text);--> statement-breakpoint\n" +
			"CREATE TABLE " + parts + " (`id` text PRIMARY KEY NOT NULL, `note` integer REFERENCES " + notes + "(`id`));",
	}, bundletest.With("migrationsDir", "db"))
	a, b := newDevice(t, data), newDevice(t, data)
	older := b.add("of b")
	if _, err := b.app.Execute(t.Context(), store.Statement{SQL: "INSERT INTO " + parts + " VALUES ('part of b', ?)", Params: []any{older}}); err != nil {
		t.Fatal(err)
	}
	a.add("of a")
	a.pull(b.vault)
	b.pull(a.vault)
	whole := "SELECT n.body || ': ' || p.id FROM " + notes + " n JOIN " + parts + " p ON p.note = n.id"
	for _, d := range []*device{a, b} {
		if got := d.query(whole); got != "of a: part of b" {
			t.Errorf("%v", got)
		}
		d.sound()
	}
	if err := a.RestoreConflict(t.Context(), a.id, a.conflicts(a.id).List[0].ID); err != nil {
		t.Fatal(err)
	}
	b.pull(a.vault)
	for _, d := range []*device{a, b} {
		if got := d.query(whole); got != "of b: part of b" {
			t.Errorf("%v", got)
		}
		d.sound()
	}
}
