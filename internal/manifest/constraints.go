package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/spelling"
)

// Constraints narrow a permission. Which of them it can have depends on its
// resource and action. A zero field, like a nil Constraints, narrows nothing;
// lists are never empty, and sorted where their order means nothing.
type Constraints struct {
	// Columns are the only ones of a table that can be read or written, in
	// small letters.
	Columns []string `json:"columns,omitempty"`
	// MaxRows is how many rows a statement that reads the table may return.
	MaxRows int64 `json:"maxRows,omitempty"`
	// MaxFileSize is in bytes, of a file that is read or written.
	MaxFileSize int64 `json:"maxFileSize,omitempty"`
	// Extensions are the only file name extensions, in small letters without
	// a dot.
	Extensions []string `json:"extensions,omitempty"`
	// Recursive is false where nothing may walk a tree of folders, else nil.
	Recursive *bool `json:"recursive,omitempty"`
	// Methods are the only HTTP methods.
	Methods []string `json:"methods,omitempty"`
	Rate    *Rate    `json:"rate,omitempty"`
	// MaxResponse is in bytes, of the body of an answer.
	MaxResponse int64 `json:"maxResponse,omitempty"`
	// Arguments are patterns, of which a program's arguments have to match one:
	// each a list with a pattern for every argument, in which "*" is any run of
	// characters. A last "**" is any further arguments.
	Arguments [][]string `json:"arguments,omitempty"`
}

// MaxArgumentPatterns is how many patterns of arguments there may be, and how
// many arguments one may name.
const MaxArgumentPatterns = 50

// Rate is how many calls there may be in a span of time.
type Rate struct {
	Requests int `json:"requests"`
	Seconds  int `json:"seconds"`
}

// constrainable says which constraints an action can have, by their JSON names.
var constrainable = map[string][]string{
	"db.read":            {"columns", "maxRows"},
	"db.readWrite":       {"columns", "maxRows"},
	"files.read":         {"maxFileSize", "extensions", "recursive"},
	"files.readWrite":    {"maxFileSize", "extensions", "recursive"},
	"files.pick":         {"maxFileSize", "extensions", "recursive"},
	"net.fetch":          {"methods", "rate", "maxResponse"},
	"net.websocket":      {"rate"},
	"shell.run":          {"arguments"},
	"peers.call":         {"rate"},
	"notifications.show": {"rate"},
}

// given are the JSON names of the constraints there are.
func (c *Constraints) given() []string {
	var out []string
	for _, f := range []struct {
		name string
		is   bool
	}{
		{"columns", c.Columns != nil},
		{"maxRows", c.MaxRows != 0},
		{"maxFileSize", c.MaxFileSize != 0},
		{"extensions", c.Extensions != nil},
		{"recursive", c.Recursive != nil},
		{"methods", c.Methods != nil},
		{"rate", c.Rate != nil},
		{"maxResponse", c.MaxResponse != 0},
		{"arguments", c.Arguments != nil},
	} {
		if f.is {
			out = append(out, f.name)
		}
	}
	return out
}

var (
	extensionForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,15}$`)
	methods       = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
)

// The bounds of constraints.
const (
	maxRowsBound    = 1_000_000
	maxBytesBound   = 1 << 40
	maxRateRequests = 100_000
	maxRateSeconds  = 86_400
	maxArgument     = 200 // characters
)

// check holds constraints of one action against their forms, and puts them
// into the canonical one. They come from JSON that the schema was right for.
// Of what is said twice, or says nothing, little is left: nil if nothing is.
func (c *Constraints) check(resource, action string) (*Constraints, *fault.Error) {
	if c == nil {
		return nil, nil
	}
	name := resource + "." + action
	refuse := func(format string, args ...any) (*Constraints, *fault.Error) {
		return nil, Refuse(CodePermissionConstraint, fmt.Sprintf("the constraints of "+name+" "+format, args...))
	}
	for _, key := range c.given() {
		if !slices.Contains(constrainable[name], key) {
			return refuse("have %q, which it cannot have.", key)
		}
	}
	out := *c
	out.Columns = slices.Clone(c.Columns)
	for i, column := range c.Columns {
		if column == "" || len(column) > 64 || textProblem(column) != "" {
			return refuse("have the column %.70q, which is no name.", column)
		}
		out.Columns[i] = spelling.LowerASCII(column)
	}
	for _, e := range c.Extensions {
		if !extensionForm.MatchString(e) {
			return refuse("have the extension %.40q, which has to be like “md”: small letters and digits, without a dot.", e)
		}
	}
	for _, m := range c.Methods {
		if !slices.Contains(methods, m) {
			return refuse("have the method %.40q, which has to be one of %s.", m, strings.Join(methods, ", "))
		}
	}
	for _, l := range []struct {
		name string
		list *[]string
		most int
	}{
		{"columns", &out.Columns, 100}, {"extensions", &out.Extensions, 50}, {"methods", &out.Methods, len(methods)},
	} {
		if !sortUnique(l.list) {
			return refuse("name one of the %s twice.", l.name)
		}
		if *l.list != nil && len(*l.list) > l.most {
			return refuse("have more than %d %s.", l.most, l.name)
		}
	}
	for _, n := range []struct {
		name        string
		value, most int64
	}{
		{"maxRows", c.MaxRows, maxRowsBound}, {"maxFileSize", c.MaxFileSize, maxBytesBound}, {"maxResponse", c.MaxResponse, maxBytesBound},
	} {
		if n.value < 0 || n.value > n.most {
			return refuse("have a %s that is not from 1 to %d.", n.name, n.most)
		}
	}
	if r := c.Rate; r != nil && (r.Requests < 1 || r.Requests > maxRateRequests || r.Seconds < 1 || r.Seconds > maxRateSeconds) {
		return refuse("have a rate that is not from 1 to %d requests in 1 to %d seconds.", maxRateRequests, maxRateSeconds)
	}
	if len(c.Arguments) > MaxArgumentPatterns {
		return refuse("have more than %d patterns of arguments.", MaxArgumentPatterns)
	}
	for _, pattern := range c.Arguments {
		if why := argumentsProblem(pattern); why != "" {
			return refuse("have arguments %s.", why)
		}
	}
	if out.Recursive != nil && *out.Recursive {
		out.Recursive = nil
	}
	if len(out.given()) == 0 {
		return nil, nil
	}
	return &out, nil
}

func argumentsProblem(pattern []string) string {
	if len(pattern) > MaxArgumentPatterns {
		return fmt.Sprintf("with more than %d in one pattern", MaxArgumentPatterns)
	}
	for i, a := range pattern {
		switch {
		case utf8.RuneCountInString(a) > maxArgument:
			return fmt.Sprintf("of more than %d characters", maxArgument)
		case strings.Contains(a, "**") && (a != "**" || i != len(pattern)-1):
			return "with “**” where it is not the whole last one"
		case strings.ContainsFunc(a, unicode.IsControl):
			return "with a character that cannot be seen"
		}
	}
	return ""
}

// sortUnique sorts a copy of the list into its place, and reports whether each
// is there once.
func sortUnique(list *[]string) bool {
	sorted := slices.Sorted(slices.Values(*list))
	n := len(sorted)
	*list = sorted
	return len(slices.Compact(slices.Clone(sorted))) == n
}

// Check returns constraints for a permission of this resource and action in
// their canonical form, or what is wrong with them. It is for those that a
// person sets; a manifest's are checked when it is parsed.
func (c *Constraints) Check(resource, action string) (*Constraints, error) {
	out, err := c.check(resource, action)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Equal reports whether two canonical Constraints say the same.
func (c *Constraints) Equal(other *Constraints) bool {
	return bytes.Equal(c.JSON(), other.JSON())
}

// JSON is the canonical form as JSON, nil for nil.
func (c *Constraints) JSON() []byte {
	if c == nil {
		return nil
	}
	data, err := json.Marshal(c)
	if err != nil {
		return nil // strings and numbers: cannot happen
	}
	return data
}
