package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Migration is one step of an extension's tables: several statements, with the
// full names of the tables in them. Hash is of the text as the package holds
// it; it tells whether a step that was applied is still the same.
type Migration struct {
	Name, SQL string
	Hash      [32]byte
}

// maxMigration is how long the text of a migration may be, in bytes.
const maxMigration = 1 << 20

// installTime bounds the migrations of one installation, which holds up who
// else writes.
const installTime = 2 * time.Minute

// Migrate applies those of list that extension number ext has not seen, in
// order and all or none, and returns their names. It records each in
// alcove_migration.
//
// With tx, the transaction of the Update that is running, everything happens
// in it, and an error leaves it to the caller, who must return the error, to
// undo what was done. With nil Migrate uses a transaction of its own.
//
// In a migration, own tables, indexes, views and triggers may be made, altered
// and dropped; the name of an own table with "__new_" before it may be used to
// rebuild one, but is gone at the end. PRAGMA foreign_keys = OFF takes effect
// until the end, when all foreign keys are checked. Without it those of tables
// that sync are checked at the end of each step, where it wrote rows: SQLite does
// not see every row that loses its parent.
//
// Codes: db.migration_changed if a step that was applied has another hash now,
// or a new one stands before it; db.migration_failed with data migration,
// statement (from 1) and cause (the code it would have had elsewhere).
func (s *Store) Migrate(ctx context.Context, tx *sql.Tx, ext int64, r Rights, list []Migration, o MigrateOptions) ([]string, error) {
	return s.migrateMetered(ctx, tx, ext, r, list, o, false)
}

// migrateMetered is Migrate; with anew, what the extension has is counted first.
func (s *Store) migrateMetered(ctx context.Context, tx *sql.Tx, ext int64, r Rights, list []Migration, o MigrateOptions, anew bool) ([]string, error) {
	var applied []string
	work := func(ctx context.Context, c *conn) error {
		return c.raw(func(h handle) error {
			defer h.watch(ctx, s)()
			m := migrator{conn: c, ctx: ctx, ext: ext, rights: r, options: o, guard: newGuard(r, s.modules, true)}
			run := func() (err error) {
				if err := c.startMeter(ctx, &r, o.Limits, anew); err != nil {
					return err
				}
				applied, err = m.apply(list)
				return err
			}
			if tx == nil {
				return c.transaction(ctx, run)
			}
			err := run()
			meter := c.meter
			if err == nil {
				err = c.stopMeter(ctx)
			}
			if c.meter = nil; err != nil {
				return c.overQuota(meter, err)
			}
			return c.boundPages(0)
		})
	}
	if tx == nil {
		err := s.writeAs(ctx, lowerASCII(r.Own), o.Limits.Waiting, func(c *conn) error { return work(ctx, c) })
		return applied, ended(ctx, err)
	}
	if tx != s.tx {
		return nil, errors.New("migrate: the transaction is not the one that is running")
	}
	bounded, cancel := context.WithTimeout(ctx, installTime)
	defer cancel()
	err := ended(bounded, s.visible(work(bounded, s.writer)))
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		err = Limits{Time: installTime}.tooLong()
	}
	return applied, err
}

// ended prefers the context's own error to that of the statement it ended.
func ended(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && fault.Code(err) == fault.CodeInternal {
		return ctx.Err()
	}
	return err
}

// migrator applies migrations of one extension on the writer.
type migrator struct {
	*conn
	following
	ctx     context.Context
	ext     int64
	rights  Rights
	options MigrateOptions
	guard   *guard
	before  schema          // objects of others, as they were or as a grant let them become
	loose   bool            // foreign keys have been off
	wrote   map[string]bool // tables that the step has written rows of or dropped, lower case
}

func (m *migrator) apply(list []Migration) (applied []string, err error) {
	todo, err := m.unseen(list)
	if err != nil || len(todo) == 0 {
		return nil, err
	}
	before, err := m.count(len(todo))
	if err != nil {
		return nil, err
	}
	// What the transaction did before is in terms of the tables as they are now.
	if err := m.flush(m.ctx); err != nil {
		return nil, err
	}
	if m.before, err = m.othersSchema(); err != nil {
		return nil, err
	}
	limits := DefaultLimits()
	limits.Statement = maxMigration
	defer limits.impose(m.handle)()
	defer func() {
		if m.loose {
			err = errors.Join(err, m.handle.enforceForeignKeys(true))
		}
	}()
	for i, step := range todo {
		if err := m.step(step, before+i+1, limits); err != nil {
			return nil, err
		}
		applied = append(applied, step.Name)
	}
	return applied, nil
}

// maxMigrations is how many migrations of one extension are recorded.
const maxMigrations = 5000

// count refuses more than that, which an extension that makes up migrations
// while it runs could reach. It returns how many there are.
func (m *migrator) count(more int) (int, error) {
	var have int64
	err := m.handle.rows("SELECT count(*) FROM alcove_migration WHERE extension = ?", []any{m.ext}, func(row []any) error {
		have, _ = row[0].(int64)
		return nil
	})
	if err == nil && have+int64(more) > maxMigrations {
		err = fault.New("quota.migrations", fmt.Sprintf("An app may have %d migrations over time. Change several things in one.", maxMigrations))
	}
	return int(have), err
}

// unseen returns the migrations that have not been applied, which must come
// after those that have.
func (m *migrator) unseen(list []Migration) ([]Migration, error) {
	var todo []Migration
	for _, step := range list {
		var hash []byte
		err := m.handle.rows("SELECT sha256 FROM alcove_migration WHERE extension = ? AND name = ?",
			[]any{m.ext, step.Name}, func(row []any) error {
				hash, _ = row[0].([]byte)
				return nil
			})
		switch {
		case err != nil:
			return nil, err
		case hash == nil:
			todo = append(todo, step)
		case string(hash) != string(step.Hash[:]):
			return nil, fault.New("db.migration_changed", fmt.Sprintf(
				"Migration %q was applied in another form before. A migration never changes once it is released; add a new one.", step.Name)).
				With("migration", step.Name)
		case len(todo) > 0:
			return nil, fault.New("db.migration_changed", fmt.Sprintf(
				"Migration %q is new, but stands before %q, which was applied already. New ones come last.", todo[0].Name, step.Name)).
				With("migration", todo[0].Name)
		}
	}
	return todo, nil
}

// step applies one migration, the one with that number of all of the app, and
// records it.
func (m *migrator) step(step Migration, ordinal int, l Limits) error {
	if err := m.follow(step, ordinal); err != nil {
		return err
	}
	m.wrote = map[string]bool{}
	number, err := m.statements(step.SQL, l)
	if err == nil {
		if err = m.audit(); err == nil {
			err = m.finish()
		}
	}
	if err == nil && m.tracker != nil {
		err = m.tracker.End()
	}
	if err == nil {
		return m.handle.rows("INSERT INTO alcove_migration (extension, name, sha256, applied_at) VALUES (?, ?, ?, ?)",
			[]any{m.ext, step.Name, step.Hash[:], time.Now().UnixMilli()}, nil)
	}
	f, ok := errors.AsType[*fault.Error](explain(m.overQuota(m.meter, err), &m.rights, l))
	if !ok {
		return err
	}
	where := ""
	if number > 0 {
		where = fmt.Sprintf(", statement %d", number)
	}
	f = fault.Wrap("db.migration_failed", fmt.Sprintf("Migration %q%s: %s", step.Name, where, f.Message), f).
		With("migration", step.Name).With("cause", f.Code)
	if number > 0 {
		f = f.With("statement", number)
	}
	return f
}

// AppliedMigrations are the hashes of the migrations that an extension has run,
// in no order.
func AppliedMigrations(tx *Tx, ext int64) (hashes [][32]byte, err error) {
	q := tx.Query("SELECT sha256 FROM alcove_migration WHERE extension = ?")
	q.Int(1, ext)
	for q.Step() {
		var hash [32]byte
		copy(hash[:], q.ColumnBytes(0))
		hashes = append(hashes, hash)
	}
	return hashes, q.Err()
}
