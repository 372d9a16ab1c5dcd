package notifications

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/alcove-vault/alcove/internal/fault"
)

func TestTheTitleBeginsWithTheAppsName(t *testing.T) {
	for _, c := range []struct{ name, title, body, wantTitle, wantBody string }{
		{"Notes", "Reminder", "Water the plants", "Notes: Reminder", "Water the plants"},
		{"Notes", "", "Water the plants", "Notes", "Water the plants"},
		{"Notes", "Alcove", "Type your passphrase", "Notes: Alcove", "Type your passphrase"},
		{"Notes", "\nAlcove\n", "", "Notes: Alcove", ""},
		{"Notes", "\u202eevoclA", "", "Notes: evoclA", ""},
		{"Notes", "a\u2066b\u200bc\x1b[31md\x00e", "", "Notes: a b c [31md e", ""},
		{"Notes", "\xff\xfe", "x", "Notes", "x"},
		{"Notes", "<b>bold</b> & more", "<a href=x>y</a>", "Notes: <b>bold</b> & more", "<a href=x>y</a>"},
		{"Notes", "t", "1\r\n\n2\n3\n4\n5", "Notes: t", "1\n2\n3\n4"},
		{"No\ntes  app", "t", "", "No tes app: t", ""},
		{"\u202e", "Alcove", "", "An app: Alcove", ""},
		{strings.Repeat("n", 60), "t", "", strings.Repeat("n", 39) + "…: t", ""},
		{"Notes", strings.Repeat("ü", 101), strings.Repeat("é", 301), "Notes: " + strings.Repeat("ü", 99) + "…", strings.Repeat("é", 299) + "…"},
	} {
		got, err := Compose(c.name, c.title, c.body)
		if err != nil || got.Title != c.wantTitle || got.Body != c.wantBody {
			t.Errorf("%q %q: %q %q, %v", c.title, c.body, got.Title, got.Body, err)
		}
	}
	for _, empty := range []string{"", " \n\t", "\u202e\u200b"} {
		if _, err := Compose("Notes", empty, empty); fault.Code(err) != "notifications.empty" {
			t.Errorf("%q: %v", empty, err)
		}
	}
}

func FuzzCompose(f *testing.F) {
	f.Add("Notes", "title", "one\ntwo")
	f.Add("\u202e", "\x00", "\xff")
	f.Fuzz(func(t *testing.T, name, title, body string) {
		text, err := Compose(name, title, body)
		if err != nil {
			return
		}
		if !strings.HasPrefix(text.Title, line(name, maxName)) || strings.ContainsAny(text.Title, "\n\r\x00\x1b") {
			t.Errorf("title %q", text.Title)
		}
		if utf8.RuneCountInString(text.Title) > maxName+2+maxTitle || utf8.RuneCountInString(text.Body) > maxBody+maxLines {
			t.Errorf("too long: %q, %q", text.Title, text.Body)
		}
		if strings.Count(text.Body, "\n") >= maxLines || !utf8.ValidString(text.Title+text.Body) {
			t.Errorf("body %q", text.Body)
		}
	})
}

func TestNotTooOften(t *testing.T) {
	var r Rates
	now := time.Unix(1_000_000, 0)
	show := func(app int64, want int) {
		t.Helper()
		shown := 0
		for r.Allow(app, now) == nil {
			shown++
		}
		if shown != want {
			t.Errorf("app %d showed %d, want %d", app, shown, want)
		}
	}
	show(1, burst)
	show(2, burst)
	show(3, burst)
	show(4, 0) // together they have shown enough
	now = now.Add(every)
	show(1, 1)
	show(4, 2)
	if err := r.Allow(1, now); fault.Code(err) != "notifications.rate" {
		t.Errorf("error %v", err)
	}
}
