package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// report is what Chromium 156 says of an address that was blocked.
func report(directive, address string) []byte {
	return []byte(`{"csp-report":{"document-uri":"http://127.0.0.1:1/_ext/x/a.html","referrer":"","violated-directive":"` + directive +
		`","effective-directive":"` + directive + `","original-policy":"default-src 'none'","disposition":"enforce","blocked-uri":"` + address +
		`","status-code":200,"script-sample":""}}`)
}

// TestWhatAnEngineBlockedIsInTheActivity of the app whose files the report came
// from, in Chromium's words and in those of the window's script.
func TestWhatAnEngineBlockedIsInTheActivity(t *testing.T) {
	c := unlocked(t, Options{})
	app := c.open(c.install(nil))
	segment := strings.Split(app["src"].(string), "/")[2]
	frame := func(r *http.Request) { r.Header.Del(tokenHeader); r.Header.Set("Origin", "null") }
	send := func(segment, query string, body []byte) {
		t.Helper()
		if a := c.do("POST", "/_ext/"+segment+"/"+reportFile+query, body, frame); a.status != http.StatusNoContent || len(a.body) != 0 {
			t.Errorf("%d %q", a.status, a.body)
		}
	}
	query := func(directive, address string) string {
		return "?" + url.Values{"directive": {directive}, "blocked": {address}}.Encode()
	}
	send(segment, "", report("img-src", "https://img.example/a.png?who=me"))
	send(segment, query("font-src", "https://font.example"), nil)
	// The address is the page's choice, and no way to hide: the rest is not read.
	send(segment, "", report("media-src", "https://long.example/"+strings.Repeat("a", 2*maxReport)))
	// These are not about anything outside, or say nothing.
	send(segment, "", report("form-action", c.http.URL+app["src"].(string)))
	send(segment, "", report("script-src-elem", "inline"))
	send(segment, query("font-src", c.http.URL), nil)
	for _, body := range []string{"", "{", "[]", `{"csp-report":1}`, strings.Repeat("{", 2*maxReport)} {
		send(segment, "", []byte(body))
	}
	send(strings.Repeat("A", 43), "", report("img-src", "https://unknown.example/"))

	got := []string{}
	for _, each := range c.must("permissions.activity", fields{"show": "refused", "limit": 50})["lines"].([]any) {
		line := each.(fields)
		got = append(got, line["action"].(string)+" "+line["target"].(string)+" "+line["verdict"].(string))
	}
	want := []string{"media https://long.example blocked", "font https://font.example blocked", "image https://img.example blocked"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestAReportAnswersNobodyElse: only POST to that one name, and only where apps
// may run.
func TestAReportAnswersNobodyElse(t *testing.T) {
	c := unlocked(t, Options{})
	app := c.open(c.install(nil))
	base := "/_ext/" + strings.Split(app["src"].(string), "/")[2] + "/"
	for path, status := range map[string]int{
		base + reportFile + "/": http.StatusMethodNotAllowed, base + "a/" + reportFile: http.StatusMethodNotAllowed,
		"/_ext/" + reportFile: http.StatusMethodNotAllowed,
	} {
		if a := c.do("POST", path, nil, nil); a.status != status {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	if a := c.do("GET", base+reportFile, nil, nil); a.status != http.StatusGone {
		t.Errorf("GET: %d", a.status)
	}
	foreign := func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }
	if a := c.do("POST", base+reportFile, nil, foreign); a.status != http.StatusForbidden {
		t.Errorf("another site: %d", a.status)
	}
	window := newWindow(t, Options{Gate: c.server.gate})
	if a := inWindow(window, "POST", base+reportFile, nil, nil); a.status != http.StatusServiceUnavailable {
		t.Errorf("before the window is hardened: %d", a.status)
	}
}
