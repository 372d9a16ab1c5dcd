package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// thirdPrefix is of an app by the publisher of the other one, with a name that
// begins the same.
var thirdPrefix = strings.Repeat("b2", 32) + "__other2__"

// world is a store with the tables of notes, whose statements are judged, and
// of two other apps. Every table that is not of notes holds a secret of its
// own, so that what a statement really read shows in its result, and what it
// really changed shows in the tables.
type world struct {
	*Store
	secrets map[string]string // by full name of the table
	limits  Limits
	tried   int // migrations
}

func secretOf(table string) string {
	sum := sha256.Sum256([]byte("secret of " + table))
	return "s" + hex.EncodeToString(sum[:8])
}

func newWorld(t testing.TB) *world {
	t.Helper()
	s, _ := twoExtensions(t)
	w := &world{Store: s, secrets: map[string]string{}, limits: Limits{
		Statement: 100 << 10, Params: 1000, Rows: 1000, Bytes: 100_000, Time: 300 * time.Millisecond, Storage: 1 << 30,
	}}
	full := func(names ...string) {
		for _, name := range names {
			w.secrets[otherPrefix+name] = secretOf(otherPrefix + name)
		}
	}
	full("secrets", "open", "open2", "log", "child")
	w.secrets[thirdPrefix+"private"] = secretOf(thirdPrefix + "private")
	w.secrets["alcove_setting"] = secretOf("alcove_setting")
	text := `ALTER TABLE {{secrets}} ADD COLUMN at TEXT;
		UPDATE {{secrets}} SET secret = '%[1]s', at = '%[1]s';
		CREATE INDEX {{by_secret}} ON {{secrets}} (secret);
		CREATE TABLE {{open}} (id INTEGER PRIMARY KEY, v TEXT UNIQUE, CHECK (v <> 'bad'));
		INSERT INTO {{open}} (v) VALUES ('%[2]s');
		CREATE TABLE {{open2}} (x);
		INSERT INTO {{open2}} VALUES ('%[3]s');
		CREATE TABLE {{log}} (what TEXT);
		INSERT INTO {{log}} VALUES ('%[4]s');
		CREATE TABLE {{child}} (open INTEGER REFERENCES {{open}} (id) ON DELETE CASCADE, s TEXT);
		INSERT INTO {{child}} VALUES (1, '%[5]s');
		CREATE TRIGGER {{logged}} AFTER INSERT ON {{open}} BEGIN INSERT INTO {{log}} VALUES (NEW.v); END;
		CREATE VIEW {{shown}} AS SELECT v FROM {{open}};
		CREATE TRIGGER {{shown_in}} INSTEAD OF INSERT ON {{shown}} BEGIN INSERT INTO {{open}} (v) VALUES (NEW.v); END;`
	var in []any
	for _, name := range []string{"secrets", "open", "open2", "log", "child"} {
		in = append(in, w.secrets[otherPrefix+name])
	}
	if err := migrate(s, 2, otherPrefix, migration("0002", fmt.Sprintf(text, in...))); err != nil {
		t.Fatal(err)
	}
	if err := migrate(s, 3, thirdPrefix, Migration{Name: "0001", SQL: expand(fmt.Sprintf(
		"CREATE TABLE <<private>> (s TEXT); INSERT INTO <<private>> VALUES ('%s')", w.secrets[thirdPrefix+"private"]))}); err != nil {
		t.Fatal(err)
	}
	run(t, s, "UPDATE alcove_setting SET value = ? WHERE key = 'host'", w.secrets["alcove_setting"])
	run(t, s, expand("INSERT INTO {notes} (title, body) VALUES ('a', 'b')"))
	return w
}

// answer is all that an extension gets to see of a statement.
type answer struct {
	shown string
	err   error
}

// send runs a statement as notes, with grants.
func (w *world) send(t testing.TB, context, text string, grants []Grant) answer {
	t.Helper()
	rights := Rights{Own: notesPrefix, Grants: grants}
	if context == "migration" {
		w.tried++
		ctx, cancel := soon(t)
		defer cancel()
		_, err := w.Migrate(ctx, nil, 1, rights, []Migration{{Name: fmt.Sprint("tried ", w.tried), SQL: text}}, MigrateOptions{})
		return answer{err: err}
	}
	c := w.Confine(rights, w.limits)
	defer c.Close()
	st := Statement{SQL: text}
	if strings.Contains(text, "(?)") {
		st.Params = []any{"alcove_setting"}
	}
	if context == "query" {
		rows, err := c.Query(t.Context(), st)
		return answer{fmt.Sprintf("%s", []any{rows.Columns, rows.Rows}), err}
	}
	out, err := c.Execute(t.Context(), st)
	return answer{fmt.Sprintf("%s", []any{out.Columns, out.Rows}), err}
}

// code is what a statement was answered with; for a migration, the cause.
func (a answer) code() string {
	code := fault.Code(a.err)
	if cause, ok := fault.Of(a.err).Data["cause"].(string); ok && code == "db.migration_failed" {
		return cause
	}
	return code
}

// state is the schema and the content of every table, by full name.
func (w *world) state(t testing.TB) map[string]string {
	t.Helper()
	state := map[string]string{}
	err := w.View(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.Query("SELECT type, lower(name), ifnull(sql, '') FROM sqlite_schema ORDER BY 2")
		if err != nil {
			return err
		}
		defer rows.Close()
		var tables []string
		for rows.Next() {
			var kind, name, text string
			if err := rows.Scan(&kind, &name, &text); err != nil {
				return err
			}
			state[kind+" "+name] = text
			if kind == "table" {
				tables = append(tables, name)
			}
		}
		for _, name := range tables {
			if name == "alcove_seal" || name == "alcove_migration" || name == "alcove_usage" {
				continue // the host's own books, which every transaction may touch
			}
			if state["rows of "+name], err = content(tx, name); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func content(tx *sql.Tx, table string) (string, error) {
	rows, err := tx.Query("SELECT * FROM " + quoteName(table))
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return "", err
		}
		for _, v := range values {
			fmt.Fprintf(&b, "%v|", *v.(*any))
		}
		b.WriteByte('\n')
	}
	return b.String(), rows.Err()
}

// broken says in what a statement went beyond the grants: by what changed
// between two states, and by the secrets that its answer shows. despite are
// tables that a view or trigger of their owner may show or change. What the
// author wrote in text is no secret.
func (w *world) broken(before, after map[string]string, a answer, grants []Grant, despite []string, text string) (found []string) {
	rights := Rights{Own: notesPrefix, Grants: grants}
	may := func(table string, actions ...Action) bool {
		return slices.Contains(despite, table) || slices.ContainsFunc(actions, func(a Action) bool { return rights.May(a, table) })
	}
	all := maps.Clone(before)
	maps.Copy(all, after)
	for key := range all {
		if before[key] == after[key] {
			continue
		}
		kind, name, _ := strings.Cut(key, " ")
		name = strings.TrimPrefix(strings.TrimPrefix(name, "of "), autoIndexPrefix)
		switch {
		case strings.HasPrefix(name, notesPrefix), strings.HasPrefix(name, "sqlite_sequence"):
		case kind == "rows" && may(name, ActionReadWrite, ActionDelete, ActionAlterDrop, ActionCreate):
		case kind == "table" && may(name, ActionCreate, ActionAlterDrop):
		case (kind == "index" || kind == "view" || kind == "trigger") && strings.HasPrefix(name, otherPrefix) &&
			slices.ContainsFunc(grants, func(g Grant) bool { return g.Action == ActionAlterDrop || g.Action == ActionCreate }):
		default:
			found = append(found, fmt.Sprintf("%s: %q became %q", key, before[key], after[key]))
		}
	}
	shown := strings.ToLower(a.shown)
	if a.err != nil {
		shown += strings.ToLower(fault.Of(a.err).Message + fmt.Sprint(fault.Of(a.err).Data))
	}
	for table, secret := range w.secrets {
		if !strings.Contains(shown, secret) && !strings.Contains(shown, hex.EncodeToString([]byte(secret))) || may(table, ActionRead) {
			continue
		}
		found = append(found, "shows what is in "+table)
	}
	for _, name := range foreignNames.FindAllString(shown, -1) {
		if !rights.mentions(baseName(name)) && !strings.HasPrefix(name, notesPrefix) && !strings.Contains(strings.ToLower(text), name) {
			found = append(found, "shows the name "+name)
		}
	}
	return found
}

// soon bounds a migration, which has the time that its caller gives it.
func soon(t testing.TB) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), 5*time.Second)
}
