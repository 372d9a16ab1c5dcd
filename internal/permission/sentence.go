package permission

import (
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// describe puts one declared permission into words, without its decision.
func (t texts) describe(p manifest.Permission, title string) Line {
	line := Line{
		Resource: p.Resource, Action: p.Action, Target: p.Target,
		Reason: p.Reason, Optional: p.Optional, Group: Sensitive,
	}
	var notes []string
	switch name := p.Resource + "." + p.Action; name {
	case "net.fetch", "net.websocket":
		line.Group, line.Icon = Outside, "globe"
		place := t.placeOf(p.Target)
		line.Sentence, notes = t.say(name, "place", place.noun), place.notes
		if p.Action == "websocket" {
			notes = append(notes, t.say("net.socket"))
		}
	case "net.private":
		line.Icon = "network"
		place := t.nearOf(p.Target)
		line.Sentence = t.say(name, "place", place.noun)
		notes = slices.Concat(place.notes, []string{t.say("net.private.detail")})
	case "files.read", "files.readWrite":
		line.Icon = "file-text"
		noun, deep, home := t.filesOf(p.Target)
		line.Sentence = t.say(name, "files", noun)
		if home {
			notes = append(notes, t.say("files.home"))
		} else if deep {
			notes = append(notes, t.say("files.deep"))
		}
	case "files.pick":
		line.Icon = "file-text"
		what := ".file"
		if p.Target == "folder" {
			what, line.Icon = ".folder", "folder-open"
		}
		line.Sentence, notes = t.say(name+what), []string{t.say(name + what + ".detail")}
	case "clipboard.read":
		line.Icon, line.Sentence, notes = "clipboard", t.say(name), []string{t.say(name + ".detail")}
	case "clipboard.write":
		line.Group = Outside
		line.Icon, line.Sentence, notes = "clipboard", t.say(name), []string{t.say(name + ".detail")}
	case "notifications.show":
		line.Group = Outside
		line.Icon, line.Sentence, notes = "bell", t.say(name), []string{t.say(name + ".detail")}
	case "background.run":
		line.Icon, line.Sentence, notes = "history", t.say(name), []string{t.say(name + ".detail")}
	case "shell.run", "shell.terminal":
		line.Icon = "square-terminal"
		line.Sentence = t.say(name, "program", t.programOf(p.Target))
		notes = []string{t.say("shell.run.detail")}
	case "secrets.use":
		line.Icon = "key-round"
		line.Sentence, notes = t.say(name, "secret", t.secretOf(p.Target)), []string{t.say(name + ".detail")}
	case "passwords.read", "passwords.readWrite":
		line.Icon = "key-square"
		line.Sentence, notes = t.say(name, "items", t.itemsOf(p.Target)), []string{t.say("passwords.detail")}
	case "mail.fetch", "mail.send":
		line.Icon = "mail"
		if p.Action == "send" {
			line.Group = Outside
		}
		line.Sentence, notes = t.say(name, "place", t.mailOf(p.Target)), []string{t.say(name + ".detail")}
	case "spaces.read", "spaces.readWrite":
		line.Icon, line.Sentence, notes = "vault", t.say(name), []string{t.say(name + ".detail")}
	case "storage.read", "storage.readWrite":
		line.Icon = "hard-drive"
		if p.Action == "readWrite" {
			line.Group = Outside
		}
		line.Sentence, notes = t.say(name, "place", t.storageOf(p.Target)), []string{t.say("storage.detail")}
		if plainStorage(p.Target) {
			notes = append(notes, t.say("net.plain"))
		}
	case "peers.call":
		line.Icon = "app-window"
		method, app := t.peerOf(p.Target)
		line.Sentence, notes = t.say(name, "method", method, "app", app), []string{t.say(name + ".detail")}
	case "db.read", "db.readWrite", "db.create", "db.delete", "db.alterDrop":
		line.Icon = "database"
		line.Sentence, notes = t.say(name, "tables", t.tablesOf(p.Target)), []string{t.say("db.detail")}
	default:
		what := strings.TrimSpace(name + " " + p.Target)
		line.Icon, line.Sentence, notes = "circle-question-mark", t.say("other.sentence", "name", what), []string{t.say("other.detail", "title", title)}
	}
	notes = append(t.termsOf(p.Constraints), notes...)
	line.Detail = strings.Join(notes, " ")
	return line
}

// DescribeGrant puts one grant into words, as Describe does what is declared:
// of an app with this title, with the grant's own terms as detail. Of a grant
// about something that was picked, picked says what; it may be nil.
func DescribeGrant(g Grant, title string, picked *Picked) Line {
	t := english()
	p := manifest.Permission{Resource: g.Resource, Action: g.Action, Target: g.Target, Constraints: g.Constraints}
	line := t.describe(p, title)
	line.Decision = g.Decision
	if g.Resource == "files" && pickKind(g.Target) != "" {
		noun := t.say("path.picked")
		if picked != nil {
			noun = t.say("path.picked."+pickKind(g.Target), "file", quote(picked.Path))
		}
		line.Sentence = t.say("files."+g.Action, "files", noun)
		line.Detail = strings.Join(append(t.termsOf(g.Constraints), t.say("files.picked")), " ")
	}
	return line
}

// start is the decision a line has before anyone decided: never allow. An
// optional sensitive one is denied, except opening a file one picks, where
// picking is itself the consent; all else is asked.
func start(line Line) Decision {
	picking := line.Resource == "files" && line.Action == "pick"
	if line.Optional && line.Group == Sensitive && !picking {
		return Deny
	}
	return Ask
}
