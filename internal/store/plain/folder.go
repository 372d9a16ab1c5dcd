package plain

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Folder is an export that is being written, beside the place it is for.
// Table, Row and Value are called in the order of the data; then Finish or
// Discard.
type Folder struct {
	host   Host
	target string // absolute
	dir    string // where it is written meanwhile
	sinks  []sink
	sqlite *sqliteSink
}

// sink is one of the formats.
type sink interface {
	table(Table) error // the rows that follow are of this table
	row(values []any) error
	value(key string, msgpack, readable []byte) error // follow all rows
	close() error                                     // the file is complete
	discard()                                         // release what close would, after an error
}

// file is what a format writes into: one that is synced and closed at its end.
type file interface {
	io.Writer
	Sync() error
	Close() error
}

// maker makes the file of a name, in which folders end in a slash.
type maker func(name string) (file, error)

// Create begins an export that will be the folder target, which must not
// exist, while the folder it is in does. What is written can be read by this
// user only.
func Create(host Host, target string, app App, at time.Time, schema Schema) (_ *Folder, err error) {
	if target, err = filepath.Abs(target); err != nil {
		return nil, errFolder(err)
	}
	if err := free(target); err != nil {
		return nil, err
	}
	f := &Folder{host: host, target: target}
	if f.dir, err = os.MkdirTemp(filepath.Dir(target), ".alcove-export-*"); err != nil { // mode 0700
		return nil, errFolder(err)
	}
	defer func() {
		if err != nil {
			f.Discard()
		}
	}()
	if err := os.Mkdir(filepath.Join(f.dir, csvFolder), 0o700); err != nil {
		return nil, errFolder(err)
	}
	if f.sqlite, err = newSQLiteSink(host, filepath.Join(f.dir, databaseName(app)), schema); err != nil {
		return nil, err
	}
	f.sinks = append(f.sinks, f.sqlite)
	j, err := newJSONSink(f.create, app, at)
	if err != nil {
		return nil, errFolder(err)
	}
	f.sinks = append(f.sinks, j, newCSVSink(f.create, schema))
	for name, text := range map[string]string{schemaFile: schemaText(schema), readmeFile: readme(app, at)} {
		if err := writeFile(filepath.Join(f.dir, name), text); err != nil {
			return nil, errFolder(err)
		}
	}
	return f, nil
}

// create makes a file of the folder.
func (f *Folder) create(name string) (file, error) {
	return newFile(filepath.Join(f.dir, filepath.FromSlash(name)))
}

func free(target string) error {
	_, err := os.Lstat(target)
	switch {
	case err == nil:
		return fault.New(CodeExists, "There is a file or folder of this name already. Nothing was exported. Choose a new name.")
	case !errors.Is(err, os.ErrNotExist):
		return errFolder(err)
	}
	return nil
}

// Table begins a table of the schema.
func (f *Folder) Table(t Table) error {
	return f.each(func(s sink) error { return s.table(t) })
}

// Row adds a row of the table: the values of its columns.
func (f *Folder) Row(values []any) error {
	return f.each(func(s sink) error { return s.row(values) })
}

// Value adds a value that the app keeps by key. They follow the last row.
func (f *Folder) Value(key string, msgpack []byte) error {
	readable := readableValue(msgpack)
	return f.each(func(s sink) error { return s.value(key, msgpack, readable) })
}

func (f *Folder) each(fn func(sink) error) error {
	for _, s := range f.sinks {
		if err := fn(s); err != nil {
			return f.visible(err)
		}
	}
	return nil
}

// visible gives an error without a code the one of a folder that cannot be
// written, which is all that can go wrong with a file while the export may go
// on.
func (f *Folder) visible(err error) error {
	if gone := f.host.Alive(); gone != nil {
		return gone
	}
	if fault.Code(err) != fault.CodeInternal {
		return err
	}
	return errFolder(err)
}

// Finish completes the files and puts the folder in its place. It returns the
// names of indexes, views and triggers that the plain database could not have,
// because they do not work without Alcove or were broken.
func (f *Folder) Finish() (left []string, err error) {
	for len(f.sinks) > 0 {
		s := f.sinks[0]
		f.sinks = f.sinks[1:]
		if err := s.close(); err != nil {
			f.Discard()
			return nil, f.visible(err)
		}
	}
	err = syncFolder(filepath.Join(f.dir, csvFolder))
	if err == nil {
		err = syncFolder(f.dir)
	}
	if err == nil {
		if err = free(f.target); err == nil {
			err = os.Rename(f.dir, f.target) // replaces nothing but an empty folder made meanwhile
		}
	}
	if err != nil {
		f.Discard()
		return nil, f.visible(err)
	}
	_ = syncFolder(filepath.Dir(f.target)) // may be another user's; the data is safe already
	return f.sqlite.left, nil
}

// Discard removes everything that was written.
func (f *Folder) Discard() {
	for _, s := range f.sinks {
		s.discard()
	}
	f.sinks = nil
	_ = os.RemoveAll(f.dir) // nobody can do more
}

// newFile makes a file that only this user can read.
func newFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

func writeFile(path, text string) error {
	f, err := newFile(path)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	_ = d.Sync() // not every system can; the files were synced
	return d.Close()
}
