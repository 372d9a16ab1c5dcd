package crdt

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/spelling"
	"github.com/alcove-vault/alcove/internal/store"
)

// Adopt begins to track the tables of an app, extension number ext, that were
// made before changes were tracked. It does nothing for an app that is known
// already. Their rows become changes of this device. It returns the names,
// without the prefix, of tables that cannot be tracked: they were allowed when
// they were made, and stay on this device.
//
// If one migration of the app was run, the tables are those that it makes on
// other devices. Of several it is not known which one made them, so the tables
// are this device's own.
func (e *Engine) Adopt(ctx context.Context, app string, ext int64) (left []string, err error) {
	err = e.st.UpdateTx(ctx, func(tx *store.Tx) error {
		left, err = e.adopt(tx, strings.ToLower(app), ext)
		return err
	})
	return left, err
}

// AdoptHost begins to track tables of Alcove's own, whose names begin with app
// as those of an app's do. No old values are kept of them: what is deleted there
// is meant to be gone.
func (e *Engine) AdoptHost(ctx context.Context, app string) error {
	left, err := e.Adopt(ctx, app, 0)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("the tables %v cannot be tracked", left)
	}
	if err != nil {
		return err
	}
	bounds, _, err := e.History(ctx, app)
	if err == nil && !bounds.Off {
		err = e.SetHistory(ctx, app, HistoryBounds{Off: true})
	}
	return err
}

func (e *Engine) adopt(tx *store.Tx, app string, ext int64) (left []string, err error) {
	reg, err := e.writing(tx)
	if err != nil {
		return nil, err
	}
	q := tx.Query("SELECT 1 FROM alcove_crdt_app WHERE prefix = ?")
	q.Text(1, []byte(app))
	known := q.Step()
	q.Reset()
	if err := q.Err(); known || err != nil {
		return nil, err
	}
	e.touched = true
	step := store.MigrationStep{App: app, Extension: ext}
	hashes, err := store.AppliedMigrations(tx, ext)
	if err != nil {
		return nil, err
	}
	if step.Ordinal = len(hashes); step.Ordinal == 1 {
		step.Hash = hashes[0]
	}
	m := &migration{e: e, tx: tx, reg: reg, step: step, apps: map[string]bool{app: true}}
	if _, err := m.noteApp(app, false); err != nil {
		return nil, err
	}
	present, err := m.presentTables()
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(present)) {
		if spelling.StaysHere(name) || reg.byName[name] != nil {
			continue
		}
		d, err := declaration(tx, present[name])
		if err != nil {
			return nil, err
		}
		unusable := d.usable(false)
		if unusable == nil {
			unusable, err = m.keyIsNull(&d)
			if err != nil {
				return nil, err
			}
		}
		if unusable != nil {
			left = append(left, strings.TrimPrefix(name, app))
			continue
		}
		if _, err := m.begin(&d, false); err != nil {
			return nil, err
		}
	}
	return left, m.ship()
}

// RemoveApp forgets the tables of an app, which are about to be dropped for
// good, and lets other devices drop what they have of its data. If the app is
// installed again, it begins anew everywhere.
func (e *Engine) RemoveApp(tx *store.Tx, app string) error {
	app = strings.ToLower(app)
	if err := e.removeData(tx, app); err != nil {
		return err
	}
	reg, err := e.writing(tx)
	if err != nil {
		return err
	}
	e.touched = true
	for _, t := range reg.inOrder() {
		if t.app != app {
			continue
		}
		if t.name != "" {
			if err := e.untrack(tx, t); err != nil {
				return err
			}
		}
		for _, text := range []string{"DELETE FROM alcove_crdt_table WHERE id = ?", "DELETE FROM alcove_crdt_column WHERE tbl = ?"} {
			q := tx.Query(text)
			q.Int(1, t.id)
			if err := q.Run(); err != nil {
				return err
			}
		}
		delete(reg.tables, t.id)
		delete(reg.byGID, t.gid)
	}
	return nil
}
