package store

import "strings"

// forbiddenWord looks through the words of a statement before SQLite sees it,
// and returns the reason why one of them is not allowed, or "".
//
// The authorizer is what confines a statement. This closes two gaps that it
// leaves: an error may tell whether a foreign table exists before the
// authorizer is asked, and a foreign key or a view may name one without being
// asked at all. So names of other extensions' and of the host's objects are
// refused as words, wherever they stand, also as a literal in quotes, which SQLite takes
// for a name where a name must be. And ROLLBACK as a way to resolve a conflict
// would end the host's transaction.
func forbiddenWord(text, own string) string {
	for len(text) > 0 {
		c := text[0]
		switch {
		case c == '\'' || c == '"' || c == '`':
			var w string
			if w, text = quoted(text[1:], c, c); foreignName(w, own) {
				return reasonForeign
			}
		case c == '[':
			var w string
			if w, text = quoted(text[1:], ']', 0); foreignName(w, own) {
				return reasonForeign
			}
		case strings.HasPrefix(text, "--"):
			_, text, _ = strings.Cut(text, "\n")
		case strings.HasPrefix(text, "/*"):
			_, text, _ = strings.Cut(text[2:], "*/")
		case strings.HasPrefix(text, byteOrderMark):
			text = text[len(byteOrderMark):] // a blank to SQLite
		case strings.IndexByte("$@#:", c) >= 0:
			text = text[variable(text):]
		case wordByte(c):
			n := 1
			for n < len(text) && wordByte(text[n]) {
				n++
			}
			w := text[:n]
			text = text[n:]
			if strings.EqualFold(w, "rollback") {
				return reasonTurn
			}
			if foreignName(w, own) {
				return reasonForeign
			}
		default:
			text = text[1:]
		}
	}
	return ""
}

// quoted returns what is before the closing quote and what is behind it.
// double is the byte that stands for itself when doubled, or 0.
func quoted(text string, end, double byte) (word, rest string) {
	for i := 0; i < len(text); i++ {
		if text[i] != end {
			continue
		}
		if double != 0 && i+1 < len(text) && text[i+1] == double {
			i++
			continue
		}
		return text[:i], text[i+1:]
	}
	return text, ""
}

const byteOrderMark = "\ufeff"

// variable returns the length of the named parameter that text begins with.
// Such a name may end in parentheses, in which quotes and dashes mean nothing.
func variable(text string) int {
	named := false
	for n := 1; n < len(text); n++ {
		switch {
		case wordByte(text[n]):
			named = true
		case text[n] == '(' && named:
			if end := strings.IndexAny(text[n:], ") \t\n\v\f\r"); end >= 0 {
				return n + end + 1
			}
			return len(text)
		case strings.HasPrefix(text[n:], "::"):
			n++
		default:
			return n
		}
	}
	return len(text)
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// foreignName reports whether w is, or begins like, the name of an object of
// the host or of another extension.
func foreignName(w, own string) bool {
	w = strings.TrimPrefix(strings.ToLower(w), newTablePrefix)
	w = strings.TrimPrefix(w, "sqlite_autoindex_")
	if strings.HasPrefix(w, own) {
		return false
	}
	return strings.HasPrefix(w, "alcove_") || lineagePrefix(w)
}

// lineagePrefix reports whether w begins with 64 hexadecimal digits and "__".
func lineagePrefix(w string) bool {
	if len(w) < 66 || w[64:66] != "__" {
		return false
	}
	for i := range 64 {
		if !strings.ContainsRune("0123456789abcdef", rune(w[i])) {
			return false
		}
	}
	return true
}

// firstWord returns the first word of a statement in lower case.
func firstWord(text string) string {
	for len(text) > 0 {
		switch {
		case strings.HasPrefix(text, "--"):
			_, text, _ = strings.Cut(text, "\n")
		case strings.HasPrefix(text, "/*"):
			_, text, _ = strings.Cut(text[2:], "*/")
		case strings.HasPrefix(text, byteOrderMark):
			text = text[len(byteOrderMark):]
		case wordByte(text[0]):
			n := 1
			for n < len(text) && wordByte(text[n]) {
				n++
			}
			return strings.ToLower(text[:n])
		case strings.ContainsRune(" \t\r\n\f;", rune(text[0])):
			text = text[1:]
		default:
			return ""
		}
	}
	return ""
}
