package spelling_test

import (
	"testing"

	"github.com/alcove-vault/alcove/internal/spelling"
)

func TestOriginDropsWhatIsNotOfTheSite(t *testing.T) {
	for address, want := range map[string]string{
		"https://ada@a.example:8443/x/y?q=1#z": "https://a.example:8443", "HTTP://A.example": "http://A.example",
		"wails://wails/_ext/1/": "wails://wails", "http://[::1]:80/": "http://[::1]:80",
		"": "", "a.example/x": "", "/x": "", "data:text/plain,x": "", "blob:https://a.example/1": "", "inline": "", "https://a b/": "", "%": "",
	} {
		if got := spelling.Origin(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
