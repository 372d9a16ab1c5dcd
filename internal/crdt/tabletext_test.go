package crdt

import (
	"testing"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

func TestColumnShapes(t *testing.T) {
	r := newReplica(t)
	r.exec(`CREATE TABLE "odd, (name" (
		"a ""b" TEXT NOT NULL COLLATE nocase CHECK (length("a ""b") > 0), -- a comment, with (
		[c d] VARCHAR(20) COLLATE "RTRIM" DEFAULT 'x,)',
		e INT NOT NULL DEFAULT -5, f AS (e + (1)) STORED, g DEFAULT (random()), h REAL NOT NULL DEFAULT CURRENT_TIMESTAMP,
		i BLOB NOT NULL, j GENERATED ALWAYS AS (lower("c d")) COLLATE NOCASE,
		UNIQUE (e, i), PRIMARY KEY ("a ""b" COLLATE RTRIM))`)
	r.exec(`CREATE TABLE s (a ANY, b TEXT PRIMARY KEY) STRICT, WITHOUT ROWID`)
	must(t, r.st.ViewTx(t.Context(), func(tx *store.Tx) error {
		list, err := loadColumnShapes(tx, "odd, (name")
		must(t, err)
		want := []columnShape{
			{name: `a "b`, declared: "TEXT", converts: asText, collation: "NOCASE", generated: "", empty: sqlvalue.Of("")},
			{name: "c d", declared: "VARCHAR(20)", converts: asText, collation: "RTRIM", generated: "", empty: sqlvalue.Of("x,)")},
			{name: "e", declared: "INT", converts: asNumeric, collation: "BINARY", generated: "", empty: sqlvalue.Of(int64(-5))},
			{name: "f", declared: "", converts: asIs, collation: "BINARY", generated: "( e + ( 1 ) )", empty: sqlvalue.Value{}},
			{name: "g", declared: "", converts: asIs, collation: "BINARY", generated: "", empty: sqlvalue.Value{}},
			{name: "h", declared: "REAL", converts: asReal, collation: "BINARY", generated: "", empty: sqlvalue.Of(int64(0))},
			{name: "i", declared: "BLOB", converts: asIs, collation: "BINARY", generated: "", empty: sqlvalue.Value{Tag: sqlvalue.Blob}},
			{name: "j", declared: "", converts: asIs, collation: "NOCASE", generated: `( lower ( "c d" ) )`, empty: sqlvalue.Value{}},
		}
		if len(list) != len(want) {
			t.Fatalf("%d columns: %+v", len(list), list)
		}
		for i, w := range want {
			g := list[i]
			if g.name != w.name || g.declared != w.declared || g.converts != w.converts || g.collation != w.collation || g.generated != w.generated || g.empty.Go() == nil != (w.empty.Go() == nil) || string(sqlvalue.Append(nil, g.empty)) != string(sqlvalue.Append(nil, w.empty)) {
				t.Errorf("column %d: %+v, want %+v", i, g, w)
			}
		}
		strict, err := loadColumnShapes(tx, "s")
		must(t, err)
		if strict[0].declared != "" || strict[0].converts != asIs {
			t.Errorf("ANY of a STRICT table: %+v", strict[0])
		}
		return nil
	}))
}
