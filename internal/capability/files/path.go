package files

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// What a path may have.
const (
	maxPath     = 2048 // bytes
	maxSegments = 64
	maxSegment  = 255 // bytes, what file systems hold
)

// parsePath takes a path apart into its token, without braces, and segments.
// It looks at nothing on the disk.
func parsePath(path string) (token string, segments []string, err error) {
	switch {
	case len(path) > maxPath:
		return "", nil, invalid("it is longer than %d bytes", maxPath)
	case !utf8.ValidString(path):
		return "", nil, invalid("it is not valid text in UTF-8")
	}
	parts := strings.Split(path, "/")
	if len(parts)-1 > maxSegments {
		return "", nil, invalid("it has more than %d folders inside each other", maxSegments)
	}
	token, ok := strings.CutPrefix(parts[0], "{")
	if ok {
		token, ok = strings.CutSuffix(token, "}")
	}
	if !ok || !isToken(token) {
		return "", nil, invalid("it does not begin with a known folder like {documents}, or with something that was picked")
	}
	for _, segment := range parts[1:] {
		if why := badName(segment); why != "" {
			return "", nil, invalid("%s", why)
		}
	}
	return token, parts[1:], nil
}

// spell writes a path.
func spell(token string, segments []string) string {
	if len(segments) == 0 {
		return "{" + token + "}"
	}
	return "{" + token + "}/" + strings.Join(segments, "/")
}

// badName says what keeps a segment from being one that every system can
// hold and every person can see, or "".
func badName(name string) string {
	switch {
	case name == "":
		return "it has an empty segment"
	case name == "." || name == "..":
		return "it has “.” or “..” as a segment"
	case len(name) > maxSegment:
		return "it has a name of more than 255 bytes"
	case !utf8.ValidString(name):
		return "it is not valid text in UTF-8"
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") || strings.HasPrefix(name, " "):
		return "it has a name that begins with a space or ends with a space or a dot"
	case spelling.IsDevice(name):
		return "it has a name that Windows keeps for a device"
	case isShort(name):
		return "it has a name in the form of the short names, like PROGRA~1, that some systems give to longer ones"
	case isDraft(name):
		return "it has a name that Alcove keeps for files it has not finished"
	}
	for i, r := range name {
		switch {
		case strings.ContainsRune(`\:*?"<>|`, r):
			return "it contains one of \\ : * ? \" < > |"
		case r == '\u200c' || r == '\u200d':
			if !joined(name, i, r) {
				return "it contains a joiner that joins nothing"
			}
		case r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs, unicode.Noncharacter_Code_Point, unicode.Other_Default_Ignorable_Code_Point):
			return "it contains a character that cannot be seen"
		}
	}
	return ""
}

// joined reports whether the joiner at i stands between characters of a script
// or of emoji that need one.
func joined(name string, i int, r rune) bool {
	before, _ := utf8.DecodeLastRuneInString(name[:i])
	after, _ := utf8.DecodeRuneInString(name[i+utf8.RuneLen(r):])
	return joins(before) && joins(after)
}

func joins(r rune) bool {
	return r > unicode.MaxLatin1 && r != utf8.RuneError && unicode.In(r, unicode.L, unicode.M, unicode.So, unicode.Sk)
}

// isShort reports names in the form 8.3, with which FAT and NTFS reach what has
// another, longer name.
func isShort(name string) bool {
	stem, extension, _ := strings.Cut(name, ".")
	if len(stem) > 8 || len(extension) > 3 {
		return false
	}
	before, number, ok := strings.Cut(stem, "~")
	return ok && before != "" && number != "" && strings.Trim(number, "0123456789") == ""
}
