package bundle

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// maxFollowed bounds how many scripts Missing reads.
const maxFollowed = 500

// staticImport is an import or export of a module by a relative address, as it
// stands in a script. It may match in a comment: what comes of it is a hint.
var staticImport = regexp.MustCompile(`\b(?:import|export)\b\s*(?:[\w$*{},\s]+?\bfrom\b\s*)?["'](\.{1,2}/[^"'\n]+)["']`)

// Missing are files that the start page names and the package does not have:
// scripts and style sheets, and modules that these scripts import by a relative
// address. It is a hint for the author, since a page may stand such a lack.
func (b *Bundle) Missing() (list []string) {
	seen := map[string]bool{}
	var scripts []string
	meet := func(from, address string, script bool) {
		name, ok := beside(from, address)
		if !ok || seen[name] {
			return
		}
		seen[name] = true
		if _, there := b.find(name); !there {
			list = append(list, name)
		} else if script {
			scripts = append(scripts, name)
		}
	}
	page, _ := b.Content(b.Manifest.Entry)
	for _, a := range named(page) {
		meet(b.Manifest.Entry, a.address, a.script)
	}
	for n := 0; n < len(scripts) && n < maxFollowed; n++ {
		text, _ := b.Content(scripts[n])
		for _, m := range staticImport.FindAllSubmatch(text, -1) {
			meet(scripts[n], string(m[1]), true)
		}
	}
	slices.Sort(list)
	return list
}

type namedFile struct {
	address string
	script  bool
}

// named are the scripts and style sheets of a page.
func named(page []byte) (list []namedFile) {
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return list
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			of := map[string]string{}
			for _, a := range t.Attr {
				of[a.Key] = a.Val
			}
			switch rel := strings.ToLower(of["rel"]); {
			case t.Data == "script" && of["src"] != "":
				list = append(list, namedFile{of["src"], true})
			case t.Data == "link" && (rel == "stylesheet" || rel == "modulepreload") && of["href"] != "":
				list = append(list, namedFile{of["href"], rel == "modulepreload"})
			}
		}
	}
}

// beside is the file of the package that an address in another file means. It is
// false for an address that is not of the package.
func beside(from, address string) (name string, ok bool) {
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	if address == "" || strings.HasPrefix(address, "/") || strings.Contains(address, ":") {
		return "", false
	}
	name = path.Join(path.Dir(from), address)
	return name, name != ".." && !strings.HasPrefix(name, "../")
}
