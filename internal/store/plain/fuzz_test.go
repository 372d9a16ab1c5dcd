package plain

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

// collector checks what every visitor may rely on.
type collector struct {
	t       *testing.T
	columns int
}

func (c *collector) Table(_ string, columns, _ []string) error {
	if len(columns) == 0 {
		c.t.Error("a table without columns")
	}
	c.columns = len(columns)
	return nil
}

func (c *collector) NotATable(string) error { return nil }

func (c *collector) Row(values []any) error {
	if len(values) != c.columns {
		c.t.Errorf("a row of %d values in a table of %d columns", len(values), c.columns)
	}
	for _, v := range values {
		switch v := v.(type) {
		case nil, int64, float64, string:
		case []byte:
			if v == nil {
				c.t.Error("a blob that is nil")
			}
		default:
			c.t.Errorf("a value of type %T", v)
		}
	}
	return nil
}

func (c *collector) Value(string, []byte) error { return nil }

func readAll(t *testing.T, name string, data []byte) {
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path, "")
	if err != nil {
		return
	}
	defer s.Close()
	if err := s.Read(t.Context(), true, &collector{t: t}); err == nil && !utf8.Valid(data) {
		t.Error("bytes that are no text were read as text")
	}
	if done, total := s.Progress(); done < 0 || done > total {
		t.Errorf("progress %d of %d", done, total)
	}
}

func FuzzJSONFile(f *testing.F) {
	f.Add([]byte(`{"format": "alcove-export/1", "tables": [{"name": "a", "columns": [{"name": "x"}], "rows": [[1], [{"base64": "AA=="}]]}], "values": [{"key": "k", "msgpack": "wA=="}]}`))
	f.Add([]byte(`{"format": "alcove-export/1", "tables": [{"name": {"text_base64": "/w=="}, "columns": [{"name": "x"}], "rows": [[{"float": "Infinity"}]]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) { readAll(t, "data.json", append([]byte("{"), data...)) })
}

func FuzzCSVFile(f *testing.F) {
	f.Add([]byte("a,\"b\"\r\n1,\r\n\"\",x'00'\r\n"))
	f.Add([]byte("\ufeffkey,value\nk,x'c0'\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		readAll(t, "a.csv", data)
		readAll(t, "alcove_kv.csv", data)
	})
}
