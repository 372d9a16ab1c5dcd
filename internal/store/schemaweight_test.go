package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// views is a table and views on it, the next one made of the one before.
func views(body string, depth int) string {
	var b strings.Builder
	b.WriteString("CREATE TABLE {t} (a, b, g AS (a) VIRTUAL); CREATE VIEW {v0} AS SELECT a FROM {t};")
	for i := 1; i <= depth; i++ {
		b.WriteString("CREATE VIEW {v" + fmt.Sprint(i) + "} AS " + strings.ReplaceAll(body, "BEFORE", fmt.Sprintf("{v%d}", i-1)) + ";")
	}
	return b.String()
}

// TestEveryTriggerIsWeighed, whatever it is for, and to its end.
func TestEveryTriggerIsWeighed(t *testing.T) {
	const doubling = "SELECT a FROM BEFORE UNION ALL SELECT a FROM BEFORE"
	use := strings.Repeat("SELECT 1 FROM {v6};", 200)
	join := "SELECT 1 FROM " + strings.Repeat("{t}, ", 64) + "{t};"
	columns := "CREATE TABLE {w} (x PRIMARY KEY, y, z AS (y)) WITHOUT ROWID;"
	for name, tt := range map[string]struct{ text, cause string }{
		"of a later column":     {"CREATE TRIGGER {r} AFTER UPDATE OF b ON {t} BEGIN " + use + "END", "quota.schema"},
		"of a generated column": {"CREATE TRIGGER {r} AFTER UPDATE OF g ON {t} BEGIN " + use + "END", "db.syntax"},
		"of no column":          {"CREATE TRIGGER {r} AFTER UPDATE OF missing ON {t} BEGIN " + use + "END", "db.syntax"},
		"after what fails":      {"CREATE TRIGGER {r} AFTER INSERT ON {t} BEGIN " + join + use + "END", "db.syntax"},
		"on a view":             {"CREATE TRIGGER {r} INSTEAD OF UPDATE OF a ON {v1} BEGIN " + use + "END", "quota.schema"},
		"on a view, after what fails": {
			"CREATE TRIGGER {r} INSTEAD OF UPDATE ON {v1} BEGIN INSERT INTO {v1} VALUES (1); " + use + "END", "db.syntax",
		},
		"light": {columns + `CREATE TRIGGER {r0} AFTER UPDATE OF b ON {t} BEGIN SELECT 1; END;
			CREATE TRIGGER {r1} BEFORE INSERT ON {t} WHEN NEW.a > 1 BEGIN SELECT RAISE (IGNORE); END;
			CREATE TRIGGER {r2} INSTEAD OF INSERT ON {v1} BEGIN INSERT INTO {t} (a) VALUES (NEW.a); END;
			CREATE TRIGGER {r3} INSTEAD OF DELETE ON {v2} BEGIN DELETE FROM {t}; END;
			CREATE TRIGGER {r4} INSTEAD OF UPDATE OF a ON {v3} BEGIN UPDATE {t} SET b = NEW.a; END;
			CREATE TRIGGER {r5} AFTER UPDATE OF x ON {w} BEGIN DELETE FROM {w} WHERE y = OLD.z; END;
			CREATE TRIGGER {r6} AFTER DELETE ON {w} BEGIN INSERT INTO {w} (x) VALUES (OLD.x); END`, ""},
	} {
		s, _ := twoExtensions(t)
		err := migrate(s, 1, notesPrefix, migration("0001b", views(doubling, 6)+tt.text))
		if cause, _ := fault.Of(err).Data["cause"].(string); (err != nil || tt.cause != "") && cause != tt.cause {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestExpressionsThatDoubleAreBounded: they ask the authorizer little.
func TestExpressionsThatDoubleAreBounded(t *testing.T) {
	var generated strings.Builder
	generated.WriteString("CREATE TABLE {d} (c0")
	for i := 1; i <= 40; i++ {
		fmt.Fprintf(&generated, ", c%d AS (c%d + c%d) VIRTUAL", i, i-1, i-1)
	}
	generated.WriteString(")")
	for name, tt := range map[string]struct{ text, cause string }{
		"views":                {views("SELECT a + a AS a FROM BEFORE", 40), "quota.schema"},
		"generated columns":    {generated.String(), "quota.bytes"},
		"a view of conditions": {views("SELECT CASE WHEN a THEN a ELSE a END AS a FROM BEFORE WHERE a > 1", 40), "quota.schema"},
	} {
		s, _ := twoExtensions(t)
		began := time.Now()
		err := migrate(s, 1, notesPrefix, migration("doubling", tt.text))
		if fault.Of(err).Data["cause"] != tt.cause {
			t.Errorf("%s: %v", name, err)
		}
		t.Logf("%s: refused after %v", name, time.Since(began).Round(time.Millisecond))
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		began = time.Now()
		_, err = s.Migrate(ctx, nil, 1, Rights{Own: notesPrefix}, []Migration{migration("doubling", tt.text)}, MigrateOptions{})
		t.Logf("%s: ended after %v: %v", name, time.Since(began).Round(time.Millisecond), err)
		cancel()
		if err == nil {
			t.Errorf("%s: not refused", name)
		}
	}
}

// TestAStatementTakesBoundedMemoryToCompile: a query makes its own views.
func TestAStatementTakesBoundedMemoryToCompile(t *testing.T) {
	_, c := twoExtensions(t)
	for _, depth := range []int{12, 40} {
		var b strings.Builder
		b.WriteString("WITH w0 AS (SELECT id AS a FROM {notes})")
		for i := 1; i <= depth; i++ {
			fmt.Fprintf(&b, ", w%d AS (SELECT a + a AS a FROM w%d)", i, i-1)
		}
		fmt.Fprintf(&b, " SELECT a FROM w%d", depth)
		held := system.held.Load()
		began := time.Now()
		_, err := c.Query(t.Context(), Statement{SQL: own(b.String())})
		t.Logf("depth %d: %v", depth, time.Since(began).Round(time.Millisecond))
		if code := fault.Code(err); depth > 30 && code != "quota.bytes" || depth < 30 && err != nil {
			t.Errorf("depth %d: %v", depth, err)
		}
		if more := system.held.Load() - held; more > 8<<20 {
			t.Errorf("depth %d: %d bytes more are held", depth, more)
		}
		l := DefaultLimits()
		l.Time = 50 * time.Millisecond
		short := c.store.Confine(Rights{Own: notesPrefix}, l)
		began = time.Now()
		_, err = short.Query(t.Context(), Statement{SQL: own(b.String())})
		t.Logf("depth %d, within 50 ms: %v, %v", depth, time.Since(began).Round(time.Millisecond), err)
		if depth > 30 && fault.Code(err) != "quota.time" && fault.Code(err) != "quota.bytes" {
			t.Errorf("depth %d, with little time: %v", depth, err)
		}
		short.Close()
	}
	if got := query(t, c, "SELECT 1").Rows; len(got) != 1 {
		t.Errorf("afterwards: %v", got)
	}
}

// TestALongMigrationFits: the most that one statement brings in.
func TestALongMigrationFits(t *testing.T) {
	for name, tt := range map[string][2]string{
		"rows": {"INSERT INTO {long} (a) VALUES (1)", ",(1)"}, "texts": {"INSERT INTO {long} (a, b) VALUES ('x', 1)", ",('x',-1)"},
		"expressions": {"INSERT INTO {long} (a) VALUES (1)", ",(1+abs(1)*2)"},
	} {
		s, _ := twoExtensions(t)
		text := "CREATE TABLE {long} (a, b);" + tt[0]
		text += strings.Repeat(tt[1], (maxMigration-len(own(text)))/len(tt[1]))
		if err := migrate(s, 1, notesPrefix, migration("long", text)); err != nil {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}
