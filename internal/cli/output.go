package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
)

// output prints the result of one command, for people or as one line of JSON.
type output struct {
	stdout, stderr io.Writer
	json           bool
	failed         bool // the result that was printed was a refusal
}

// jsonFlag is embedded in every command that prints.
type jsonFlag struct {
	JSON bool `name:"json" help:"Print one line of JSON."`
}

// verdict is the head of every JSON answer.
type verdict struct {
	OK      bool   `json:"ok"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Data are details of a refusal, such as the migration and the statement of
	// db.migration_failed.
	Data map[string]any `json:"data,omitempty"`
}

var good = verdict{OK: true}

// print shows text, or value as JSON. Value has a verdict in it.
func (o *output) print(text string, value any) error {
	if !o.json {
		_, err := io.WriteString(o.stdout, text)
		return err
	}
	return o.line(value)
}

func (o *output) line(value any) error {
	e := json.NewEncoder(o.stdout)
	e.SetEscapeHTML(false)
	return e.Encode(value)
}

// note tells a person something beside the result.
func (o *output) note(format string, args ...any) {
	fmt.Fprintf(o.stderr, format+"\n", args...)
}

// fail prints why the command ends and returns the exit status. A result that
// says so itself was printed already.
func (o *output) fail(err error) int {
	err = interrupted(err)
	status := statusOf(err)
	if o.failed {
		return status
	}
	f := fault.Of(err)
	if o.json && status != StatusUsage {
		_ = o.line(verdict{Code: f.Code, Message: f.Message, Data: f.Data})
		return status
	}
	o.note("alcove: %s (%s)", f.Message, f.Code)
	if f.Code == fault.CodeInternal {
		o.note("(%v)", err)
	}
	return status
}

// count is "1 row" or "3 rows".
func count[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// table aligns rows of cells, and cuts control characters out of them.
func table(rows [][]string) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			if i == len(row)-1 {
				b.WriteString(printable(cell))
				break
			}
			fmt.Fprintf(&b, "%-*s  ", widths[i], printable(cell))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// shellWord is s as one word of a POSIX shell.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-", r)
	}
	if s != "" && !strings.HasPrefix(s, "-") && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// printable keeps text of a package from moving the terminal's cursor or
// changing the direction of what follows.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r == 0x7f, r >= 0x80 && r < 0xa0,
			r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
			return '\ufffd'
		}
		return r
	}, s)
}
