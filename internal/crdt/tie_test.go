package crdt

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

func TestHoldIsWhatSQLiteHolds(t *testing.T) {
	r := newReplica(t)
	r.exec(`CREATE TABLE h (a, b TEXT, c INT, d NUMERIC, e REAL, f BLOB)`)
	kinds := []string{"", "TEXT", "INT", "NUMERIC", "REAL", "BLOB"}
	values := []any{
		nil, int64(0), int64(-7), int64(math.MaxInt64), int64(math.MinInt64), int64(1<<53 + 1),
		0.0, math.Copysign(0, -1), 1.0, 1.5, -2.0, 1e15, 1e18, 1 << 62, -(1 << 62), 9.3e18, 1e300, 0.1, 1.0 / 3, 5e-324, math.Inf(1),
		"", "a", "1", " 1 ", "1.0", "-0", "0.0", "1.5", "1e3", "1e400", "9223372036854775807", "9223372036854775808", "0x10", "1_0", "nan", "+2", "1.", ".5", "\u00a01",
		[]byte("1"),
		[]byte{},
	}
	must(t, r.st.UpdateTx(t.Context(), func(tx *store.Tx) error {
		for _, v := range values {
			given := sqlvalue.Of(v)
			must(t, tx.Exec("DELETE FROM h"))
			q := tx.Query("INSERT INTO h VALUES (?1, ?1, ?1, ?1, ?1, ?1)")
			bindValue(q, 1, given)
			must(t, q.Run())
			q = tx.Query("SELECT * FROM h")
			if !q.Step() {
				return q.Err()
			}
			var want [][]byte
			for i := range kinds {
				want = append(want, sqlvalue.Append(nil, columnValue(q, i)))
			}
			q.Reset()
			for i, kind := range kinds {
				got, err := conversionOf(kind).hold(tx, given)
				must(t, err)
				if form := sqlvalue.Append(nil, got); !bytes.Equal(form, want[i]) {
					t.Errorf("%T %v in %q is %x, not %x", v, v, kind, form, want[i])
				}
			}
		}
		return nil
	}))
}

// Of two values with one stamp the greater stays, as this table holds them, in
// whatever form and order they came.
func TestTiesAreOfWhatTheTableHolds(t *testing.T) {
	d := tableDef{gid: testID("n", ""), app: testApp, columns: []GlobalID{testID("n", "id"), testID("n", "v")}, key: []keyPart{{0, sqlvalue.Binary}}}
	row := func(v any) []byte {
		return crafted(t, kindSnapshot, func(w *changesetWriter) {
			_, err := w.define(&d)
			must(t, err)
			must(t, w.row(0, 1, stamp{0, 0, 2}, nil, append(textOf("k"), sqlvalue.Append(nil, sqlvalue.Of(v))...)))
		})
	}
	for i, c := range []struct {
		kind    string
		a, b    any
		greater string
	}{
		{"REAL", int64(2), 1.5, "2"},
		{"INT", "9", 7.0, "9"},
		{"TEXT", 2.5, "11", "2.5"},
		{"", int64(2), 1.5, "1.5"},
	} {
		for _, order := range [][]any{{c.a, c.b}, {c.b, c.a}, {c.a, c.b, c.a}} {
			t.Run(fmt.Sprint(i, order), func(t *testing.T) {
				r := newReplica(t)
				createTracked(r, `CREATE TABLE n (id TEXT PRIMARY KEY, v `+c.kind+`)`)
				for _, v := range order {
					_, err := r.apply(row(v))
					must(t, err)
				}
				same(t, `SELECT * FROM n`, "k "+c.greater, r)
			})
		}
	}
}
