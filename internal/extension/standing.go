package extension

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/Masterminds/semver/v3"
	"golang.org/x/text/unicode/norm"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// standing is how a package stands to what the vault has: everything that a
// review depends on besides the package.
type standing struct {
	row       *row               // nil if the extension was never here
	previous  *manifest.Manifest // of the installed version; nil if there is none
	grants    []permission.Grant // of the installed version
	publisher ReviewPublisher
	warning   *Warning
}

// stand reads how b stands to the vault.
func stand(ctx context.Context, tx *sql.Tx, b *bundle.Bundle) (*standing, error) {
	s := &standing{}
	var err error
	if s.row, err = findRow(ctx, tx, b.ID()); err != nil {
		return nil, err
	}
	if s.row != nil && s.row.release != nil {
		if err := s.readPrevious(ctx, tx, b); err != nil {
			return nil, err
		}
	}
	if err := s.readNeighbours(ctx, tx, b); err != nil {
		return nil, err
	}
	s.publisher.Publisher = publisherOf(b.Lineage)
	err = tx.QueryRowContext(ctx, `SELECT first_seen FROM alcove_publisher WHERE key = ?`, b.Lineage[:]).Scan(&s.publisher.FirstSeen)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read publisher: %w", err)
	}
	s.publisher.Seen = err == nil
	return s, nil
}

// readPrevious reads what the installed version may do. If its manifest cannot
// be trusted any more, nothing counts as granted, so all is asked anew.
func (s *standing) readPrevious(ctx context.Context, tx *sql.Tx, b *bundle.Bundle) (err error) {
	if string(s.row.release) == string(b.Release[:]) {
		s.previous = b.Manifest
	} else if s.previous, err = readManifest(ctx, tx, s.row.release); err != nil {
		return err
	}
	if s.previous == nil {
		s.previous = &manifest.Manifest{Name: b.Manifest.Name}
		return nil
	}
	s.grants, err = permission.Load(ctx, tx, s.row.id)
	return err
}

// readNeighbours reads the publisher's other apps, and finds one of another
// publisher that a person could take for this one.
func (s *standing) readNeighbours(ctx context.Context, tx *sql.Tx, b *bundle.Bundle) error {
	list, err := allRows(ctx, tx)
	if err != nil {
		return err
	}
	s.publisher.Apps = []string{}
	for _, w := range list {
		if w.ext == b.ID() {
			continue
		}
		var m *manifest.Manifest
		if w.release != nil {
			if m, err = readManifest(ctx, tx, w.release); err != nil {
				return err
			}
		}
		title := titleOf(w.ext, m)
		if w.ext.Lineage == b.Lineage {
			if w.release != nil {
				s.publisher.Apps = append(s.publisher.Apps, title)
			}
			continue
		}
		if s.warning == nil && (w.ext.Name == b.Manifest.Name || anyAlike(w.ext, m, b.Manifest)) {
			f := bundle.FingerprintOf(w.ext.Lineage)
			s.warning = &Warning{Code: WarningNameTaken, Title: title, Words: f.Words, Hex: f.Hex}
		}
	}
	return nil
}

// anyAlike reports whether a title of m, in any language, reads like one of an
// installed extension. Titles of other languages count: an app is shown its
// own, and one day so is the person.
func anyAlike(installed manifest.ID, theirs, m *manifest.Manifest) bool {
	for _, a := range titles(titleOf(installed, theirs), theirs) {
		for _, b := range titles(m.Title(language), m) {
			if alike(a, b) {
				return true
			}
		}
	}
	return false
}

func titles(first string, m *manifest.Manifest) []string {
	list := []string{first}
	if m != nil {
		for _, l := range m.Locales {
			if l.Title != "" {
				list = append(list, l.Title)
			}
		}
	}
	return list
}

// alike reports whether two titles read the same at a glance: without regard
// to case, accents, punctuation, and letters of another script that look like
// Latin ones.
func alike(a, b string) bool { return skeleton(a) == skeleton(b) }

func skeleton(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		r = unicode.ToLower(r)
		if same, ok := lookalikes[r]; ok {
			r = same
		}
		accent := r >= 0x0300 && r <= 0x036f
		if unicode.In(r, unicode.L, unicode.N, unicode.M, unicode.Sm) && !accent {
			b.WriteRune(r)
		}
	}
	if b.Len() == 0 {
		return s
	}
	return b.String()
}

// lookalikes are small letters and digits that are easily taken for another.
var lookalikes = func() map[rune]rune {
	from := []rune("асеорхуіјѕԁӏһгпткмвнαβεικνορτυχγωıłø01l|$5")
	to := []rune("aceopxyijsdihrntkmbhabeiknoptuxywiiooiiiss")
	m := make(map[rune]rune, len(from))
	for i, r := range from {
		m[r] = to[i]
	}
	return m
}()

// revision changes whenever anything changes that the review depends on.
func (s *standing) revision() string {
	var parts []string
	if s.row != nil {
		parts = append(parts, fmt.Sprintf("%d %x %q %q %q %d", s.row.id, s.row.release, s.row.version, s.row.highest, s.row.hold, s.row.updatedAt))
	}
	for _, g := range s.grants {
		parts = append(parts, fmt.Sprintf("grant %q %q %d %s", g.Key, g.Decision, g.Until, g.Constraints.JSON()))
	}
	if s.warning != nil {
		parts = append(parts, fmt.Sprintf("warning %q", *s.warning))
	}
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:])
}

// kind says what accepting b would do, and why it is refused, if it is.
func (s *standing) kind(b *bundle.Bundle) (kind string, refusal *fault.Error, err error) {
	if s.row == nil {
		return KindInstall, nil, nil
	}
	title, version := b.Manifest.Title(language), b.Manifest.Version
	order, err := compareVersions(version, s.row.highest)
	if err != nil {
		return "", nil, err
	}
	switch {
	case s.row.release == nil && order < 0:
		return KindDowngrade, errDataFromOtherVersion(title, version, s.row.highest), nil
	case s.row.release == nil:
		return KindInstall, nil, nil
	case string(s.row.release) == string(b.Release[:]):
		return KindReinstall, nil, nil
	case order < 0:
		return KindDowngrade, errDowngrade(title, version, s.row.highest), nil
	case order == 0:
		return KindReinstall, errSameVersionDiffers(title, version), nil
	case b.OlderSignature() && s.row.format != bundle.FormatHaex1:
		return KindUpdate, errSignatureDowngrade(title, version, s.row.version), nil
	default:
		return KindUpdate, nil, nil
	}
}

// compareVersions orders by semantic version; build metadata do not count.
func compareVersions(a, b string) (int, error) {
	va, err := semver.StrictNewVersion(a)
	if err != nil {
		return 0, fmt.Errorf("version %q: %w", a, err)
	}
	vb, err := semver.StrictNewVersion(b)
	if err != nil {
		return 0, fmt.Errorf("stored version %q: %w", b, err)
	}
	return va.Compare(vb), nil
}
