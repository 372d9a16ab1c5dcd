package plain

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Bounds of what is read. A file beyond them is refused.
const (
	MaxCell  = 64 << 20       // bytes of one value
	MaxFile  = int64(1) << 34 // bytes of one file
	maxNames = 1 << 20        // bytes of one header
	maxParts = 2000           // tables of a file, files of a folder, columns of a table
)

// Visitor is told what a source holds, table by table.
type Visitor interface {
	// Table begins a table. An error ends the reading, as everywhere here.
	// Computed are the names of columns whose values are not read.
	Table(name string, columns, computed []string) error
	// NotATable tells of a view or virtual table, of which nothing is read.
	NotATable(name string) error
	// Row is a row of the table, in the order of its columns. The slice is
	// used again.
	Row(values []any) error
	// Value is one that the app kept by key.
	Value(key string, msgpack []byte) error
}

// Source is data to import. It may be read several times.
type Source interface {
	// Read tells v everything. KeyValues says that the name alcove_kv means
	// the values by key, not a table.
	Read(ctx context.Context, keyValues bool, v Visitor) error
	// Progress is how much of the source was read, in units of its own.
	Progress() (done, total int64)
	Close() error
}

// Open opens what an export wrote: the folder, where the SQLite file goes
// before data.json and that before the CSV files, or one of its files. A SQLite
// or CSV file may also have the tables of the extension by their full names,
// which begin with own, as a database of haex-vault does: then only these are
// read, without the columns and the deleted rows that are for syncing.
func Open(ctx context.Context, path, own string) (Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, unreadable(err)
	}
	open := openFile
	if info.IsDir() {
		open = openFolder
	}
	source, err := open(ctx, path)
	if err != nil {
		return nil, err
	}
	s, ok := source.(tabular)
	if !ok {
		return source, nil
	}
	if source, err = asMoved(s, own); err != nil {
		_ = s.Close() // it only read
	}
	return source, err
}

func openFolder(ctx context.Context, dir string) (Source, error) {
	list, err := glob(dir, ".sqlite")
	if err != nil {
		return nil, err
	}
	switch len(list) {
	case 0:
	case 1:
		return openFile(ctx, list[0])
	default:
		return nil, fault.New(CodeFormat, "There are several SQLite files in this folder. Name the one to import.")
	}
	if _, err := os.Stat(filepath.Join(dir, jsonFile)); err == nil {
		return openFile(ctx, filepath.Join(dir, jsonFile))
	}
	for _, sub := range []string{filepath.Join(dir, csvFolder), dir} {
		list, err := glob(sub, ".csv")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(list) > 0 {
			return openCSV(list)
		}
	}
	return nil, fault.New(CodeFormat, "This folder holds no export: no SQLite file, no data.json, no CSV files. Choose another folder.")
}

// glob returns the regular files of dir with the ending, in order.
func glob(dir, ending string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, unreadable(err)
	}
	defer f.Close()
	entries, err := f.ReadDir(maxParts + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(err)
	}
	if len(entries) > maxParts {
		return nil, fault.New(CodeFormat, "This folder holds too many files to be an export. Name the folder or the file that holds it.")
	}
	var list []string
	for _, e := range entries {
		if e.Type().IsRegular() && strings.EqualFold(filepath.Ext(e.Name()), ending) {
			list = append(list, filepath.Join(dir, e.Name()))
		}
	}
	return list, nil
}

// openFile tells the format by what is in the file.
func openFile(ctx context.Context, path string) (Source, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, unreadable(err)
	}
	head = head[:n]
	switch start := bytes.TrimLeft(head, "\ufeff \t\r\n"); {
	case bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		return openSQLite(ctx, path)
	case strings.EqualFold(filepath.Ext(path), ".csv"):
		return openCSV([]string{path})
	case len(start) > 0 && start[0] == '{':
		return openJSON(path)
	}
	return nil, fault.New(CodeFormat, "This file is none that Alcove exports: no SQLite database, no data.json, no CSV file. Choose another one.")
}

// openRegular opens a file that is neither a device nor too large.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path) // first, since opening a pipe would wait
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: errors.New("it is no ordinary file")}
	}
	if err != nil {
		return nil, unreadable(err)
	}
	if info.Size() > MaxFile {
		return nil, errTooLarge("The file has more than 16 GiB.")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	return f, nil
}

// counter is a reader that counts, and reads no more than a file may have had.
type counter struct {
	io.Reader
	n *int64
}

func (c counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	*c.n += int64(n)
	if *c.n > MaxFile {
		return n, errTooLarge("The file has more than 16 GiB.")
	}
	return n, err
}
