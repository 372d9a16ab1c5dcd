package store

import (
	"strings"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// shortened takes the prefix own, in lower case, off every name in a statement
// of the schema, so that it makes the same thing in a database of its own. A
// name that was bare gets quotes, because what is left may be a keyword.
func shortened(text, own string) string {
	var out strings.Builder
	for len(text) > 0 {
		n, name := token(text)
		if short, ok := spelling.OwnTable(own, name); ok {
			at := strings.Index(text[:n], name)
			if at == 0 {
				short = quoteName(short)
			}
			out.WriteString(text[:at] + short + text[at+len(name):n])
		} else {
			out.WriteString(text[:n])
		}
		text = text[n:]
	}
	return out.String()
}

// token returns how long the first token of text is, and the name in it, if it
// can be one: a word, or what is between quotes.
func token(text string) (n int, name string) {
	switch c := text[0]; {
	case c == '\'' || c == '"' || c == '`' || c == '[':
		end, double := c, c
		if c == '[' {
			end, double = ']', 0
		}
		w, rest := quoted(text[1:], end, double)
		return len(text) - len(rest), w
	case strings.HasPrefix(text, "--"):
		before, _, _ := strings.Cut(text, "\n")
		return len(before), ""
	case strings.HasPrefix(text, "/*"):
		if end := strings.Index(text[2:], "*/"); end >= 0 {
			return end + 4, ""
		}
		return len(text), ""
	case wordByte(c):
		n := 1
		for n < len(text) && wordByte(text[n]) {
			n++
		}
		return n, text[:n]
	}
	return 1, ""
}
