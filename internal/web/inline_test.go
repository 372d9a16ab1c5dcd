package web

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bridge"
	"github.com/alcove-vault/alcove/internal/extension"
)

func hashOf(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func TestInlineScriptsAreNamedByWhatTheySay(t *testing.T) {
	for page, want := range map[string][]string{
		"<p>":                  nil,
		"<script>a()</script>": {"a()"},
		"<SCRIPT type=module>\n a &amp; b</SCRIPT>":                          {"\n a &amp; b"},
		"<script src=x>a</script><script>b</script><script></script>":        {"b"},
		"<!-- <script>a</script> --><textarea><script>b</script></textarea>": nil,
		"<script>'<!--<script>' + '</script>' //--></script>":                {"'<!--<script>' + '</script>' //-->"},
		"<style><script>a</script></style><script>c":                         {"c"},
	} {
		var hashes []string
		for _, script := range want {
			hashes = append(hashes, hashOf(script))
		}
		if got := inlineScripts("a.HTML", []byte(page)); !slices.Equal(got, hashes) {
			t.Errorf("%q: %v, want %v", page, got, hashes)
		}
	}
	if got := inlineScripts("a.js", []byte("<script>a</script>")); got != nil {
		t.Errorf("a script is no page: %v", got)
	}
	if got := inlineScripts("a.html", []byte(strings.Repeat("<script>a</script>", 100))); len(got) != maxInline {
		t.Errorf("%d scripts", len(got))
	}
}

func TestAScriptGoesBeforeAllThatAPageHas(t *testing.T) {
	for page, want := range map[string]string{
		"<!doctype html>\n<html><head lang=x><script>a</script>": "<!doctype html>\n<html><head lang=x>+<script>a</script>",
		"<!doctype html><HTML>\n<HEAD><title>":                   "<!doctype html><HTML>\n<HEAD>+<title>",
		"<!-- <head> --><script>a</script><head>":                "<!-- <head> -->+<script>a</script><head>",
		"<body><head>": "+<body><head>",
		"words <head>": "+words <head>",
		"":             "+",
	} {
		want = strings.Replace(want, "+", "<script>s()</script>", 1)
		if got := string(withScript([]byte(page), []byte("s()"))); got != want {
			t.Errorf("%q: %q, want %q", page, got, want)
		}
	}
	if got := withScript([]byte("<p>"), nil); string(got) != "<p>" {
		t.Errorf("without a script: %q", got)
	}
}

func TestOnlyHaexPagesRunScriptsThatAreWrittenIntoThem(t *testing.T) {
	c := unlocked(t, Options{})
	id := c.install(map[string]string{"start.html": "<!doctype html><script>a()</script>", "a.js": "1"})
	policy := func(src string) string {
		return c.do("GET", src, nil, nil).header.Get("Content-Security-Policy")
	}
	if got := policy(c.open(id)["src"].(string)); !strings.Contains(got, "script-src ") || strings.Contains(got, "sha256-") {
		t.Errorf("one of Alcove's own: %s", got)
	}
	u, err := c.server.gate.Vault()
	if err != nil {
		t.Fatal(err)
	}
	u.Bridge.UseDialects(func(*extension.Running) string { return bridge.DialectHaex })
	app := c.open(id)
	src := app["src"].(string)
	if got := policy(src); !strings.Contains(got, " blob: "+hashOf("haexPage()")+" "+hashOf("a()")+";") || !strings.HasPrefix(got, "sandbox allow-scripts allow-forms;") || strings.Contains(got, "script-src 'unsafe-inline'") {
		t.Errorf("a haex page: %s", got)
	}
	if body := string(c.do("GET", src, nil, nil).body); body != "<!doctype html><script>haexPage()</script><script>a()</script>" {
		t.Errorf("a haex page is %q", body)
	}
	if got := policy(strings.Replace(src, "start.html", "a.js", 1)); strings.Contains(got, "sha256-") {
		t.Errorf("a script: %s", got)
	}
	if app["dialect"] != bridge.DialectHaex {
		t.Errorf("the page is told of %v", app["dialect"])
	}
}
