package bridge

import (
	"context"

	"github.com/alcove-vault/alcove/internal/capability/db"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// maxAskedTables is how many tables one call may ask about.
const maxAskedTables = 16

// parseAsked runs statements with what the person allows of other apps' tables
// for this call, beside what they allow anyway. It answers as db.transaction
// does.
func parseAsked(s *Session, a *args) work {
	statements := readStatements(a)
	var wants []permission.Call
	a.optionalPairs("tables", maxAskedTables, func(action, table string) {
		wants = append(wants, permission.Call{Key: permission.Key{Resource: "db", Action: action, Target: table}})
	})
	return work{
		wants: wanting(wants...),
		quota: func() error { return s.tables.Check(statements...) },
		run: func(ctx context.Context, _ grantedTerms) (result, error) {
			tables := s.tablesWith(wants)
			defer tables.Close()
			outcomes, err := tables.Transaction(ctx, statements)
			return writeOutcomes(outcomes), err
		},
	}
}

// tablesWith are the session's tables with grants for one call besides. They go
// with the call, so no other that runs meanwhile has them.
func (s *Session) tablesWith(wants []permission.Call) *db.Tables {
	grants := s.rights.held.Load().Grants()
	for _, want := range wants {
		grants = append(grants, permission.Grant{Key: want.Key, Decision: permission.Allow, Scope: permission.ScopeSession})
	}
	held := permission.NewHeld(grants)
	return db.New(s.bridge.store, store.Rights{
		Own: s.Context.Prefix, Extension: s.Running.Row, Used: s.usedTable,
		Grants: permission.TableGrants(s.bridge.forbidden(), s.Running.Manifest.Permissions, held, s.bridge.now().UnixMilli()),
	}, s.tables.Limits())
}
