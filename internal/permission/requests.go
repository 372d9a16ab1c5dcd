package permission

import (
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// requestIcons are those of what a person knows from other lines.
var requestIcons = map[string]string{
	"passwords": "key-round", "filesystem": "file-text", "filesync": "folder-open", "database": "database",
	"http": "globe", "web": "globe", "shell": "square-terminal",
}

// requests are the lines of what an app asks for and Alcove cannot give. There
// is nothing to decide about them, and they give nothing.
func (t texts) requests(m, previous *manifest.Manifest) []Line {
	before := map[Key]bool{}
	if previous != nil {
		for _, r := range previous.Requests {
			before[requestKey(r)] = true
		}
	}
	var lines []Line
	seen := map[Key]bool{}
	for _, r := range m.Requests {
		key := requestKey(r)
		if seen[key] {
			continue
		}
		seen[key] = true
		line := Line{
			Resource: key.Resource, Action: key.Action, Target: key.Target,
			Sentence: t.requestSentence(r), Detail: t.say("request.why." + r.Why),
			Icon: requestIcons[r.Category], Group: Sensitive, Fixed: true, Unavailable: true, Decision: Deny,
		}
		if line.Icon == "" {
			line.Icon = "circle-question-mark"
		}
		switch {
		case previous == nil:
		case before[key]:
			line.Change, line.Held = Same, Deny
		default:
			line.Change = Added
		}
		lines = append(lines, line)
	}
	return lines
}

// requestKey names a request so that no permission has its name.
func requestKey(r manifest.Request) Key {
	return Key{Resource: "request", Action: "haex." + r.Category, Target: strings.TrimSpace(r.Action + " " + r.Target)}
}

// requestSentence says what is asked for, the author's words in quotation marks.
func (t texts) requestSentence(r manifest.Request) string {
	what := ".one"
	if r.Target == "*" || r.Target == "" {
		what = ".any"
	}
	for _, name := range []string{"request." + r.Category + "." + r.Action + what, "request." + r.Category + "." + r.Action} {
		if _, known := t[name]; known && r.Why != manifest.WhyUnknown {
			return t.say(name, "target", quote(r.Target))
		}
	}
	words := quote(r.Category)
	if more := strings.TrimSpace(r.Action + " " + r.Target); more != "" {
		words = t.say("request.more", "category", words, "more", quote(more))
	}
	return t.say("request.other", "what", words)
}
