package permission

import "strings"

// A file or folder that a person picked has a root of its own,
// "{picked-<16 hex digits>}". What covers a call below it is not a declared
// path but the declared permission to let the person pick.
const (
	pickedPrefix = "{picked-"
	pickedDigits = 16
)

// pickedRoot returns the "{picked-…}" that a path begins with. Inside says that
// the path goes on after it, as only folders do.
func pickedRoot(path string) (root string, inside, ok bool) {
	root, _, inside = strings.Cut(path, "/")
	id, begins := strings.CutPrefix(root, pickedPrefix)
	id, ends := strings.CutSuffix(id, "}")
	if !begins || !ends || len(id) != pickedDigits || strings.Trim(id, "0123456789abcdef") != "" {
		return "", false, false
	}
	return root, inside, true
}

// pickKind is which files.pick permission a grant about a picked root belongs
// to: a folder has everything in it, "{picked-…}/**", a file is just itself.
func pickKind(target string) string {
	root, inside, ok := pickedRoot(target)
	switch {
	case !ok:
		return ""
	case !inside:
		return "file"
	case target == root+"/**":
		return "folder"
	}
	return ""
}
