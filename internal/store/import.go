package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store/plain"
)

// Policy is what an import does with a row that is there already, which is one
// with the same key or the same unique values.
type Policy int

// The policies.
const (
	KeepExisting Policy = iota // the imported one is passed over
	Replace                    // the imported one goes in its place; columns it lacks stay
)

// Imported is what an import did.
type Imported struct {
	Tables        []ImportedTable
	Values, Stays int64 // kept by key: written, and passed over
}

// ImportedTable is what it did to one table.
type ImportedTable struct {
	Name    string
	Written int64
	Stays   int64 // rows that were there and stay
}

// Bounds of one import.
const (
	maxImportRows  = 50_000_000
	maxImportBytes = 8 << 30
)

// Import reads what Export wrote, one of its files, or a database that has the
// extension's tables by their full names, as haex-vault's has, into the tables of
// an extension: all of it or nothing. The extension is not running. Tables and
// columns are found by their names; a column that the file lacks gets its
// default, a table or column that the extension lacks is refused. Rows are
// written by ordinary INSERT and UPDATE statements, but the extension's own
// triggers do not run: what they would do is in the data already. Foreign keys
// are checked at the end. The extension's storage limit holds, and its storage
// is counted again.
//
// The file is not trusted. Progress is told units of the file.
//
// Codes: those of package plain, import.no_tables among them, import.unknown_table, import.unknown_column,
// import.missing_key, import.constraint, import.foreign_key, import.value,
// import.too_large, quota.storage.
func (s *Store) Import(ctx context.Context, d Data, path string, policy Policy, progress func(done, total int64)) (Imported, error) {
	open, cancel := s.whileOpen(ctx)
	defer cancel()
	source, err := plain.Open(open, path, d.Rights.Own)
	if err != nil {
		return Imported{}, s.endedOpen(open, err)
	}
	defer func() { _ = source.Close() }() // it only read
	var out Imported
	err = s.Update(ctx, func(tx *sql.Tx) error {
		m := &importer{store: s, ctx: open, data: d, own: lowerASCII(d.Rights.Own), policy: policy, source: source, progress: progress}
		limits, err := LoadLimits(ctx, tx, d.Extension)
		if err != nil {
			return err
		}
		return s.writer.raw(func(h handle) (err error) {
			defer h.watch(ctx, s)()
			m.handle = h
			quota, err := m.quotaOf(s.writer, limits)
			if err != nil {
				return err
			}
			if out, err = m.run(); err != nil {
				return s.writer.overQuota(quota, err)
			}
			return m.keepQuota(s.writer, quota)
		})
	})
	if err != nil {
		return Imported{}, s.endedOpen(open, err)
	}
	return out, nil
}

type importer struct {
	handle
	store    *Store
	ctx      context.Context
	data     Data
	own      string
	policy   Policy
	source   plain.Source
	progress func(done, total int64)

	tables  map[string]*portable // by short name in lower case
	none    bool                 // the extension has no tables of its own
	writers []*tableWriter       // in the order of the file
	into    *tableWriter         // that of the rows that come now
	clears  bool                 // this reading only makes room
	seen    int64
	bytes   int64
	out     Imported
}

func (m *importer) run() (_ Imported, err error) {
	tables, _, err := m.portableSchema(m.own)
	if err != nil {
		return Imported{}, err
	}
	m.tables, m.none = map[string]*portable{}, len(tables) == 0
	for i, t := range tables {
		m.tables[lowerASCII(t.plain.Name)] = &tables[i]
	}
	if m.tables[assignedExport] == nil {
		t, err := m.assigned(m.own)
		if err != nil {
			return Imported{}, err
		}
		m.tables[assignedExport] = &t
	}
	restore, err := m.withoutTriggers()
	if err != nil {
		return Imported{}, err
	}
	if err := m.enforceForeignKeys(false); err != nil {
		return Imported{}, err
	}
	defer func() { err = errors.Join(err, m.enforceForeignKeys(true)) }()
	defer func() { m.finish() }()
	broken, err := m.brokenKeys(tables)
	if err != nil {
		return Imported{}, err
	}
	if m.clears, err = m.needsRoom(tables); err != nil {
		return Imported{}, err
	}
	if m.clears {
		if err := m.read(); err != nil {
			return Imported{}, err
		}
		m.clears = false
	}
	if err := m.read(); err != nil {
		return Imported{}, err
	}
	m.finish()
	if err := m.checkKept(); err != nil {
		return Imported{}, err
	}
	if err := m.checkAssigned(); err != nil {
		return Imported{}, err
	}
	if err := m.compareKeys(tables, broken); err != nil {
		return Imported{}, err
	}
	return m.out, restore()
}

// read goes through the source once.
func (m *importer) read() error {
	m.seen, m.bytes, m.out = 0, 0, Imported{}
	m.finish()
	_, own := m.tables["alcove_kv"]
	if err := m.source.Read(m.ctx, !own, m); err != nil {
		return err
	}
	for _, w := range m.writers {
		m.out.Tables = append(m.out.Tables, w.result())
	}
	return nil
}

// needsRoom reports whether rows that are there could stand in the way of
// imported ones with another key.
func (m *importer) needsRoom(tables []portable) (bool, error) {
	if m.policy != Replace {
		return false, nil
	}
	for i := range tables {
		if keys, err := m.uniqueKeys(&tables[i]); err != nil || len(keys) > 1 {
			return true, err
		}
	}
	return false, nil
}

// finish frees the statements.
func (m *importer) finish() {
	for _, w := range m.writers {
		w.finish()
	}
	m.writers, m.into = nil, nil
}

// Table implements plain.Visitor.
func (m *importer) Table(name string, columns, computed []string) error {
	t := m.tables[lowerASCII(name)]
	if t == nil && m.none {
		return fault.New("import.unknown_table", fmt.Sprintf(
			"The file has a table %q, and this app has no tables yet. Nothing was imported. Open the app once, so that it makes them, then import again.", name)).With("table", name)
	}
	if t == nil {
		return fault.New("import.unknown_table", fmt.Sprintf(
			"The file has a table %q, which this version of the app does not have. Nothing was imported. Install the version that made the file.", name)).With("table", name)
	}
	for _, w := range m.writers {
		if w.table == t {
			return importCorrupt(fmt.Sprintf("the table %q is in it twice", name))
		}
	}
	w, err := m.newWriter(t, columns, computed)
	if err != nil {
		return err
	}
	m.writers, m.into = append(m.writers, w), w
	return nil
}

// NotATable implements plain.Visitor.
func (m *importer) NotATable(name string) error {
	if m.tables[lowerASCII(name)] == nil {
		return nil // a view, as the app may have
	}
	return importCorrupt(fmt.Sprintf("%q is no table in it", name))
}

// Row implements plain.Visitor.
func (m *importer) Row(values []any) error {
	if err := m.count(values...); err != nil {
		return err
	}
	if m.clears {
		return m.into.clear(values)
	}
	return m.into.write(values)
}

// count bounds what is taken in and tells how far it is.
func (m *importer) count(values ...any) error {
	for _, v := range values {
		n := sizeOf(v)
		if n > plain.MaxCell+cell {
			return fault.New(plain.CodeTooLarge, "The file has a value of more than 64 MiB. Nothing was imported.")
		}
		m.bytes += n
	}
	if m.seen++; m.seen > maxImportRows || m.bytes > maxImportBytes {
		return fault.New(plain.CodeTooLarge, "The file holds more than one import may bring: 50 million rows or 8 GiB. Nothing was imported.")
	}
	if m.seen%256 != 0 {
		return nil
	}
	if m.progress != nil && !m.clears {
		m.progress(m.source.Progress())
	}
	return m.store.alive(m.ctx)
}

func importCorrupt(why string) error {
	return fault.New(plain.CodeCorrupt, "The file is damaged or was not written by Alcove: "+why+". Nothing was imported.")
}
