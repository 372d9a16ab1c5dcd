package bridge

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/wire"
)

// args reads a method's arguments against its schema. Every reader notes the
// first thing that is wrong; done reports it, or the first key nobody read.
type args struct {
	fields map[string]wire.Value
	read   map[string]bool
	err    error
}

func newArgs(fields map[string]wire.Value) *args {
	return &args{fields: fields, read: make(map[string]bool, len(fields))}
}

// value takes a key; absent and nil are the same where it is optional.
func (a *args) value(key string) (wire.Value, bool) {
	a.read[key] = true
	v, ok := a.fields[key]
	return v, ok && v.Kind() != wire.Nil
}

func (a *args) fail(format string, values ...any) {
	if a.err == nil {
		a.err = malformed(fmt.Sprintf(format, values...))
	}
}

// refuse notes a fault that is not about the form of an argument.
func (a *args) refuse(err error) {
	if a.err == nil {
		a.err = err
	}
}

// text takes a required string of at most limit bytes.
func (a *args) text(key string, limit int) string {
	v, _ := a.value(key)
	s, ok := v.Text()
	if !ok {
		a.fail("The argument %q must be text.", key)
	} else if len(s) > limit {
		a.fail("The argument %q is longer than %d bytes.", key, limit)
	}
	return s
}

// optionalText takes a string that may be absent, which is "".
func (a *args) optionalText(key string, limit int) string {
	if _, ok := a.value(key); !ok {
		return ""
	}
	return a.text(key, limit)
}

// optionalCount takes a whole number from 1 to limit.
func (a *args) optionalCount(key string, absent, limit int64) int {
	v, ok := a.value(key)
	if !ok {
		return int(absent)
	}
	n, ok := v.Int64()
	if !ok || n < 1 || n > limit {
		a.fail("The argument %q must be a whole number from 1 to %d.", key, limit)
	}
	return int(n)
}

// optionalOffset takes a whole number from 0 that may be absent, which is 0.
func (a *args) optionalOffset(key string) int64 {
	v, ok := a.value(key)
	if !ok {
		return 0
	}
	n, ok := v.Int64()
	if !ok || n < 0 {
		a.fail("The argument %q must be a whole number from 0.", key)
	}
	return n
}

// number takes a required whole number from 0.
func (a *args) number(key string) uint64 {
	v, _ := a.value(key)
	n, ok := v.Uint64()
	if !ok {
		a.fail("The argument %q must be a whole number from 0.", key)
	}
	return n
}

// bytesOrText takes a required value that is bytes or text, of at most limit
// bytes.
func (a *args) bytesOrText(key string, limit int) (data []byte, text string, isText bool) {
	v, _ := a.value(key)
	text, isText = v.Text()
	data, isBytes := v.Blob()
	switch {
	case !isText && !isBytes:
		a.fail("The argument %q must be bytes or text.", key)
	case len(data)+len(text) > limit:
		a.fail("The argument %q is longer than %d bytes.", key, limit)
	}
	return data, text, isText
}

// optionalTruth takes true or false; absent is false.
func (a *args) optionalTruth(key string) bool {
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

// any takes a required value of any kind, nil included, as msgpack.
func (a *args) any(key string) wire.Value {
	a.read[key] = true
	v, ok := a.fields[key]
	if !ok {
		a.fail("The argument %q is missing.", key)
	}
	return v
}

// list takes a required array of at most limit members.
func (a *args) list(key string, limit int) []wire.Value {
	v, _ := a.value(key)
	list, ok := v.Array()
	if !ok {
		a.fail("The argument %q must be an array.", key)
	} else if len(list) > limit {
		a.fail("The argument %q has more than %d members.", key, limit)
		return nil
	}
	return list
}

// scalars takes an array of values a database cell can hold; absent is empty.
func (a *args) scalars(key string, limit int) []any {
	if _, ok := a.value(key); !ok {
		return nil
	}
	list := a.list(key, limit)
	out := make([]any, len(list))
	for i, v := range list {
		var ok bool
		if out[i], ok = v.Scalar(); !ok {
			a.fail("Member %d of %q must be null, a boolean, a number that 64 bits hold, text or bytes.", i, key)
			return nil
		}
	}
	return out
}

// maps takes a required array of maps, each read by each.
func (a *args) maps(key string, limit int, each func(*args)) {
	for i, v := range a.list(key, limit) {
		fields, ok := v.Fields()
		if !ok {
			a.fail("Member %d of %q must be a map with text keys.", i, key)
			return
		}
		member := newArgs(fields)
		each(member)
		if err := member.done(); err != nil {
			if a.err == nil {
				a.err = err
			}
			return
		}
	}
}

// optionalTexts takes an array of at most limit strings of at most size bytes.
func (a *args) optionalTexts(key string, limit, size int) []string {
	if _, ok := a.value(key); !ok {
		return nil
	}
	list := a.list(key, limit)
	out := make([]string, len(list))
	for i, v := range list {
		var ok bool
		if out[i], ok = v.Text(); !ok || len(out[i]) > size {
			a.fail("Member %d of %q must be text of at most %d bytes.", i, key, size)
			return nil
		}
	}
	return out
}

// optionalPairs takes an array of at most limit arrays of two strings.
func (a *args) optionalPairs(key string, limit int, each func(first, second string)) {
	if _, ok := a.value(key); !ok {
		return
	}
	for i, v := range a.list(key, limit) {
		pair, _ := v.Array()
		if len(pair) != 2 {
			a.fail("Member %d of %q must be an array of two texts.", i, key)
			return
		}
		first, ok := pair[0].Text()
		second, also := pair[1].Text()
		if !ok || !also {
			a.fail("Member %d of %q must be an array of two texts.", i, key)
			return
		}
		each(first, second)
	}
}

// done reports the first fault, or a key the schema does not know.
func (a *args) done() error {
	if a.err != nil {
		return a.err
	}
	for _, key := range slices.Sorted(maps.Keys(a.fields)) {
		if !a.read[key] {
			return malformed(fmt.Sprintf("The argument %q is not known to this method.", strings.ToValidUTF8(cutText(key, 40), "")))
		}
	}
	return nil
}

func cutText(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// ignoreOthers lets keys pass that were not read.
func (a *args) ignoreOthers() {
	for key := range a.fields {
		a.read[key] = true
	}
}
