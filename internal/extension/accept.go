package extension

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/fail"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// Accept installs a reviewed package with the person's choices, in one
// transaction; lines without a choice keep the decision the review shows. It
// is all or nothing: after an error, a cancelled ctx or a crash the vault is
// as it was. Acknowledged says that the person has confirmed the review's
// warning, if it has one. Progress is called with bytes written and may be nil.
//
// Errors: the review's own refusal, extension.review_unknown, review_busy,
// review_stale, needs_acknowledgement, choice_unknown; db.* when a migration
// fails.
func (r *Registry) Accept(ctx context.Context, id string, choices []Choice, acknowledged bool, progress func(done, total int64)) (manifest.ID, error) {
	p, err := r.claim(id)
	if err != nil {
		return manifest.ID{}, err
	}
	accepted := false
	defer func() { r.unclaim(id, p, accepted) }()

	if refusal := p.review.Refusal; refusal != nil {
		return manifest.ID{}, fault.New(refusal.Code, refusal.Message)
	}
	lines, err := choose(p.review.Lines, choices)
	if err != nil {
		return manifest.ID{}, err
	}
	if p.review.Warning != nil && !acknowledged {
		return manifest.ID{}, errNeedsAcknowledgement
	}
	migrations, err := migrationsOf(p.bundle)
	if err != nil {
		return manifest.ID{}, err
	}
	err = r.st.Update(ctx, func(tx *sql.Tx) error {
		return r.install(ctx, tx, p, lines, migrations, progress)
	})
	if err != nil {
		return manifest.ID{}, err
	}
	fail.Point("install.committed")
	accepted = true
	return p.bundle.ID(), nil
}

// claim takes a review for installing, so that nobody else does.
func (r *Registry) claim(id string) (*pending, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.pending[id]
	switch {
	case !ok:
		return nil, errReviewUnknown
	case p.busy:
		return nil, errReviewBusy
	}
	p.busy = true
	return p, nil
}

func (r *Registry) unclaim(id string, p *pending, accepted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.busy = false
	if accepted {
		delete(r.pending, id)
	}
}

// migrationsOf is the migrations of a package with the names of its tables.
func migrationsOf(b *bundle.Bundle) ([]store.Migration, error) {
	var list []store.Migration
	for _, path := range b.Manifest.Migrations {
		text, ok := b.Content(path)
		if !ok {
			return nil, fmt.Errorf("migration %q is not in the package", path)
		}
		step := store.Migration{Name: path, Hash: sha256.Sum256(text)}
		if b.Manifest.Dialect == manifest.DialectHaex {
			step.Name, step.SQL = manifest.HaexMigrationName(path), manifest.HaexMigration(string(text))
		} else {
			var err error
			if step.SQL, err = manifest.ExpandMigration(b.ID(), string(text)); err != nil {
				return nil, err
			}
		}
		list = append(list, step)
	}
	return list, nil
}

// install is the transaction. The named points are where crash tests kill it.
func (r *Registry) install(ctx context.Context, tx *sql.Tx, p *pending, lines []permission.Line, migrations []store.Migration, progress func(done, total int64)) error {
	b, now := p.bundle, r.millis()
	s, err := stand(ctx, tx, b)
	if err != nil {
		return err
	}
	if s.revision() != p.revision {
		return errReviewStale
	}
	fail.Point("install.begun")
	id, err := writeRow(ctx, tx, b, s.row, now)
	if err != nil {
		return err
	}
	fail.Point("install.after_row")
	if err := writeBlobs(ctx, tx, b, progress); err != nil {
		return err
	}
	fail.Point("install.after_blobs")
	if err := writeRelease(ctx, tx, b, id, now); err != nil {
		return err
	}
	fail.Point("install.after_release")
	if err := dropReleases(ctx, tx, id, b.Release[:]); err != nil {
		return err
	}
	fail.Point("install.after_collect")
	grants := reviewed(s, b.Manifest, lines, now)
	if err := permission.Replace(ctx, tx, id, grants); err != nil {
		return err
	}
	fail.Point("install.after_grants")
	policy, err := permission.LoadPolicy(ctx, tx)
	if err != nil {
		return err
	}
	rights := store.Rights{
		Own: b.ID().TablePrefix(), Extension: id,
		Grants: permission.TableGrants(policy, b.Manifest.Permissions, permission.NewHeld(grants), now),
	}
	limits, err := store.LoadLimits(ctx, tx, id)
	if err != nil {
		return err
	}
	if p.review.Kind == KindUpdate {
		err := r.st.Within(ctx, tx, func(tx *store.Tx) error {
			return r.tracked.MarkUpdate(tx, b.ID().TablePrefix(), p.review.PreviousVersion)
		})
		if err != nil {
			return err
		}
	}
	_, err = r.st.Migrate(ctx, tx, id, rights, migrations, store.MigrateOptions{
		Limits: limits, AutomaticIntegerKeys: b.Manifest.Dialect == manifest.DialectHaex,
	})
	if err != nil {
		return explain(p.review, err)
	}
	fail.Point("install.after_migrations")
	event := "installed"
	if p.review.Kind == KindUpdate {
		event = "updated"
	}
	if err := writeLedger(ctx, tx, id, event, b.Manifest.Version, now); err != nil {
		return err
	}
	fail.Point("install.before_commit")
	return nil
}

// explain puts what a migration did wrong into words for the person who wanted
// to install it; the words for its author follow.
func explain(review *Review, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || !strings.HasPrefix(f.Code, "db.migration_") {
		return err
	}
	out := fault.Wrap(f.Code, fmt.Sprintf(
		"%s %s could not prepare its tables, so nothing was changed. Its publisher has to correct this: %s", review.Title, review.Version, f.Message), err)
	out.Data = f.Data
	return out
}
