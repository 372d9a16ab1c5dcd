package bundle

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// baking are the kinds of files into which a build writes the publisher's key.
var baking = []string{".js", ".mjs", ".cjs", ".html", ".sql"}

// checkBakedKey refuses a package that was built for another publisher's key
// than the one that signed it. A build writes the names of tables into scripts
// and migrations, “<key>__<name>__<table>”; signing with another key changes
// none of them, and the extension could reach none of its own tables.
func (b *Bundle) checkBakedKey() error {
	own := []byte(b.Lineage.String())
	mark := []byte("__" + b.Manifest.Name + "__")
	other := ""
	for _, f := range b.Files {
		if !slices.Contains(baking, strings.ToLower(path.Ext(f.Path))) {
			continue
		}
		text, _ := b.Content(f.Path)
		if bytes.Contains(text, own) {
			return nil
		}
		if other == "" {
			other = keyBefore(text, mark)
		}
	}
	if other == "" {
		return nil
	}
	return misbuilt(CodeBakedKey, fmt.Sprintf("The package was built for the publisher's key %.8s… and signed with %.8s…, so it would look for its tables under names that are not its own.", other, own))
}

// keyBefore finds a key right before a mark in text, or "".
func keyBefore(text, mark []byte) string {
	const digits = 2 * len(manifest.Key{})
	for at := 0; ; {
		next := bytes.Index(text[at:], mark)
		if next < 0 {
			return ""
		}
		at += next
		if at >= digits {
			if key := strings.ToLower(string(text[at-digits : at])); isHex(key, digits/2) {
				return key
			}
		}
		at += len(mark)
	}
}
