package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// tape is a tracker that writes down what it is told, or does something else.
type tape struct {
	said   []string
	undone int
	flush  func(*Tx, *Changes) error
}

func (p *tape) Flush(tx *Tx, c *Changes) error {
	for _, t := range c.Tables {
		p.said = append(p.said, spell(t)...)
	}
	if c.OldDropped {
		p.said = append(p.said, "old dropped")
	}
	if p.flush != nil {
		return p.flush(tx, c)
	}
	return nil
}

func (p *tape) Undone() { p.undone++ }

func (p *tape) Migrate(*Tx, MigrationStep) (MigrationTracker, error) { return nil, nil }

// take returns what was said since the last time.
func (p *tape) take() string {
	said := strings.Join(p.said, " ")
	p.said = nil
	return said
}

// spell writes changes down: i, u and d, the table's ID, the rowid or key, the
// bits, and the old values.
func spell(t TableChanges) (words []string) {
	id := func(rowid int64, key []byte, rowids bool) string {
		if rowids {
			return fmt.Sprint(rowid)
		}
		return spellValues(key)
	}
	for _, r := range t.Inserted {
		word := fmt.Sprintf("i%d:%d", t.ID, r.Lo)
		if r.Hi != r.Lo {
			word += fmt.Sprintf("-%d", r.Hi)
		}
		words = append(words, word)
	}
	for _, k := range t.InsertedKeys {
		words = append(words, fmt.Sprintf("i%d:%s", t.ID, spellValues(k)))
	}
	for _, u := range t.Updated {
		word := fmt.Sprintf("u%d:%s/%b", t.ID, id(u.Rowid, u.Key, u.Key == nil), u.Set)
		if u.Old != nil {
			word += "=" + spellValues(u.Old)
		}
		words = append(words, word)
	}
	for _, d := range t.Deleted {
		word := fmt.Sprintf("d%d:", t.ID)
		if d.Rowid != 0 {
			word += fmt.Sprintf("%d@", d.Rowid)
		}
		word += spellValues(d.Key)
		if d.Old != nil {
			word += "=" + spellValues(d.Old)
		}
		words = append(words, word)
	}
	return words
}

func spellValues(b []byte) string {
	var words []string
	for len(b) > 0 {
		v, rest, err := sqlvalue.Read(b)
		if err != nil {
			return "malformed"
		}
		words, b = append(words, strings.ReplaceAll(fmt.Sprintf("%#v", v.Go()), " ", "")), rest
	}
	return strings.Join(words, ",")
}

// tracked makes a store in which tables of the extension notes are tracked, as
// their definitions say.
func tracked(t testing.TB, text string, history bool) (*Store, *Confined, *tape) {
	t.Helper()
	s := create(t)
	p := &tape{}
	s.SetTracker(p)
	if err := migrate(s, 1, notesPrefix, migration("0001", text)); err != nil {
		t.Fatal(err)
	}
	if err := s.UpdateTx(t.Context(), func(tx *Tx) error { return trackAll(tx, history) }); err != nil {
		t.Fatal(err)
	}
	c := s.Confine(Rights{Own: notesPrefix}, DefaultLimits())
	t.Cleanup(c.Close)
	return s, c, p
}

// trackAll tracks all tables of the extension notes, in the order of their
// names, as 1, 2 and so on.
func trackAll(tx *Tx, history bool) error {
	var all []Tracked
	err := tx.conn.handle.rows(`SELECT name, wr FROM pragma_table_list WHERE type = 'table' AND name LIKE ?||'%' ORDER BY name`, []any{notesPrefix}, func(row []any) error {
		all = append(all, Tracked{ID: int64(len(all) + 1), Table: row[0].(string), Rowid: row[1] == int64(0), History: history})
		return nil
	})
	for i := range all {
		if err == nil {
			err = describe(tx.conn.handle, &all[i])
		}
	}
	if err != nil {
		return err
	}
	return tx.Track(all...)
}

// describe fills in the columns and the key.
func describe(h handle, t *Tracked) error {
	keys := map[int64]int{}
	err := h.rows("SELECT name, pk, \"notnull\", type FROM pragma_table_info(?)", []any{t.Table}, func(row []any) error {
		name := row[0].(string)
		column := TrackedColumn{Name: name, Bit: len(t.Columns)}
		switch {
		case strings.HasPrefix(name, "nc"):
			column.Collation = sqlvalue.NoCase
		case strings.HasPrefix(name, "rt"):
			column.Collation = sqlvalue.RTrim
		}
		if pk := row[1].(int64); pk > 0 {
			keys[pk] = len(t.Columns)
			t.KeyMayBeNull = t.KeyMayBeNull || row[2] == int64(0) && !strings.EqualFold(row[3].(string), "INTEGER")
		}
		t.Columns = append(t.Columns, column)
		return nil
	})
	for i := range len(keys) {
		t.Key = append(t.Key, keys[int64(i+1)])
	}
	return err
}

func TestChangesAreCaptured(t *testing.T) {
	const tables = `
		CREATE TABLE {a} (k TEXT PRIMARY KEY NOT NULL, x, y UNIQUE);
		CREATE TABLE {b} (id INTEGER PRIMARY KEY, x, y UNIQUE);`
	_, c, p := tracked(t, tables, false)
	for _, tt := range []struct{ text, want string }{
		{`INSERT INTO {a} VALUES ('k1', 1, 1)`, `i1:1`},
		{`INSERT INTO {a} VALUES ('k2', 1, 2), ('k3', 1, 3), ('k4', 1, 4)`, `i1:2-4`},
		{`UPDATE {a} SET x = 1`, ``},
		{`UPDATE {a} SET x = 1.0 WHERE k = 'k1'`, `u1:1/10`},
		{`UPDATE {a} SET x = 2, y = y + 10 WHERE k < 'k3'`, `u1:1/110 u1:2/110`},
		{`UPDATE {a} SET k = 'k0' WHERE k = 'k1'`, `i1:1 d1:1@"k1"`},
		{`UPDATE {a} SET rowid = 9 WHERE k = 'k4'`, `i1:9 d1:4@"k4"`},
		{`DELETE FROM {a} WHERE k >= 'k2'`, `d1:2@"k2" d1:3@"k3" d1:9@"k4"`},
		{`INSERT INTO {b} VALUES (7, 1, 1), (5, 2, 2), (6, 3, 3)`, `i2:5-7`},
		{`REPLACE INTO {b} VALUES (7, 5, 5)`, `i2:7 d2:7@7`},
		{`DELETE FROM {b}`, `d2:5@5 d2:6@6 d2:7@7`},
	} {
		execute(t, c, tt.text)
		if got := p.take(); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}
