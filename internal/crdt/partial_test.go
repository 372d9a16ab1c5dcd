package crdt

import "testing"

// The terms of a partial unique index say nothing of a row that the index's
// condition does not hold for, and may fail on it.
func TestTermsOfAPartialIndexCountWhereItHolds(t *testing.T) {
	table := `CREATE TABLE n (id TEXT PRIMARY KEY, doc, x)`
	index := `CREATE UNIQUE INDEX n_x ON n (json_extract(doc, '$.a')) WHERE json_valid(doc)`
	a, b := pair(t, table+";"+index)
	a.exec(`INSERT INTO n VALUES ('k', '{"a":1}', 1), ('l', 'no json', 2)`)
	b.exec(`INSERT INTO n VALUES ('m', '{"a":1}', 3), ('o', 'nor this', 4)`)
	meet(a, b)
	same(t, `SELECT id FROM n ORDER BY id`, "l\nm\no", a, b)
	a.exec(`UPDATE n SET x = 5 WHERE id = 'l'`)
	b.exec(`UPDATE n SET doc = 'no more' WHERE id = 'm'`)
	meet(a, b)
	same(t, `SELECT id FROM n ORDER BY id`, "k\nl\nm\no", a, b)
}
