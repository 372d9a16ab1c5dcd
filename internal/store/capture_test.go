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

func TestCapturesKnowsATableByItsNameAsSQLiteComparesIt(t *testing.T) {
	s, _, _ := tracked(t, "CREATE TABLE {\u00c4Pfel} (id INTEGER PRIMARY KEY, x)", false)
	err := s.UpdateTx(t.Context(), func(tx *Tx) error {
		table := Tracked{ID: 1, Table: notesPrefix + "\u00c4Pfel", Rowid: true}
		if err := describe(tx.conn.handle, &table); err != nil {
			return err
		}
		if is, err := tx.Captures(table); err != nil || !is {
			t.Errorf("%v %v", is, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
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
