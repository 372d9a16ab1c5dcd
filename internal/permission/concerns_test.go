package permission

import "testing"

func TestConcerns(t *testing.T) {
	net := func(target string) Key { return Key{"net", "fetch", target} }
	for _, c := range []struct {
		rule, target Key
		want         bool
	}{
		{net("https://*.example.com/*"), net("https://api.example.com"), true},
		{net("https://*.example.com/*"), net("https://example.com"), false},
		{net("https://h.org/v1/*"), net("https://h.org"), true},
		{net("https://h.org:8443/*"), net("https://h.org"), false},
		{net("https://h.org/*"), net("http://h.org"), false},
		{net("https://h.org/*"), Key{"net", "websocket", "https://h.org"}, false},
		{net("*"), net("https://h.org"), true},
		{net("https://h.org/*"), net(""), false},
		{Key{"files", "readWrite", "{documents}/**"}, Key{"files", "read", "{documents}/a/b.md"}, true},
		{Key{"files", "read", "{documents}/**"}, Key{"files", "read", "{home}/a"}, false},
		{Key{"files", "pick", "file"}, Key{"files", "read", "{picked-0123456789abcdef}"}, true},
		{Key{"files", "pick", "file"}, Key{"files", "read", "{picked-0123456789abcdef}/a"}, false},
		{Key{"files", "pick", "folder"}, Key{"files", "readWrite", "{picked-0123456789abcdef}/a"}, true},
		{Key{"shell", "run", "git"}, Key{"shell", "run", "git"}, true},
		{Key{"shell", "run", "git"}, Key{"shell", "run", "hg"}, false},
		{Key{"clipboard", "write", ""}, Key{"clipboard", "write", ""}, true},
	} {
		if got := Concerns(c.rule, c.target); got != c.want {
			t.Errorf("%v concerns %v: %v", c.rule, c.target, got)
		}
	}
}
