package permission

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

//go:embed messages/*.json
var messageFiles embed.FS

// texts maps the name of a message to its text. "{x}" is where argument x
// goes, "[[…]]" is strong.
type texts map[string]string

var english = sync.OnceValue(func() texts {
	data, err := messageFiles.ReadFile("messages/en.json")
	if err != nil {
		panic(err) // embedded: cannot happen in a program that was built
	}
	t := texts{}
	if err := json.Unmarshal(data, &t); err != nil {
		panic(fmt.Errorf("messages/en.json: %w", err))
	}
	return t
})

// say fills a message with plain arguments, given as name, value, name, value.
func (t texts) say(name string, pairs ...string) string {
	args := make(map[string][]Segment, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = []Segment{{Text: pairs[i+1]}}
	}
	var b strings.Builder
	for _, s := range t.compose(name, args) {
		b.WriteString(s.Text)
	}
	return b.String()
}

// compose fills a message with pieces. Text inside an argument is never taken
// for a placeholder or a mark.
func (t texts) compose(name string, args map[string][]Segment) []Segment {
	text, ok := t[name]
	if !ok {
		return []Segment{{Text: "?" + name}}
	}
	var out []Segment
	strong := false
	for text != "" {
		at := strings.IndexAny(text, "{[]")
		if at < 0 {
			out = append(out, Segment{Text: text, Strong: strong})
			break
		}
		if at > 0 {
			out = append(out, Segment{Text: text[:at], Strong: strong})
			text = text[at:]
		}
		switch {
		case strings.HasPrefix(text, "[["):
			strong, text = true, text[2:]
		case strings.HasPrefix(text, "]]"):
			strong, text = false, text[2:]
		case text[0] == '{' && strings.IndexByte(text, '}') > 0:
			end := strings.IndexByte(text, '}')
			for _, s := range args[text[1:end]] {
				out = append(out, Segment{Text: s.Text, Strong: s.Strong || strong})
			}
			text = text[end+1:]
		default:
			out, text = append(out, Segment{Text: text[:1], Strong: strong}), text[1:]
		}
	}
	return merge(out)
}

// merge joins plain neighbours, so that a sentence has as few pieces as it
// has changes. Strong ones stay apart: each names one thing.
func merge(list []Segment) []Segment {
	var out []Segment
	for _, s := range list {
		if s.Text == "" {
			continue
		}
		if n := len(out); n > 0 && !s.Strong && !out[n-1].Strong {
			out[n-1].Text += s.Text
			continue
		}
		out = append(out, s)
	}
	return out
}
