package haex

import (
	"context"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/wire"
)

// maxMigrations is how many an extension can register in one call.
const maxMigrations = 200

// MethodMigrate is the method of Alcove's that runs migrations as they are
// written, without placeholders: {migrations: [{name, sql, text}]}, where text is
// what the journal knows a migration by.
const MethodMigrate = "db.migrateWritten"

// migrate applies those of the registered migrations that have not run yet, in
// the order of their names, all or none.
func (t *turn) migrate(ctx context.Context) (Result, error) {
	type migration struct{ name, text string }
	var all []migration
	for _, v := range t.args.list("migrations", maxMigrations) {
		fields, ok := v.Fields()
		if !ok {
			t.args.fail("A migration must be an object with name and sql.")
			break
		}
		each := &args{fields: fields}
		m := migration{each.text("name"), each.text("sql")}
		if m.name == "" {
			each.fail("A migration needs a name.")
		}
		if each.err != nil {
			return nil, each.err
		}
		all = append(all, m)
	}
	if t.args.err != nil {
		return nil, t.args.err
	}
	slices.SortStableFunc(all, func(a, b migration) int { return strings.Compare(a.name, b.name) })
	list := make([]any, len(all))
	for i, m := range all {
		list[i] = Params{"name": m.name, "sql": manifest.HaexMigration(m.text), "text": m.text}
	}
	fields, err := t.call(ctx, MethodMigrate, Params{"migrations": list})
	if err != nil {
		return nil, err
	}
	names := []string{}
	applied, _ := fields["applied"].Array()
	for _, v := range applied {
		name, _ := v.Text()
		names = append(names, name)
	}
	return func(e *wire.Encoder) error {
		return wire.Tree(e, map[string]any{
			"appliedCount": len(names), "alreadyAppliedCount": len(all) - len(names), "appliedMigrations": names,
		})
	}, nil
}
