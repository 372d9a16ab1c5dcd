package crdt

import "strings"

// columnText is what of a column's definition SQLite tells only in the text of
// the table.
type columnText struct {
	collation string // upper case
	generated string // expression with its parentheses, or ""
}

// splitTable reads the columns out of a CREATE TABLE as sqlite_schema has it,
// by lower-case name, and whether the table is STRICT.
func splitTable(sql string) (columns map[string]columnText, strict bool) {
	words := sqlWords(sql)
	columns = map[string]columnText{}
	depth, from := 0, 0
	for i, w := range words {
		switch w {
		case "(":
			if depth++; depth == 1 {
				from = i + 1
			}
		case ")":
			if depth--; depth == 0 {
				addColumnText(columns, words[from:i])
				for _, w := range words[i+1:] {
					strict = strict || strings.EqualFold(w, "STRICT")
				}
				return columns, strict
			}
		case ",":
			if depth == 1 {
				addColumnText(columns, words[from:i])
				from = i + 1
			}
		}
	}
	return columns, strict
}

// addColumnText reads one definition. What it takes of a table's constraint is
// under a name that is no column's.
func addColumnText(columns map[string]columnText, words []string) {
	if len(words) == 0 {
		return
	}
	c := columnText{collation: "BINARY"}
	depth := 0
	for i, w := range words[1:] {
		switch {
		case w == "(":
			depth++
		case w == ")":
			depth--
		case depth > 0:
		case strings.EqualFold(w, "COLLATE") && i+2 < len(words):
			c.collation = strings.ToUpper(unquote(words[i+2]))
		case strings.EqualFold(w, "AS") && i+2 < len(words) && words[i+2] == "(":
			c.generated = inParentheses(words[i+2:])
		}
	}
	name := strings.ToLower(unquote(words[0]))
	if _, there := columns[name]; !there { // columns come before constraints
		columns[name] = c
	}
}

// inParentheses is the text up to the parenthesis that closes the first one.
func inParentheses(words []string) string {
	depth := 0
	for i, w := range words {
		switch w {
		case "(":
			depth++
		case ")":
			depth--
		}
		if depth == 0 {
			return strings.Join(words[:i+1], " ")
		}
	}
	return ""
}

// unquote is the name that an identifier stands for.
func unquote(w string) string {
	if len(w) < 2 {
		return w
	}
	switch w[0] {
	case '"', '`', '\'':
		q := w[:1]
		return strings.ReplaceAll(w[1:len(w)-1], q+q, q)
	case '[':
		return w[1 : len(w)-1]
	}
	return w
}
