package app

import (
	"testing"
	"time"

	"github.com/alcove-vault/alcove/app/webview"
)

func TestKeysOfTheWindow(t *testing.T) {
	for key, want := range map[webview.Key]string{
		'k': "palette", 'w': "close_tab", '\t': "next_tab", webview.F6: "switch_region",
		'1': "tab_1", '9': "tab_9",
		'0': "", 'a': "", 'c': "", 'v': "", 's': "", 'f': "",
	} {
		if got := keyEvent(key); got != want {
			t.Errorf("%q: got %q, want %q", rune(key), got, want)
		}
	}
}

func TestAWebProcessThatKeepsCrashingIsGivenUp(t *testing.T) {
	start := time.Unix(0, 0)
	for name, c := range map[string]struct {
		every time.Duration
		want  bool
	}{
		"five within a minute": {10 * time.Second, true},
		"one now and then":     {20 * time.Second, false},
	} {
		var all crashes
		gaveUp := false
		for i := range 20 {
			gaveUp = gaveUp || all.tooMany(start.Add(time.Duration(i)*c.every))
		}
		if gaveUp != c.want {
			t.Errorf("%s: gave up %v, want %v", name, gaveUp, c.want)
		}
	}
}
