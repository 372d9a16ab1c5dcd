package permission_test

import (
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/permission"
)

func askedCalls() []permission.Call {
	call := func(resource, action, target string) permission.Call {
		return permission.Call{Key: permission.Key{Resource: resource, Action: action, Target: target}}
	}
	post := call("net", "fetch", "https://api.example.com:8443/v1/find?url=tidenotes.net#part")
	post.Method = "POST"
	tree := call("files", "read", "{documents}/Reports")
	tree.Recursive = true
	run := call("shell", "run", "git")
	run.Arguments = []string{"commit", "-m", "a \"quoted\" word", ""}
	return []permission.Call{
		call("net", "fetch", "https://api.example.com/v1/find?url=tidenotes.net"), post,
		call("net", "fetch", "https://api.example.com"),
		call("net", "fetch", "http://api.example.com/"),
		call("net", "fetch", "https://xn--pple-43d.com/"),
		call("net", "fetch", "http://127.0.0.1:11434/api"),
		call("net", "fetch", "https://203.0.113.7/"),
		call("net", "fetch", "https://["),
		call("net", "websocket", "wss://live.example.com/feed"),
		call("net", "private", "https://192.168.1.20/"),
		call("files", "read", "{documents}/Reports/a.md"), tree,
		call("files", "read", "{documents}"),
		call("files", "readWrite", "{home}/\u202etxt.exe"),
		call("files", "read", "{picked-0123456789abcdef}/a"),
		run, call("shell", "terminal", "bash"),
		call("secrets", "use", ""),
		{Key: permission.Key{Resource: "secrets", Action: "use"}, Item: "mail", Fresh: true},
		call("passwords", "read", "work"), call("passwords", "readWrite", "*"), call("mail", "fetch", "imap.example.com"), call("mail", "send", "*"), call("passwords", "read", "a\u202e\" or all"),
		stored("read", "https://s3.example.com/files", false), stored("readWrite", "http://192.168.1.5:9000/files/a", false), stored("readWrite", "https://s3.example.com/files", true), call("storage", "read", "*"),
		call("clipboard", "read", ""), call("clipboard", "write", ""),
		call("spaces", "read", ""), call("spaces", "readWrite", ""),
		call("notifications", "show", ""),
		call("peers", "call", key+".notes/choose"),
		call("background", "run", ""),
		call("db", "read", key+"__notes__items"),
		call("something", "new", "\x1b[2Jx"),
	}
}

// stored is a call about a storage, or one that adds it.
func stored(action, place string, adds bool) permission.Call {
	return permission.Call{Key: permission.Key{Resource: "storage", Action: action, Target: place}, Item: "Backups", Fresh: adds}
}

func TestWhatAPersonIsAsked(t *testing.T) {
	var out strings.Builder
	for _, call := range askedCalls() {
		a := permission.AskAbout("Feed Reader", call)
		for _, s := range a.Sentence {
			if s.Strong {
				out.WriteString("[" + s.Text + "]")
			} else {
				out.WriteString(s.Text)
			}
		}
		out.WriteString(" (" + a.Icon + ")\n")
		for _, f := range a.Facts {
			out.WriteString("    " + f.Label + ": " + f.Text + "\n")
		}
	}
	for _, f := range []permission.Fact{
		permission.Asked(0, ""), permission.Asked(1, permission.Allow), permission.Asked(2, permission.Deny), permission.Asked(1, ""),
		permission.HasRead(nil), permission.HasRead([]string{"kv", "unknown"}), permission.HasRead([]string{"db", "clipboard", "files"}),
	} {
		out.WriteString(f.Label + ": " + f.Text + "\n")
	}
	golden(t, "asking.txt", out.String())
}

// Nothing that an app writes can hide a part of what is asked, or be so long
// that the rest is not seen.
func TestNothingInACallIsHidden(t *testing.T) {
	long := permission.Call{Key: permission.Key{Resource: "shell", Action: "run", Target: "sh"}, Arguments: []string{strings.Repeat("a", 3000)}}
	if got := permission.AskAbout("x", long).Facts[0].Text; len([]rune(got)) > 2100 || !strings.Contains(got, "more characters") {
		t.Errorf("%d characters are shown", len(got))
	}
	for _, call := range askedCalls() {
		a := permission.AskAbout("Feed\u202e Reader", call)
		for _, text := range append(a.Facts, permission.Fact{Text: a.Sentence[0].Text}) {
			if strings.ContainsAny(text.Text, "\u202e\x1b\u200b\n") {
				t.Errorf("%q", text.Text)
			}
		}
		for _, s := range a.Sentence {
			if strings.ContainsAny(s.Text, "\u202e\x1b\u200b\n") {
				t.Errorf("%q", s.Text)
			}
		}
	}
}

// Letters that look like nothing, and marks that reach into the lines around,
// are spelled as well: a command line is seen to its end, and alone.
func TestNothingInACallLooksLikeNothing(t *testing.T) {
	blank, stacked := strings.Repeat("\u2800\u3164", 20), "e"+strings.Repeat("\u0301", 30)
	run := permission.Call{Key: permission.Key{Resource: "shell", Action: "run", Target: "git"}, Arguments: []string{"status", blank, stacked, "cafe\u0301"}}
	got := permission.AskAbout("x", run).Facts[0].Text
	if strings.ContainsAny(got, "\u2800\u3164") || strings.Contains(got, strings.Repeat("\u0301", 5)) {
		t.Errorf("%q", got)
	}
	if !strings.HasPrefix(got, `git status \u{2800}\u{3164}`) || !strings.HasSuffix(got, " cafe\u0301") {
		t.Errorf("%q", got)
	}
}
