package converge

import "testing"

// withRows is a migration that makes rows of notes.
func withRows(text string) evolution {
	return evolution{"0002", text, &schemaDef{tables: []*tableDef{notes()}}}
}

// One device has forgotten that a key died, and its migration makes a row of it;
// the other, which still knows, found nothing to make it of.
func TestARowThatAMigrationMadeWinsOverASettledTombstone(t *testing.T) {
	w, d := story(t, 2, notes())
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'old', 1), ('from', 'x', 2)")
	w.do(d[0], "DELETE FROM {t0} WHERE k = 'k'")
	w.exchange()
	w.agree()
	w.collect(d[0])
	w.do(d[1], "DELETE FROM {t0} WHERE k = 'from'")
	step := withRows("INSERT OR IGNORE INTO {t0} SELECT 'k', c0, 3 FROM {t0} WHERE k = 'from'")
	w.upgrade(d[0], step)
	w.upgrade(d[1], step)
	w.meet()
	w.shows("SELECT * FROM {t0}", `"k" "x" 3`)
}

// A row that a migration made, and a person deleted, made and deleted again,
// stays deleted, also for who runs the migration after a collection.
func TestADeletedSeedStaysDeletedAfterACollection(t *testing.T) {
	w, d := story(t, 3, notes())
	step := withRows("INSERT OR IGNORE INTO {t0} VALUES ('seed', 'made', 0)")
	w.upgrade(d[0], step)
	w.upgrade(d[1], step)
	w.do(d[0], "DELETE FROM {t0} WHERE k = 'seed'")
	w.do(d[0], "INSERT INTO {t0} VALUES ('seed', 'by hand', 1)")
	w.do(d[0], "DELETE FROM {t0} WHERE k = 'seed'")
	w.exchange()
	w.agree()
	w.collect(d[0])
	w.collect(d[2])
	w.upgrade(d[2], step)
	w.meet()
	w.shows("SELECT k FROM {t0}")
}
