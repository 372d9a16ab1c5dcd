package crdt

import (
	"fmt"
	"strings"
)

// texts are the statements for one table, made once: a transaction looks
// compiled statements up by their text.
type texts struct {
	rangeAt, rangeLast, rangeAdd                      string
	entryGet, entryPut, entryAdd, entryTake, entryAny string
	tombGet, tombPut, tombTake, tombAny, tombMany     string
	tombAll                                           string
	entryPutBatch, entryAddBatch, tombPutBatch        string
	numberOf, numberKey, numberAdd, numberTake        string
	numberLast                                        string
	rowExists, rowKey, rowByKey, rowsOf, rowOfKey     string
	hiddenAny, hiddenRows                             string
}

func (t *table) makeTexts() {
	r, o, d, k, name := t.of(kindRange), t.of(kindClocks), t.of(kindTomb), t.of(kindKey), quote(t.name)
	t.rangeAt = "SELECT lo, hi, h, site, m, cl FROM " + r + " WHERE lo <= ? ORDER BY lo DESC LIMIT 1"
	t.rangeLast = "SELECT hi FROM " + r + " ORDER BY lo DESC LIMIT 1"
	t.rangeAdd = "INSERT INTO " + r + " (lo, hi, h, site, m, cl) VALUES (?, ?, ?, ?, ?, ?)"
	t.entryGet = "SELECT data FROM " + o + " WHERE rid = ?"
	const overwrite = " ON CONFLICT DO UPDATE SET data = excluded.data"
	t.entryPut = "INSERT INTO " + o + " (rid, data) VALUES (?, ?)" + overwrite
	t.entryAdd = "INSERT INTO " + o + " (rid, data) VALUES (?, ?) ON CONFLICT DO NOTHING"
	t.entryPutBatch = "INSERT INTO " + o + " (data, rid) VALUES " + rowsOfBatch("(?1, ?)") + overwrite
	t.entryAddBatch = "INSERT INTO " + o + " (data, rid) VALUES " + rowsOfBatch("(?1, ?)") + " ON CONFLICT DO NOTHING"
	t.entryTake = "DELETE FROM " + o + " WHERE rid = ?"
	t.entryAny = "SELECT 1 FROM " + o + " LIMIT 1"
	t.tombGet = "SELECT cl, h, site, m FROM " + d + " WHERE k = ?"
	const bury = " ON CONFLICT DO UPDATE SET cl = excluded.cl, h = excluded.h, site = excluded.site, m = excluded.m"
	t.tombPut = "INSERT INTO " + d + " (k, cl, h, site, m) VALUES (?, ?, ?, ?, ?)" + bury
	t.tombPutBatch = "INSERT INTO " + d + " (h, site, m, k, cl) VALUES " + rowsOfBatch("(?1, ?2, ?3, ?, ?)") + bury
	t.tombTake = "DELETE FROM " + d + " WHERE k = ?"
	t.tombAny = "SELECT 1 FROM " + d + " LIMIT 1"
	t.tombMany = "SELECT k, cl FROM " + d + " LIMIT ?"
	t.tombAll = "SELECT k, cl, h, site, m FROM " + d
	t.numberOf = "SELECT rid FROM " + k + " WHERE k = ?"
	t.numberKey = "SELECT k FROM " + k + " WHERE rid = ?"
	t.numberAdd = "INSERT INTO " + k + " (rid, k) VALUES (?, ?)"
	t.numberTake = "DELETE FROM " + k + " WHERE rid = ?"
	t.numberLast = "SELECT max(rid) FROM " + k

	rid := "t." + t.rowidName
	cols := make([]string, len(t.columns))
	for i, c := range t.columns {
		cols[i] = "t." + quote(c.name)
	}
	all := strings.Join(cols, ", ")
	keys := make([]string, len(t.key))
	for n, i := range t.key {
		keys[n] = cols[i]
	}
	t.rowOfKey = "SELECT " + all + " FROM " + name + " t WHERE " + t.hasKey("t.", 1)
	if t.rowid {
		t.rowExists = "SELECT 1 FROM " + name + " t WHERE " + rid + " = ?"
		t.rowKey = "SELECT " + rid + ", " + strings.Join(keys, ", ") + " FROM " + name + " t WHERE " + rid + " BETWEEN ? AND ?"
		t.rowByKey = "SELECT " + rid + " FROM " + name + " t WHERE " + t.hasKey("t.", 1)
		t.rowsOf = "SELECT " + rid + ", o.data, " + all + " FROM " + name + " t LEFT JOIN " + o + " o ON o.rid = " + rid +
			" WHERE " + rid + " BETWEEN ? AND ? ORDER BY " + rid
	} else {
		t.rowsOf = "SELECT k.rid, o.data, k.k FROM " + k + " k LEFT JOIN " + o + " o ON o.rid = k.rid WHERE k.rid BETWEEN ? AND ? ORDER BY k.rid"
	}
	t.hiddenRows = "SELECT t.alcove_rid, t.alcove_k, t.alcove_clocks, " + all + " FROM " + t.of(kindHidden) + " t"
	t.hiddenAny = t.hiddenAnyText()
}

// hasKey is the condition that a row has a key, whose parts are the parameters
// from number n on. Its columns are each behind prefix.
func (t *table) hasKey(prefix string, n int) string {
	same := make([]string, len(t.key))
	for part, i := range t.key {
		same[part] = fmt.Sprintf("%s%s COLLATE %s = ?%d", prefix, quote(t.columns[i].name), collationName(t.collations[part]), n+part)
	}
	return strings.Join(same, " AND ")
}

// isRow is the condition that finds one row: by its rowid, the parameter with
// number n, or by its key.
func (t *table) isRow(prefix string, n int) string {
	if t.rowid {
		return fmt.Sprintf("%s%s = ?%d", prefix, t.rowidName, n)
	}
	return t.hasKey(prefix, n)
}

// hiddenAnyText can be asked for before the shape is loaded.
func (t *table) hiddenAnyText() string { return "SELECT 1 FROM " + t.of(kindHidden) + " LIMIT 1" }

// batch is how many rows of clocks one statement writes where many follow each
// other: a statement for each would find its way through the table anew.
const batch = 50

func rowsOfBatch(row string) string { return row + strings.Repeat(", "+row, batch-1) }
