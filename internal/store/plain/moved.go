package plain

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/spelling"
)

// A database of haex-vault has the tables of all its extensions, by their full
// names, among tables of its own. Each has columns for syncing, which mean
// nothing elsewhere, and in older versions rows that were deleted and only
// marked so.
var syncColumns = []string{"haex_hlc", "haex_column_hlcs", "haex_timestamp", tombstone}

const tombstone = "haex_tombstone"

// fullName is how haex-vault and Alcove call a table: by its publisher's key, its
// extension and its own name.
var fullName = regexp.MustCompile(`(?i)^[0-9a-f]{64}__[a-z][a-z0-9-]*__.`)

// tabular is a source that knows its tables before it is read.
type tabular interface {
	Source
	names() []string
	// keep leaves out the tables that are not wanted.
	keep(wanted func(name string) bool)
}

// moved is a source with tables of the extension whose prefix is own, by their
// full names. They are told by their short ones, the others are left out.
type moved struct {
	Source
	own string
}

// asMoved returns s as it is to be read for the extension whose prefix is own: one
// without full names of tables stays as it is.
func asMoved(s tabular, own string) (Source, error) {
	has := func(name string) bool {
		_, ok := spelling.OwnTable(own, name)
		return ok
	}
	names := s.names()
	if slices.ContainsFunc(names, has) {
		s.keep(has)
		return &moved{s, own}, nil
	}
	if i := slices.IndexFunc(names, fullName.MatchString); i >= 0 {
		key, rest, _ := strings.Cut(names[i], "__")
		other, _, _ := strings.Cut(rest, "__")
		return nil, fault.New(CodeNoTables, fmt.Sprintf(
			"The file has tables of apps, and none of this one's: the first is of %q, by the publisher's key %s…. Nothing was imported. Name the app that they are of; one by another key is another app.", other, key[:8])).
			With("app", other).With("key", key)
	}
	return s, nil
}

// Read implements Source.
func (m *moved) Read(ctx context.Context, _ bool, v Visitor) error {
	return m.Source.Read(ctx, false, &mover{Visitor: v, own: m.own})
}

// mover tells a visitor what a moved table holds besides what is for syncing.
type mover struct {
	Visitor
	own   string
	takes []int // places of the columns that are passed on
	dead  int   // place of the mark of deleted rows; -1 if there is none
	row   []any
}

// Table implements Visitor.
func (m *mover) Table(name string, columns, computed []string) error {
	m.takes, m.dead = m.takes[:0], -1
	var data []string
	for i, c := range columns {
		switch lower := strings.ToLower(c); {
		case lower == tombstone:
			m.dead = i
		case !slices.Contains(syncColumns, lower):
			m.takes, data = append(m.takes, i), append(data, c)
		}
	}
	m.row = make([]any, len(data))
	return m.Visitor.Table(name[len(m.own):], data, computed)
}

// NotATable implements Visitor.
func (m *mover) NotATable(name string) error { return m.Visitor.NotATable(name[len(m.own):]) }

// Row implements Visitor.
func (m *mover) Row(values []any) error {
	if m.dead >= 0 && values[m.dead] == int64(1) {
		return nil
	}
	for n, i := range m.takes {
		m.row[n] = values[i]
	}
	return m.Visitor.Row(m.row)
}
