package clipboard

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a desktop with a clipboard that the person uses too.
type desk struct {
	text    string
	input   time.Time
	reads   int
	hangs   bool
	written []string
}

func (d *desk) WriteClipboard(_ context.Context, text string) error {
	d.text = text
	d.written = append(d.written, text)
	return nil
}

func (d *desk) ReadClipboard(ctx context.Context) (string, error) {
	d.reads++
	if d.hangs {
		<-ctx.Done()
		return "", ctx.Err()
	}
	return d.text, nil
}

func (d *desk) LastInput() time.Time { return d.input }

func realClock() Clock {
	return Clock{Now: time.Now, After: func(d time.Duration, f func()) func() {
		t := time.AfterFunc(d, f)
		return func() { t.Stop() }
	}}
}

func TestWhatWasWrittenIsCleared(t *testing.T) {
	for name, c := range map[string]struct {
		scene func(t *testing.T, c *Clipboard, d *desk)
		want  string
	}{
		"not before its time": {func(t *testing.T, c *Clipboard, _ *desk) {
			write(t, c, "secret")
			time.Sleep(ClearAfter - time.Second)
		}, "secret"},
		"after its time": {func(t *testing.T, c *Clipboard, _ *desk) {
			write(t, c, "secret")
			time.Sleep(ClearAfter + time.Second)
		}, ""},
		"not what the person copied since": {func(t *testing.T, c *Clipboard, d *desk) {
			write(t, c, "secret")
			time.Sleep(time.Second)
			d.text = "theirs"
			time.Sleep(ClearAfter)
		}, "theirs"},
		"each text has its own time": {func(t *testing.T, c *Clipboard, _ *desk) {
			write(t, c, "one")
			time.Sleep(ClearAfter - time.Second)
			write(t, c, "two")
			time.Sleep(ClearAfter - time.Second)
		}, "two"},
		"also the same text again": {func(t *testing.T, c *Clipboard, _ *desk) {
			write(t, c, "one")
			time.Sleep(ClearAfter - time.Second)
			write(t, c, "one")
			time.Sleep(ClearAfter - time.Second)
		}, "one"},
		"at once when Alcove ends": {func(t *testing.T, c *Clipboard, _ *desk) {
			write(t, c, "secret")
			c.Quit()
		}, ""},
		"but not what the person copied since then": {func(t *testing.T, c *Clipboard, d *desk) {
			write(t, c, "secret")
			d.text = "theirs"
			c.Quit()
		}, "theirs"},
		"an end long after": {func(t *testing.T, c *Clipboard, d *desk) {
			write(t, c, "secret")
			time.Sleep(2 * ClearAfter)
			d.text = "secret" // copied by the person, from somewhere else
			c.Quit()
		}, "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &desk{text: "before"}
				board := New(d, realClock())
				c.scene(t, board, d)
				synctest.Wait()
				if d.text != c.want {
					t.Errorf("the clipboard holds %q, want %q", d.text, c.want)
				}
				board.Quit()
			})
		})
	}
}

func write(t *testing.T, c *Clipboard, text string) {
	t.Helper()
	if err := c.Write(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

func TestAClipboardThatDoesNotAnswerKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		c := New(d, realClock())
		write(t, c, "secret")
		d.hangs = true
		start := time.Now()
		c.Quit()
		if took := time.Since(start); took > quitTime {
			t.Errorf("the end took %v", took)
		}
	})
}

func TestReadingNeedsAPersonAtTheApp(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for name, c := range map[string]struct {
		input, front time.Time
		code         string
	}{
		"a key just now":                   {ago(10 * time.Millisecond), ago(time.Minute), ""},
		"within the second":                {ago(time.Second), ago(time.Minute), ""},
		"too long ago":                     {ago(time.Second + 1), ago(time.Minute), "clipboard.no_input"},
		"before the app came to the front": {ago(100 * time.Millisecond), ago(50 * time.Millisecond), "clipboard.no_input"},
		"the click that brought it there":  {ago(100 * time.Millisecond), ago(100 * time.Millisecond), "clipboard.no_input"},
		"another app is in front":          {ago(10 * time.Millisecond), time.Time{}, "clipboard.no_input"},
		"nothing was ever pressed":         {time.Time{}, ago(time.Minute), "clipboard.no_input"},
	} {
		d := &desk{text: "theirs", input: c.input}
		text, err := New(d, Clock{Now: func() time.Time { return now }}).Read(t.Context(), c.front)
		if c.code == "" && (err != nil || text != "theirs") {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		if c.code != "" && (fault.Code(err) != c.code || d.reads != 0) {
			t.Errorf("%s: %v, and the clipboard was looked at %d times", name, err, d.reads)
		}
	}
}

func TestTextsAreBounded(t *testing.T) {
	d := &desk{}
	c := New(d, realClock())
	for name, text := range map[string]string{
		"too long": strings.Repeat("a", MaxText+1), "NUL": "a\x00b", "no UTF-8": "a\xff",
	} {
		if err := c.Write(t.Context(), text); fault.Code(err) != "clipboard.text" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(d.written) != 0 {
		t.Errorf("%q was written", d.written)
	}
	d.text, d.input = strings.Repeat("a", MaxText+1), time.Now()
	if _, err := c.Read(t.Context(), d.input.Add(-time.Second)); fault.Code(err) != "clipboard.too_large" {
		t.Errorf("reading too much: %v", err)
	}
}
