package permission

import (
	"slices"
	"strings"
	"unicode"
)

// Threat is the worst an app could do with the decisions in lines, in one or
// two sentences: what it could learn, combined with every way out.
//
// The rules err on the side of saying more. Whatever is allowed or asked
// counts, what is asked with "once you say yes"; every way out is taken to
// carry everything the app can read; a narrow path, and constraints of any kind,
// are no limit to what is sent to a host. What it could not do is named only
// when no line comes near it. Adding a line or raising a decision never removes
// a strong segment.
//
// If lines are those of an update, the sentence begins with what the app could
// do until now.
func Threat(title string, lines []Line) []Segment {
	t := english()
	after := t.collect(lines, func(l Line) Decision {
		if l.Change == Removed {
			return Deny
		}
		return l.Decision
	})
	args := map[string][]Segment{
		"title": {{Text: quoteTitle(title)}},
		"can":   t.clauses(after, "threat"),
	}
	name := "threat.install"
	if slices.ContainsFunc(lines, func(l Line) bool { return l.Change != "" }) {
		before := t.collect(lines, func(l Line) Decision {
			if l.Change == Added {
				return Deny
			}
			return l.Held
		})
		args["before"] = weaken(t.clauses(before, "before"))
		name = "threat.update"
		if !slices.ContainsFunc(lines, raised) {
			name = "threat.update.same"
		}
	}
	out := t.compose(name, args)
	if cannot := t.cannot(after); len(cannot) > 0 {
		list := []Segment{{Text: joinText(cannot, t["list.comma"], t["list.or"])}}
		out = append(out, t.compose("threat.cannot", map[string][]Segment{"cannot": list})...)
	}
	return merge(out)
}

// raised reports whether a line gives more than the app had until now.
func raised(l Line) bool {
	rank := map[Decision]int{Deny: 0, Ask: 1, Allow: 2}
	switch l.Change {
	case Added, Changed:
		return rank[l.Decision] > 0
	case Same:
		return rank[l.Decision] > rank[l.Held]
	}
	return false
}

// nouns are exact things, each either at once or after being asked.
type nouns struct{ now, ask []string }

func (n *nouns) add(d Decision, noun string) {
	if slices.Contains(n.now, noun) {
		return
	}
	if d == Allow {
		n.now = append(n.now, noun)
		n.ask = slices.DeleteFunc(n.ask, func(s string) bool { return s == noun })
		return
	}
	if !slices.Contains(n.ask, noun) {
		n.ask = append(n.ask, noun)
	}
}

func (n *nouns) empty() bool { return len(n.now)+len(n.ask) == 0 }

// powers is what a set of decisions adds up to.
type powers struct {
	learn      nouns    // what it can read besides its own data
	far        nouns    // ways off this computer
	near       nouns    // places where something else may pick it up
	harm       nouns    // what it can change besides its own data
	swap       nouns    // what it can replace under the person's hands
	background Decision // Deny, Ask or Allow
	shell      bool
	apps       bool
	files      bool
	clipboard  bool
}

// collect adds up all lines whose decision is not deny.
func (t texts) collect(lines []Line, decide func(Line) Decision) *powers {
	p := &powers{background: Deny}
	for _, l := range lines {
		d := decide(l)
		if l.Group == Stays || d != Allow && d != Ask {
			continue
		}
		switch l.Resource {
		case "net":
			if l.Action == "private" {
				p.far.add(d, t.nearOf(l.Target).noun)
				p.learn.add(d, t.say("what.near"))
				p.harm.add(d, t.say("what.near.change"))
				continue
			}
			p.far.add(d, t.placeOf(l.Target).noun)
		case "shell":
			p.shell = true
			p.far.add(d, t.say("where.shell", "program", t.programOf(l.Target)))
			p.learn.add(d, t.say("what.computer"))
			p.harm.add(d, t.say("what.computer.change"))
		case "files":
			p.files = true
			t.collectFiles(p, l, d)
		case "clipboard":
			if l.Action == "write" {
				p.near.add(d, t.say("where.clipboard"))
				p.swap.add(d, t.say("what.copied"))
				continue
			}
			p.clipboard = true
			p.learn.add(d, t.say("what.clipboard"))
		case "notifications":
			p.near.add(d, t.say("where.notifications"))
		case "secrets":
			p.learn.add(d, t.secretOf(l.Target))
		case "passwords":
			noun := t.itemsOf(l.Target)
			p.learn.add(d, noun)
			if l.Action != "read" {
				p.near.add(d, t.say("where.passwords"))
				p.harm.add(d, noun)
			}
		case "mail":
			if l.Action == "send" {
				p.far.add(d, t.say("where.mail", "place", t.mailOf(l.Target)))
				continue
			}
			noun := t.say("what.mail", "place", t.mailOf(l.Target))
			p.learn.add(d, noun)
			// Filing a message puts it on the server, and whoever else reads there
			// finds it.
			p.near.add(d, t.say("where.mailbox", "place", t.mailOf(l.Target)))
			p.harm.add(d, noun)
		case "spaces":
			p.learn.add(d, t.say("what.vault"))
		case "storage":
			// Also who only reads says a key to the server.
			place := t.storageOf(l.Target)
			noun := t.say("what.storage", "place", place)
			p.far.add(d, place)
			p.learn.add(d, noun)
			if l.Action != "read" {
				p.harm.add(d, noun)
			}
		case "peers":
			p.apps = true
			_, app := t.peerOf(l.Target)
			p.learn.add(d, t.say("what.answers", "app", app))
			p.near.add(d, t.say("where.app", "app", app))
		case "db":
			p.apps = true
			t.collectTables(p, l, d)
		case "background":
			if p.background != Allow {
				p.background = d
			}
		default:
			noun := strings.TrimSpace(l.Resource + " " + l.Action + " " + l.Target)
			p.learn.add(d, noun)
			p.far.add(d, noun)
			p.harm.add(d, noun)
			p.shell = true
		}
	}
	return p
}

func (t texts) collectFiles(p *powers, l Line, d Decision) {
	if l.Action == "pick" {
		noun := t.say("what.file")
		if l.Target == "folder" {
			noun = t.say("what.folder")
		}
		p.learn.add(d, noun)
		return
	}
	noun, _, _ := t.filesOf(l.Target)
	p.learn.add(d, noun)
	if l.Action != "read" {
		p.near.add(d, t.say("where.files", "files", noun))
		p.harm.add(d, noun)
	}
}

func (t texts) collectTables(p *powers, l Line, d Decision) {
	noun := t.tablesOf(l.Target)
	if l.Action == "read" || l.Action == "readWrite" {
		p.learn.add(d, noun)
	}
	if l.Action == "create" || l.Action == "readWrite" {
		p.near.add(d, t.say("where.tables", "tables", noun))
	}
	if l.Action != "read" {
		p.harm.add(d, noun)
	}
}

// cannot lists what no line comes near. A program run with the person's rights
// reaches everything, so with one nothing is claimed.
func (t texts) cannot(p *powers) []string {
	if p.shell {
		return nil
	}
	var out []string
	if p.far.empty() && p.near.empty() {
		out = append(out, t["cannot.send"])
	}
	if !p.apps {
		out = append(out, t["cannot.apps"])
	}
	if !p.files {
		out = append(out, t["cannot.files"])
	}
	if !p.clipboard {
		out = append(out, t["cannot.clipboard"])
	}
	return out
}

// maxPlainWords is how many words a title may have without quotation marks:
// more of them could go on with the sentence they stand in.
const maxPlainWords = 3

// quoteTitle shows a title so that it cannot pass for a part of the sentence:
// one line, no invisible characters, in quotation marks if it is long or holds
// anything but letters, digits, spaces and a few joiners.
func quoteTitle(title string) string {
	quoted := quote(title)
	bare := strings.TrimSuffix(strings.TrimPrefix(quoted, "“"), "”")
	whole := strings.TrimSuffix(bare, "…")
	odd := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune(" -'’&+", r)
	}
	if whole == "" || len(strings.Fields(whole)) > maxPlainWords || strings.ContainsFunc(whole, odd) || strings.ContainsAny(title, "“”\"") {
		return quoted
	}
	return bare
}

// quote puts words of an author into quotation marks that they cannot close:
// one line of at most 60 characters, all of which can be seen.
func quote(words string) string {
	const longest = 60
	var b strings.Builder
	n := 0
	for _, r := range strings.Join(strings.Fields(words), " ") {
		if !unicode.IsPrint(r) {
			continue
		}
		if n++; n > longest {
			b.WriteRune('…')
			break
		}
		if strings.ContainsRune("“”„‟\"", r) {
			r = '\''
		}
		b.WriteRune(r)
	}
	return "“" + b.String() + "”"
}
