package files

import (
	"path/filepath"
	"strings"
)

// Spell writes an absolute path of this computer as apps of Alcove's own write
// it: through what was picked, and otherwise through the known folder that lies
// deepest on the way. "." and ".." are taken out of it first. Nothing is looked
// up on the disk but where the known folders are: what the path really leads to
// is found when it is resolved. What is no absolute path stays as it is.
//
// Errors: files.outside for what is in none of them.
func (s *Space) Spell(path string) (string, error) {
	if !filepath.IsAbs(path) {
		return path, nil
	}
	path = filepath.Clean(path)
	for _, pick := range s.picks.All() {
		if segments, ok := pickRoot(pick).segments(path); ok {
			return spell(pick.Token, segments), nil
		}
	}
	best, length := "", -1
	for _, known := range s.knownRoots() {
		// A path may name the folder as it is set up, or as it really is.
		for _, dir := range []string{known.dir, filepath.Clean(s.known[known.token])} {
			segments, ok := root{dir: dir}.segments(path)
			if ok && len(dir) > length {
				best, length = spell(known.token, segments), len(dir)
			}
		}
	}
	if length < 0 {
		return "", errElsewhere
	}
	return best, nil
}

// Absolute is the path of this computer that a path of an app's stands for. What
// begins with nothing known stays as it is.
func (s *Space) Absolute(path string) string {
	token, segments, err := parsePath(path)
	if err != nil {
		return path
	}
	if pick, ok := s.picks.Get(token); ok {
		return filepath.Join(append([]string{pick.Path}, segments...)...)
	}
	if dir := s.known[token]; dir != "" {
		return filepath.Join(append([]string{dir}, segments...)...)
	}
	return path
}

// Folder is the absolute path of a known folder that is there.
func (s *Space) Folder(token string) (string, bool) {
	for _, known := range s.knownRoots() {
		if known.token == token {
			return filepath.Clean(s.known[token]), true
		}
	}
	return "", false
}

// FolderOf is the token that a declared path begins with, without braces.
func FolderOf(target string) string {
	first, _, _ := strings.Cut(target, "/")
	return strings.TrimSuffix(strings.TrimPrefix(first, "{"), "}")
}
