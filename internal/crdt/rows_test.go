package crdt

import (
	"fmt"
	"testing"
)

func TestSetsOfRowsAreBounded(t *testing.T) {
	with, without := &table{keyed: keyed{rowid: true}}, &table{}
	var spans, keys, one rows
	for i := range int64(maxRows + 1) {
		if spans.empty() != (i == 0) {
			t.Fatalf("after %d rows it is empty: %v", i, spans.empty())
		}
		spans.add(with, 2*i, nil)
		keys.add(without, i, fmt.Append(nil, i))
		one.add(with, i, nil)
	}
	for _, r := range []*rows{&spans, &keys} {
		if !r.every || len(r.spans)+len(r.keys) > 0 || r.empty() {
			t.Errorf("%v %d %d", r.every, len(r.spans), len(r.keys))
		}
	}
	if one.every || len(one.spans) != 1 || one.spans[0] != (rowSpan{0, maxRows}) {
		t.Errorf("%+v", one)
	}
	one.stretch(rowSpan{maxRows + 5, maxRows + 9})
	spans.stretch(rowSpan{1, 2})
	if len(one.spans) != 2 || len(spans.spans) != 0 {
		t.Errorf("%v %v", one.spans, spans.spans)
	}
}

// More rows than are kept one by one lose their parent, and get it back.
func TestManyOrphansAtOnce(t *testing.T) {
	for _, without := range []string{"", " WITHOUT ROWID"} {
		a, b := pair(t, `CREATE TABLE p (id INT PRIMARY KEY NOT NULL)`, `CREATE TABLE c (id INT PRIMARY KEY NOT NULL, p INT REFERENCES p (id))`+without)
		a.exec(`INSERT INTO p VALUES (1)`)
		meet(a, b)
		b.exec(`DELETE FROM p`)
		a.exec(fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO c SELECT i, 1 FROM n`, maxRows+5))
		a.exec(`INSERT INTO c VALUES (0, NULL)`)
		b.pull(a)
		same(t, `SELECT id FROM c`, "0", b)
		b.exec(`INSERT INTO p VALUES (1)`)
		same(t, `SELECT count(*) FROM c`, fmt.Sprint(maxRows+6), b)
		give(b, a, false)
		same(t, `SELECT count(*) FROM c`, fmt.Sprint(maxRows+6), a)
	}
}
