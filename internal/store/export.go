package store

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store/plain"
)

// Data names the data of one extension: its row, which its values by key
// belong to, and the prefix of its tables.
type Data struct {
	Extension int64
	Rights    Rights
	App       plain.App // as the export calls it
}

// Exported is what an export wrote.
type Exported struct {
	Tables []TableInfo
	Values int64    // kept by key
	Left   []string // indexes, views and triggers that do not work without Alcove
}

// Export writes the data of one extension as plain files into the folder
// target, which must not exist; package plain tells what they are. They are
// not encrypted: a person chose this.
//
// It sees one state of the database, whatever is written meanwhile, and keeps
// one row in memory at a time. Progress is told rows. After an error, also
// that of ctx, nothing is left of it. It ends soon after ctx or the store,
// whatever the extension's schema computes.
//
// Codes: export.exists, export.folder, export.inside_vault, export.schema.
func (s *Store) Export(ctx context.Context, d Data, target string, progress func(done, total int64)) (Exported, error) {
	if err := s.outside(target); err != nil {
		return Exported{}, err
	}
	open, cancel := s.whileOpen(ctx)
	defer cancel()
	var out Exported
	err := s.snapshot(open, func(h handle) (err error) {
		e := exporter{handle: h, store: s, ctx: open, data: d, progress: progress}
		out, err = e.run(target)
		return err
	})
	return out, s.endedOpen(open, err)
}

// ExportArchive writes the data of one extension as one ZIP file with the same
// files to w. Nothing of it touches a disk here, so its database has a bound.
// Otherwise it is like Export; after an error what was written to w is worth
// nothing.
//
// Codes: export.schema and export.too_large, with nothing written yet.
func (s *Store) ExportArchive(ctx context.Context, d Data, w io.Writer) (Exported, error) {
	open, cancel := s.whileOpen(ctx)
	defer cancel()
	var out Exported
	err := s.snapshot(open, func(h handle) error {
		e := exporter{handle: h, store: s, ctx: open, data: d}
		schema, err := e.schema()
		if err != nil {
			return err
		}
		archive := plain.NewArchive(&e, w, d.App, time.Now(), schema)
		e.into = archive
		if err := archive.Passes(func() (err error) { out, err = e.write(); return err }); err != nil {
			return err
		}
		out.Left, err = archive.Finish()
		return err
	})
	return out, s.endedOpen(open, err)
}

// outside refuses the vault's own folder, which is copied and kept as a whole.
func (s *Store) outside(target string) error {
	abs, err := filepath.Abs(target)
	if err != nil {
		return err
	}
	vault, err := os.Stat(filepath.Dir(s.place))
	if err != nil {
		return err
	}
	for dir := filepath.Dir(abs); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && os.SameFile(info, vault) {
			return fault.New("export.inside_vault", "This place is inside the vault's folder, which holds nothing unencrypted. Nothing was exported. Choose another place.")
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

// snapshot runs fn in a read transaction on a connection's handle, which gives
// values as SQLite holds them.
func (s *Store) snapshot(ctx context.Context, fn func(handle) error) error {
	return s.ViewTx(ctx, func(tx *Tx) error { return fn(tx.conn.handle) })
}

// destination takes tables with their rows, and then values.
type destination interface {
	Table(plain.Table) error
	Row(values []any) error
	Value(key string, msgpack []byte) error
}

type exporter struct {
	handle
	store       *Store
	ctx         context.Context
	data        Data
	tables      []portable
	into        destination
	progress    func(done, total int64)
	done, total int64
}

func (e *exporter) run(target string) (out Exported, err error) {
	schema, err := e.schema()
	if err != nil {
		return out, err
	}
	folder, err := plain.Create(e, target, e.data.App, time.Now(), schema)
	if err != nil {
		return out, err
	}
	e.into = folder
	if out, err = e.write(); err != nil {
		folder.Discard()
		return Exported{}, err
	}
	if err := e.Alive(); err != nil {
		folder.Discard()
		return Exported{}, err
	}
	out.Left, err = folder.Finish()
	return out, err
}

// schema reads what there is to export.
func (e *exporter) schema() (schema plain.Schema, err error) {
	own := lowerASCII(e.data.Rights.Own)
	if e.tables, schema.Objects, err = e.portableSchema(own); err != nil {
		return schema, err
	}
	if err := e.addAssigned(own); err != nil {
		return schema, err
	}
	for _, t := range e.tables {
		schema.Tables = append(schema.Tables, t.plain)
	}
	return schema, nil
}

func (e *exporter) write() (out Exported, err error) {
	for _, t := range e.tables {
		info := TableInfo{Name: t.plain.Name}
		if info.Rows, err = e.count("SELECT count(*) FROM " + t.from); err != nil {
			return out, err
		}
		e.total += info.Rows
		out.Tables = append(out.Tables, info)
	}
	out.Values, err = e.count(fmt.Sprintf("SELECT count(*) FROM alcove_kv WHERE extension = %d", e.data.Extension))
	if err != nil {
		return out, err
	}
	e.total += out.Values
	for _, t := range e.tables {
		if err := e.into.Table(t.plain); err != nil {
			return out, err
		}
		if err := e.rows("SELECT "+columnList(t.columnNames())+" FROM "+t.from, nil, e.each(e.into.Row)); err != nil {
			return out, err
		}
	}
	return out, e.rows("SELECT key, value FROM alcove_kv WHERE extension = ? ORDER BY key", []any{e.data.Extension}, e.each(func(row []any) error {
		key, _ := row[0].(string)
		value, _ := row[1].([]byte)
		return e.into.Value(key, value)
	}))
}

func (e *exporter) count(query string) (n int64, err error) {
	err = e.rows(query, nil, func(row []any) error {
		n, _ = row[0].(int64)
		return nil
	})
	return n, err
}

// each counts rows, tells about them and stops when nobody waits any more.
func (e *exporter) each(fn func([]any) error) func([]any) error {
	return func(row []any) error {
		if err := fn(row); err != nil {
			return err
		}
		if e.done++; e.done%256 != 0 {
			return nil
		}
		if e.progress != nil {
			e.progress(e.done, e.total)
		}
		return e.Alive()
	}
}
