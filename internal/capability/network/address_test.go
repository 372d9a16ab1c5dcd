package network

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestAddressHasOneSpelling(t *testing.T) {
	for text, want := range map[string]string{
		"https://example.com":                              "https://example.com/",
		"HTTPS://Example.COM:443/A?B#c":                    "https://example.com/A?B",
		"http://example.com.:80/":                          "http://example.com/",
		"http://example.com:8080":                          "http://example.com:8080/",
		"http://example.com:/":                             "http://example.com/",
		"https://example.com?":                             "https://example.com/?",
		"https://example.com/a b":                          "",
		"https://example.com/ä?ö=\"<":                      "https://example.com/%C3%A4?%C3%B6=%22%3C",
		"https://example.com/%2e%2E/x":                     "https://example.com/%2e%2E/x",
		"https://example.com/a/../b":                       "https://example.com/a/../b",
		"https://example.com//@evil.example":               "https://example.com//@evil.example",
		"https://example.com#@evil.example/":               "https://example.com/",
		"https://example.com?@evil.example/":               "https://example.com/?@evil.example/",
		"wss://a_b.example/x":                              "wss://a_b.example/x",
		"ws://[2606:2800:0021::0001]:80/":                  "ws://[2606:2800:21::1]/",
		"https://xn--exmple-4nf.com/":                      "https://xn--exmple-4nf.com/",
		"https://192.0.2.1./":                              "https://192.0.2.1/",
		"https://example.com/%":                            "",
		"https://example.com/%zz":                          "",
		"https://" + strings.Repeat("a", 64) + "/":         "",
		"https://" + strings.Repeat("a.", 127) + "a/":      "",
		"https://example.com/" + strings.Repeat("ä", 1000): "",
	} {
		a, err := Parse(text)
		if err != nil {
			if want != "" || code(t, err) != "net.address" {
				t.Errorf("%.60s: %v", text, err)
			}
			continue
		}
		if got := a.String(); got != want {
			t.Errorf("%.60s became %.60s", text, got)
		}
	}
}

// hostileSpellings are addresses that two readers may understand differently.
var hostileSpellings = []string{
	"http://2130706433/", "http://0x7f000001/", "http://0X7F000001/", "http://017700000001/", "http://0177.0.0.1/",
	"http://127.1/", "http://127.0.1/", "http://0x7f.0.0.1/", "http://127.0.0.01/", "http://127.0.0.1.5/",
	"http://256.1.1.1/", "http://1.2.3.0x4/", "http://127.0.0.1../", "http://..127.0.0.1/", "http://0/",
	"http://public.example@127.0.0.1/", "http://a:b@public.example/", "http://@127.0.0.1/", "http://public.example:80@127.0.0.1/",
	"http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[0:0:0:0:0:ffff:10.0.0.1]/",
	"http://[fe80::1%25eth0]/", "http://[::1%lo]/", "http://[::1/", "http://[::1]x/", "http://[127.0.0.1]/", "http://[]/", "http://::1/",
	"http://ex\u0430mple.com/", "http://127\u30020\u30020\u30021/", "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/", "http://\uff11\uff12\uff17.0.0.1/", "http://public.example\u2044@127.0.0.1/", "http://\u212a.example/",
	`http://public.example\@127.0.0.1/`, `http:\\127.0.0.1\`, "http://public.example\t/", "http://pub\nlic.example/", "http:// 127.0.0.1/", "http://127.0.0.1\x00.public.example/",
	"http://public.example:80:81/", "http://public.example:0/", "http://public.example:65536/", "http://public.example:-1/", "http://public.example:+80/", "http://public.example:080/", "http://public.example:8a/",
	"http://public.example:22/", "http://public.example:25/", "http://public.example:6667/", "http://public.example:10080/",
	"http://%31%32%37.0.0.1/", "http://127%2e0.0.1/", "http:///127.0.0.1/", "http:127.0.0.1/", "//127.0.0.1/", "127.0.0.1", "", "http://", "http://?", "http:///",
	"file:///etc/passwd", "ftp://public.example/", "gopher://127.0.0.1:70/", "data:text/plain,x", "javascript:alert(1)", "blob:http://x/", "unix:///run/x", "ht\u0074p\u200b://x/",
	"http://a..example/", "http://-a.example/", "http://a-.example/", "http://a b.example/", "http://a!b.example/", "http://*.example/", "http://.example/",
}

func TestHostileSpellingsAreRefused(t *testing.T) {
	w := newWorld(t)
	w.http("public.example", hello)
	for _, text := range hostileSpellings {
		_, _, err := w.fetch(everywhere, text)
		if code(t, err) != "net.address" {
			t.Errorf("%q: %v", text, err)
		}
	}
	if dials := w.dials(); len(dials) != 0 || w.secret.Load() != 0 {
		t.Errorf("connected to %v", dials)
	}
	// The same policy lets honest spellings through.
	w.must(everywhere, "http://public.example/", "hello")
	w.must(everywhere, "http://127.0.0.1/", "secret")
}

func TestForeignLettersAreNamedInASCII(t *testing.T) {
	_, err := Parse("https://ex\u0430mple.com/")
	if err == nil || !strings.Contains(err.Error(), "xn--exmple-4nf.com") {
		t.Errorf("the fault does not name the ASCII form: %v", err)
	}
	if _, err := Parse("https://xn--exmple-4nf.com/"); err != nil {
		t.Errorf("the named form is refused: %v", err)
	}
}

func TestLocalAddressesAreSeen(t *testing.T) {
	for text, want := range map[string]bool{
		"http://127.0.0.1/": true, "http://[::1]/": true, "http://10.1.2.3/": true, "http://localhost/": true, "http://nas/": true,
		"http://nas.local/": true, "http://a.localhost./": true, "http://printer.home.arpa/": true, "http://db.internal/": true,
		"http://93.184.215.14/": false, "http://example.com/": false, "http://local.example.com/": false, "http://[2606:2800:21::1]/": false,
	} {
		a, err := Parse(text)
		if err != nil || a.Local() != want {
			t.Errorf("%s: %v, %v", text, a.Local(), err)
		}
	}
}

// FuzzAddress holds the parser against those of the standard library: what it
// lets through, they read as the same host and port, without a user name or a
// fragment, and it reads its own text the same way again.
func FuzzAddress(f *testing.F) {
	for _, text := range hostileSpellings {
		f.Add(text)
	}
	f.Add("https://Example.com.:443/a/%2e?b#c")
	f.Add("ws://[2001:db8::1]:8080/ä")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse(text)
		if err != nil {
			return
		}
		canonical := a.String()
		again, err := Parse(canonical)
		if err != nil || again != a {
			t.Fatalf("%q became %q, which is read as %+v, %v", text, canonical, again, err)
		}
		for i := range len(canonical) {
			if canonical[i] <= ' ' || canonical[i] > '~' {
				t.Fatalf("%q has byte %d", canonical, canonical[i])
			}
		}
		u, err := url.Parse(canonical)
		if err != nil {
			t.Fatalf("net/url refuses %q: %v", canonical, err)
		}
		if u.Hostname() != a.Host || u.User != nil || u.Fragment != "" || u.Opaque != "" || u.Scheme != a.Scheme || u.EscapedPath() != a.path {
			t.Fatalf("net/url reads %q as %#v", canonical, u)
		}
		if u.Port() == "" && a.Port != defaultPort(a.Scheme) {
			t.Fatalf("the port is lost in %q", canonical)
		}
		if u, err := url.Parse(text); err == nil && u.Host != "" && !strings.EqualFold(strings.TrimSuffix(u.Hostname(), "."), a.Host) && !a.IP.IsValid() {
			t.Fatalf("net/url reads another host in %q: %q", text, u.Hostname())
		}
		if ip, err := netip.ParseAddr(a.Host); (err == nil) != a.IP.IsValid() || err == nil && ip != a.IP {
			t.Fatalf("netip reads the host of %q as %v, %v", canonical, ip, err)
		}
		if a.IP.Is4In6() || a.IP.Zone() != "" {
			t.Fatalf("%q stands for %v", text, a.IP)
		}
	})
}
