package crdt

import (
	"errors"
	"strings"
)

// indexText is the parts of a CREATE INDEX that SQLite does not tell otherwise.
type indexText struct {
	terms []string // columns and expressions, without collation and direction
	where string   // condition, or ""
}

var errIndexText = errors.New("the text of an index is not understood")

// splitIndex splits a CREATE INDEX as sqlite_schema has it: SQLite took it, so
// only strings, names, comments and parentheses matter here.
func splitIndex(sql string) (x indexText, err error) {
	words := sqlWords(sql)
	open := -1 // of the list: the first one outside the names before it
	for i, w := range words {
		if w == "(" {
			open = i
			break
		}
	}
	if open < 0 {
		return x, errIndexText
	}
	depth, from := 0, open+1
	for i := open; i < len(words); i++ {
		switch words[i] {
		case "(":
			depth++
		case ")":
			depth--
		}
		if depth == 1 && words[i] == "," || depth == 0 {
			term := words[from:i]
			if len(term) == 0 {
				return x, errIndexText
			}
			x.terms = append(x.terms, strings.Join(bareTerm(term), " "))
			from = i + 1
		}
		if depth > 0 {
			continue
		}
		if rest := words[i+1:]; len(rest) > 0 {
			if len(rest) < 2 || !strings.EqualFold(rest[0], "WHERE") {
				return x, errIndexText
			}
			x.where = strings.Join(rest[1:], " ")
		}
		return x, nil
	}
	return x, errIndexText
}

// bareTerm takes ASC, DESC and COLLATE name from the end of an indexed term.
func bareTerm(words []string) []string {
	if n := len(words); n > 1 && (strings.EqualFold(words[n-1], "ASC") || strings.EqualFold(words[n-1], "DESC")) {
		words = words[:n-1]
	}
	for {
		n := len(words)
		if n <= 2 || !strings.EqualFold(words[n-2], "COLLATE") {
			return words
		}
		words = words[:n-2]
	}
}

// sqlWords cuts SQL into words: names, numbers, strings and signs, without
// white space and comments. A sign of two characters stays together.
func sqlWords(sql string) (words []string) {
	for i := 0; i < len(sql); {
		n := 1
		switch c := sql[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			i++
			continue
		case strings.HasPrefix(sql[i:], "--"):
			i += 1 + strings.IndexByte(sql[i:]+"\n", '\n')
			continue
		case strings.HasPrefix(sql[i:], "/*"):
			if end := strings.Index(sql[i+2:], "*/"); end >= 0 {
				i += end + 4
			} else {
				i = len(sql)
			}
			continue
		case c == '\'' || c == '"' || c == '`':
			n = quotedLen(sql[i:], c)
		case c == '[':
			n = 1 + strings.IndexByte(sql[i:]+"]", ']')
		case (c == 'x' || c == 'X') && strings.HasPrefix(sql[i+1:], "'"):
			n = 1 + quotedLen(sql[i+1:], '\'')
		case isNameByte(c):
			for i+n < len(sql) && (isNameByte(sql[i+n]) || sql[i+n] == '.' && isDigit(c)) {
				n++
			}
			// The exponent of a number may have a sign.
			if e := sql[i+n-1]; isDigit(c) && (e == 'e' || e == 'E') && i+n < len(sql) && (sql[i+n] == '+' || sql[i+n] == '-') && !strings.HasPrefix(strings.ToLower(sql[i:]), "0x") {
				for n++; i+n < len(sql) && isNameByte(sql[i+n]); n++ {
				}
			}
		case c == '.' && i+1 < len(sql) && isDigit(sql[i+1]):
			for n < len(sql)-i && isNameByte(sql[i+n]) {
				n++
			}
		default:
			for _, sign := range []string{"->>", "||", "<<", ">>", "<=", ">=", "<>", "!=", "==", "->"} {
				if strings.HasPrefix(sql[i:], sign) {
					n = len(sign)
					break
				}
			}
		}
		n = min(n, len(sql)-i)
		words = append(words, sql[i:i+n])
		i += n
	}
	return words
}

// quotedLen is the length of the quoted text that s begins with; the quote
// doubled is a character of it.
func quotedLen(s string, quote byte) int {
	for i := 1; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		if i+1 < len(s) && s[i+1] == quote {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isNameByte(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '$' || c >= 0x80
}
