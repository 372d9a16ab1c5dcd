package cli

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/term"
)

// meter shows how far a long command is, on a terminal only.
type meter struct {
	out   *output
	what  string
	shown bool
	last  time.Time
}

func newMeter(out *output, what string) *meter {
	m := &meter{out: out, what: what, last: time.Now()}
	if f, ok := out.stderr.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		m.out = nil
	}
	return m
}

func (m *meter) progress(done, total int64) {
	if m.out == nil || total <= 0 || time.Since(m.last) < 200*time.Millisecond {
		return
	}
	m.last, m.shown = time.Now(), true
	fmt.Fprintf(m.out.stderr, "\r%s: %d %%  ", m.what, done*100/total)
}

// done wipes the line.
func (m *meter) done() {
	if m.shown {
		fmt.Fprint(m.out.stderr, "\r\x1b[K")
	}
}
