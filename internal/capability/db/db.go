// Package db lets one extension work on its own tables, and on those of others
// that were granted: single statements and transactions through the store's
// confinement, and migrations.
package db

import (
	"context"
	"crypto/sha256"

	"github.com/alcove-vault/alcove/internal/store"
)

// Bounds beside those of the store.
const (
	MaxStatements = 10_000  // in one transaction
	MaxMigrations = 200     // in one call
	MaxMigration  = 1 << 20 // bytes of one migration
	MaxName       = 200     // bytes of a migration's name
)

// Statement is one SQL statement with its parameters.
type Statement = store.Statement

// Migration is a step an extension takes once. Text is what the author wrote,
// which is what decides whether it changed; SQL is the same with placeholders
// replaced.
type Migration struct {
	Name, Text, SQL string
}

// Tables are the tables of one extension, and those of others it was granted.
type Tables struct {
	confined *store.Confined
}

// New opens the tables that rights reach. Close gives its connections back.
func New(st *store.Store, rights store.Rights, limits store.Limits) *Tables {
	return &Tables{confined: st.Confine(rights, limits)}
}

// Regrant replaces what is granted of other extensions' tables. It counts from
// the next call on.
func (t *Tables) Regrant(grants []store.Grant) { t.confined.Regrant(grants) }

// Limit replaces what bounds each call, from the next one on.
func (t *Tables) Limit(limits store.Limits) { t.confined.Limit(limits) }

// Limits are what bounds each call.
func (t *Tables) Limits() store.Limits { return t.confined.Limits() }

// Close aborts what runs and closes the connections.
func (t *Tables) Close() { t.confined.Close() }

// Check holds statements against the limits before any of them runs.
func (t *Tables) Check(list ...Statement) error { return t.Limits().Check(list...) }

// Query returns the rows of a statement that only reads.
func (t *Tables) Query(ctx context.Context, s Statement) (store.Rows, error) {
	return t.confined.Query(ctx, s)
}

// Execute runs one statement. What it wrote is durable when it returns.
func (t *Tables) Execute(ctx context.Context, s Statement) (store.Outcome, error) {
	return t.confined.Execute(ctx, s)
}

// Transaction runs all statements or none.
func (t *Tables) Transaction(ctx context.Context, list []Statement) ([]store.Outcome, error) {
	return t.confined.Transaction(ctx, list)
}

// Migrate runs those of list that have not run yet, all or none, and returns
// their names.
func (t *Tables) Migrate(ctx context.Context, list []Migration) ([]string, error) {
	steps := make([]store.Migration, len(list))
	for i, m := range list {
		steps[i] = store.Migration{Name: m.Name, SQL: m.SQL, Hash: sha256.Sum256([]byte(m.Text))}
	}
	return t.confined.Migrate(ctx, steps)
}
