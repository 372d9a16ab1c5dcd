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
			{`a "b`, "TEXT", asText, "NOCASE", "", sqlvalue.Of("")},
			{"c d", "VARCHAR(20)", asText, "RTRIM", "", sqlvalue.Of("x,)")},
			{"e", "INT", asNumeric, "BINARY", "", sqlvalue.Of(int64(-5))},
			{"f", "", asIs, "BINARY", "( e + ( 1 ) )", sqlvalue.Value{}},
			{"g", "", asIs, "BINARY", "", sqlvalue.Value{}},
			{"h", "REAL", asReal, "BINARY", "", sqlvalue.Of(int64(0))},
			{"i", "BLOB", asIs, "BINARY", "", sqlvalue.Value{Tag: sqlvalue.Blob}},
			{"j", "", asIs, "NOCASE", `( lower ( "c d" ) )`, sqlvalue.Value{}},
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
