package crdt

import (
	"context"
	"fmt"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

// Check makes sure that the clocks of every tracked table fit its rows: each row
// has a birth, there are no clocks without a row, ranges do not meet, stamps
// name sites that are known, and the triggers are as they should be; and that what
// is kept of migrations says of sites that are known what can be. progress, if not
// nil, is told how many tables are done.
//
// Error: vault.tracking_damaged, if it is about a table with data table, without
// the app's prefix.
func (e *Engine) Check(ctx context.Context, progress func(done, total int64)) error {
	return e.st.ViewTx(ctx, func(tx *store.Tx) error {
		reg, err := loadRegistry(tx)
		if err != nil {
			return err
		}
		var list []*table
		for _, t := range reg.inOrder() {
			if t.name != "" {
				list = append(list, t)
			}
		}
		for i, t := range list {
			what, err := t.check(tx, reg)
			if err != nil {
				return err
			}
			captured, err := tx.Captures(t.tracked(!reg.historyOff[t.app]))
			if err != nil {
				return err
			}
			if !captured {
				what = "its triggers are not as they should be"
			}
			if what != "" {
				short := t.name[len(t.app):]
				return fault.Wrap("vault.tracking_damaged", fmt.Sprintf("What Alcove keeps to sync the table %s does not fit its rows: %s. "+
					"The rows themselves are good. Export the app's data before you sync this vault again.", short, what), errDamaged).With("table", short)
			}
			if progress != nil {
				progress(int64(i+1), int64(len(list)))
			}
		}
		what, err := checkLevels(tx, &reg.sites)
		if err == nil && what != "" {
			err = fault.Wrap("vault.tracking_damaged", fmt.Sprintf("What Alcove keeps to sync migrations is damaged: %s. "+
				"The apps' data is good. Export it before you sync this vault again.", what), errDamaged)
		}
		return err
	})
}

// checkLevels says what is wrong with what is kept of migrations, or "".
func checkLevels(tx *store.Tx, s *sites) (string, error) {
	_, found, err := oneInt(tx, "SELECT 1 FROM alcove_crdt_level WHERE m < 1 OR site NOT IN (SELECT id FROM alcove_crdt_site)"+
		" UNION ALL SELECT 1 FROM alcove_crdt_ran WHERE m < 1")
	if err != nil {
		return "", err
	}
	if found {
		return "a level is not one, or its site is not known", nil
	}
	q := tx.Query("SELECT seen FROM alcove_crdt_ran")
	for q.Step() {
		seen, unreadable := readSeen(q.ColumnBytes(0))
		for site := range seen {
			if site >= int64(len(s.ids)) {
				unreadable = errDamaged
			}
		}
		if unreadable != nil {
			q.Reset()
			return "what this device had seen before a migration cannot be read", nil //nolint:nilerr // it is what the check found
		}
	}
	return "", q.Err()
}

// check says what is wrong with the clocks of a table, or "".
func (t *table) check(tx *store.Tx, reg *registry) (string, error) {
	rows, rid := quote(t.name), t.rowidName
	if !t.rowid {
		rows, rid = t.of(kindKey), "rid"
		if what, err := t.checkNumbers(tx); what != "" || err != nil {
			return what, err
		}
	}
	r, o := t.of(kindRange), t.of(kindClocks)
	for what, text := range map[string]string{
		"two ranges meet": "SELECT 1 FROM " + r + " a WHERE a.hi < a.lo OR EXISTS (SELECT 1 FROM " + r + " b WHERE b.lo > a.lo AND b.lo <= a.hi)",
		"a row has no birth": "SELECT 1 FROM " + rows + " t WHERE NOT EXISTS (SELECT 1 FROM " + o + " o WHERE o.rid = t." + rid + ")" +
			" AND ifnull((SELECT r.hi FROM " + r + " r WHERE r.lo <= t." + rid + " ORDER BY r.lo DESC LIMIT 1) < t." + rid + ", 1)",
		"clocks without a row": "SELECT 1 FROM " + o + " o WHERE NOT EXISTS (SELECT 1 FROM " + rows + " t WHERE t." + rid + " = o.rid)",
		"a site is not known": "SELECT 1 FROM " + r + " WHERE site NOT IN (SELECT id FROM alcove_crdt_site)" +
			" UNION ALL SELECT 1 FROM " + t.of(kindTomb) + " WHERE site NOT IN (SELECT id FROM alcove_crdt_site) OR cl % 2 OR cl < 2",
	} {
		_, found, err := oneInt(tx, text)
		if err != nil {
			return "", err
		}
		if found {
			return what, nil
		}
	}
	return t.checkClocks(tx, reg)
}

// checkNumbers holds the numbers of a WITHOUT ROWID table against its rows.
func (t *table) checkNumbers(tx *store.Tx) (string, error) {
	q := tx.Query("SELECT " + t.keyList("") + " FROM " + quote(t.name))
	var k []byte
	rows := int64(0)
	for q.Step() {
		rows++
		k = t.appendRowKey(k[:0], q, 0)
		n := tx.Query(t.numberOf)
		n.Blob(1, k)
		found := n.Step()
		n.Reset()
		if !found {
			q.Reset()
			return "a row has no number", n.Err()
		}
	}
	if err := q.Err(); err != nil {
		return "", err
	}
	numbers, _, err := oneInt(tx, "SELECT count(*) FROM "+t.of(kindKey))
	if err == nil && numbers != rows {
		return "a number has no row", nil
	}
	return "", err
}

// checkClocks reads the clocks of every row that has some of its own.
func (t *table) checkClocks(tx *store.Tx, reg *registry) (string, error) {
	known := func(st stamp) bool { return st.site >= 0 && st.site < int64(len(reg.sites.ids)) }
	q := tx.Query("SELECT o.data, EXISTS (SELECT 1 FROM " + t.of(kindRange) + " r WHERE r.lo <= o.rid AND r.hi >= o.rid) FROM " + t.of(kindClocks) + " o")
	var c clocks
	for q.Step() {
		if unreadable := readClocks(q.ColumnBytes(0), &c); unreadable != nil {
			q.Reset()
			return "clocks of a row cannot be read", nil //nolint:nilerr // it is what the check found
		}
		var seen columns
		what := ""
		switch {
		case !c.born() && q.ColumnInt(1) == 0:
			what = "a row has no birth"
		case c.born() && (c.cl%2 == 0 || !known(c.birth)):
			what = "the birth of a row is wrong"
		}
		for _, e := range c.entries {
			if e.set == 0 || e.set&seen != 0 || e.set&^t.all != 0 || !known(e.stamp) {
				what = "the clocks of a row are wrong"
			}
			seen |= e.set
		}
		if what != "" {
			q.Reset()
			return what, nil
		}
	}
	return "", q.Err()
}
