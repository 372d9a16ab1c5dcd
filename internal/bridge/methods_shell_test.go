//go:build linux

package bridge

import (
	"os"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/arming"
	"github.com/alcove-vault/alcove/internal/permission"
)

func program(action, name string) permission.Key {
	return permission.Key{Resource: "shell", Action: action, Target: name}
}

func runs(action, name string, arguments ...any) m {
	line := m{"resource": "shell", "action": action, "target": name, "reason": "To work."}
	if arguments != nil {
		line["constraints"] = m{"arguments": arguments}
	}
	return line
}

// outputOf reads a handle to its end.
func outputOf(p *place, s *Session, handle any) (streams map[string]string, end map[string]any) {
	p.t.Helper()
	streams = map[string]string{}
	for {
		read := p.must(s, "handle.read", m{"handle": handle})
		meta := read["meta"].(map[string]any)
		if read["done"] == true {
			return streams, meta
		}
		streams[meta["stream"].(string)] += string(read["data"].([]byte))
	}
}

func TestAProgramThroughTheBridge(t *testing.T) {
	p := newPlace(t)
	d := newDisk(p, t)
	s := p.open(p.install(nil, permissions(
		runs("run", "sh"), runs("run", "dash"), runs("run", "cat"),
		wants("read", "{documents}/**", nil),
	)))
	p.allow(s, program("run", "sh"), program("run", "dash"), program("run", "cat"), file("read", "{documents}/**"))
	got := p.must(s, "shell.run", m{"program": "sh", "args": []any{"-c", "pwd; cat; echo no >&2; exit 5"}, "cwd": "{documents}/Reports", "stdin": "input"})
	streams, end := outputOf(p, s, got["handle"])
	if streams["stdout"] != d.at("home/Documents/Reports")+"\ninput" || streams["stderr"] != "no\n" || end["code"] != int64(5) || end["reason"] != "exit" {
		t.Errorf("%q, %v", streams, end)
	}
	if got := p.must(s, "handle.close", m{"handle": got["handle"]}); len(got) != 0 {
		t.Errorf("close answers %v", got)
	}
	d.link("home/Documents/out", "outside")
	for name, c := range map[string]struct {
		params m
		code   string
	}{
		"a folder that was not granted":    {m{"program": "cat", "cwd": "{downloads}"}, "permission.undeclared"},
		"a link out of it":                 {m{"program": "cat", "cwd": "{documents}/out"}, "files.outside"},
		"the vault's own folder":           {m{"program": "cat", "cwd": "{home}/vault"}, "permission.undeclared"},
		"a file":                           {m{"program": "cat", "cwd": "{documents}/a.md"}, "files.not_folder"},
		"no folder at all":                 {m{"program": "cat", "cwd": "{documents}/none"}, "files.not_found"},
		"a path of the disk":               {m{"program": "cat", "cwd": "/etc"}, "files.path_invalid"},
		"a program that is not declared":   {m{"program": "id"}, "permission.undeclared"},
		"one that is nowhere":              {m{"program": "no-such-program"}, "permission.undeclared"},
		"a path":                           {m{"program": "/bin/cat"}, "permission.undeclared"},
		"additions to the environment":     {m{"program": "cat", "env": m{"LD_PRELOAD": "x"}}, "request.malformed"},
		"a command line instead of a list": {m{"program": "cat", "args": "-n /etc/passwd"}, "request.malformed"},
		"a terminal instead of a run":      {m{"program": "cat", "columns": 80}, "request.malformed"},
		"NUL":                              {m{"program": "cat", "args": []any{"a\x00"}}, "shell.arguments"},
	} {
		if _, code := p.call(s, "shell.run", c.params); code != c.code {
			t.Errorf("%s: %q, want %q", name, code, c.code)
		}
	}
	if _, code := p.call(s, "shell.terminal", m{"program": "sh"}); code != "permission.undeclared" {
		t.Errorf("run is no terminal: %q", code)
	}
	if n := s.handles.count(); n != 0 {
		t.Errorf("%d handles are open", n)
	}
}

func TestTheNameBehindALinkIsJudgedToo(t *testing.T) {
	if target, err := os.Readlink("/bin/sh"); err != nil || target != "dash" {
		t.Skip("/bin/sh is no link to dash on this system, so there is no second name to judge")
	}
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(runs("run", "sh"))))
	p.allow(s, program("run", "sh"))
	if _, code := p.call(s, "shell.run", m{"program": "sh"}); code != "permission.undeclared" {
		t.Errorf("dash was not declared: %q", code)
	}
	both := p.open(p.install(nil, named("both"), permissions(runs("run", "sh"), runs("run", "dash"))))
	p.allow(both, program("run", "sh"))
	p.decide(both.Running.ID, program("run", "dash"), permission.Deny)
	if _, code := p.call(both, "shell.run", m{"program": "sh"}); code != "permission.denied" {
		t.Errorf("dash was denied: %q", code)
	}
}

func TestArgumentsAreHeldAgainstThePatterns(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(runs("run", "printf", []any{"%s", "a*"}, []any{"help", "**"}))))
	p.allow(s, program("run", "printf"))
	for name, c := range map[string]struct {
		args []any
		code string
	}{
		"as declared":             {[]any{"%s", "abc"}, ""},
		"with metacharacters":     {[]any{"%s", "a; id $(id)"}, ""},
		"any further ones":        {[]any{"help", "x", "y"}, ""},
		"another":                 {[]any{"%s", "b"}, "permission.undeclared"},
		"one more":                {[]any{"%s", "abc", "d"}, "permission.undeclared"},
		"none":                    {nil, "permission.undeclared"},
		"an option put before it": {[]any{"-v", "x", "%s", "abc"}, "permission.undeclared"},
	} {
		params := m{"program": "printf"}
		if c.args != nil {
			params["args"] = c.args
		}
		got, code := p.call(s, "shell.run", params)
		if code != c.code {
			t.Errorf("%s: %q, want %q", name, code, c.code)
		}
		if code == "" {
			p.must(s, "handle.close", m{"handle": got["handle"]})
		}
	}
}

func TestATerminalThroughTheBridge(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(runs("terminal", "sh"), runs("terminal", "dash"))))
	p.allow(s, program("terminal", "sh"), program("terminal", "dash"))
	got := p.must(s, "shell.terminal", m{"program": "sh", "columns": 70, "rows": 20})
	p.must(s, "shell.resize", m{"handle": got["handle"], "columns": 71, "rows": 21})
	p.must(s, "handle.write", m{"handle": got["handle"], "data": "stty size; exit\n"})
	streams, end := outputOf(p, s, got["handle"])
	if !strings.Contains(streams["terminal"], "21 71") || end["code"] != int64(0) {
		t.Errorf("%q, %v", streams, end)
	}
	if _, code := p.call(s, "shell.resize", m{"handle": 99, "columns": 1, "rows": 1}); code != "handle.unknown" {
		t.Errorf("resizing nothing: %q", code)
	}
	if _, code := p.call(s, "shell.run", m{"program": "sh"}); code != "permission.undeclared" {
		t.Errorf("a terminal is no run: %q", code)
	}
}

func TestARunEndsWhenItsPermissionDoes(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(runs("run", "sleep"))))
	p.allow(s, program("run", "sleep"))
	got := p.must(s, "shell.run", m{"program": "sleep", "args": []any{"1000"}})
	p.decide(s.Running.ID, program("run", "sleep"), permission.Deny)
	if _, code := p.call(s, "handle.read", m{"handle": got["handle"]}); code != "permission.revoked" {
		t.Errorf("reading it: %q", code)
	}
	if _, code := p.call(s, "shell.run", m{"program": "sleep", "args": []any{"1000"}}); code != "permission.denied" {
		t.Errorf("another: %q", code)
	}
}

func TestRunningAProgramIsAskedAndNeedsThePassphrase(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil, permissions(runs("run", "printf"))))
	ticket := p.ask(s, 1, "shell.run", m{"program": "printf", "args": []any{"%s", "a b"}})
	q := p.bridge.Prompt()
	if !q.Confirm || q.Resource != "shell" {
		t.Errorf("asked: %+v", q)
	}
	if err := p.bridge.PromptShown(q.ID); err != nil {
		t.Fatal(err)
	}
	p.ahead.Add(int64(arming.Time))
	err := p.bridge.AnswerPrompt(t.Context(), Answer{ID: q.ID, Choice: ChooseOnce}, false)
	if err == nil || p.bridge.Prompt() == nil {
		t.Errorf("a yes without the passphrase: %v", err)
	}
	p.answer(Answer{Choice: ChooseOnce})
	r := p.fetch(s.Secret, ticket)
	if r.code() != "" {
		t.Fatal(r.code())
	}
	if streams, _ := outputOf(p, s, r.OK["handle"]); streams["stdout"] != "a b" {
		t.Errorf("%q", streams)
	}
}
