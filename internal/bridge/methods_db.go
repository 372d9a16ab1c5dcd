package bridge

import (
	"context"
	"errors"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/db"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/store"
	"github.com/alcove-vault/alcove/internal/wire"
)

// deadlineDB is for what goes wrong: the store ends a call at the time that its
// limits say, which is never more than store.MaxTime.
const deadlineDB = store.MaxTime + 5*time.Second

// maxParams is the most parameters SQLite takes; the store's limit may be lower.
const maxParams = 32_766

// dbMethods work on the app's own tables.
func dbMethods() []method {
	return []method{
		{name: "db.query", implicit: true, deadline: deadlineDB, parse: func(s *Session, a *args) work {
			statement := readStatement(a)
			return work{
				quota: func() error { return s.tables.Check(statement) },
				run: func(ctx context.Context, _ grantedTerms) (result, error) {
					rows, err := s.tables.Query(ctx, statement)
					return func(e *wire.Encoder) error {
						return errors.Join(e.EncodeMapLen(2), writeRows(e, rows.Columns, rows.Rows))
					}, err
				},
			}
		}},
		{name: "db.execute", implicit: true, deadline: deadlineDB, parse: func(s *Session, a *args) work {
			statement := readStatement(a)
			return work{
				quota: func() error { return s.tables.Check(statement) },
				run: func(ctx context.Context, _ grantedTerms) (result, error) {
					outcome, err := s.tables.Execute(ctx, statement)
					return func(e *wire.Encoder) error { return writeOutcome(e, outcome) }, err
				},
			}
		}},
		{name: "db.transaction", implicit: true, deadline: deadlineDB, parse: parseTransaction},
		{name: "db.migrate", implicit: true, deadline: deadlineDB, parse: parseMigrate},
	}
}

func readStatement(a *args) db.Statement {
	// The length of the text is the store's to judge, as a quota.
	return db.Statement{SQL: a.text("sql", MaxEnvelope), Params: a.scalars("params", maxParams)}
}

func readStatements(a *args) (statements []db.Statement) {
	a.maps("statements", db.MaxStatements, func(each *args) { statements = append(statements, readStatement(each)) })
	return statements
}

func parseTransaction(s *Session, a *args) work {
	statements := readStatements(a)
	return work{
		quota: func() error { return s.tables.Check(statements...) },
		run: func(ctx context.Context, _ grantedTerms) (result, error) {
			outcomes, err := s.tables.Transaction(ctx, statements)
			return writeOutcomes(outcomes), err
		},
	}
}

// writeOutcomes writes {results}.
func writeOutcomes(outcomes []store.Outcome) result {
	return func(e *wire.Encoder) error {
		err := errors.Join(e.EncodeMapLen(1), e.EncodeString("results"), e.EncodeArrayLen(len(outcomes)))
		for _, o := range outcomes {
			err = errors.Join(err, writeOutcome(e, o))
		}
		return err
	}
}

func parseMigrate(s *Session, a *args) work {
	var list []db.Migration
	a.maps("migrations", db.MaxMigrations, func(each *args) {
		m := db.Migration{Name: each.text("name", db.MaxName), Text: each.text("sql", db.MaxMigration)}
		if m.Name == "" && each.err == nil {
			each.fail("A migration needs a name.")
		}
		list = append(list, m)
	})
	return work{run: func(ctx context.Context, _ grantedTerms) (result, error) {
		for i := range list {
			var err error
			if list[i].SQL, err = manifest.ExpandMigration(s.Running.ID, list[i].Text); err != nil {
				return nil, err
			}
		}
		applied, err := s.tables.Migrate(ctx, list)
		return func(e *wire.Encoder) error {
			return errors.Join(e.EncodeMapLen(1), e.EncodeString("applied"), writeTexts(e, applied))
		}, err
	}}
}

// parseMigrateWritten is db.migrate for SQL that is written out already: text is
// what the migration is known by.
func parseMigrateWritten(s *Session, a *args) work {
	var list []db.Migration
	a.maps("migrations", db.MaxMigrations, func(each *args) {
		list = append(list, db.Migration{Name: each.text("name", db.MaxName), SQL: each.text("sql", db.MaxMigration), Text: each.text("text", db.MaxMigration)})
	})
	return work{run: func(ctx context.Context, _ grantedTerms) (result, error) {
		applied, err := s.tables.Migrate(ctx, list)
		return func(e *wire.Encoder) error {
			return errors.Join(e.EncodeMapLen(1), e.EncodeString("applied"), writeTexts(e, applied))
		}, err
	}}
}

// writeRows writes the keys columns and rows with their values.
func writeRows(e *wire.Encoder, columns []string, rows [][]any) error {
	if err := errors.Join(e.EncodeString("columns"), writeTexts(e, columns), e.EncodeString("rows"), e.EncodeArrayLen(len(rows))); err != nil {
		return err
	}
	for _, row := range rows {
		if err := e.EncodeArrayLen(len(row)); err != nil {
			return err
		}
		for _, cell := range row {
			if err := wire.Scalar(e, cell); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeOutcome(e *wire.Encoder, o store.Outcome) error {
	fields := 2
	if len(o.Columns) > 0 {
		fields = 4
	}
	err := errors.Join(e.EncodeMapLen(fields), e.EncodeString("rowsAffected"), e.EncodeInt(o.RowsAffected),
		e.EncodeString("lastInsertId"), e.EncodeInt(o.LastInsertID))
	if fields == 4 {
		err = errors.Join(err, writeRows(e, o.Columns, o.Rows))
	}
	return err
}

func writeTexts(e *wire.Encoder, list []string) error {
	err := e.EncodeArrayLen(len(list))
	for _, s := range list {
		err = errors.Join(err, e.EncodeString(s))
	}
	return err
}
