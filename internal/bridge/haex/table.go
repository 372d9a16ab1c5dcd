package haex

import (
	"fmt"
	"strings"
)

// words are the states as the table of methods tells them.
var words = map[State]string{Works: "works", Refused: "not supported here"}

// Markdown writes the table of methods for docs/haex-methods.md.
func Markdown() string {
	var out strings.Builder
	out.WriteString(`# Methods of haex extensions

What becomes of each call that an extension makes which was built with the SDK 3.x of haex-vault. It is written by ` + "`go test ./internal/bridge/haex -update`" + ` from the one table of methods, internal/bridge/haex/methods.go; what is on the wire is in internal/bridge/haex/SPEC.md.

| state | calls | what an app is told |
|---|---|---|
`)
	for _, s := range []struct {
		state State
		told  string
	}{
		{Works, "its result, or why not"},
		{Refused, "8000 `method.unsupported`: not supported here"},
	} {
		n := 0
		for _, m := range Table {
			if m.State == s.state {
				n++
			}
		}
		fmt.Fprintf(&out, "| %s | %d | %s |\n", words[s.state], n, s.told)
	}
	out.WriteString("\nAny other name is answered with 8000 `method.unknown`.\n\n| method | function of the SDK | state | needs | |\n|---|---|---|---|---|\n")
	for _, m := range Table {
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s | %s |\n", m.Name, m.SDK, words[m.State], m.Needs, m.Note)
	}
	return out.String()
}
