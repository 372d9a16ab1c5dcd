package store

import "context"

// importRoom is how many pages an import may add beside those of the tables:
// values by key, which have a limit of their own, and what it needs on its way.
const importRoom = (128 << 20) / pageBytes

// quotaOf begins to hold an import to the extension's storage: the pages of its
// tables are counted before and after, because the meter of calls would count
// values, too. Meanwhile the database is bounded, so that a file cannot fill the
// disk before anybody looks.
func (m *importer) quotaOf(c *conn, limits Limits) (_ *meter, err error) {
	rights := m.data.Rights
	rights.Extension = m.data.Extension
	q := &meter{rights: &rights, quota: limits.Storage / pageBytes, full: m.store.volume.DiskFull()}
	if q.had, err = c.countPages(m.ctx, q.rights); err != nil || q.quota == 0 {
		return q, err
	}
	size, free, err := c.pages(m.ctx)
	if err != nil {
		return nil, err
	}
	return q, c.boundPages(size + max(q.quota-q.had-free, slack) + importRoom)
}

// keepQuota ends what quotaOf began: it refuses an import that made the tables,
// with what is kept to sync them, larger than they may be, and writes down what
// was counted.
func (m *importer) keepQuota(c *conn, q *meter) error {
	if err := c.flush(m.ctx); err != nil {
		return c.overQuota(q, err)
	}
	now, err := c.countPages(m.ctx, q.rights)
	if err != nil {
		return err
	}
	if q.quota > 0 && now > max(q.quota, q.had) {
		return q.tooMuch()
	}
	if err := c.boundPages(0); err != nil {
		return err
	}
	return c.noteUsage(m.ctx, q.rights.Extension, now)
}

// noteUsage writes down how many pages an extension has.
func (c *conn) noteUsage(ctx context.Context, extension, pages int64) error {
	q := (&Tx{c, ctx}).Query("INSERT INTO alcove_usage (extension, pages) VALUES (?, ?) ON CONFLICT (extension) DO UPDATE SET pages = excluded.pages")
	q.Int(1, extension)
	q.Int(2, max(0, pages))
	return q.Run()
}
