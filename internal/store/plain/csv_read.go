package plain

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alcove-vault/alcove/internal/fault"
)

// csvSource reads files of one table each, which their names tell.
type csvSource struct {
	files       []csvFile
	done, total int64
}

type csvFile struct {
	path, table string
	size        int64 // bytes
}

func openCSV(files []string) (Source, error) {
	s := &csvSource{}
	for _, path := range files {
		table, err := csvTable(path)
		if err != nil {
			return nil, err
		}
		f, err := openRegular(path)
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		f.Close()
		if err != nil {
			return nil, unreadable(err)
		}
		s.files = append(s.files, csvFile{path, table, info.Size()})
		s.total += info.Size()
	}
	return s, nil
}

func (s *csvSource) names() []string {
	list := make([]string, len(s.files))
	for i, f := range s.files {
		list[i] = f.table
	}
	return list
}

func (s *csvSource) keep(wanted func(name string) bool) {
	s.files = slices.DeleteFunc(s.files, func(f csvFile) bool { return !wanted(f.table) })
	s.total = 0
	for _, f := range s.files {
		s.total += f.size
	}
}

func csvTable(path string) (string, error) {
	base := filepath.Base(path)
	name, ok := tableName(strings.TrimSuffix(base, filepath.Ext(base)))
	if !ok {
		return "", fault.New(CodeFormat, fmt.Sprintf("The name of the file %q does not tell which table it is. Import the SQLite file or data.json.", base))
	}
	return name, nil
}

// Read implements Source.
func (s *csvSource) Read(ctx context.Context, keyValues bool, v Visitor) error {
	s.done = 0
	for _, f := range s.files {
		if err := s.readFile(ctx, f.path, f.table, keyValues, v); err != nil {
			return err
		}
	}
	return nil
}

func (s *csvSource) readFile(ctx context.Context, path, table string, keyValues bool, v Visitor) error {
	f, err := openRegular(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := &csvReader{in: bufio.NewReaderSize(counter{f, &s.done}, 64<<10), limit: maxNames}
	header, err := r.record()
	if err != nil {
		return csvError(table, r, err)
	}
	names := make([]string, len(header))
	for i, h := range header {
		names[i] = h.text
	}
	row := v.Row
	if keyValues && strings.EqualFold(table, kvTable) {
		if row, err = valueRow(names, v); err != nil {
			return err
		}
	} else if err := v.Table(table, names, nil); err != nil {
		return err
	}
	r.limit = 2*MaxCell + maxNames
	values := make([]any, len(names))
	for {
		fields, err := r.record()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && len(fields) != len(names) {
			err = fmt.Errorf("%d fields where the header has %d", len(fields), len(names))
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return csvError(table, r, err)
		}
		for i, field := range fields {
			values[i] = field.value()
		}
		if err := row(values); err != nil {
			return err
		}
	}
}

// valueRow finds the columns of a value by key.
func valueRow(names []string, v Visitor) (func([]any) error, error) {
	key, value := -1, -1
	for i, name := range names {
		switch name {
		case "key":
			key = i
		case "value":
			value = i
		}
	}
	if key < 0 || value < 0 {
		return nil, errCorrupt("CSV", "the table "+kvTable+" lacks the column key or value", nil)
	}
	return func(row []any) error {
		k, isText := row[key].(string)
		b, isBlob := row[value].([]byte)
		if !isText || !isBlob {
			return errCorrupt("CSV", "a value kept by key is not one that Alcove wrote", nil)
		}
		return v.Value(k, b)
	}, nil
}

// csvError says where in the file it is.
func csvError(table string, r *csvReader, err error) error {
	if fault.Code(err) != fault.CodeInternal || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return unreadable(p)
	}
	if errors.Is(err, io.EOF) {
		err = errors.New("it has no header")
	}
	return errCorrupt("CSV", fmt.Sprintf("table %s, line %d: %v", table, r.line+1, err), err)
}

// value is what a field stands for.
func (f csvField) value() any {
	if f.quoted {
		return f.text
	}
	if f.text == "" {
		return nil
	}
	if v, ok := parseNumber(f.text); ok {
		return v
	}
	if n := len(f.text); n >= 3 && f.text[1] == '\'' && f.text[n-1] == '\'' && (f.text[0] == 'x' || f.text[0] == 't') {
		if b, err := hex.DecodeString(f.text[2 : n-1]); err == nil {
			if f.text[0] == 't' {
				return string(b)
			}
			return b
		}
	}
	return f.text
}

// validUTF8 refuses text that would be stored as what it is not.
func validUTF8(s string) error {
	if !utf8.ValidString(s) {
		return errors.New("text that is not UTF-8")
	}
	return nil
}
