package bundle

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// SignatureFile is the signature's place in a native package, and in a stored one
// of any format.
const SignatureFile = "alcove.sig.json"

// Bounds of a path.
const (
	maxPath     = 1024 // bytes of UTF-8
	maxSegment  = 255  // bytes of UTF-8
	maxSegments = 32
)

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// checkPath accepts a relative path with "/" that means the same file on every
// system. The order of the checks is that of SPEC.md, "Paths".
func (f *format) checkPath(path string) error {
	refuse := func(code, why string) error {
		return damaged(code, fmt.Sprintf("The package has a file whose name %s (%.100q).", why, path))
	}
	switch {
	case path == "":
		return refuse(CodePathEmpty, "is empty")
	case len(path) > maxPath:
		return refuse(CodePathTooLong, "is longer than 1,024 bytes")
	case !utf8.ValidString(path):
		return refuse(CodePathNotUTF8, "is not UTF-8")
	case strings.ContainsFunc(path, isInvisible):
		return refuse(CodePathControl, "has a character that cannot be seen")
	case strings.Contains(path, `\`):
		return refuse(CodePathBackslash, "has a backslash")
	case path[0] == '/':
		return refuse(CodePathAbsolute, "starts at the root of the disk")
	case len(path) > 1 && path[1] == ':' && path[0]|0x20 >= 'a' && path[0]|0x20 <= 'z':
		return refuse(CodePathDrive, "starts with a drive letter")
	case strings.ContainsAny(path, `:*?"<>|`):
		return refuse(CodePathCharacter, "has a character that not every system allows")
	}
	if strings.Count(path, "/") >= maxSegments {
		return refuse(CodePathTooLong, "has more than 32 parts")
	}
	for segment := range strings.SplitSeq(path, "/") {
		switch {
		case segment == "..":
			return refuse(CodePathTraversal, "leads out of the package")
		case segment == "" || segment == ".":
			return refuse(CodePathNotClean, "has an empty part")
		case len(segment) > maxSegment:
			return refuse(CodePathTooLong, "has a part of more than 255 bytes")
		case strings.HasSuffix(segment, ".") || strings.HasSuffix(segment, " "):
			return refuse(CodePathTrailing, "has a part that ends with a dot or a space")
		case spelling.IsDevice(segment):
			return refuse(CodePathDevice, "is that of a device on Windows")
		}
	}
	if !norm.NFC.IsNormalString(path) {
		return refuse(CodePathNotNFC, "is not in Unicode's composed form (NFC)")
	}
	first, _, _ := strings.Cut(path, "/")
	first = fold(first)
	near := func(own string) bool { head, _, _ := strings.Cut(own, "/"); return head == first }
	if !slices.ContainsFunc(f.reserved, near) && !slices.ContainsFunc(f.forbidden, near) {
		return nil
	}
	folded := foldPath(path)
	for _, own := range f.reserved {
		if path != own && (folded == own || strings.HasPrefix(folded, own+"/")) {
			return refuse(CodePathReserved, "imitates one that says what the package is")
		}
	}
	if slices.Contains(f.forbidden, folded) {
		return misbuilt(CodeForbiddenFile, fmt.Sprintf("The package has a file that must not be in any package (%.100q).", path))
	}
	return nil
}

// isInvisible reports control and format characters, among them those that
// turn the writing direction around, and line and paragraph separators.
func isInvisible(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// foldPath folds a path part by part.
func foldPath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = fold(part)
	}
	return strings.Join(parts, "/")
}

// fold maps parts of paths that some file system or reader takes for the same
// to one string: compatibility form, full case folding, compatibility form.
func fold(segment string) string {
	if isASCII(segment) {
		return strings.ToLower(segment)
	}
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(segment)))
}

// checkNames compares all names with one another.
func checkNames(entries []entry) error {
	exact := make(map[string]bool, len(entries))
	spelt := make(map[string]string, 2*len(entries)) // folded to spelling, folders end in "/"
	for _, e := range entries {
		if exact[e.path] {
			return damaged(CodeDuplicate, fmt.Sprintf("The package has two files of one name (%.100q).", e.path))
		}
		exact[e.path] = true
		if err := claim(spelt, e.path); err != nil {
			return err
		}
	}
	return nil
}

// claim enters a path and the folders above it into spelt, and refuses it when
// something else there folds to the same name.
func claim(spelt map[string]string, path string) error {
	collision := func(other string) error {
		return damaged(CodeCollision, fmt.Sprintf("The package has names that some systems take for the same: %.100q and %.100q.", path, other))
	}
	var folded strings.Builder
	rest, nested := path, true
	for nested {
		var segment string
		segment, rest, nested = strings.Cut(rest, "/")
		folded.WriteString(fold(segment))
		spelling := path[:len(path)-len(rest)] // a folder keeps its "/"
		other, taken := spelt[folded.String()]
		if taken && (other != spelling || !nested) {
			return collision(other)
		}
		spelt[folded.String()] = spelling
		folded.WriteByte('/')
	}
	return nil
}
