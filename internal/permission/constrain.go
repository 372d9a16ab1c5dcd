package permission

import (
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/spelling"
)

// fits reports whether a call keeps to those constraints that can be judged
// before it runs. The others are in its Bounds, or held by the store.
func fits(c *manifest.Constraints, call *Call) bool {
	if c == nil {
		return true
	}
	switch call.Resource {
	case "files":
		if c.Recursive != nil && !*c.Recursive && call.Recursive {
			return false
		}
		return c.Extensions == nil || call.Action == "pick" || call.Folder || hasExtension(call.Target, c.Extensions)
	case "net":
		method := call.Method
		if method == "" {
			method = "GET"
		}
		return c.Methods == nil || slices.Contains(c.Methods, method)
	case "shell":
		return c.Arguments == nil || slices.ContainsFunc(c.Arguments, func(pattern []string) bool {
			return matchArguments(pattern, call.Arguments)
		})
	}
	return true
}

// HasExtension reports whether a file's name ends in one of the extensions, of
// which nil is any.
func HasExtension(name string, extensions []string) bool {
	return extensions == nil || hasExtension(name, extensions)
}

// hasExtension reports whether the last part of a path ends in one of the
// extensions. A name that only begins with a dot has none. ASCII letters match
// whatever their case.
func hasExtension(path string, extensions []string) bool {
	name := path[strings.LastIndexByte(path, '/')+1:]
	dot := strings.LastIndexByte(name, '.')
	return dot > 0 && slices.Contains(extensions, spelling.LowerASCII(name[dot+1:]))
}

// matchArguments compares a whole list of arguments, byte by byte. In an
// argument "*" is any run of characters; a last "**" is any further arguments.
func matchArguments(pattern, arguments []string) bool {
	if n := len(pattern); n > 0 && pattern[n-1] == "**" {
		pattern = pattern[:n-1]
		if len(arguments) < len(pattern) {
			return false
		}
		arguments = arguments[:len(pattern)]
	}
	if len(pattern) != len(arguments) {
		return false
	}
	for i, p := range pattern {
		if !wildcard(p, arguments[i]) {
			return false
		}
	}
	return true
}

// boundsOf is what the declared constraints, and the person's own if there are
// any, leave to the capability: of each the tighter.
func boundsOf(rule Key, declared, own *manifest.Constraints) Bounds {
	b := Bounds{Rule: rule}
	for _, c := range []*manifest.Constraints{declared, own} {
		if c == nil {
			continue
		}
		b.MaxFileSize = tighter(b.MaxFileSize, c.MaxFileSize)
		b.MaxResponse = tighter(b.MaxResponse, c.MaxResponse)
		if c.Rate != nil {
			b.Rate = bothRates(b.Rate, Rate{Requests: c.Rate.Requests, Seconds: c.Rate.Seconds})
		}
		b.Extensions = common(b.Extensions, c.Extensions)
	}
	return b
}

// common is what two lists have in common, of which nil is everything.
func common(a, b []string) []string {
	switch {
	case b == nil:
		return a
	case a == nil:
		return slices.Clone(b)
	}
	both := []string{}
	for _, s := range a {
		if slices.Contains(b, s) {
			both = append(both, s)
		}
	}
	return both
}

// tighter is the smaller of two bounds, of which 0 is none.
func tighter(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// bothRates is the most that keeps to two rates, of which the zero one is no
// bound: the fewer requests at once, and the slower of the two in the long run.
func bothRates(a, b Rate) Rate {
	if a == (Rate{}) {
		return b
	}
	if b == (Rate{}) {
		return a
	}
	slow := a
	if int64(b.Requests)*int64(a.Seconds) < int64(a.Requests)*int64(b.Seconds) {
		slow = b
	}
	requests := min(a.Requests, b.Requests)
	seconds := (int64(requests)*int64(slow.Seconds) + int64(slow.Requests) - 1) / int64(slow.Requests)
	return Rate{Requests: requests, Seconds: int(seconds)}
}
