package permission

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/spelling"
)

// matchFile compares a file pattern with a path, both "{token}/segment/…". A
// segment "**" covers any number of segments, also none; elsewhere "*" stands
// for any run of characters of one segment.
func matchFile(pattern, path string, loose bool) bool {
	want := strings.Split(path, "/")
	if !strings.HasPrefix(want[0], "{") || !strings.HasSuffix(want[0], "}") {
		return false
	}
	for _, segment := range want {
		if segment == "" || segment == "." || segment == ".." || strings.ContainsAny(segment, "\\*\x00") {
			return false
		}
	}
	return matchDeep(strings.Split(pattern, "/"), want, loose)
}

// matchDeep compares segments, of which "**" may be any number. It looks at
// each pair at most once, so that a pattern with many "**" costs no more.
func matchDeep(parts, want []string, loose bool) bool {
	// reach[j] says whether the parts so far cover want[:j].
	reach := make([]bool, len(want)+1)
	reach[0] = true
	for _, part := range parts {
		next := make([]bool, len(want)+1)
		for j := range next {
			switch {
			case part == "**":
				next[j] = reach[j] || j > 0 && next[j-1]
			case j > 0:
				next[j] = reach[j-1] && matchSegment(part, want[j-1], loose)
			}
		}
		reach = next
	}
	return reach[len(want)]
}

// matchSegments compares two lists of the same length.
func matchSegments(parts, want []string, loose bool) bool {
	if len(parts) != len(want) {
		return false
	}
	for i, part := range parts {
		if !matchSegment(part, want[i], loose) {
			return false
		}
	}
	return true
}

// matchSegment compares one segment; every "*" of the pattern stands for any
// run of characters. Both sides are compared in Unicode's composed form.
func matchSegment(pattern, segment string, loose bool) bool {
	pattern, segment = norm.NFC.String(pattern), norm.NFC.String(segment)
	if loose {
		pattern, segment = spelling.Fold(pattern), spelling.Fold(segment)
	}
	return wildcard(pattern, segment)
}

// wildcard compares a text with a pattern in which every "*" stands for any
// run of characters.
func wildcard(pattern, text string) bool {
	pieces := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(text, pieces[0])
	if !ok {
		return false
	}
	if len(pieces) == 1 {
		return rest == ""
	}
	for _, piece := range pieces[1 : len(pieces)-1] {
		at := strings.Index(rest, piece)
		if at < 0 {
			return false
		}
		rest = rest[at+len(piece):]
	}
	return strings.HasSuffix(rest, pieces[len(pieces)-1])
}

// matchName compares a program, the name of a secret, a tag or the place of a
// storage: the same, or "*". A call about items whatever their tags has the
// target "*", which nothing else covers.
func matchName(pattern, name string, loose bool) bool {
	if pattern == "*" || pattern == name {
		return true
	}
	return loose && spelling.Fold(pattern) == spelling.Fold(name)
}

// matchMail compares the host of a mail server with a pattern: "*", the same
// host, or a name that it is under, where everything under that name has one
// owner.
func matchMail(pattern, host string, loose bool) bool {
	if loose {
		pattern, host = spelling.Fold(pattern), spelling.Fold(host)
	}
	switch {
	case pattern == "*" || pattern == host:
		return true
	case pattern == "" || strings.Contains(host, "*"):
		return false
	}
	return strings.HasSuffix(host, "."+pattern) && (loose || manifest.WildcardBase(pattern))
}

// matchPeer compares "<lineage>.<name>/<method>" component by component; "*"
// stands for any one of them, and a lone "*" for all.
func matchPeer(pattern, want string) bool {
	if strings.Contains(want, "*") {
		return false
	}
	got, ok := splitPeer(want)
	if !ok {
		return false
	}
	rule, ok := splitPeer(pattern)
	if !ok {
		return pattern == "*"
	}
	for i, part := range rule {
		if part != "*" && part != got[i] {
			return false
		}
	}
	return true
}

// splitPeer takes a peer target apart into lineage, name and method.
func splitPeer(target string) ([3]string, bool) {
	app, method, ok := strings.Cut(target, "/")
	if !ok || method == "" {
		return [3]string{}, false
	}
	lineage, name, ok := strings.Cut(app, ".")
	if !ok || lineage == "" || name == "" {
		return [3]string{}, false
	}
	return [3]string{lineage, name, method}, true
}
