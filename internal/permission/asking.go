package permission

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// Asking is a call as a person is asked about it.
type Asking struct {
	// Sentence says what the app wants; its strong parts are exact.
	Sentence []Segment `json:"sentence"`
	// Icon is the name of a Lucide icon.
	Icon  string `json:"icon"`
	Facts []Fact `json:"facts"`
}

// Fact is one thing that Alcove knows about a call.
type Fact struct {
	Label string `json:"label"`
	Text  string `json:"text"`
	Code  bool   `json:"code"` // the text is of a machine, to the letter
}

// longestFact is how many characters of a call's own text are shown.
const longestFact = 2_000

// AskAbout puts one call into words. Title is the app's.
func AskAbout(title string, call Call) Asking {
	t := english()
	name := call.Resource + "." + call.Action
	strong := func(s string) []Segment { return []Segment{{Text: s, Strong: true}} }
	args := map[string][]Segment{"title": {{Text: quoteTitle(title)}}}
	a := Asking{Icon: "circle-question-mark"}
	switch call.Resource {
	case "net":
		a.Icon = "globe"
		place, facts := t.askedPlace(call)
		args["place"], a.Facts = strong(place), facts
		if call.Browser {
			name = "net.browser"
		}
	case "db":
		a.Icon = "database"
		args["tables"] = strong(visible(t.tablesOf(call.Target)))
		a.Facts = append(a.Facts, t.fact("note", t.say("db.detail")))
	case "files":
		a.Icon = "file-text"
		args["path"] = strong(shownPath(call.Target))
		if call.Recursive {
			a.Facts = append(a.Facts, t.fact("reach", t.say("ask.files.recursive")))
		}
	case "shell":
		a.Icon = "square-terminal"
		args["program"] = strong(visible(call.Target))
		if call.Action == "run" {
			a.Facts = append(a.Facts, Fact{Label: t.say("ask.label.run"), Text: commandLine(call.Target, call.Arguments), Code: true})
		}
		a.Facts = append(a.Facts, t.fact("note", t.say("shell.run.detail")))
	case "secrets":
		a.Icon = "key-round"
		if call.Item == "" {
			name = "secrets.any"
			break
		}
		args["secret"] = strong(visible(call.Item))
	case "passwords":
		a.Icon = "key-square"
		args["items"] = strong(t.itemsOf(call.Target))
		a.Facts = append(a.Facts, t.fact("note", t.say("passwords.detail")))
	case "mail":
		a.Icon = "mail"
		args["place"] = strong(visible(t.mailOf(call.Target)))
		a.Facts = append(a.Facts, t.fact("note", t.say(name+".detail")))
	case "spaces":
		a.Icon = "vault"
		a.Facts = append(a.Facts, t.fact("note", t.say(name+".detail")))
	case "storage":
		a.Icon = "hard-drive"
		host, bucket := storageParts(call.Target)
		args["host"], args["bucket"], args["name"] = strong(visible(host)), strong(visible(bucket)), strong(quoteTitle(call.Item))
		switch {
		case call.Fresh:
			name = "storage.add"
		case host == "":
			name += ".any"
		}
		note := t.say(strings.TrimSuffix(name, ".any") + ".note")
		if plainStorage(call.Target) {
			note += " " + t.say("net.plain")
		}
		a.Facts = append(a.Facts, t.fact("note", note))
	case "clipboard":
		a.Icon = "clipboard"
		a.Facts = append(a.Facts, t.fact("note", t.say(name+".detail")))
	case "notifications":
		a.Icon = "bell"
		a.Facts = append(a.Facts, t.fact("note", t.say(name+".detail")))
	case "peers":
		a.Icon = "app-window"
		method, app := t.peerOf(call.Target)
		args["method"], args["app"] = strong(visible(method)), strong(visible(app))
		a.Facts = append(a.Facts, t.fact("note", t.say("peers.call.detail")))
	case "background":
		a.Icon = "history"
		a.Facts = append(a.Facts, t.fact("note", t.say("background.run.detail")))
	}
	if _, known := t["ask."+name]; !known {
		name = "other"
		args["name"] = strong(visible(strings.TrimSpace(call.Resource + "." + call.Action + " " + call.Target)))
	}
	a.Sentence = t.compose("ask."+name, args)
	return a
}

// askedPlace is the exact host of an address, and what would be sent there.
func (t texts) askedPlace(call Call) (host string, facts []Fact) {
	want, ok := parseAddress(call.Target)
	if !ok {
		return visible(call.Target), nil
	}
	host = want.host
	if want.scheme == "https" && want.port != "443" || want.scheme == "http" && want.port != "80" {
		host += ":" + want.port
	}
	_, rest, _ := strings.Cut(call.Target, "://")
	path := "/"
	if at := strings.IndexAny(rest, "/?"); at >= 0 {
		path = rest[at:]
	}
	path, _, _ = strings.Cut(path, "#")
	switch call.Action {
	case "websocket":
		facts = append(facts, Fact{Label: t.say("ask.label.open"), Text: visible(path), Code: true})
	case "fetch":
		method := call.Method
		if method == "" {
			method = "GET"
		}
		facts = append(facts, Fact{Label: t.say("ask.label.send"), Text: visible(method + " " + path), Code: true})
	}
	if notes := t.placeOf(want.pattern()).notes; len(notes) > 0 {
		facts = append(facts, t.fact("note", strings.Join(notes, " ")))
	}
	return host, facts
}

// pattern is the address of all that is at the same host and port.
func (a address) pattern() string { return a.scheme + "://" + a.host + ":" + a.port + "/*" }

func (t texts) fact(label, text string) Fact {
	return Fact{Label: t.say("ask.label." + label), Text: text}
}

// shownPath is a path with its folder by name: "Documents/Reports/a.md".
func shownPath(target string) string {
	t := english()
	token, rest, deep := strings.Cut(target, "/")
	name, known := t["token."+strings.ToLower(strings.Trim(token, "{}"))]
	switch {
	case !known:
		return visible(target)
	case deep && token == "{home}":
		return visible("~/" + rest)
	case deep:
		return visible(name + "/" + rest)
	default:
		return name
	}
}

// commandLine is a program with its arguments, each as it is. What has a space
// or nothing in it is quoted, so that it is seen where one ends.
func commandLine(program string, arguments []string) string {
	parts := []string{visible(program)}
	for _, a := range arguments {
		if a == "" || strings.ContainsFunc(a, func(r rune) bool { return unicode.IsSpace(r) || r == '"' || r == '\\' }) {
			a = strconv.Quote(a)
		}
		parts = append(parts, visible(a))
	}
	return cut(strings.Join(parts, " "))
}

// visible spells what cannot be seen, turns the direction of what follows, or
// is stacked beyond its line, as its number, so that nothing in a name can hide
// another part of it or of what is around it.
func visible(s string) string {
	var b strings.Builder
	marks := 0
	for _, r := range s {
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		switch {
		case r == unicode.ReplacementChar, !unicode.IsPrint(r), manifest.Blank(r), marks > manifest.MaxMarks:
			b.WriteString("\\u{" + strconv.FormatInt(int64(r), 16) + "}")
		default:
			b.WriteRune(r)
		}
	}
	return cut(b.String())
}

// cut shortens what is too long and says by how much.
func cut(s string) string {
	letters := []rune(s)
	if len(letters) <= longestFact {
		return s
	}
	return string(letters[:longestFact]) + english().say("ask.cut", "count", strconv.Itoa(len(letters)-longestFact))
}

// Asked says how often an app asked before for the same, and what became of it
// last: Allow, Deny, or "" where the person did not answer.
func Asked(times int, last Decision) Fact {
	t := english()
	name := "ask.before.none"
	switch {
	case times == 0:
	case last == Allow:
		name = "ask.before.yes"
	case last == Deny:
		name = "ask.before.no"
	default:
		name = "ask.before.open"
	}
	count := t.say("ask.before.times", "count", strconv.Itoa(times))
	if times == 1 {
		count = t.say("ask.before.once")
	}
	return t.fact("before", t.say(name, "times", count))
}

// HasRead says what an app could have learned since it was opened, besides its
// own tables: by the resources it used. It is for calls that lead outside.
func HasRead(resources []string) Fact {
	t := english()
	var list []string
	for _, r := range resources {
		if name, known := t["ask.read."+r]; known {
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		return t.fact("read", t.say("ask.read.own"))
	}
	return t.fact("read", t.say("ask.read.more", "list", joinText(list, t["list.comma"], t["list.and"])))
}

// Outward reports whether a call can carry something out of the vault.
func (k Key) Outward() bool {
	switch k.Resource {
	case "net", "shell", "notifications", "peers", "mail", "storage":
		return true
	case "clipboard":
		return k.Action == "write"
	case "files":
		return k.Action == "readWrite"
	}
	return false
}
