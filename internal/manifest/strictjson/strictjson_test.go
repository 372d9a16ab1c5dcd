package strictjson_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/manifest/strictjson"
)

func TestCanonical(t *testing.T) {
	limits := strictjson.Limits{Bytes: 100, Depth: 3}
	for _, tt := range []struct {
		in, want string
		err      error
	}{
		{` { "b" : 1.0 , "a" : [ "\u00e9\/" ] } `, `{"a":["é/"],"b":1}`, nil},
		{`"[[[[["`, `"[[[[["`, nil},
		{`"\"[[[["`, `"\"[[[["`, nil},
		{`[[[]]]`, `[[[]]]`, nil},
		{`[[[[]]]]`, "", strictjson.ErrTooDeep},
		{`{"a":{"x":1},"b":{"x":1}}`, `{"a":{"x":1},"b":{"x":1}}`, nil},
		{`{"a":1,"b":2,"a":3}`, "", strictjson.ErrDuplicate},
		{`{"a":1,"\u0061":3}`, "", strictjson.ErrDuplicate},
		{`[{"a":1},{"b":{"c":1,"c":1}}]`, "", strictjson.ErrDuplicate},
		{`{"a":["a","a"],"b":"a"}`, `{"a":["a","a"],"b":"a"}`, nil},
		{``, "", strictjson.ErrSyntax},
		{`{} {}`, "", strictjson.ErrSyntax},
		{`{"a":01}`, "", strictjson.ErrSyntax},
		{`{"a":1,}`, "", strictjson.ErrSyntax},
		{`["\ud83d"]`, "", strictjson.ErrSyntax},
		{`[1e999]`, "", strictjson.ErrSyntax},
		{"\ufeff{}", "", strictjson.ErrSyntax},
		{"[\"\xff\"]", "", strictjson.ErrNotUTF8},
		{strings.Repeat(" ", 101), "", strictjson.ErrTooLarge},
	} {
		got, err := strictjson.Canonical([]byte(tt.in), limits)
		if string(got) != tt.want || !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
			t.Errorf("%q: %q, %v", tt.in, got, err)
		}
	}
}
