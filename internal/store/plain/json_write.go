package plain

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// jsonFormat is the first thing in data.json.
const jsonFormat = "alcove-export/1"

// jsonSink writes data.json, a row a line.
type jsonSink struct {
	file   file
	out    textWriter
	opened bool // a table is open
	first  bool // the next table, row or value is the first
	values bool // the tables are over
}

func newJSONSink(create maker, app App, at time.Time) (*jsonSink, error) {
	f, err := create(jsonFile)
	if err != nil {
		return nil, err
	}
	s := &jsonSink{file: f, out: textWriter{bufio.NewWriterSize(f, 64<<10)}, first: true}
	s.out.put(`{"format": ` + text(jsonFormat) + `,` + "\n" + `"app": ` + string(encode(app)) +
		`,` + "\n" + `"exported_at": ` + text(at.UTC().Format(time.RFC3339)) + `,` + "\n" + `"tables": [`)
	return s, nil
}

// encode writes JSON as people read it, without the escapes for web pages.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte("null") // not reached: strings and structs of strings
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func text(s string) string { return string(encode(s)) }

type jsonColumn struct {
	Name       string `json:"name"`
	Type       string `json:"type"`
	NotNull    bool   `json:"not_null,omitempty"`
	Default    string `json:"default,omitempty"`
	PrimaryKey int    `json:"primary_key,omitempty"`
}

func (s *jsonSink) table(t Table) error {
	s.endTable()
	s.comma("\n")
	s.out.put(`{"name": ` + jsonString(t.Name) + `, "csv": ` + text(csvFolder+"/"+fileName(t.Name)+".csv") + ",\n" + `"columns": [`)
	for i, c := range t.Columns {
		if i > 0 {
			s.out.put(", ")
		}
		s.out.put(string(encode(jsonColumn(c))))
	}
	s.out.put("],\n" + `"rows": [`)
	s.opened, s.first = true, true
	return s.out.sound()
}

func (s *jsonSink) comma(before string) {
	if !s.first {
		s.out.put(",")
	}
	s.first = false
	s.out.put(before)
}

func (s *jsonSink) endTable() {
	if s.opened {
		s.out.put("\n]}")
		s.opened, s.first = false, false
	}
}

func (s *jsonSink) row(values []any) error {
	s.comma("\n[")
	for i, v := range values {
		if i > 0 {
			s.out.put(", ")
		}
		s.cell(v)
	}
	s.out.put("]")
	return s.out.sound()
}

func (s *jsonSink) cell(v any) {
	switch v := v.(type) {
	case nil:
		s.out.put("null")
	case int64:
		s.out.put(strconv.FormatInt(v, 10))
	case float64:
		s.out.put(jsonNumber(v))
	case string:
		s.out.put(jsonString(v))
	case []byte:
		s.out.put(`{"base64": "` + base64.StdEncoding.EncodeToString(v) + `"}`)
	}
}

// jsonNumber is a float, or its name where JSON has no form for it.
func jsonNumber(v float64) string {
	switch {
	case math.IsNaN(v): // not in SQLite, but in MessagePack
		return `{"float": "NaN"}`
	case math.IsInf(v, 1):
		return `{"float": "Infinity"}`
	case math.IsInf(v, -1):
		return `{"float": "-Infinity"}`
	}
	return number(v)
}

// jsonString is a text, or its bytes where JSON has no form for it.
func jsonString(v string) string {
	if !utf8.ValidString(v) {
		return `{"text_base64": "` + base64.StdEncoding.EncodeToString([]byte(v)) + `"}`
	}
	return text(v)
}

func (s *jsonSink) value(key string, msgpack, readable []byte) error {
	s.endTables()
	s.comma("\n")
	s.out.put(`{"key": ` + jsonString(key) + `, "msgpack": "` + base64.StdEncoding.EncodeToString(msgpack) + `", "value": `)
	if readable == nil {
		readable = []byte("null")
	}
	s.out.put(string(readable))
	s.out.put("}")
	return s.out.sound()
}

func (s *jsonSink) endTables() {
	if s.values {
		return
	}
	s.endTable()
	s.out.put("\n],\n" + `"values": [`)
	s.values, s.first = true, true
}

func (s *jsonSink) close() error {
	s.endTables()
	s.out.put("\n]}\n")
	return errors.Join(s.out.Flush(), s.file.Sync(), s.file.Close())
}

func (s *jsonSink) discard() { _ = s.file.Close() } // the file goes with its folder
