package store

import "context"

// Recount counts what the tables of an extension take, after the host has
// written into them with its own hands: its meter has not seen that.
func (s *Store) Recount(ctx context.Context, d Data) error {
	rights := d.Rights
	rights.Extension = d.Extension
	return s.UpdateTx(ctx, func(tx *Tx) error {
		pages, err := tx.conn.countPages(ctx, &rights)
		if err != nil {
			return err
		}
		return tx.conn.noteUsage(ctx, rights.Extension, pages)
	})
}
