package store

import (
	"context"
	"database/sql"
)

// Keeper is a Tracker that can tell what it keeps for tables, and give some of
// it up.
type Keeper interface {
	// Kept says what is kept for the tables whose names begin with prefix, which
	// is in lower case.
	Kept(tx *Tx, prefix string) (Kept, error)
	// Reclaim forgets what nobody needs any more, that of the tables whose names
	// begin with prefix first, in transactions of its own, until ctx ends. It
	// reports whether anything went.
	Reclaim(ctx context.Context, prefix string) (bool, error)
	// Dead counts the rows of a table that were deleted and are still known by
	// their key, as far as the first column of the key is text that begins with
	// prefix.
	Dead(tx *Tx, table, prefix string) (int64, error)
}

// Kept is what a tracker keeps for the tables of an extension.
type Kept struct {
	Tables []string // hold nothing else
	Bytes  int64    // in tables that hold the same for all extensions
}

// pagesOf is how many pages so many bytes take.
func pagesOf(bytes int64) int64 { return (bytes + pageBytes - 1) / pageBytes }

// kept is what the tracker keeps for the tables of an extension, if it says so.
func (c *conn) kept(ctx context.Context, own string) (Kept, error) {
	if c.store.keeper == nil {
		return Kept{}, nil
	}
	return c.store.keeper.Kept(&Tx{c, ctx}, own)
}

// Dead is how many rows of a table of the host were deleted and are still known,
// as Keeper.Dead has it, those included that the transaction has deleted so far.
// tx is that of the Update that is running.
func (s *Store) Dead(ctx context.Context, tx *sql.Tx, table, prefix string) (n int64, err error) {
	if s.keeper == nil {
		return 0, nil
	}
	err = s.Within(ctx, tx, func(tx *Tx) (err error) {
		if err = tx.conn.flush(ctx); err == nil {
			n, err = s.keeper.Dead(tx, table, prefix)
		}
		return err
	})
	return n, err
}
