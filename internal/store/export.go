package store

import (
	"context"
	"fmt"
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
// that of ctx, nothing is left of it.
//
// Codes: export.exists, export.folder, export.inside_vault, export.schema.
func (s *Store) Export(ctx context.Context, d Data, target string, progress func(done, total int64)) (Exported, error) {
	if err := s.outside(target); err != nil {
		return Exported{}, err
	}
	var out Exported
	err := s.snapshot(ctx, func(h handle) (err error) {
		e := exporter{handle: h, store: s, ctx: ctx, data: d, progress: progress}
		out, err = e.run(target)
		return err
	})
	return out, ended(ctx, err)
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

type exporter struct {
	handle
	store       *Store
	ctx         context.Context
	data        Data
	tables      []portable
	folder      *plain.Folder
	progress    func(done, total int64)
	done, total int64
}

func (e *exporter) run(target string) (out Exported, err error) {
	tables, objects, err := e.portableSchema(lowerASCII(e.data.Rights.Own))
	if err != nil {
		return out, err
	}
	e.tables = tables
	schema := plain.Schema{Objects: objects}
	for _, t := range tables {
		schema.Tables = append(schema.Tables, t.plain)
	}
	if e.folder, err = plain.Create(target, e.data.App, time.Now(), schema); err != nil {
		return out, err
	}
	if out, err = e.write(); err != nil {
		e.folder.Discard()
		return Exported{}, err
	}
	if err := e.store.alive(e.ctx); err != nil {
		e.folder.Discard()
		return Exported{}, err
	}
	out.Left, err = e.folder.Finish()
	return out, err
}

func (e *exporter) write() (out Exported, err error) {
	for _, t := range e.tables {
		info := TableInfo{Name: t.plain.Name}
		if info.Rows, err = e.count("SELECT count(*) FROM " + quoteName(t.full)); err != nil {
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
		if err := e.folder.Table(t.plain); err != nil {
			return out, err
		}
		if err := e.rows("SELECT "+columnList(t.columnNames())+" FROM "+quoteName(t.full)+" NOT INDEXED", nil, e.each(e.folder.Row)); err != nil {
			return out, err
		}
	}
	return out, e.rows("SELECT key, value FROM alcove_kv WHERE extension = ? ORDER BY key", []any{e.data.Extension}, e.each(func(row []any) error {
		key, _ := row[0].(string)
		value, _ := row[1].([]byte)
		return e.folder.Value(key, value)
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
		return e.store.alive(e.ctx)
	}
}
