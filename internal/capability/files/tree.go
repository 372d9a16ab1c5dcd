package files

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Allowed judges something inside of a tree that an operation is about, by all
// spellings of its path and by what it is, Absent where that is not known. Nil
// allows everything.
type Allowed func(spellings []string, kind Kind) bool

// tree is what an operation on more than one file knows while it walks.
type tree struct {
	space   *Space
	walls   walls
	from    root
	known   []root
	top     string // the real path of the root
	allowed Allowed
	left    int // entries that may still be met

	// Where the tree is to be, if it goes somewhere: what is met is judged there
	// as well.
	landing *tree
	goesTo  string // the real path that the surveyed folder will have
	goes    string // the one it has
}

// to says where the tree at a place is to be.
func (t *tree) to(from, to Place, allowed Allowed) {
	t.landing, t.goes, t.goesTo = t.space.tree(to, allowed), from.real(), to.real()
}

// lands reports whether what is at a real path may be where the tree goes.
func (t *tree) lands(real string, kind Kind) bool {
	if t.landing == nil {
		return true
	}
	_, is := t.landing.spell(t.goesTo+strings.TrimPrefix(real, t.goes), kind)
	return is != closed
}

// tree begins a walk at or below a place.
func (s *Space) tree(p Place, allowed Allowed) *tree {
	known := s.knownRoots()
	token, _, _ := parsePath(p.Target)
	from, _ := s.rootOf(token, known)
	return &tree{
		space: s, walls: s.guard.walls(), from: from, known: known, allowed: allowed, left: s.limits.Tree,
		top: filepath.Join(append([]string{p.dir}, p.segments[:p.top]...)...),
	}
}

// standing is what can be said of something in a tree.
type standing int

const (
	open     standing = iota
	nameless          // nothing forbids it, but it has no path: its name is none apps can write
	closed            // nobody is let at it, or this app is not
)

// spell returns the canonical path of what is really there, and how it stands.
func (t *tree) spell(real string, kind Kind) (target string, is standing) {
	p, ok := t.space.placeOf(real, t.from, t.known)
	switch {
	case !ok || t.walls.closesPath(real) || t.walls.hides(real, t.top):
		return "", closed
	case p.refusal != nil:
		return "", nameless
	case t.allowed != nil && !t.allowed(p.Spellings(), kind):
		return "", closed
	}
	return p.Target, open
}

// enter opens a folder of the tree, unless it is closed.
func (t *tree) enter(in *folder, name string) (*folder, error) {
	f, err := in.folder(name)
	if err != nil {
		return nil, err
	}
	if t.closes(f) {
		f.close()
		return nil, errProtected
	}
	return f, nil
}

// closes reports whether an open folder is one of a vault.
func (t *tree) closes(f *folder) bool {
	info, err := f.info()
	if err != nil || t.walls.closesFolder(info) {
		return true
	}
	return t.walls.marked(func(name string) bool { _, err := f.stat(name); return err == nil })
}

// names returns the names in a folder in the order of their bytes.
func (t *tree) names(f *folder) ([]string, error) {
	names, err := f.names(t.space.limits.Folder)
	if err != nil {
		return nil, err
	}
	if len(names) > t.space.limits.Folder {
		return nil, errTooMany
	}
	slices.Sort(names)
	return names, nil
}

// each visits what is in a folder, in the order of the names. What vanished
// meanwhile is left out.
func (t *tree) each(ctx context.Context, f *folder, visit func(entry) error) error {
	names, err := t.names(f)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		e, err := f.stat(name)
		if fault.Code(err) == errNotFound.Code {
			continue
		}
		if err == nil {
			err = visit(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// survey goes through a whole tree and refuses it where something in it is
// closed or denied, on another disk, or too much. It returns the bytes of its
// files.
func (t *tree) survey(ctx context.Context, f *folder, real string, depth int, device uint64) (size int64, err error) {
	if depth > t.space.limits.Depth {
		return 0, errTooDeep
	}
	err = t.each(ctx, f, func(e entry) error {
		if t.left--; t.left < 0 {
			return errTooMany
		}
		at := filepath.Join(real, e.name)
		if _, is := t.spell(at, e.kind); is == closed || !t.lands(at, e.kind) {
			return errProtected
		}
		if e.kind == File {
			size += e.size
		}
		if e.kind != Folder {
			return nil
		}
		if e.device != device {
			return errOtherDisk
		}
		inner, err := t.enter(f, e.name)
		if err != nil {
			return err
		}
		defer inner.close()
		more, err := t.survey(ctx, inner, at, depth+1, device)
		size += more
		return err
	})
	return size, err
}
