package wire_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/alcove-vault/alcove/internal/wire"
)

var limits = wire.Limits{Bytes: 1 << 16, Depth: 4, Items: 100}

func TestParseRefusesWhatIsNotOneBoundedValue(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("\x91", n) + "\xc0" }
	cases := []struct {
		name string
		data string
		want error
	}{
		{"empty", "", wire.ErrMalformed},
		{"a second value", "\xc0\xc0", wire.ErrMalformed},
		{"the unused type byte", "\xc1", wire.ErrMalformed},
		{"a cut number", "\xcf\x00", wire.ErrMalformed},
		{"a cut string", "\xa5abc", wire.ErrMalformed},
		{"a cut map", "\x81\xa1a", wire.ErrMalformed},
		{"an array that claims four billion", "\xdd\xff\xff\xff\xff\xc0", wire.ErrMalformed},
		{"a map that claims four billion", "\xdf\xff\xff\xff\xff\xc0", wire.ErrMalformed},
		{"a string that claims four billion", "\xdb\xff\xff\xff\xff", wire.ErrMalformed},
		{"a blob longer than the rest", "\xc6\x00\x00\x00\x02a", wire.ErrMalformed},
		{"a string that is no UTF-8", "\xa1\xff", wire.ErrMalformed},
		{"an extension", "\xd4\x01\x00", wire.ErrMalformed},
		{"too deep", deep(5), wire.ErrTooLarge},
		{"as deep as allowed", deep(4), nil},
		{"too many members", "\xdc\x00\x64" + strings.Repeat("\xc0", 100), wire.ErrTooLarge},
		{"as many as allowed", "\xdc\x00\x63" + strings.Repeat("\xc0", 99), nil},
		{"too many in nested ones", "\xdc\x00\x46" + strings.Repeat("\x91\xc0", 70), wire.ErrTooLarge},
		{"too long", "\xda\xff\xff" + strings.Repeat("a", 65535), wire.ErrTooLarge},
		{"nil", "\xc0", nil},
		{"an empty map", "\x80", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := wire.Parse([]byte(c.data), limits); !errors.Is(err, c.want) {
				t.Errorf("Parse = %v, want %v", err, c.want)
			}
		})
	}
}

func TestScalarsComeBackAsTheyWere(t *testing.T) {
	for _, want := range []any{
		nil, true, false, int64(0), int64(-1), int64(127), int64(128), int64(-128), int64(-129),
		int64(math.MaxInt64), int64(math.MinInt64), int64(1 << 40), 0.0, -1.5, math.Inf(1),
		"", "grüße", strings.Repeat("x", 300),
		[]byte{},
		bytes.Repeat([]byte{7}, 70000),
	} {
		data, err := wire.Encode(func(e *wire.Encoder) error { return wire.Scalar(e, want) })
		if err != nil {
			t.Fatal(err)
		}
		v, err := wire.Parse(data, wire.Limits{Bytes: 1 << 20, Depth: 1, Items: 1})
		if err != nil {
			t.Fatalf("%v: %v", want, err)
		}
		if got, ok := v.Scalar(); !ok || !cmp.Equal(got, want) {
			t.Errorf("got %#v, want %#v", got, want)
		}
	}
}

func TestNumbersThatDoNotFitAreNotBent(t *testing.T) {
	v, err := wire.Parse([]byte("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), limits)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := v.Int64(); ok {
		t.Error("2^64-1 became an int64")
	}
	if n, ok := v.Uint64(); !ok || n != math.MaxUint64 {
		t.Errorf("Uint64 = %d %v", n, ok)
	}
	if minus, _ := wire.Parse([]byte("\xff"), limits); minus != nil {
		if _, ok := minus.Uint64(); ok {
			t.Error("-1 became a uint64")
		}
	}
}

func TestFieldsRefuseDoubleAndOddKeys(t *testing.T) {
	for name, data := range map[string]string{"double": "\x82\xa1a\x01\xa1a\x02", "number": "\x81\x01\x02"} {
		v, err := wire.Parse([]byte(data), limits)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := v.Fields(); ok {
			t.Errorf("%s keys were taken", name)
		}
	}
	v, _ := wire.Parse([]byte("\x82\xa1a\x92\x01\x80\xa1b\xa1x"), limits)
	fields, ok := v.Fields()
	if !ok || len(fields) != 2 || string(fields["a"]) != "\x92\x01\x80" {
		t.Fatalf("Fields = %q %v", fields, ok)
	}
	if list, ok := fields["a"].Array(); !ok || len(list) != 2 || list[1].Kind() != wire.Map {
		t.Errorf("Array = %v %v", list, ok)
	}
}

func TestTreeSpellsTypesAsTheirJSONTagsSay(t *testing.T) {
	type part struct {
		Size int64 `json:"size"`
	}
	type whole struct {
		part
		Name  string   `json:"name"`
		Skip  string   `json:"skip,omitempty"`
		Big   int64    `json:"big"`
		Ratio float64  `json:"ratio"`
		List  []string `json:"list"`
	}
	data, err := wire.Encode(func(e *wire.Encoder) error {
		return wire.Tree(e, whole{part: part{5}, Name: "n", Big: 1<<60 + 1, Ratio: 0.5, List: []string{"a"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := msgpack.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"size": int8(5), "name": "n", "big": uint64(1<<60 + 1), "ratio": 0.5, "list": []any{"a"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnmarshalRefusesUnknownKeys(t *testing.T) {
	var into struct {
		ID string `json:"id"`
	}
	good, _ := wire.Parse([]byte("\x81\xa2id\xa1x"), limits)
	if err := wire.Unmarshal(good, &into); err != nil || into.ID != "x" {
		t.Fatalf("%v %q", err, into.ID)
	}
	bad, _ := wire.Parse([]byte("\x82\xa2id\xa1x\xa2ID\xa1y"), limits)
	if err := wire.Unmarshal(bad, &into); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("unknown key: %v", err)
	}
}

// FuzzParse holds Parse against another decoder: what Parse accepts the other
// decodes to the same thing, whole.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"\xc0", "\x82\xa1a\x92\x01\x80\xa1b\xa1x", "\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", "\xd6\xff\x00\x00\x00\x01", "\xdd\xff\xff\xff\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := wire.Parse(data, wire.Limits{Bytes: 1 << 16, Depth: 8, Items: 1000})
		if err != nil {
			return
		}
		walk(t, v)
		dec := msgpack.NewDecoder(bytes.NewReader(data))
		if err := dec.Skip(); err != nil {
			t.Fatalf("%x: %v", data, err)
		}
		if rest, _ := dec.Buffered().(*bytes.Reader); rest != nil && rest.Len() != 0 {
			t.Fatalf("%x: %d bytes behind the value", data, rest.Len())
		}
	})
}

func walk(t *testing.T, v wire.Value) {
	if list, ok := v.Array(); ok {
		for _, member := range list {
			if len(member) == 0 {
				t.Fatal("an empty member of a checked array")
			}
			walk(t, member)
		}
	}
	if fields, ok := v.Fields(); ok {
		for _, member := range fields {
			walk(t, member)
		}
	}
	v.Scalar()
}
