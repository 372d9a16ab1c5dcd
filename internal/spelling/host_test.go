package spelling_test

import (
	"testing"

	"github.com/alcove-vault/alcove/internal/spelling"
)

func TestPlainHostIsReadAlikeByAll(t *testing.T) {
	for _, host := range []string{"example.com", "localhost", "nas-1", "127.0.0.1", "[::1]", "[2001:db8::1]", "1.example"} {
		if !spelling.PlainHost(host) {
			t.Errorf("%q is not plain", host)
		}
	}
	for _, host := range []string{"127.1", "2130706433", "0x7f000001", "127.0.0.01", "127.0.0.1.", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[fe80::1%eth0]", "[127.0.0.1]"} {
		if spelling.PlainHost(host) {
			t.Errorf("%q is plain", host)
		}
	}
}

func TestUnreadableIsALabelThatStandsForNoLetters(t *testing.T) {
	for host, want := range map[string]string{
		"example.com": "", "xn--bcher-kva.example": "", "a.xn--zzzzzzzzz.de": "xn--zzzzzzzzz", "xn--a": "xn--a",
	} {
		if got := spelling.Unreadable(host); got != want {
			t.Errorf("%q: %q, want %q", host, got, want)
		}
	}
}
