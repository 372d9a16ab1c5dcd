package extension

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// Start verifies every stored byte of an extension against its publisher's
// signature and the accepted release, and returns what may run. Close it when
// the extension has stopped.
//
// Errors: extension.not_found, extension.disabled; extension.quarantined,
// after which it stays quarantined until its package is installed again;
// manifest.* if it does not go with this version of Alcove.
func (r *Registry) Start(ctx context.Context, id manifest.ID) (*Running, error) {
	var run *Running
	var w *row
	writes := r.st.Writes()
	err := r.st.View(ctx, func(tx *sql.Tx) (err error) {
		if w, err = installedRow(ctx, tx, id); err != nil {
			return err
		}
		switch w.hold {
		case HoldNone:
		case HoldDisabled, HoldQuarantined:
			m, err := readManifest(ctx, tx, w.release)
			if err != nil {
				return err
			}
			if w.hold == HoldDisabled {
				return errDisabled(titleOf(id, m))
			}
			return errQuarantined(titleOf(id, m), nil)
		}
		kept := newCache()
		b, err := recheck(ctx, tx, w, kept)
		if err != nil {
			return err
		}
		grants, err := permission.Load(ctx, tx, w.id)
		if err != nil {
			return err
		}
		limits, err := store.LoadLimits(ctx, tx, w.id)
		if err != nil {
			return err
		}
		run = newRunning(r, w, b, kept, writes, grants, limits)
		return nil
	})
	if bad := (badBytes{}); errors.As(err, &bad) {
		return nil, r.quarantine(ctx, w, bad)
	}
	if err != nil {
		return nil, err
	}
	return run, nil
}

// badBytes is a stored package that is not what was accepted.
type badBytes struct{ cause error }

func (b badBytes) Error() string { return b.cause.Error() }
func (b badBytes) Unwrap() error { return b.cause }

// recheck verifies a stored package: signature, release, every file, and that
// it is the extension and version which the row says. What it has read and found
// good is kept, as far as that has room: the page asks for it next. The error is
// badBytes if any of that is wrong, and something else if it could not be found
// out.
func recheck(ctx context.Context, tx *sql.Tx, w *row, kept *cache) (*bundle.Bundle, error) {
	signature, err := readFile(ctx, tx, w.release, bundle.SignatureFile)
	if err != nil {
		return nil, asBad(err)
	}
	var release [32]byte
	if copy(release[:], w.release) != len(w.release) || len(w.release) != len(release) {
		return nil, badBytes{fmt.Errorf("release hash of %d bytes", len(w.release))}
	}
	// Once for some hundred files.
	find, err := tx.PrepareContext(ctx, selectFile) //nolint:sqlclosecheck // it is closed below; the linter loses sight of it in the closure
	if err != nil {
		return nil, fmt.Errorf("read stored files: %w", err)
	}
	defer find.Close()
	var reading error // the first failure that is none of the bytes
	contents, size := map[string][]byte{}, 0
	b, err := bundle.Recheck(signature, release, func(path string) ([]byte, error) {
		if err := ctx.Err(); err != nil {
			reading = err
			return nil, err
		}
		data, err := checkedFile(find.QueryRowContext(ctx, w.release, path), path)
		if err != nil && !errors.Is(err, errContent) && reading == nil {
			reading = err
		}
		if err == nil && size+len(data) <= maxCache {
			contents[path], size = data, size+len(data)
		}
		return data, err
	})
	if reading != nil {
		return nil, reading
	}
	if err != nil {
		return nil, asBad(err)
	}
	if b.ID() != w.ext || b.Manifest.Version != w.version {
		return nil, badBytes{fmt.Errorf("the stored package is %s %s", b.ID(), b.Manifest.Version)}
	}
	var stored int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM alcove_release_file WHERE release = ?`, w.release).Scan(&stored); err != nil {
		return nil, fmt.Errorf("count files: %w", err)
	}
	if stored != len(b.Files)+1 {
		return nil, badBytes{fmt.Errorf("%d files are stored, and %d are signed", stored-1, len(b.Files))}
	}
	for _, f := range b.Files {
		if data, ok := contents[f.Path]; ok {
			kept.put(f.SHA256, data)
		}
	}
	return b, nil
}

// asBad marks errors that speak against the bytes.
func asBad(err error) error {
	if errors.Is(err, errContent) || strings.HasPrefix(fault.Code(err), "bundle.") {
		return badBytes{err}
	}
	return err
}

// quarantine holds an extension whose bytes were found bad, unless others have
// been installed meanwhile, and returns the error for the person.
func (r *Registry) quarantine(ctx context.Context, w *row, cause error) error {
	title := titleOf(w.ext, nil)
	err := r.st.Update(ctx, func(tx *sql.Tx) error {
		now, err := findRow(ctx, tx, w.ext)
		if err != nil || now == nil || now.id != w.id || string(now.release) != string(w.release) {
			return err
		}
		m, err := readManifest(ctx, tx, w.release)
		if err != nil {
			return err
		}
		title = titleOf(w.ext, m)
		if now.hold == HoldQuarantined {
			return nil
		}
		code := fault.Code(cause)
		if code == fault.CodeInternal {
			code = CodeDamaged
		}
		return setHold(ctx, tx, w.id, HoldQuarantined, "quarantined", code, r.millis())
	})
	if err != nil {
		return fmt.Errorf("quarantine: %w", errors.Join(err, cause))
	}
	return errQuarantined(title, cause)
}
