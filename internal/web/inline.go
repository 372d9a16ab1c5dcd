package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// maxInline is how many scripts of one page may be written into it.
const maxInline = 64

// inlineScripts returns what a Content-Security-Policy lets run of a page whose
// scripts are written into it: the hash of each, so that no other does. Pages of
// Alcove's own packages have none; published haex extensions do.
func inlineScripts(file string, data []byte) (list []string) {
	if !isPage(file) {
		return nil
	}
	page := html.NewTokenizer(bytes.NewReader(data))
	within := false
	for len(list) < maxInline {
		switch page.Next() {
		case html.ErrorToken:
			return list
		case html.StartTagToken:
			tag := page.Token()
			within = tag.Data == "script" && !hasAttribute(tag, "src")
		case html.TextToken:
			if within {
				sum := sha256.Sum256(page.Raw())
				list = append(list, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
			}
			within = false
		default:
			within = false
		}
	}
	return list
}

// withScript returns a page with a script before all that it has itself: behind
// its head's start tag, or where it has none behind what comes before any other.
func withScript(page, script []byte) []byte {
	if len(script) == 0 {
		return page
	}
	read, at := 0, 0
	tokens := html.NewTokenizer(bytes.NewReader(page))
find:
	for {
		kind := tokens.Next()
		read += len(tokens.Raw())
		switch kind {
		case html.DoctypeToken, html.CommentToken:
			at = read
		case html.StartTagToken:
			name, _ := tokens.TagName()
			if string(name) == "html" || string(name) == "head" {
				at = read
			}
			if string(name) != "html" {
				break find
			}
		case html.TextToken:
			if len(bytes.TrimSpace(tokens.Raw())) > 0 {
				break find
			}
		default:
			break find
		}
	}
	return slices.Concat(page[:at], []byte("<script>"), script, []byte("</script>"), page[at:])
}

func isPage(file string) bool {
	ext := strings.ToLower(path.Ext(file))
	return ext == ".html" || ext == ".htm"
}

func hasAttribute(tag html.Token, name string) bool {
	for _, a := range tag.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
