package files

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Kind is what a place or an entry of a folder is.
type Kind string

// The kinds. What is there and none of the first three is Other: a device, a
// socket, a pipe.
const (
	File   Kind = "file"
	Folder Kind = "folder"
	Link   Kind = "link"
	Other  Kind = "other"
	Absent Kind = ""
)

// Place is where a path leads.
type Place struct {
	// Target is the path in its canonical form: through the known folder that
	// lies deepest on the way, or through what was picked. It is what is judged.
	Target string
	// Also are the other spellings of the same place, as {home}/Documents/a is
	// of {documents}/a. A decision about one of them is about the place.
	Also []string
	// Kind is what was there when the path was resolved.
	Kind Kind

	dir      string   // the real path of the root
	segments []string // the real names below it
	top      int      // how many segments belong to the root itself
	refusal  error
}

// Refusal is why nobody is let at the place, or nil. Every operation returns
// it; it is apart from the error of Resolve so that an app learns what is on
// the disk only when it has been let at the path.
func (p Place) Refusal() error { return p.refusal }

// Spellings are all paths of the place, the canonical one first.
func (p Place) Spellings() []string { return append([]string{p.Target}, p.Also...) }

// real is the absolute path of the place.
func (p Place) real() string { return filepath.Join(append([]string{p.dir}, p.segments...)...) }

// IsRoot reports whether the place is a root itself and nothing below it.
func (p Place) IsRoot() bool { return len(p.segments) == p.top }

// maxLinks is how many links are followed on one path, as in Linux.
const maxLinks = 40

// Resolve finds the place a path means, following every link. What does not
// exist is a place too: its name below the nearest folder that does.
//
// The error is about the path alone; it is files.path_invalid, or
// files.not_found for something that was not picked.
func (s *Space) Resolve(ctx context.Context, path string) (Place, error) {
	return s.resolve(ctx, path, true)
}

// ResolveEntry is Resolve for what a folder holds under a name: where the path
// ends in a link, the place is the link and not what it leads to.
func (s *Space) ResolveEntry(ctx context.Context, path string) (Place, error) {
	return s.resolve(ctx, path, false)
}

func (s *Space) resolve(ctx context.Context, path string, follow bool) (Place, error) {
	token, segments, err := parsePath(path)
	if err != nil {
		return Place{}, err
	}
	if err := ctx.Err(); err != nil {
		return Place{}, err
	}
	known := s.knownRoots()
	from, ok := s.rootOf(token, known)
	lexical := Place{Target: path, segments: segments}
	switch {
	case !ok && isPick(token):
		return Place{}, errNoPick
	case !ok:
		lexical.refusal = errNoFolder
		return lexical, nil
	case from.only && len(segments) > 0:
		lexical.refusal = errNotFolder
		return lexical, nil
	}
	walls := s.guard.walls()
	w := walk{at: from.dir, todo: slices.Concat(from.below, segments), follow: follow}
	if err := w.run(walls); err != nil {
		lexical.refusal = explain(err)
		return lexical, nil
	}
	place, ok := s.placeOf(w.at, from, known)
	if !ok {
		lexical.refusal = errOutside
		return lexical, nil
	}
	place.Kind = w.kind
	if walls.closes(w.at, w.parents) || walls.hides(w.at, filepath.Join(append([]string{place.dir}, place.segments[:place.top]...)...)) || s.inVault(walls, place) {
		place.refusal = errProtected
	}
	return place, nil
}

// rootOf returns the root that a token stands for.
func (s *Space) rootOf(token string, known []root) (root, bool) {
	if pick, ok := s.picks.Get(token); ok {
		return pickRoot(pick), true
	}
	i := slices.IndexFunc(known, func(r root) bool { return r.token == token })
	if i < 0 {
		return root{}, false
	}
	return known[i], true
}

// placeOf spells a real path. A place that was reached through something
// picked keeps that root as long as it is in it; otherwise the deepest known
// folder counts, and then what else was picked.
func (s *Space) placeOf(real string, from root, known []root) (Place, bool) {
	var fits []root
	add := func(r root) {
		if _, ok := r.segments(real); ok {
			fits = append(fits, r)
		}
	}
	if isPick(from.token) {
		add(from)
	}
	viaPick := len(fits) > 0
	if !viaPick {
		for _, r := range known {
			add(r)
		}
	}
	if len(fits) == 0 {
		for _, pick := range s.picks.All() {
			add(pickRoot(pick))
		}
	}
	if len(fits) == 0 {
		return Place{}, false
	}
	p := Place{dir: fits[0].dir, top: len(fits[0].below)}
	for i, r := range fits {
		segments, _ := r.segments(real)
		if i == 0 {
			p.Target = spell(r.token, segments)
			p.segments = slices.Concat(r.below, segments)
			if slices.ContainsFunc(segments, func(name string) bool { return badName(name) != "" }) || len(p.Target) > maxPath || len(segments) > maxSegments {
				p.refusal = invalid("a link leads to a name that paths cannot have")
			}
			continue
		}
		p.Also = append(p.Also, spell(r.token, segments))
	}
	return p, true
}

// inVault reports whether the place is in a folder that has the files of a
// vault.
func (s *Space) inVault(w walls, p Place) bool {
	if len(w.marks) == 0 {
		return false
	}
	for dir := p.real(); ; dir = filepath.Dir(dir) {
		if w.marked(func(name string) bool { _, err := os.Lstat(filepath.Join(dir, name)); return err == nil }) {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}

// walk follows a path on the disk, segment by segment.
type walk struct {
	at      string   // the real path so far
	todo    []string // segments ahead
	follow  bool     // also a link at the very end
	kind    Kind     // of what is at at
	parents []os.FileInfo
	links   int
}

func (w *walk) run(walls walls) error {
	info, err := os.Lstat(w.at)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errChanged // it was a folder when it was found or picked
	}
	w.kind, w.parents = Folder, append(w.parents, info)
	for len(w.todo) > 0 {
		name := w.todo[0]
		w.todo = w.todo[1:]
		switch {
		case name == "" || name == ".":
			continue
		case name == "..": // only ever from a link
			w.at, w.kind = filepath.Dir(w.at), Folder
			continue
		case w.kind == File || w.kind == Other:
			return errNotFolder
		case inClosedTree(w.at):
			return errProtected // and no look into it
		}
		next := filepath.Join(w.at, name)
		info, err := os.Lstat(next)
		if errors.Is(err, fs.ErrNotExist) {
			return w.missing(next)
		}
		if err != nil {
			return w.strange(err)
		}
		if info.Mode()&fs.ModeSymlink != 0 && (w.follow || len(w.todo) > 0) {
			if err := w.through(next); err != nil {
				return err
			}
			continue
		}
		w.at, w.kind = filepath.Join(w.at, realDisk.trueName(w.at, name, info)), kindOf(info.Mode())
		if info.IsDir() {
			w.parents = append(w.parents, info)
			if walls.closesFolder(info) {
				return errProtected
			}
		}
	}
	if w.kind == Other {
		return errNotRegular
	}
	return nil
}

// through puts what a link says before what is still ahead.
func (w *walk) through(link string) error {
	if w.links++; w.links > maxLinks {
		return invalid("there are more links on the way than Alcove follows")
	}
	text, err := os.Readlink(link)
	if err != nil {
		return errChanged
	}
	if filepath.IsAbs(text) {
		volume := filepath.VolumeName(text)
		w.at = volume + string(filepath.Separator)
		text = strings.TrimPrefix(text, volume)
	}
	w.kind = Folder
	w.todo = append(strings.Split(filepath.ToSlash(text), "/"), w.todo...)
	return nil
}

// missing ends the walk where nothing exists any more. What is ahead has to be
// plain names.
func (w *walk) missing(next string) error {
	rest := slices.DeleteFunc(slices.Clone(w.todo), func(name string) bool { return name == "" || name == "." })
	if slices.Contains(rest, "..") {
		return errOutside
	}
	w.at, w.kind, w.todo = filepath.Join(append([]string{next}, rest...)...), Absent, nil
	return nil
}

func (w *walk) strange(err error) error {
	if errors.Is(err, syscall.ENAMETOOLONG) {
		return invalid("it has a name that is too long for the disk")
	}
	return err
}

func kindOf(mode fs.FileMode) Kind {
	switch {
	case mode.IsRegular():
		return File
	case mode.IsDir():
		return Folder
	case mode&fs.ModeSymlink != 0:
		return Link
	}
	return Other
}
