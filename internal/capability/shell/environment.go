package shell

import (
	"os"
	"path/filepath"
	"regexp"
)

// language is what LANG may look like; it is the one value that is taken over
// as text.
var language = regexp.MustCompile(`^[A-Za-z0-9_.@-]{1,64}$`)

// environment is all that a program gets, so that no token, key, address of a
// bus or of a display that Alcove was started with reaches it: PATH is fixed,
// HOME and TMPDIR are folders, LANG is a language. A terminal has TERM too.
func environment(terminal bool) []string {
	env := []string{"PATH=/usr/local/bin:/usr/bin:/bin"}
	if home, err := os.UserHomeDir(); err == nil && filepath.IsAbs(home) {
		env = append(env, "HOME="+home)
	}
	lang := os.Getenv("LANG")
	if !language.MatchString(lang) {
		lang = "C.UTF-8"
	}
	env = append(env, "LANG="+lang)
	if tmp := os.Getenv("TMPDIR"); filepath.IsAbs(tmp) {
		env = append(env, "TMPDIR="+tmp)
	}
	if terminal {
		env = append(env, "TERM=xterm-256color")
	}
	return env
}
