package cli

import (
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/extension"
)

func TestMomentsAreReadAsPrintedOrAsTimes(t *testing.T) {
	at := time.Date(2026, 11, 29, 14, 30, 0, 0, time.Local)
	want, err := extension.MomentAt(at.Add(999 * time.Millisecond)) // what is listed under 14:30:00 is before it
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{want.String(), "2026-11-29 14:30:00", "2026-11-29 14:30", "2026-11-29T14:30", localTime(at.UnixMilli())} {
		if got, err := readMoment(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	if got, err := readMoment("2026-11-29"); err != nil || got.At() >= want.At() {
		t.Errorf("a day: %v, %v", got, err)
	}
	for _, bad := range []string{"yesterday", "-5", "1.5", "2026-13-01", "14:30", "0001-01-01", "9223372036854775808", "0", "20261129", "202611291430", "31020967526399999"} {
		if got, err := readMoment(bad); err == nil {
			t.Errorf("%s is %v", bad, got)
		}
	}
}

func TestAWordOfAShell(t *testing.T) {
	for text, want := range map[string]string{
		"/home/ada/Vaults/Home": "/home/ada/Vaults/Home",
		"/home/ada/My vault":    "'/home/ada/My vault'",
		"/tmp/it's $HOME":       `'/tmp/it'\''s $HOME'`,
		"-x":                    "'-x'",
		"":                      "''",
	} {
		if got := shellWord(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
