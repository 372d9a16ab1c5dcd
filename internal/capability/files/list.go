package files

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
)

// ListOptions say what is listed.
type ListOptions struct {
	After     string // Next of the page before, "" for the first
	Limit     int    // entries of the page
	Recursive bool
	Depth     int // folders inside each other, 0 for as many as the limits allow
	Allowed   Allowed
}

// Page is a part of a listing. Folders come before what is in them.
type Page struct {
	Entries []Info `json:"entries"`
	Next    string `json:"next"`    // where the next page goes on, "" if this was the last one
	LeftOut int    `json:"leftOut"` // entries of this page that have no path, or are closed
}

// List returns a part of what is in a folder, in the order of the names'
// bytes. Links are told as links; what they lead to is judged when they are
// used. What somebody changes between two pages may be missed or told twice.
func (s *Space) List(ctx context.Context, p Place, o ListOptions) (Page, error) {
	if err := s.look(p); err != nil {
		return Page{}, err
	}
	if p.Kind == File {
		return Page{}, errNotFolder
	}
	l := listing{tree: s.tree(p, o.Allowed), limit: s.limits.Page, depth: 1}
	if o.Limit > 0 {
		l.limit = min(l.limit, o.Limit)
	}
	if o.Recursive {
		l.depth = s.limits.Depth
		if o.Depth > 0 {
			l.depth = min(l.depth, o.Depth)
		}
	}
	var after []string
	if o.After != "" {
		if len(o.After) > maxPath {
			return Page{}, invalid("the place to go on from is none of a listing")
		}
		after = strings.Split(o.After, "/")
	}
	f, err := s.openPlace(p)
	if err != nil {
		return Page{}, err
	}
	defer f.close()
	if l.closes(f) {
		return Page{}, errProtected
	}
	s.reached("opened")
	switch err := l.folder(ctx, f, p.real(), nil, after); {
	case errors.Is(err, errFull):
	case err != nil:
		return Page{}, err
	default:
		l.page.Next = ""
	}
	return l.page, nil
}

// listing gathers a page.
type listing struct {
	*tree
	page  Page
	limit int
	depth int
}

// errFull ends the walk of a listing whose page is full.
var errFull = errors.New("the page is full")

// folder lists what is in one folder, from after on.
func (l *listing) folder(ctx context.Context, f *folder, real string, under, after []string) error {
	names, err := l.names(f)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		var deeper []string // where to go on in this folder
		told := false
		if len(after) > 0 {
			if name < after[0] {
				continue
			}
			if told = name == after[0]; told {
				deeper = after[1:]
			}
		}
		if err := l.entry(ctx, f, filepath.Join(real, name), append(under[:len(under):len(under)], name), told, deeper); err != nil {
			return err
		}
	}
	return nil
}

// entry tells of one entry, unless a page before did, and of what is in it.
func (l *listing) entry(ctx context.Context, f *folder, real string, path []string, told bool, deeper []string) error {
	name := path[len(path)-1]
	if isDraft(name) {
		return nil
	}
	e, err := f.stat(name)
	if err != nil {
		return nil //nolint:nilerr // it vanished, or nothing can be told of it
	}
	if !told && len(l.page.Entries) == l.limit {
		return errFull
	}
	target, is := l.spell(real, e.kind)
	if is != open {
		l.leaveOut(told)
		return nil
	}
	if !told {
		l.page.Next = strings.Join(path, "/")
		l.page.Entries = append(l.page.Entries, infoOf(target, name, e))
	}
	if e.kind == Folder && len(path) < l.depth {
		return l.inner(ctx, f, path, real, told, deeper)
	}
	return nil
}

// inner lists a folder in the listed one. What cannot be looked into is told
// and left at that.
func (l *listing) inner(ctx context.Context, in *folder, path []string, real string, told bool, after []string) error {
	f, err := l.enter(in, path[len(path)-1])
	if err != nil {
		l.leaveOut(told)
		return nil
	}
	defer f.close()
	return l.folder(ctx, f, real, path, after)
}

// leaveOut counts what is not told, once.
func (l *listing) leaveOut(before bool) {
	if !before {
		l.page.LeftOut++
	}
}
