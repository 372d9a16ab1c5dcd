package extension

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/permission"
)

// maxPending is how many packages wait in memory for a person at once.
const maxPending = 4

// pending is a verified package that waits for a person.
type pending struct {
	bundle   *bundle.Bundle
	review   *Review
	revision string
	busy     bool // being installed; guarded by Registry.mu
}

// Stage verifies a package and makes its review, in memory only. The caller
// must not change data afterwards. Staging a file again that already waits
// gives the review that is open. A package that cannot be accepted (an older
// version, for instance) has a review that says so.
//
// Errors: bundle.* and manifest.* for a package that is not good,
// extension.too_many_reviews.
func (r *Registry) Stage(ctx context.Context, data []byte, src Source) (*Review, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err := bundle.Open(data)
	if err != nil {
		return nil, err
	}
	var s *standing
	err = r.st.View(ctx, func(tx *sql.Tx) error {
		s, err = stand(ctx, tx, b)
		return err
	})
	if err != nil {
		return nil, err
	}
	p := &pending{bundle: b, revision: s.revision()}
	if p.review, err = makeReview(b, s, src); err != nil {
		return nil, err
	}
	return r.admit(p)
}

// admit lets a package wait, unless it already does or too many do.
func (r *Registry) admit(p *pending) (*Review, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, other := range r.pending {
		if other.bundle.Archive == p.bundle.Archive && other.revision == p.revision && !other.busy {
			return other.review, nil
		}
	}
	if len(r.pending) >= maxPending {
		return nil, errTooManyReviews
	}
	r.pending[p.review.ID] = p
	return p.review, nil
}

// makeReview puts a package and its standing into what a person reads.
func makeReview(b *bundle.Bundle, s *standing, src Source) (*Review, error) {
	kind, refusal, err := s.kind(b)
	if err != nil {
		return nil, err
	}
	m, title := b.Manifest, b.Manifest.Title(language)
	previous := s.previous
	if s.row != nil && string(s.row.release) == string(b.Release[:]) {
		previous = nil // the very same package changes nothing
	}
	lines := permission.Describe(m, title, decided(s.previous, s.grants), previous)
	review := &Review{
		ID: newReviewID(), Kind: kind, Extension: b.ID().String(),
		Name: m.Name, Title: title, Version: m.Version,
		Description: m.Describe(language), Author: m.Author, Homepage: m.Homepage, Icon: iconOf(b),
		Publisher: s.publisher, Warning: s.warning,
		File: FileFacts{
			Name: fileName(src.FileName), Size: b.ArchiveSize, Files: len(b.Files),
			SHA256: hex.EncodeToString(b.Archive[:]), Release: hex.EncodeToString(b.Release[:]),
		},
		Dialect: m.Dialect, OlderSignature: b.OlderSignature(),
		Lines: lines, Threat: permission.Threat(title, lines),
	}
	if s.row != nil {
		review.PreviousVersion, review.KeptData = s.row.version, s.row.release == nil
		if review.KeptData {
			review.KeptVersion = s.row.highest
		}
	}
	if refusal != nil {
		review.Refusal = &Refusal{Code: refusal.Code, Message: refusal.Message}
	}
	return review, nil
}

func newReviewID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails; a program without randomness ends
	return hex.EncodeToString(id[:])
}

// iconOf is the icon as a data URL, which a page shows as an image, where a
// drawing's scripts do not run.
func iconOf(b *bundle.Bundle) string {
	data, mediaType, ok := b.Icon()
	if !ok {
		return ""
	}
	return "data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString(data)
}

// fileName is the last part of a path of any system, on one line.
func fileName(path string) string {
	name := path[strings.LastIndexAny(path, `/\`)+1:]
	return strings.Join(strings.Fields(name), " ")
}

// Review returns an open review. It must not be changed.
func (r *Registry) Review(id string) (*Review, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.pending[id]
	if !ok {
		return nil, errReviewUnknown
	}
	return p.review, nil
}

// Reviews returns the ids of all open reviews.
func (r *Registry) Reviews() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := make([]string, 0, len(r.pending))
	for id := range r.pending {
		ids = append(ids, id)
	}
	return ids
}

// Preview is the threat sentence with other choices than the review's.
func (r *Registry) Preview(id string, choices []Choice) ([]permission.Segment, error) {
	review, err := r.Review(id)
	if err != nil {
		return nil, err
	}
	lines, err := choose(review.Lines, choices)
	if err != nil {
		return nil, err
	}
	return permission.Threat(review.Title, lines), nil
}

// choose returns lines with the decisions a person made. Each choice must be
// about a line of the review that has one to make, and about each only once.
func choose(lines []permission.Line, choices []Choice) ([]permission.Line, error) {
	made := make(map[permission.Key]Choice, len(choices))
	for _, c := range choices {
		if _, twice := made[c.key()]; twice || !c.Decision.Valid() {
			return nil, errChoiceUnknown(c)
		}
		made[c.key()] = c
	}
	out := make([]permission.Line, len(lines))
	for i, line := range lines {
		if c, ok := made[line.Key()]; ok && line.Choosable() {
			line.Decision = c.Decision
			delete(made, line.Key())
		}
		out[i] = line
	}
	for _, c := range made {
		return nil, errChoiceUnknown(c)
	}
	return out, nil
}

// Cancel forgets a review and its package. Nothing of it was ever written.
func (r *Registry) Cancel(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.pending, id)
}
