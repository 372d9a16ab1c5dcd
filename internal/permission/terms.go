package permission

import (
	"strconv"
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// termsOf puts constraints into sentences, one for each. They say what Alcove
// holds the app to, which never means that less can be sent: the threat sentence
// takes no notice of them.
func (t texts) termsOf(c *manifest.Constraints) []string {
	if c == nil {
		return nil
	}
	var out []string
	add := func(name string, pairs ...string) { out = append(out, t.say(name, pairs...)) }
	if c.Columns != nil {
		add("terms.columns", "list", t.names(c.Columns, "list.and", quote))
	}
	if c.MaxRows > 0 {
		add("terms.rows", "count", number(c.MaxRows))
	}
	types := t.names(c.Extensions, "list.and", func(s string) string { return "." + s })
	switch {
	case c.MaxFileSize > 0 && types != "":
		add("terms.files", "size", size(c.MaxFileSize), "types", types)
	case c.MaxFileSize > 0:
		add("terms.size", "size", size(c.MaxFileSize))
	case types != "":
		add("terms.types", "types", types)
	}
	if c.Recursive != nil && !*c.Recursive {
		add("terms.flat")
	}
	if c.Methods != nil {
		add("terms.methods", "list", t.names(c.Methods, "list.and", func(s string) string { return s }))
	}
	if c.Rate != nil {
		add("terms.rate", "count", number(int64(c.Rate.Requests)), "span", t.span(c.Rate.Seconds))
	}
	if c.MaxResponse > 0 {
		add("terms.response", "size", size(c.MaxResponse))
	}
	if c.Arguments != nil {
		patterns := make([]string, len(c.Arguments))
		for i, p := range c.Arguments {
			patterns[i] = strings.Join(p, " ")
		}
		add("terms.arguments", "list", t.names(patterns, "list.or", func(s string) string {
			if s == "" {
				return t.say("terms.arguments.none")
			}
			return quote(s)
		}))
	}
	return out
}

// names are the first few of a list, and how many more there are.
func (t texts) names(list []string, last string, show func(string) string) string {
	var shown []string
	for i, s := range list {
		if i == maxNamed && len(list) > maxNamed+1 {
			shown = append(shown, t.say("own.more", "count", strconv.Itoa(len(list)-i)))
			break
		}
		shown = append(shown, show(s))
	}
	return joinText(shown, t["list.comma"], t[last])
}

// span is a time as what follows "10": "per minute".
func (t texts) span(seconds int) string {
	switch seconds {
	case 1:
		return t.say("span.second")
	case 60:
		return t.say("span.minute")
	case 3600:
		return t.say("span.hour")
	case 86400:
		return t.say("span.day")
	}
	return t.say("span.seconds", "count", number(int64(seconds)))
}

// number groups digits by thousands.
func number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// size is a number of bytes to one decimal, never less than it is.
func size(n int64) string {
	for _, unit := range []struct {
		bytes int64
		name  string
	}{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "KB"}} {
		if n < unit.bytes {
			continue
		}
		tenths := (n*10 + unit.bytes - 1) / unit.bytes
		if tenths%10 == 0 {
			return number(tenths/10) + " " + unit.name
		}
		return number(tenths/10) + "." + strconv.FormatInt(tenths%10, 10) + " " + unit.name
	}
	return number(n) + " B"
}
