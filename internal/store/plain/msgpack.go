package plain

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/alcove-vault/alcove/internal/wire"
)

// Bounds of the values an app keeps by key, as internal/capability/kv sets
// them.
const (
	MaxKey    = 512      // bytes of a key
	MaxValue  = 1 << 20  // bytes of a value
	MaxValues = 10_000   // values
	MaxKept   = 64 << 20 // bytes of all keys and values
)

// CheckValue reports whether key and msgpack can be a value that an app keeps.
func CheckValue(key string, msgpack []byte) bool {
	if key == "" || len(key) > MaxKey || strings.ContainsRune(key, 0) {
		return false
	}
	_, err := parseValue(msgpack)
	return err == nil
}

func parseValue(msgpack []byte) (wire.Value, error) {
	return wire.Parse(msgpack, wire.Limits{Bytes: MaxValue, Depth: wire.MaxDepth, Items: MaxValue, Ext: true})
}

// readableValue is a MessagePack value as JSON for people, nil if it is none.
func readableValue(msgpack []byte) []byte {
	v, err := parseValue(msgpack)
	if err != nil {
		return nil
	}
	return appendReadable(nil, v)
}

// appendReadable recurses at most wire.MaxDepth deep.
func appendReadable(b []byte, v wire.Value) []byte {
	switch v.Kind() {
	case wire.Bool:
		truth, _ := v.Truth()
		return strconv.AppendBool(b, truth)
	case wire.Int:
		if n, ok := v.Int64(); ok {
			return strconv.AppendInt(b, n, 10)
		}
		n, _ := v.Uint64()
		return strconv.AppendUint(b, n, 10)
	case wire.Float:
		f, _ := v.Float64()
		return append(b, jsonNumber(f)...)
	case wire.String:
		s, _ := v.Text()
		return append(b, text(s)...)
	case wire.Bytes:
		blob, _ := v.Blob()
		return append(b, `{"base64": "`+base64.StdEncoding.EncodeToString(blob)+`"}`...)
	case wire.Array:
		list, _ := v.Array()
		return appendAll(append(b, '['), list, ']')
	case wire.Map:
		return appendMap(b, v)
	case wire.Ext:
		return append(b, `{"msgpack": "`+base64.StdEncoding.EncodeToString(v)+`"}`...)
	}
	return append(b, "null"...)
}

func appendAll(b []byte, list []wire.Value, end byte) []byte {
	for i, v := range list {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendReadable(b, v)
	}
	return append(b, end)
}

// appendMap writes a map with its members in the order of their names. One
// whose keys JSON cannot have is given as it is.
func appendMap(b []byte, v wire.Value) []byte {
	fields, ok := v.Fields()
	if !ok {
		return append(b, `{"msgpack": "`+base64.StdEncoding.EncodeToString(v)+`"}`...)
	}
	b = append(b, '{')
	for i, name := range sortedNames(fields) {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, text(name)+": "...)
		b = appendReadable(b, fields[name])
	}
	return append(b, '}')
}

func sortedNames(fields map[string]wire.Value) []string {
	return slices.Sorted(maps.Keys(fields))
}
