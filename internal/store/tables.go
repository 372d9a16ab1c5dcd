package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// TableInfo is a table of an extension. Name is without the prefix.
type TableInfo struct {
	Name string
	Rows int64
}

// TableSizes counts the rows of every table whose name begins with prefix.
func (s *Store) TableSizes(ctx context.Context, tx *sql.Tx, prefix string) ([]TableInfo, error) {
	names, err := tablesOf(ctx, tx, "table", prefix)
	if err != nil {
		return nil, err
	}
	infos := make([]TableInfo, 0, len(names))
	for _, name := range names {
		info := TableInfo{Name: name[len(prefix):]}
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM "+quoteName(name)).Scan(&info.Rows); err != nil {
			return nil, s.visible(err)
		}
		infos = append(infos, info)
	}
	return infos, nil
}

// DropTables drops every table, view, index and trigger whose name begins with
// prefix. tx is that of the Update that is running. None of the extension's
// triggers runs.
func (s *Store) DropTables(ctx context.Context, tx *sql.Tx, prefix string) error {
	if !strings.HasSuffix(prefix, "__") {
		return fmt.Errorf("drop tables: %q is no prefix", prefix)
	}
	if tx != s.tx {
		return errors.New("drop tables: the transaction is not the one that is running")
	}
	if err := s.writer.raw(func(h handle) error { return h.enforceForeignKeys(false) }); err != nil {
		return err
	}
	var errs []error
	for _, kind := range []string{"trigger", "view", "table"} {
		names, err := tablesOf(ctx, tx, kind, prefix)
		errs = append(errs, err)
		for _, name := range names {
			_, err := tx.ExecContext(ctx, "DROP "+kind+" "+quoteName(name))
			errs = append(errs, err)
		}
	}
	errs = append(errs, s.writer.raw(func(h handle) error { return h.enforceForeignKeys(true) }))
	return s.visible(errors.Join(errs...))
}

// tablesOf returns the names of objects of a kind, in order.
func tablesOf(ctx context.Context, tx *sql.Tx, kind, prefix string) ([]string, error) {
	rows, err := tx.QueryContext(ctx,
		"SELECT name FROM sqlite_schema WHERE type = ?1 AND lower(substr(name, 1, length(?2))) = lower(?2) ORDER BY name", kind, prefix)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
