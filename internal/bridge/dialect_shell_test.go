//go:build linux

package bridge

import (
	"reflect"
	"strings"
	"testing"
)

func TestAHaexTerminal(t *testing.T) {
	p := newHaexPlace(t)
	d := newDisk(p.place, t)
	s := p.open(p.install(nil, permissions(runs("terminal", "sh"), runs("terminal", "dash"), runs("terminal", "bash"), wants("read", "{documents}/**", nil))))
	p.allow(s, program("terminal", "sh"), program("terminal", "dash"), program("terminal", "bash"), file("read", "{documents}/**"))
	listed := p.good(s, "extension_shell_list_available", m{}).([]any)
	if len(listed) != 3 || listed[0].(map[string]any)["name"] != "sh" || !strings.HasSuffix(listed[0].(map[string]any)["path"].(string), "/sh") {
		t.Errorf("%v", listed)
	}
	created := p.good(s, "extension_shell_create", m{"options": m{"shell": "/bin/sh", "cwd": d.at("home/Documents"), "cols": 90, "rows": 20}}).(map[string]any)
	if created["shellName"] != "sh" {
		t.Errorf("%v", created)
	}
	id := created["sessionId"]
	p.good(s, "extension_shell_resize", m{"sessionId": id, "cols": 100, "rows": 30})
	p.good(s, "extension_shell_write", m{"sessionId": id, "data": "pwd; stty size; printf 'end\\303\\244\\n'; exit 3\n"})
	output := ""
	var exit map[string]any
	p.follow(s, func(event map[string]any) bool {
		switch event["type"] {
		case "shell:output":
			output += event["data"].(string)
		case "shell:exit":
			exit = event
		}
		return exit != nil
	})
	if !strings.Contains(output, d.at("home/Documents")+"\r\n") || !strings.Contains(output, "30 100\r\n") || !strings.Contains(output, "endä\r\n") {
		t.Errorf("%q", output)
	}
	if exit["sessionId"] != id || exit["exitCode"] != int64(3) {
		t.Errorf("%v", exit)
	}
	if number, reason := p.code(s, "extension_shell_write", m{"sessionId": id, "data": "x"}); number != 1001 {
		t.Errorf("%d %s", number, reason)
	}
	if n := s.handles.count(); n != 0 {
		t.Errorf("%d handles are open", n)
	}
}

func TestAHaexTerminalIsTheFramesOwnAndEnds(t *testing.T) {
	p := newHaexPlace(t)
	allowed := permissions(runs("terminal", "sh"), runs("terminal", "dash"), runs("terminal", "bash"))
	s, other := p.open(p.install(nil, allowed)), p.open(p.install(nil, allowed, named("other")))
	p.allow(s, program("terminal", "sh"), program("terminal", "dash"), program("terminal", "bash"))
	id := p.good(s, "extension_shell_create", m{}).(map[string]any)["sessionId"]
	if number, _ := p.code(other, "extension_shell_write", m{"sessionId": id, "data": "x"}); number != 1001 {
		t.Errorf("%d", number)
	}
	p.good(s, "extension_shell_close", m{"sessionId": id})
	if event := p.until(s, "shell:exit"); event["exitCode"] != nil || event["sessionId"] != id {
		t.Errorf("%v", event)
	}
	for _, tt := range []struct {
		params m
		number int64
	}{
		{m{"options": m{"shell": "python3"}}, 1002},
		{m{"options": m{"shell": "sh", "env": m{"LD_PRELOAD": "/x"}}}, 2003},
		{m{"options": m{"shell": "sh", "cols": -1}}, 3001},
		{m{"options": 5}, 3001},
	} {
		if number, reason := p.code(s, "extension_shell_create", tt.params); number != tt.number {
			t.Errorf("%v: %d %s", tt.params, number, reason)
		}
	}
	if got := p.good(p.open(p.install(nil, named("none"))), "extension_shell_list_available", m{}); !reflect.DeepEqual(got, []any{}) {
		t.Errorf("%v", got)
	}
	p.good(s, "extension_shell_create", m{}) // one that runs on is ended with the session
}

// A terminal that writes without end waits for the page to take what is there.
func TestAHaexTerminalWaitsForItsReader(t *testing.T) {
	p := newHaexPlace(t)
	s := p.open(p.install(nil, permissions(runs("terminal", "sh"), runs("terminal", "dash"), runs("terminal", "bash"))))
	p.allow(s, program("terminal", "sh"), program("terminal", "dash"), program("terminal", "bash"))
	id := p.good(s, "extension_shell_create", m{"options": m{"shell": "sh"}}).(map[string]any)["sessionId"]
	p.good(s, "extension_shell_write", m{"sessionId": id, "data": "stty -echo; i=0; while [ $i -lt 60000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done; echo the-end; exit\n"})
	output, text := 0, ""
	p.follow(s, func(event map[string]any) bool {
		if data, ok := event["data"].(string); ok {
			output += strings.Count(data, "9")
			text = (text + data)[max(0, len(text+data)-100):]
		}
		return strings.Contains(text, "the-end\r\n")
	})
	if output < 4*60_000 {
		t.Errorf("%d of %d nines came", output, 4*60_000)
	}
}
