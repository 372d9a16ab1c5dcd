package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
)

// captureTrigger begins the names of the triggers on tracked tables; the ID of
// the table and the kind follow: alcove_crdt_t_7_i.
const captureTrigger = "alcove_crdt_t_"

// isCaptureTrigger reports whether name, in lower case, is that of one of them,
// of the given kind unless that is "".
func isCaptureTrigger(name, kind string) bool {
	rest, ok := strings.CutPrefix(name, captureTrigger)
	if !ok {
		return false
	}
	id, k, ok := strings.Cut(rest, "_")
	known := k == "i" || k == "u" || k == "d"
	return ok && id != "" && strings.Trim(id, "0123456789") == "" && (k == kind || kind == "" && known)
}

// Track captures what happens to tables from now on. Called for a table that is
// tracked already it replaces what was said of it. It makes the triggers that
// are not there as they should be, and does nothing to those that are, so that
// it is also how tracking begins when a store is opened. An undone transaction
// undoes it.
//
// Triggers of SQLite run newest first, and one that ends with RAISE(FAIL) or
// RAISE(IGNORE) keeps those after it from running. So whoever makes a trigger
// on a tracked table calls Track again afterwards.
//
// quota.schema if a table has too many columns.
func (t *Tx) Track(all ...Tracked) error {
	c := t.conn.capture
	if c == nil {
		return errors.New("track: the transaction only reads")
	}
	have, err := t.conn.handle.captureTriggers()
	if err != nil {
		return err
	}
	tables := c.copyTables(len(all))
	for _, tracked := range all {
		table, err := newCaptured(tracked)
		if err != nil {
			return err
		}
		want, err := table.triggers(t.conn.handle)
		if err != nil {
			return err
		}
		if !slices.Equal(have[lowerASCII(tracked.Table)], want) {
			if err := t.makeTriggers(tracked.ID, want); err != nil {
				return err
			}
		}
		tables[tracked.ID] = table
	}
	c.tables, c.last = tables, nil
	return nil
}

// Captures reports whether the triggers of a table are exactly those that Track
// makes.
func (t *Tx) Captures(tracked Tracked) (bool, error) {
	have, err := t.conn.handle.captureTriggers()
	if err != nil {
		return false, err
	}
	table, err := newCaptured(tracked)
	if err != nil {
		return false, err
	}
	want, err := table.triggers(t.conn.handle)
	return slices.Equal(have[lowerASCII(tracked.Table)], want), err
}

// Untrack drops the triggers of a table. The table need not be there any more.
func (t *Tx) Untrack(id int64) error {
	c := t.conn.capture
	if c == nil {
		return errors.New("untrack: the transaction only reads")
	}
	if err := t.makeTriggers(id, nil); err != nil {
		return err
	}
	tables := c.copyTables(0)
	delete(tables, id)
	c.tables, c.last = tables, nil
	return nil
}

// Capture turns capturing off, and on again, for the rest of the transaction.
func (t *Tx) Capture(on bool) {
	if c := t.conn.capture; c != nil {
		c.paused = !on
	}
}

func (c *capture) copyTables(more int) map[int64]*captured {
	tables := make(map[int64]*captured, len(c.tables)+more)
	for id, t := range c.tables {
		tables[id] = t
	}
	return tables
}

// makeTriggers drops the triggers of a table and makes those of texts.
func (t *Tx) makeTriggers(id int64, texts []string) error {
	for _, f := range captureFunctions {
		if err := t.Exec("DROP TRIGGER IF EXISTS " + quoteName(triggerName(id, f.kind))); err != nil {
			return err
		}
	}
	for _, text := range texts {
		if err := t.Exec(text); err != nil {
			return err
		}
	}
	return nil
}

func triggerName(id int64, kind string) string {
	return fmt.Sprintf("%s%d_%s", captureTrigger, id, kind)
}

// captureTriggers returns the newest triggers of every table, as many as
// tracking makes, oldest first, by the table's name in lower case.
func (h handle) captureTriggers() (map[string][]string, error) {
	newest := map[string][]string{}
	err := h.rows("SELECT lower(tbl_name), sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid", nil, func(row []any) error {
		table, _ := row[0].(string)
		text, _ := row[1].(string)
		newest[table] = append(newest[table], text)
		newest[table] = newest[table][max(0, len(newest[table])-len(captureFunctions)):]
		return nil
	})
	return newest, err
}

func newCaptured(tracked Tracked) (*captured, error) {
	if len(tracked.Key) == 0 {
		return nil, errors.New("track: a table without a key")
	}
	t := &captured{Tracked: tracked, extent: -1}
	for i, column := range tracked.Columns {
		if column.Bit < 0 || column.Bit > maxBit {
			return nil, fault.New("quota.schema", fmt.Sprintf("A table that is kept in sync may have %d columns. Make two tables of it.", maxBit))
		}
		t.byBit = append(t.byBit, i)
	}
	slices.SortFunc(t.byBit, func(a, b int) int { return tracked.Columns[a].Bit - tracked.Columns[b].Bit })
	for _, i := range tracked.Key {
		t.keySet |= 1 << tracked.Columns[i].Bit
		if !tracked.Rowid || tracked.KeyMayBeNull {
			t.inserts = append(t.inserts, i)
		}
		t.deletes = append(t.deletes, i)
	}
	if tracked.History {
		t.deletes = nil
		for i := range tracked.Columns {
			t.deletes = append(t.deletes, i)
		}
	}
	return t, nil
}

// maxBit is the greatest Bit of a column. SQLite takes so many arguments.
const maxBit = 61

// triggers returns the texts of the triggers, as SQLite keeps them. The
// function returns NULL, so their bodies never run. They are there because a
// statement that may end in RAISE(ABORT) gets a savepoint of its own, which it
// needs also when the function fails.
func (t *captured) triggers(h handle) ([]string, error) {
	id := fmt.Sprint(t.ID)
	insert, update, remove := []string{id}, []string{id}, []string{id}
	if t.Rowid {
		rowid, err := h.rowidName(t.Table)
		if err != nil {
			return nil, err
		}
		insert = append(insert, "NEW."+rowid)
		update = append(update, "OLD."+rowid, "NEW."+rowid)
		remove = append(remove, "OLD."+rowid)
	}
	column := func(row string, i int) string { return row + "." + quoteName(t.Columns[i].Name) }
	for _, i := range t.inserts {
		insert = append(insert, column("NEW", i))
	}
	for i := range t.Columns {
		update = append(update, column("OLD", i), column("NEW", i))
	}
	for _, i := range t.deletes {
		remove = append(remove, column("OLD", i))
	}
	text := func(kind, event string, args []string) string {
		return fmt.Sprintf("CREATE TRIGGER %s AFTER %s ON %s WHEN %s%s(%s) BEGIN SELECT RAISE(ABORT, ''); END",
			quoteName(triggerName(t.ID, kind)), event, quoteName(t.Table), captureFunction, kind, strings.Join(args, ", "))
	}
	return []string{text("i", "INSERT", insert), text("u", "UPDATE", update), text("d", "DELETE", remove)}, nil
}

// rowidName is a name of the rowid that no column of the table has.
func (h handle) rowidName(table string) (string, error) {
	names := []string{"rowid", "_rowid_", "oid"}
	err := h.rows("SELECT lower(name) FROM pragma_table_xinfo(?)", []any{table}, func(row []any) error {
		names = slices.DeleteFunc(names, func(name string) bool { return name == row[0] })
		return nil
	})
	if err == nil && len(names) == 0 {
		err = fault.New("db.key_missing", "A table has columns named rowid, _rowid_ and oid. Give one of them another name.")
	}
	if err != nil {
		return "", err
	}
	return names[0], nil
}
