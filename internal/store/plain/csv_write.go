package plain

import (
	"bufio"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// csvSink writes one file for each table.
type csvSink struct {
	create maker
	schema Schema
	file   file
	out    textWriter
	values bool
}

func newCSVSink(create maker, schema Schema) *csvSink {
	return &csvSink{create: create, schema: schema}
}

func (s *csvSink) table(t Table) error {
	names := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return s.begin(fileName(t.Name), names)
}

func (s *csvSink) begin(name string, header []any) error {
	if err := s.close(); err != nil {
		return err
	}
	var err error
	if s.file, err = s.create(csvFolder + "/" + name + ".csv"); err != nil {
		return err
	}
	s.out = textWriter{bufio.NewWriterSize(s.file, 64<<10)}
	return s.row(header)
}

func (s *csvSink) row(values []any) error {
	for i, v := range values {
		if i > 0 {
			s.out.put(",")
		}
		s.field(v)
	}
	s.out.put("\r\n")
	return s.out.sound()
}

func (s *csvSink) field(v any) {
	switch v := v.(type) {
	case int64:
		s.out.put(strconv.FormatInt(v, 10))
	case float64:
		s.out.put(number(v))
	case string:
		if !utf8.ValidString(v) {
			s.out.put("t'" + hex.EncodeToString([]byte(v)) + "'")
			return
		}
		s.out.put(`"`)
		s.out.put(strings.ReplaceAll(v, `"`, `""`))
		s.out.put(`"`)
	case []byte:
		s.out.put("x'" + hex.EncodeToString(v) + "'")
	}
}

func (s *csvSink) value(key string, msgpack, readable []byte) error {
	if s.schema.has(kvTable) {
		return nil
	}
	if !s.values {
		s.values = true
		if err := s.begin(kvTable, []any{"key", "value", "json"}); err != nil {
			return err
		}
	}
	return s.row([]any{key, msgpack, textOrNull(readable)})
}

func (s *csvSink) close() error {
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return errors.Join(s.out.Flush(), f.Sync(), f.Close())
}

func (s *csvSink) discard() {
	if s.file != nil {
		_ = s.file.Close() // it goes with its folder
	}
}
