package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"path"
	"strings"

	"golang.org/x/net/html"
)

// maxInline is how many scripts of one page may be written into it.
const maxInline = 64

// inlineScripts returns what a Content-Security-Policy lets run of a page whose
// scripts are written into it: the hash of each, so that no other does. Pages of
// Alcove's own packages have none; published haex extensions do.
func inlineScripts(file string, data []byte) (list []string) {
	if ext := strings.ToLower(path.Ext(file)); ext != ".html" && ext != ".htm" {
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

func hasAttribute(tag html.Token, name string) bool {
	for _, a := range tag.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
