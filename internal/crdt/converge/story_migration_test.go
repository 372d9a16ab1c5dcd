package converge

import "testing"

// upgrade runs a migration on a device, which must go well.
func (w *world) upgrade(m *member, e evolution) {
	w.t.Helper()
	w.mixed = true
	if !w.evolve(m, e) {
		w.fail(m, "%s", w.trace[len(w.trace)-1])
	}
}

// withColumn is a migration that adds column c2 to notes.
func withColumn(decl columnDef, more string) evolution {
	def := notes()
	def.columns = append(def.columns, decl)
	return evolution{"0002", "ALTER TABLE {t0} ADD COLUMN " + decl.sql("") + more, &schemaDef{tables: []*tableDef{def}}}
}

var pinned = columnDef{name: "c2", decl: "INTEGER", notNull: true, fallback: "7"}

// What a newer version wrote into a column that an older one does not have
// waits there and is shown as soon as the migration has run.
func TestCellsOfAColumnThatIsNotThereYetWait(t *testing.T) {
	w, d := story(t, 3, notes())
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'first', 1)")
	w.exchange()
	step := withColumn(pinned, "")
	w.upgrade(d[0], step)
	w.do(d[0], "UPDATE {t0} SET c2 = 1")
	w.do(d[0], "INSERT INTO {t0} VALUES ('l', 'new', 2, 3)")
	w.do(d[1], "UPDATE {t0} SET c0 = 'offline'")
	w.do(d[1], "INSERT INTO {t0} VALUES ('m', 'old', 4)")
	w.exchange()
	w.shows("SELECT k, c0 FROM {t0} ORDER BY k", `"k" "offline"`, `"l" "new"`, `"m" "old"`)
	d[1].restart()
	w.upgrade(d[1], step)
	w.upgrade(d[2], step)
	w.shows("SELECT k, c2 FROM {t0} ORDER BY k", `"k" 1`, `"l" 3`, `"m" 7`)
	w.meet()
}

// A migration that fills a column from another does not win over edits. Devices
// that ran it over different rows agree in the end on one of what it made, the
// greater in exact form; it is not made anew from the edit.
func TestBackfillsOfDifferentRowsAgree(t *testing.T) {
	w, d := story(t, 3, notes())
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'first', 1), ('l', 'second', 2)")
	w.exchange()
	step := withColumn(columnDef{name: "c2", decl: "TEXT"}, ";\nUPDATE {t0} SET c2 = c0 || '!'")
	w.do(d[1], "UPDATE {t0} SET c0 = 'zzz' WHERE k = 'k'") // offline
	w.upgrade(d[0], step)
	w.do(d[0], "UPDATE {t0} SET c2 = 'by hand' WHERE k = 'l'")
	w.upgrade(d[1], step)
	w.exchange()
	w.upgrade(d[2], step)
	w.meet()
	w.shows("SELECT c0, c2 FROM {t0} ORDER BY k", `"zzz" "first!"`, `"second" "by hand"`)
}

// A late updater rebuilds its table; what it rewrites is no edit of its own.
func TestRebuildingLateDoesNotUndoEdits(t *testing.T) {
	w, d := story(t, 3, notes())
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'first', 1), ('l', 'second', 2)")
	w.exchange()
	def := notes()
	def.columns[2].decl = "TEXT" // 1 becomes '1'
	next := &schemaDef{tables: []*tableDef{def}}
	step := evolution{"0002", next.rebuild(def), next}
	w.retyped = true
	w.upgrade(d[0], step)
	w.do(d[0], "UPDATE {t0} SET c0 = 'edited' WHERE k = 'k'")
	w.do(d[0], "DELETE FROM {t0} WHERE k = 'l'")
	w.do(d[1], "UPDATE {t0} SET c1 = 5 WHERE k = 'l'")
	w.do(d[1], "INSERT INTO {t0} VALUES ('m', 'offline', 3)")
	w.upgrade(d[1], step)
	w.exchange()
	w.upgrade(d[2], step)
	w.meet()
	w.shows("SELECT * FROM {t0} ORDER BY k", `"k" "edited" "1"`, `"m" "offline" "3"`)
}

// Renamed columns and tables stay the same ones.
func TestRenamedColumnsAndTablesStayTheSame(t *testing.T) {
	w, d := story(t, 2, notes())
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'first', 1)")
	w.exchange()
	def := notes()
	def.name, def.columns[1].name = "renamed", "title"
	step := evolution{"0002", "ALTER TABLE {t0} RENAME TO {renamed}; ALTER TABLE {renamed} RENAME COLUMN c0 TO title", &schemaDef{tables: []*tableDef{def}}}
	w.upgrade(d[0], step)
	w.do(d[0], "UPDATE {renamed} SET title = 'new name'")
	w.do(d[1], "UPDATE {t0} SET c1 = 2")
	w.exchange()
	w.upgrade(d[1], step)
	w.meet()
	w.shows("SELECT k, title, c1 FROM {renamed}", `"k" "new name" 2`)
}

// Edits of a column that was dropped are gone with it, those of other columns
// are not.
func TestEditsOfADroppedColumnGoWithIt(t *testing.T) {
	w, d := story(t, 2, notes())
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'first', 1)")
	w.exchange()
	def := notes()
	def.columns = def.columns[:2]
	step := evolution{"0002", "ALTER TABLE {t0} DROP COLUMN c1", &schemaDef{tables: []*tableDef{def}}}
	w.upgrade(d[0], step)
	w.do(d[0], "UPDATE {t0} SET c0 = 'new'")
	w.do(d[1], "UPDATE {t0} SET c1 = 2")
	w.do(d[1], "INSERT INTO {t0} VALUES ('l', 'old', 3)")
	w.exchange()
	w.upgrade(d[1], step)
	w.meet()
	w.shows("SELECT * FROM {t0} ORDER BY k", `"k" "new"`, `"l" "old"`)
}

// Rows of a table that a device does not have wait, whole, through a restart
// and through a snapshot, until it has it.
func TestRowsOfATableThatIsNotThereYetWait(t *testing.T) {
	w, d := story(t, 3, notes())
	second := notes()
	second.name = "t1"
	second.uniques = []uniqueDef{unique(1)}
	next := &schemaDef{tables: []*tableDef{notes(), second}}
	step := evolution{"0002", second.sql(next, "t1"), next}
	w.upgrade(d[0], step)
	w.do(d[0], "INSERT INTO {t1} VALUES ('k', 'first', 1), ('l', 'second', 2)")
	w.do(d[0], "DELETE FROM {t1} WHERE k = 'l'")
	w.publish(d[0])
	w.catchUp(d[1])
	w.do(d[0], "UPDATE {t1} SET c0 = 'later'")
	w.exchange()
	d[1].restart()
	w.restore(d[2], w.snapshot(d[1]))
	w.upgrade(d[1], step)
	w.upgrade(d[2], step)
	w.shows("SELECT * FROM {t1}", `"k" "later" 1`)
	w.meet()
}

// Rows that a migration makes are the same rows on every device. Until it has
// run, they wait, or it could not make them. One that was deleted meanwhile stays
// dead when others run the migration.
func TestRowsOfMigrationsAreTheSame(t *testing.T) {
	w, d := story(t, 3, notes())
	step := evolution{"0002", "INSERT INTO {t0} VALUES ('seed', 'one', 1), ('seed2', 'two', 2)", &schemaDef{tables: []*tableDef{notes()}}}
	w.upgrade(d[0], step)
	w.do(d[0], "UPDATE {t0} SET c0 = 'edited' WHERE k = 'seed'")
	w.do(d[0], "DELETE FROM {t0} WHERE k = 'seed2'")
	w.exchange()
	w.upgrade(d[1], step)
	w.exchange()
	w.upgrade(d[2], step)
	w.meet()
	w.shows("SELECT * FROM {t0} ORDER BY k", `"seed" "edited" 1`)
}
