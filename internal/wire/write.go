package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vmihailenco/msgpack/v5"
)

// Encoder writes msgpack; integers take the fewest bytes that hold them.
type Encoder = msgpack.Encoder

// Encode returns what write writes.
func Encode(write func(*Encoder) error) ([]byte, error) {
	var out bytes.Buffer
	enc := msgpack.GetEncoder()
	defer msgpack.PutEncoder(enc)
	enc.Reset(&out)
	if err := write(enc); err != nil {
		return nil, fmt.Errorf("encode msgpack: %w", err)
	}
	return out.Bytes(), nil
}

// Raw writes a value that is msgpack already.
func Raw(enc *Encoder, value Value) error {
	_, err := enc.Writer().Write(value)
	return err
}

// Scalar writes nil, bool, int64, float64, string or []byte.
func Scalar(enc *Encoder, value any) error {
	switch v := value.(type) {
	case nil:
		return enc.EncodeNil()
	case bool:
		return enc.EncodeBool(v)
	case int64:
		return enc.EncodeInt(v)
	case float64:
		return enc.EncodeFloat64(v)
	case string:
		return enc.EncodeString(v)
	case []byte:
		if v == nil {
			v = []byte{} // an empty blob is not NULL
		}
		return enc.EncodeBytes(v)
	}
	return fmt.Errorf("a %T is no scalar", value)
}

// Tree writes value, a struct with JSON tags or anything else encoding/json
// takes, as the same tree in msgpack, so that a type has one spelling on the
// wire whichever encoding carries it. Map keys come out sorted.
func Tree(enc *Encoder, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return err
	}
	return node(enc, tree)
}

func node(enc *Encoder, value any) error {
	switch v := value.(type) {
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") {
			if n, err := v.Int64(); err == nil {
				return enc.EncodeInt(n)
			}
		}
		f, err := v.Float64()
		if err != nil {
			return err
		}
		return enc.EncodeFloat64(f)
	case []any:
		if err := enc.EncodeArrayLen(len(v)); err != nil {
			return err
		}
		for _, member := range v {
			if err := node(enc, member); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		return pairs(enc, v)
	}
	return Scalar(enc, value)
}

// Unmarshal decodes a checked value into a struct with JSON tags. Keys the
// struct does not name are refused.
func Unmarshal(v Value, into any) error {
	dec := msgpack.GetDecoder()
	defer msgpack.PutDecoder(dec)
	dec.Reset(bytes.NewReader(v))
	dec.SetCustomStructTag("json")
	dec.DisallowUnknownFields(true)
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

func pairs(enc *Encoder, m map[string]any) error {
	if err := enc.EncodeMapLen(len(m)); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if err := enc.EncodeString(key); err != nil {
			return err
		}
		if err := node(enc, m[key]); err != nil {
			return err
		}
	}
	return nil
}
