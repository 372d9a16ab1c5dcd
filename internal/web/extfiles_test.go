package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
)

func TestHeadersOfAnExtensionsFile(t *testing.T) {
	c := unlocked(t, Options{})
	app := c.open(c.install(map[string]string{"a.js": "1", "a.bin": "<html>"}))
	src := app["src"].(string)
	segment := strings.Split(src, "/")[2]
	port := c.http.URL[strings.LastIndex(c.http.URL, ":")+1:]
	frame := func(r *http.Request) { r.Header.Del(tokenHeader); r.Header.Set("Origin", "null") }
	a := c.do("GET", src, nil, frame)
	if a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	golden(t, "extension-browser.txt", strings.ReplaceAll(headerText(a, port), segment, "SEGMENT"))
	for file, want := range map[string]string{"a.js": "text/javascript; charset=utf-8", "a.bin": octets, "alcove.json": "application/json"} {
		if a := c.do("GET", "/_ext/"+segment+"/"+file, nil, frame); a.status != 200 || a.header.Get("Content-Type") != want {
			t.Errorf("%s: %d %s", file, a.status, a.header.Get("Content-Type"))
		}
	}
	window := newWindow(t, Options{Gate: c.server.gate})
	if a := inWindow(window, "GET", src, nil, frame); a.status != http.StatusServiceUnavailable {
		t.Errorf("before the window is hardened: %d", a.status)
	}
	window.AllowExtensions()
	golden(t, "extension-window.txt", strings.ReplaceAll(headerText(inWindow(window, "GET", src, nil, frame), "no port"), segment, "SEGMENT"))
}

func TestWhatAFrameCannotFetch(t *testing.T) {
	c := unlocked(t, Options{})
	a := c.open(c.install(map[string]string{"index.html": "x", "sub/index.html": "x", "a.js": "1"}))
	b := c.open(c.install(map[string]string{"b.js": "1"}, bundletest.With("name", "other")))
	mine, theirs := strings.Split(a["src"].(string), "/")[2], strings.Split(b["src"].(string), "/")[2]
	for _, path := range []string{
		mine + "/../" + theirs + "/b.js", mine + "/%2e%2e/" + theirs + "/b.js", mine + "/..%2f" + theirs + "%2fb.js",
		mine + "//a.js", mine + "/./a.js", mine + "/a.js/", mine + "/", mine, mine + "/index.html", mine + "/sub/index.html",
		mine + "/b.js", theirs + "/a.js", mine[:42] + "/a.js", mine + "A/a.js", "/a.js", mine + "/a.js%00", mine + "/A.JS",
		a["session"].(string) + "/a.js", mine + "/%5c..%5ca.js",
	} {
		if r := c.do("GET", "/_ext/"+path, nil, nil); r.status != http.StatusGone {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	for _, method := range allMethods[2:] {
		if r := c.do(method, "/_ext/"+mine+"/a.js", nil, nil); r.status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, r.status)
		}
	}
	if r := c.do("GET", "/_ext/"+mine+"/a.js", nil, nil); r.status != 200 {
		t.Errorf("the control: %d", r.status)
	}
	c.must("ext.close", map[string]any{"session": a["session"]})
	if r := c.do("GET", "/_ext/"+mine+"/a.js", nil, nil); r.status != http.StatusGone {
		t.Errorf("after the end of the session: %d", r.status)
	}
}

// TestWhatMayRunHasAPolicy: documents and workers, and what nobody says the use
// of. A part of a page has the page's.
func TestWhatMayRunHasAPolicy(t *testing.T) {
	c := unlocked(t, Options{})
	src := c.open(c.install(map[string]string{"a.js": "1"}))["src"].(string)
	file := src[:strings.LastIndex(src, "/")+1] + "a.js"
	for _, test := range []struct {
		to   []string
		want bool
	}{
		{nil, true},
		{[]string{""}, true},
		{[]string{"empty"}, true}, // fetch, and what is fetched ahead of a navigation
		{[]string{"document"}, true},
		{[]string{"iframe"}, true},
		{[]string{"frame"}, true},
		{[]string{"embed"}, true},
		{[]string{"object"}, true},
		{[]string{"worker"}, true},
		{[]string{"sharedworker"}, true},
		{[]string{"serviceworker"}, true},
		{[]string{"script", "document"}, true},
		{[]string{"Script"}, true},
		{[]string{"script"}, false},
		{[]string{"style"}, false},
		{[]string{"image"}, false},
		{[]string{"font"}, false},
	} {
		a := c.do("GET", file, nil, func(r *http.Request) {
			r.Header.Del(tokenHeader)
			r.Header["Sec-Fetch-Dest"] = test.to
		})
		for _, name := range []string{"Content-Security-Policy", "Permissions-Policy"} {
			if got := a.header.Get(name) != ""; a.status != 200 || got != test.want {
				t.Errorf("%q: %d, %s %v", test.to, a.status, name, got)
			}
		}
		// The rest comes with every file.
		if a.header.Get("Cache-Control") != "no-store" || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%q: %v", test.to, a.header)
		}
	}
}

// TestAnAppThatLacksAFileIsTold why it did not start.
func TestAnAppThatLacksAFileIsTold(t *testing.T) {
	c := unlocked(t, Options{})
	id := c.install(map[string]string{"start.html": "<!doctype html>", "main.js": "1"})
	app := c.open(id)
	src := app["src"].(string)
	base := src[:strings.LastIndex(src, "/")+1]
	for _, file := range []string{"main.js", "alcove-sdk.js", "alcove-sdk.js", "a.css"} {
		c.do("GET", base+file, nil, nil)
	}
	c.do("GET", "/_ext/unknown/b.css", nil, nil)
	got := c.must("ext.failed", map[string]any{"session": app["session"], "reason": "crash"})
	if list := got["missing"].([]any); len(list) != 2 || list[0] != "alcove-sdk.js" || list[1] != "a.css" {
		t.Errorf("%v", got)
	}
	if got := c.must("ext.failed", map[string]any{"session": app["session"], "reason": "crash"}); len(got["missing"].([]any)) != 0 {
		t.Errorf("told twice: %v", got)
	}
}
