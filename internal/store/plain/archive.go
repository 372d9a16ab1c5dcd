package plain

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// maxArchiveDatabase bounds the database of an archive, which is made in
// memory: bytes.
const maxArchiveDatabase = 128 << 20

// Archive is an export as one ZIP file that is written as it is made, so that
// nothing of it is on a disk of this side. Its files are those of a Folder, inside
// a folder that is called like the app and the day, one format after the other:
// Passes says how, and Finish ends it.
type Archive struct {
	root   string
	host   Host
	zip    *zip.Writer
	app    App
	at     time.Time
	schema Schema
	left   []string
	sink   sink // of the pass that runs
}

// NewArchive begins an archive. Nothing is written to w before the first format
// is complete.
func NewArchive(host Host, w io.Writer, app App, at time.Time, schema Schema) *Archive {
	return &Archive{root: app.Name + "-" + at.Format(time.DateOnly) + "/", host: host, zip: zip.NewWriter(w), app: app, at: at, schema: schema}
}

// Passes goes through the data once for each format: fill calls Table, Row and
// Value in their order. Errors: that of fill; export.too_large, with nothing
// written; export.schema.
func (a *Archive) Passes(fill func() error) error {
	for _, begin := range []func() (sink, error){
		func() (sink, error) { return newImageSink(a.host, a.create, databaseName(a.app), a.schema, &a.left) },
		func() (sink, error) { return newJSONSink(a.create, a.app, a.at) },
		func() (sink, error) { return newCSVSink(a.create, a.schema), nil },
	} {
		if err := a.pass(begin, fill); err != nil {
			return tooLarge(err)
		}
	}
	return nil
}

func (a *Archive) pass(begin func() (sink, error), fill func() error) (err error) {
	if a.sink, err = begin(); err != nil {
		return err
	}
	if err := fill(); err != nil {
		a.sink.discard()
		return err
	}
	return a.sink.close()
}

// Table begins a table of the schema.
func (a *Archive) Table(t Table) error { return a.sink.table(t) }

// Row adds a row of the table: the values of its columns.
func (a *Archive) Row(values []any) error { return a.sink.row(values) }

// Value adds a value that the app keeps by key. They follow the last row.
func (a *Archive) Value(key string, msgpack []byte) error {
	return a.sink.value(key, msgpack, readableValue(msgpack))
}

// Finish writes the rest. It returns what Folder.Finish does.
func (a *Archive) Finish() (left []string, err error) {
	for _, f := range [][2]string{{schemaFile, schemaText(a.schema)}, {readmeFile, readme(a.app, a.at)}} {
		w, err := a.create(f[0])
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, f[1]); err != nil {
			return nil, err
		}
	}
	return a.left, a.zip.Close()
}

// create begins a file, which ends where the next one begins.
func (a *Archive) create(name string) (file, error) {
	h := &zip.FileHeader{Name: a.root + name, Method: zip.Deflate, Modified: a.at}
	h.SetMode(0o600)
	w, err := a.zip.CreateHeader(h)
	return zipped{w, a.host}, err
}

// zipped is a file of an archive. To compress a whole database takes seconds,
// so it is done piece by piece while the export may go on.
type zipped struct {
	to   io.Writer
	host Host
}

const zippedPiece = 256 << 10 // bytes

func (z zipped) Write(p []byte) (n int, err error) {
	for piece := range slices.Chunk(p, zippedPiece) {
		if err := z.host.Alive(); err != nil {
			return n, err
		}
		done, err := z.to.Write(piece)
		if n += done; err != nil {
			return n, err
		}
	}
	return n, nil
}

func (zipped) Sync() error  { return nil }
func (zipped) Close() error { return nil }

// imageSink makes the database in memory and writes it at its end.
type imageSink struct {
	*sqliteSink
	create maker
	name   string
	left   *[]string // where what could not be made is named
}

func newImageSink(host Host, create maker, name string, schema Schema, left *[]string) (sink, error) {
	s, err := openSQLiteSink(host, "archive", "memory", schema)
	if err != nil {
		return nil, err
	}
	if err := s.db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", maxArchiveDatabase/4096)); err != nil {
		s.discard()
		return nil, err
	}
	return &imageSink{s, create, name, left}, nil
}

func (s *imageSink) close() error {
	var image []byte
	err := s.complete()
	if err == nil {
		image, err = s.db.Serialize()
	}
	if err = errors.Join(err, s.db.Close()); err != nil {
		return err
	}
	*s.left = s.sqliteSink.left
	f, err := s.create(s.name)
	if err != nil {
		return err
	}
	_, err = f.Write(image)
	return err
}

// tooLarge explains that the database in memory is full.
func tooLarge(err error) error {
	if code(err)&0xff != sqlite3.SQLITE_FULL {
		return err
	}
	return fault.Wrap(CodeTooMuch, fmt.Sprintf("The data is too much for a download: its database would have more than %d MB. Nothing was exported. Use Alcove's window, or alcove ext export.", maxArchiveDatabase>>20), err)
}
