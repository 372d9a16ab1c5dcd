// Package spaces keeps which rows of its own tables an app says belong to the
// vault's one space. Nothing follows from it: a vault is one person's, and those
// rows are on all their devices as it is. The rows of this table are tracked
// like an app's data, and go with the app. The rules are in SPEC.md.
package spaces

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/spelling"
	"github.com/alcove-vault/alcove/internal/store"
)

// What is kept at most.
const (
	MaxRows   = store.MaxAssigned     // of one app
	MaxKept   = 2 * MaxRows           // of one app, those included that were taken back and are still known
	MaxAtOnce = 10_000                // in one call
	MaxKey    = store.MaxAssignedKey  // bytes of a primary key
	MaxText   = store.MaxAssignedNote // bytes of a group, a type or a label
)

// Faults that the author of an app meets.
var (
	errTable = fault.New("spaces.table", "The table is none of the app's own. Only rows of those can be assigned; name the table in full, <publicKey>__<name>__<table>.")
	errKey   = fault.New("spaces.key", "A row is named by its primary key, as JSON like {\"id\":\"a\"} or as text, of 1 to 512 bytes. Write the key like that.")
	errText  = fault.New("spaces.text", "A group, a type and a label are text of at most 128 bytes. Shorten them.")
	errFull  = fault.New("quota.assignments", "The app has assigned 20,000 rows, which is as many as it can. Take some back that are no longer needed.")
	errKept  = fault.New("quota.assignments", "The app has taken back so many rows that no new ones can be assigned: each is remembered until all devices of this vault have heard of it. Assign rows again that were taken back, or try when the devices have met.")
)

// Row is a row of a table that belongs to the space. Group, Type and Label are
// the app's own notes, and may be empty.
type Row struct {
	Table string `json:"table"`
	Key   string `json:"key"`
	Group string `json:"group"`
	Type  string `json:"type"`
	Label string `json:"label"`
}

// table is where the rows are, and tables begins its name.
const (
	tables = "alcove__spaces__"
	table  = tables + "row"
)

var tableName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)

// Own puts the full name of a table into small letters. Prefix is what the names
// of the app's tables begin with. Errors: spaces.table.
func Own(prefix, table string) (string, error) {
	table = spelling.LowerASCII(table)
	name, ok := spelling.OwnTable(prefix, table)
	if !ok || !tableName.MatchString(name) || strings.Contains(name, "__") {
		return "", errTable
	}
	return table, nil
}

// CheckKey reports whether key can name a row. What begins like JSON has to be
// that. Errors: spaces.key.
func CheckKey(key string) error {
	like := strings.TrimLeft(key, " \t\r\n")
	isJSON := strings.HasPrefix(like, "{") || strings.HasPrefix(like, "[")
	if !line(key, MaxKey) || like == "" || isJSON && !json.Valid([]byte(key)) {
		return errKey
	}
	return nil
}

// Check reports whether a row can be kept. Errors: spaces.key, spaces.text.
func (r Row) Check() error {
	for _, text := range []string{r.Group, r.Type, r.Label} {
		if !line(text, MaxText) {
			return errText
		}
	}
	return CheckKey(r.Key)
}

func line(text string, limit int) bool {
	return len(text) <= limit && utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

// Space is what one app has assigned. It is safe for use by several goroutines.
type Space struct {
	store   *store.Store
	prefix  string       // of the names of its tables
	written atomic.Int64 // bytes since what nobody needs any more was forgotten
}

// forgetEvery is how much is written until what nobody needs any more of it is
// forgotten, in bytes. No quota of the app's counts what is kept to sync this
// table, and an app that assigns and takes back is fast.
const forgetEvery = 4 << 20

// changed counts what a call wrote: so many of its rows at most.
func (s *Space) changed(ctx context.Context, rows []Row) {
	bytes := 0
	for _, r := range rows {
		bytes += len(r.Table) + len(r.Key) + len(r.Group) + len(r.Type) + len(r.Label)
	}
	if s.written.Add(int64(bytes)) < forgetEvery {
		return
	}
	s.written.Store(0)
	_, _ = s.store.Reclaim(ctx, tables) // what was written stays, whether or not there is room
}

// New returns what the app has assigned whose tables begin with prefix.
func New(st *store.Store, prefix string) *Space { return &Space{store: st, prefix: prefix} }

// Assign notes that rows belong to the space, and returns how many did not
// before; those that did stay as they are. Tables are as Own returns them.
// Errors: spaces.key, spaces.text, quota.assignments; then nothing is noted.
func (s *Space) Assign(ctx context.Context, rows []Row) (made int, err error) {
	for _, r := range rows {
		if err := r.Check(); err != nil {
			return 0, err
		}
	}
	made, err = s.assign(ctx, rows)
	if errors.Is(err, errKept) {
		if some, failed := s.store.Reclaim(ctx, tables); failed == nil && some {
			made, err = s.assign(ctx, rows)
		}
	}
	if err != nil {
		return 0, fmt.Errorf("assign rows: %w", err)
	}
	if made > 0 {
		s.changed(ctx, rows)
	}
	return made, nil
}

// assign is one attempt of Assign. A row that is taken back only changes sides
// between those that are assigned and those that are still known, so it is here
// that their number is bounded, and taking back is always possible.
func (s *Space) assign(ctx context.Context, rows []Row) (made int, err error) {
	err = s.store.Update(ctx, func(tx *sql.Tx) error {
		made, err = each(ctx, tx, `INSERT INTO alcove__spaces__row (tbl, pks, group_id, type, label) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			rows, func(r Row) []any { return []any{r.Table, r.Key, r.Group, r.Type, r.Label} })
		if err != nil || made == 0 {
			return err
		}
		// What came from another device counts, and stays. No name of a table has
		// a character as great as "~".
		var have int64
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM alcove__spaces__row WHERE tbl >= ?1 AND tbl < ?1 || '~'`, s.prefix).Scan(&have)
		if err != nil {
			return err
		}
		if have > MaxRows {
			return errFull
		}
		gone, err := s.store.Dead(ctx, tx, table, s.prefix)
		if err == nil && have+gone > MaxKept {
			return errKept
		}
		return err
	})
	return made, err
}

// Unassign takes rows out of the space, and returns how many were in it.
func (s *Space) Unassign(ctx context.Context, rows []Row) (gone int, err error) {
	err = s.store.Update(ctx, func(tx *sql.Tx) error {
		gone, err = each(ctx, tx, `DELETE FROM alcove__spaces__row WHERE tbl = ? AND pks = ?`,
			rows, func(r Row) []any { return []any{r.Table, r.Key} })
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("take back assignments: %w", err)
	}
	if gone > 0 {
		s.changed(ctx, rows)
	}
	return gone, nil
}

// each runs a statement for each row, and counts the rows that it changed.
func each(ctx context.Context, tx *sql.Tx, text string, rows []Row, values func(Row) []any) (changed int, err error) {
	statement, err := tx.PrepareContext(ctx, text)
	if err != nil {
		return 0, err
	}
	defer statement.Close()
	for _, r := range rows {
		outcome, err := statement.ExecContext(ctx, values(r)...)
		if err != nil {
			return 0, err
		}
		n, err := outcome.RowsAffected()
		if err != nil {
			return 0, err
		}
		changed += int(n)
	}
	return changed, nil
}

// Rows returns what is assigned of a table, which is as Own returns it: all of
// it, or where there are keys those of them that are.
func (s *Space) Rows(ctx context.Context, table string, keys []string) (rows []Row, err error) {
	const columns = `SELECT CAST(pks AS TEXT), CAST(group_id AS TEXT), CAST(type AS TEXT), CAST(label AS TEXT) FROM alcove__spaces__row WHERE tbl = ?`
	err = s.store.View(ctx, func(tx *sql.Tx) (err error) {
		rows = []Row{}
		if len(keys) == 0 {
			rows, err = read(ctx, tx, rows, table, columns+` ORDER BY pks LIMIT ?`, table, MaxRows)
			return err
		}
		for _, key := range keys {
			if rows, err = read(ctx, tx, rows, table, columns+` AND pks = ?`, table, key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read assignments: %w", err)
	}
	return rows, nil
}

// read adds what a query finds. Rows may come from another device: one that
// could not be kept here is left out.
func read(ctx context.Context, tx *sql.Tx, to []Row, table, query string, values ...any) ([]Row, error) {
	found, err := tx.QueryContext(ctx, query, values...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		r := Row{Table: table}
		if err := found.Scan(&r.Key, &r.Group, &r.Type, &r.Label); err != nil {
			return nil, err
		}
		if r.Check() == nil {
			to = append(to, r)
		}
	}
	return to, found.Err()
}

// Since is when this device's copy of the vault was made.
func (s *Space) Since(ctx context.Context) (at time.Time, err error) {
	err = s.store.View(ctx, func(tx *sql.Tx) error {
		var millis int64
		err := tx.QueryRowContext(ctx, `SELECT applied_at FROM alcove_schema WHERE version = 1`).Scan(&millis)
		at = time.UnixMilli(millis)
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("read when the vault was made: %w", err)
	}
	return at, nil
}
