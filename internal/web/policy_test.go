package web

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// golden compares text with a file of testdata; -update rewrites it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs:\ngot\n%s\nwant\n%s", name, got, want)
	}
}

func headerText(a answer, port string) string {
	var lines []string
	for key, values := range a.header {
		if key == "Date" || key == "Content-Length" {
			continue
		}
		for _, v := range values {
			v = strings.ReplaceAll(v, port, "PORT")
			lines = append(lines, key+": "+strings.ReplaceAll(v, "; ", ";\n    "))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func TestHeadersOfTheHostPage(t *testing.T) {
	c := serve(t, Options{})
	port := c.http.URL[strings.LastIndex(c.http.URL, ":")+1:]
	a := c.do("GET", "/", nil, nil)
	if a.status != 200 || !strings.Contains(string(a.body), "Alcove") {
		t.Fatalf("%d %s", a.status, a.body)
	}
	golden(t, "host-browser.txt", headerText(a, port))
	s := newWindow(t, Options{})
	golden(t, "host-window.txt", headerText(inWindow(s, "GET", "/", nil, nil), "no port"))
}

func TestExtensionPolicyNeverSaysSelf(t *testing.T) {
	for _, origin := range []string{"wails://wails", "http://127.0.0.1:4000", "http://wails.localhost"} {
		p := haexPolicy(origin, "abc", nil)
		if strings.Contains(p, "'self'") || !strings.Contains(p, origin+"/_ext/abc/") || strings.Contains(p, "unsafe-eval' 'unsafe") {
			t.Errorf("%s: %s", origin, p)
		}
	}
}

func TestHostFilesNeedNoTokenAndKeepTheirTypes(t *testing.T) {
	c := serve(t, Options{})
	for path, want := range map[string]string{"/": "text/html; charset=utf-8", "/assets/index-1.js": "text/javascript; charset=utf-8", "/icon.svg": "image/svg+xml"} {
		a := c.do("GET", path, nil, nil)
		if a.status != 200 || a.header.Get("Content-Type") != want {
			t.Errorf("%s: %d %s", path, a.status, a.header.Get("Content-Type"))
		}
	}
	for _, path := range []string{"/../main.go", "/assets/../../x", "/assets", "/%2e%2e/x", "/assets%5c..%5cx"} {
		if a := c.do("GET", path, nil, nil); a.status == 200 {
			t.Errorf("%s is answered", path)
		}
	}
}

func TestExtensionFilesWaitForTheHardening(t *testing.T) {
	s := newWindow(t, Options{})
	if a := inWindow(s, "GET", "/_ext/abc/start.html", nil, nil); a.status != 503 {
		t.Errorf("before: %d", a.status)
	}
	s.AllowExtensions()
	if a := inWindow(s, "GET", "/_ext/abc/start.html", nil, nil); a.status != 410 {
		t.Errorf("after, unknown segment: %d", a.status)
	}
}

func TestContentTypesComeFromTheNameOnly(t *testing.T) {
	for name, want := range map[string]string{"a.JS": "text/javascript; charset=utf-8", "a.wasm": "application/wasm", "a": octets, "a.xhtml": octets, "a.xml": octets, "a.js.bin": octets, ".html": "text/html; charset=utf-8"} {
		if got := contentType(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
