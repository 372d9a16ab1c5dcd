package store

import (
	"slices"
	"strings"
)

// forbiddenWord looks through the words of a statement before SQLite sees it,
// and returns the reason why one of them is not allowed, or "", and which table
// of others that is about.
//
// The authorizer is what confines a statement. This closes gaps that it leaves:
// an error may tell whether a foreign table exists before the authorizer is
// asked, and a foreign key or a view may name one without being asked at all.
// So names of the host's objects, and of other extensions' unless they were
// granted, are refused as words, wherever they stand, also as a literal in
// quotes, which SQLite takes for a name where a name must be. A common table
// expression never has a granted name: the authorizer is told its name like
// that of a view. And ROLLBACK as a way to resolve a conflict would end the
// host's transaction.
func forbiddenWord(text string, r *Rights) (reason string, of *Withheld) {
	own, at := lowerASCII(r.Own), spot{}
	var names []nameEnd
	scan(text, func(t lexeme) bool {
		names = slices.DeleteFunc(names, func(n nameEnd) bool { return n.state == nowhere })
		for i := range names {
			if names[i].expression(t) {
				reason = reasonExpression
			}
		}
		switch {
		case t.mark != 0:
		case !t.quoted && strings.EqualFold(t.word, "rollback"):
			reason = reasonTurn
		case foreignName(t.word, own):
			if table := baseName(lowerASCII(t.word)); !r.mentions(table) {
				reason, of = reasonForeign, &Withheld{at.action(), table}
			}
			names = append(names, nameEnd{state: afterName})
		}
		at.next(t)
		return reason == ""
	})
	return reason, of
}

// nameEnd follows the tokens behind a granted name, to find "(…) AS (" or
// "AS (" there.
type nameEnd struct {
	state nameState
	depth int
}

type nameState int

const (
	nowhere nameState = iota
	afterName
	inColumns
	afterColumns
	afterAs
)

// expression reports whether t is the parenthesis that opens a common table
// expression.
func (n *nameEnd) expression(t lexeme) bool {
	switch n.state {
	case inColumns:
		switch t.mark {
		case '(':
			n.depth++
		case ')':
			if n.depth--; n.depth == 0 {
				n.state = afterColumns
			}
		}
		return false
	case afterName, afterColumns:
		switch {
		case t.mark == '(' && n.state == afterName:
			n.state, n.depth = inColumns, 1
		case t.is("as"):
			n.state = afterAs
		default:
			n.state = nowhere
		}
	case afterAs:
		switch {
		case t.mark == '(':
			return true
		case t.is("not"), t.is("materialized"):
		default:
			n.state = nowhere
		}
	}
	return false
}

// lexeme is a word, a string or name in quotes, or one other byte.
type lexeme struct {
	word   string // without its quotes
	quoted bool
	mark   byte // 0 for words
}

func (t lexeme) is(word string) bool {
	return t.mark == 0 && !t.quoted && strings.EqualFold(t.word, word)
}

// scan calls fn for every token of text but blanks, comments and parameters,
// until it returns false.
func scan(text string, fn func(lexeme) bool) {
	for more := true; more && len(text) > 0; {
		c := text[0]
		switch {
		case c == '\'' || c == '"' || c == '`':
			var w string
			w, text = quoted(text[1:], c, c)
			more = fn(lexeme{word: w, quoted: true})
		case c == '[':
			var w string
			w, text = quoted(text[1:], ']', 0)
			more = fn(lexeme{word: w, quoted: true})
		case strings.HasPrefix(text, "--"):
			_, text, _ = strings.Cut(text, "\n")
		case strings.HasPrefix(text, "/*"):
			_, text, _ = strings.Cut(text[2:], "*/")
		case strings.HasPrefix(text, byteOrderMark):
			text = text[len(byteOrderMark):] // a blank to SQLite
		case strings.IndexByte("$@#:", c) >= 0:
			text = text[variable(text):]
		case c == '?':
			text = strings.TrimLeft(text[1:], "0123456789")
		case wordByte(c):
			n := 1
			for n < len(text) && wordByte(text[n]) {
				n++
			}
			more = fn(lexeme{word: text[:n]})
			text = text[n:]
		default:
			if strings.IndexByte(" \t\r\n\f\v", c) < 0 { // \v is one behind another
				more = fn(lexeme{mark: c})
			}
			text = text[1:]
		}
	}
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
	if len(w) < len("alcove_") {
		return false
	}
	w = baseName(lowerASCII(w))
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
func firstWord(text string) (first string) {
	scan(text, func(t lexeme) bool {
		if t.mark == ';' {
			return true
		}
		if t.mark == 0 && !t.quoted {
			first = lowerASCII(t.word)
		}
		return false
	})
	return first
}

// traits are what the authorizer is not told about one statement.
type traits struct {
	replaces  bool   // REPLACE, which deletes the rows that are in the way
	renamesTo string // new name of ALTER TABLE … RENAME TO, in lower case
	foreign   bool   // it names something that is not the extension's
	joins     bool   // NATURAL JOIN or USING, which compare columns unseen
}

func traitsOf(text, own string) (t traits) {
	var last, before lexeme
	scan(text, func(now lexeme) bool {
		switch {
		case last.is("replace") && now.mark != '(':
			t.replaces = true
		case before.is("rename") && last.is("to") && now.mark == 0:
			t.renamesTo = lowerASCII(now.word)
		}
		t.joins = t.joins || now.is("natural") || now.is("using")
		t.foreign = t.foreign || now.mark == 0 && foreignName(now.word, own)
		before, last = last, now
		return true
	})
	return t
}

// namesIn returns the names in text that are not the extension's, in lower case.
func namesIn(text, own string) map[string]bool {
	names := map[string]bool{}
	scan(text, func(t lexeme) bool {
		if t.mark == 0 && foreignName(t.word, own) {
			names[lowerASCII(t.word)] = true
		}
		return true
	})
	return names
}
