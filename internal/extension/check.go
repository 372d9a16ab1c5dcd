package extension

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

// strays are rows that no whole installation leaves behind. Each query counts
// them.
var strays = []struct{ what, query string }{
	{"a package without its app", `SELECT count(*) FROM alcove_release r WHERE NOT EXISTS (SELECT 1 FROM alcove_extension e WHERE e.id = r.extension AND e.release = r.hash)`},
	{"an app without its package", `SELECT count(*) FROM alcove_extension e WHERE e.release IS NOT NULL AND NOT EXISTS (SELECT 1 FROM alcove_release r WHERE r.hash = e.release AND r.extension = e.id)`},
	{"an app of an unknown publisher", `SELECT count(*) FROM alcove_extension e WHERE NOT EXISTS (SELECT 1 FROM alcove_publisher p WHERE p.key = e.lineage)`},
	{"a file of no package", `SELECT count(*) FROM alcove_release_file f WHERE NOT EXISTS (SELECT 1 FROM alcove_release r WHERE r.hash = f.release)`},
	{"a file without its bytes", `SELECT count(*) FROM alcove_release_file f WHERE NOT EXISTS (SELECT 1 FROM alcove_blob b WHERE b.sha256 = f.sha256)`},
	{"bytes of no file", `SELECT count(*) FROM alcove_blob b WHERE NOT EXISTS (SELECT 1 FROM alcove_release_file f WHERE f.sha256 = b.sha256)`},
	{"a grant of no app", `SELECT count(*) FROM alcove_grant g WHERE NOT EXISTS (SELECT 1 FROM alcove_extension e WHERE e.id = g.extension AND e.release IS NOT NULL)`},
	{"a value of no app", `SELECT count(*) FROM alcove_kv k WHERE NOT EXISTS (SELECT 1 FROM alcove_extension e WHERE e.id = k.extension)`},
	{"a migration of no app", `SELECT count(*) FROM alcove_migration m WHERE NOT EXISTS (SELECT 1 FROM alcove_extension e WHERE e.id = m.extension)`},
}

// Check verifies every stored package, byte by byte, and that every row about
// extensions belongs to one. It changes nothing. Progress is called with bytes
// and may be nil. The error is extension.damaged, whose Data "found" lists
// what is wrong, or why the check could not be made.
func (r *Registry) Check(ctx context.Context, progress func(done, total int64)) error {
	var found []string
	err := r.st.View(ctx, func(tx *sql.Tx) error {
		for _, s := range strays {
			var n int64
			if err := tx.QueryRowContext(ctx, s.query).Scan(&n); err != nil {
				return fmt.Errorf("check extensions: %w", err)
			}
			if n > 0 {
				found = append(found, fmt.Sprintf("%s (%d)", s.what, n))
			}
		}
		var total, done int64
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(sum(size), 0) FROM alcove_release_file`).Scan(&total); err != nil {
			return fmt.Errorf("check extensions: %w", err)
		}
		rows, err := allRows(ctx, tx)
		if err != nil {
			return err
		}
		for _, w := range rows {
			problem, err := checkRow(ctx, tx, &w)
			if err != nil {
				return err
			}
			if problem != "" {
				found = append(found, titleOf(w.ext, nil)+": "+problem)
			}
			var size int64
			if err := tx.QueryRowContext(ctx, `SELECT coalesce(sum(size), 0) FROM alcove_release_file WHERE release = ?`, w.release).Scan(&size); err != nil {
				return fmt.Errorf("check extensions: %w", err)
			}
			if done += size; progress != nil {
				progress(done, total)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fault.New(CodeDamaged, "What this vault keeps of its apps is damaged: "+strings.Join(found, "; ")+
			". Nothing was changed. Go back to a copy of the vault folder, or install the apps named here again from their files.").With("found", found)
	}
	return nil
}

// checkRow verifies one extension's package and grants.
func checkRow(ctx context.Context, tx *sql.Tx, w *row) (problem string, err error) {
	if w.release == nil {
		return "", nil
	}
	b, err := recheck(ctx, tx, w, newCache())
	if bad := (badBytes{}); errors.As(err, &bad) {
		return problemOf(bad), nil
	}
	if strings.HasPrefix(fault.Code(err), "manifest.") {
		return "", nil // good bytes for another version of Alcove
	}
	if err != nil {
		return "", err
	}
	grants, err := permission.Load(ctx, tx, w.id)
	if err != nil {
		return "", err
	}
	return checkGrants(b, grants), nil
}

// checkGrants finds grants for what the installed version does not ask for.
func checkGrants(b *bundle.Bundle, grants []permission.Grant) string {
	stray := 0
	for _, g := range grants {
		if permission.Declared(b.Manifest.Permissions, g.Key) < 0 {
			stray++
		}
	}
	if stray > 0 {
		return fmt.Sprintf("%d grants for what it does not ask", stray)
	}
	return ""
}

// problemOf is a short reason, without contents of the package.
func problemOf(err error) string {
	if code := fault.Code(err); code != fault.CodeInternal {
		return code
	}
	if errors.Is(err, errContent) {
		return "a stored file is missing or changed"
	}
	return err.Error()
}
