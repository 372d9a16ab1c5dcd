package store

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
)

// clearings empty a table, or seem to. quick: SQLite forgets the table.
var clearings = []struct {
	name  string
	more  string // of the migration
	text  string // statements of one transaction
	quick bool
}{
	{"all rows", ``, `DELETE FROM {t}`, true},
	{"comment and alias", ``, `/* all */ DELETE FROM {t} AS x; -- rows`, true},
	{"made again", ``, `INSERT INTO {t} VALUES ('new', 1, 8);;DELETE FROM {t};;INSERT INTO {t} VALUES ('k2', 2, 9), ('new', 3, 8)`, true},
	{"twice", ``, `DELETE FROM {t};;DELETE FROM {t}`, true},
	{"fails later", ``, `DELETE FROM {t};;INSERT INTO {t} VALUES ('k1', 1, 1), ('k1', 2, 2)`, true},
	{"updated before", ``, `UPDATE {t} SET x = 5;;DELETE FROM {t}`, true},
	{"some rows", ``, `DELETE FROM {t} WHERE x > 1`, false},
	{"always true", ``, `DELETE FROM {t} WHERE 1`, false},
	{"returning", ``, `DELETE FROM {t} RETURNING k`, false},
	{"log of the app", `CREATE TABLE {log} (k TEXT PRIMARY KEY NOT NULL);
		CREATE TRIGGER {tr} AFTER DELETE ON {t} BEGIN INSERT INTO {log} VALUES (OLD.k); END;`, `DELETE FROM {t}`, false},
	{"referred to", `CREATE TABLE {c} (id TEXT PRIMARY KEY NOT NULL, p REFERENCES {t} (y) ON DELETE SET NULL);
		INSERT INTO {c} VALUES ('c', 2);`, `DELETE FROM {t}`, false},
	{"still needed", `CREATE TABLE {c} (id TEXT PRIMARY KEY NOT NULL, p REFERENCES {t} (y));
		INSERT INTO {c} VALUES ('c', 2);`, `DELETE FROM {t}`, false},
}

// TestClearingIsCapturedLikeDeletingEachRow compares the two ways.
func TestClearingIsCapturedLikeDeletingEachRow(t *testing.T) {
	shapes := []string{
		`CREATE TABLE {t} (k TEXT PRIMARY KEY NOT NULL, x, y UNIQUE);`,
		`CREATE TABLE {t} (k TEXT PRIMARY KEY NOT NULL, x, y UNIQUE) WITHOUT ROWID;`,
		`CREATE TABLE {t} (k, x, y UNIQUE, PRIMARY KEY (k, x));`,
	}
	const rows = `INSERT INTO {t} VALUES ('k1', 1, 1), ('k2', 2, 2), ('k3', 3, 3);`
	for _, tt := range clearings {
		for i, shape := range shapes {
			for _, history := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%d/%v", tt.name, i, history), func(t *testing.T) {
					run := func(few int) (told []string, quick bool) {
						s, c, p := tracked(t, shape+rows+tt.more, history)
						s.writer.capture.fewRows = few
						var list []Statement
						for _, text := range strings.Split(tt.text, ";;") {
							list = append(list, Statement{SQL: own(text)})
						}
						cleared := s.writer.capture.cleared
						out, err := c.Transaction(t.Context(), list)
						told = append(told, p.take(), fault.Code(err), fmt.Sprint(dump(t, s)))
						for _, o := range out {
							told = append(told, fmt.Sprint(o.RowsAffected, o.LastInsertID, o.Rows))
						}
						return told, s.writer.capture.cleared > cleared
					}
					want, _ := run(math.MaxInt)
					got, quick := run(1)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("row by row and at once differ:\n%s", diff)
					}
					if quick != tt.quick {
						t.Errorf("at once: %v", quick)
					}
				})
			}
		}
	}
}
