package haex

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/wire"
)

// Params are the arguments of a method of Alcove's own: text, truth, bytes,
// whole and other numbers, values as they came, and lists and maps of these.
type Params map[string]any

// Fields returns the parameters as a call carries them.
func (p Params) Fields() (map[string]wire.Value, error) {
	out := make(map[string]wire.Value, len(p))
	for key, value := range p {
		data, err := wire.Encode(func(e *wire.Encoder) error { return put(e, value) })
		if err != nil {
			return nil, err
		}
		out[key] = data
	}
	return out, nil
}

func put(e *wire.Encoder, value any) error {
	switch v := value.(type) {
	case wire.Value:
		if v == nil {
			return e.EncodeNil()
		}
		return wire.Raw(e, v)
	case int:
		return e.EncodeInt(int64(v))
	case uint64:
		return e.EncodeUint(v)
	case []any:
		err := e.EncodeArrayLen(len(v))
		for _, member := range v {
			err = errors.Join(err, put(e, member))
		}
		return err
	case []string:
		err := e.EncodeArrayLen(len(v))
		for _, member := range v {
			err = errors.Join(err, e.EncodeString(member))
		}
		return err
	case Params:
		err := e.EncodeMapLen(len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			err = errors.Join(err, e.EncodeString(key), put(e, v[key]))
		}
		return err
	}
	return wire.Scalar(e, value)
}

// args reads the arguments of a call. The first thing that is wrong stays, and
// is what done reports. Arguments that nobody reads are let pass: later SDKs
// send more than this one.
type args struct {
	fields map[string]wire.Value
	err    error
}

func malformed(format string, values ...any) error {
	return fault.New("request.malformed", fmt.Sprintf(format, values...))
}

func (a *args) fail(format string, values ...any) {
	if a.err == nil {
		a.err = malformed(format, values...)
	}
}

// value takes an argument; absent, undefined and null are the same.
func (a *args) value(key string) (wire.Value, bool) {
	v, ok := a.fields[key]
	return v, ok && v.Kind() != wire.Nil
}

func (a *args) text(key string) string {
	v, _ := a.value(key)
	s, ok := v.Text()
	if !ok {
		a.fail("The argument %q must be text.", key)
	}
	return s
}

func (a *args) optionalText(key string) string {
	if _, ok := a.value(key); !ok {
		return ""
	}
	return a.text(key)
}

// count takes a whole number from 0, or absent where it is left out.
func (a *args) count(key string, absent int) int {
	v, ok := a.value(key)
	if !ok {
		return absent
	}
	n, ok := v.Int64()
	if !ok || n < 0 || n > 1<<31 {
		a.fail("The argument %q must be a whole number from 0.", key)
	}
	return int(n)
}

func (a *args) truth(key string) bool {
	v, ok := a.value(key)
	if !ok {
		return false
	}
	truth, ok := v.Truth()
	if !ok {
		a.fail("The argument %q must be true or false.", key)
	}
	return truth
}

// inside takes a map of arguments; absent is an empty one.
func (a *args) inside(key string) *args {
	v, ok := a.value(key)
	if !ok {
		return &args{}
	}
	fields, ok := v.Fields()
	if !ok {
		a.fail("The argument %q must be an object.", key)
	}
	return &args{fields: fields}
}

// list takes a list of at most limit members; absent is an empty one.
func (a *args) list(key string, limit int) []wire.Value {
	v, ok := a.value(key)
	if !ok {
		return nil
	}
	list, ok := v.Array()
	if !ok {
		a.fail("The argument %q must be a list.", key)
	} else if len(list) > limit {
		a.fail("The argument %q has more than %d members.", key, limit)
		return nil
	}
	return list
}
