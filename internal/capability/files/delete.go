package files

import (
	"context"
	"path/filepath"
)

// Progress is how far an operation on a tree has come.
type Progress struct {
	Files int64 `json:"files"` // files and folders that are done
	Bytes int64 `json:"bytes"` // bytes that are done
	Total int64 `json:"total"` // bytes there are, 0 where that is not known
}

// DeleteOptions say how much is deleted.
type DeleteOptions struct {
	Recursive bool // also what is in a folder
	Allowed   Allowed
	Progress  func(Progress) // nil, or is told after every file
}

// Delete deletes a file, a link or a folder, for good: it goes into no waste
// basket. The place comes from ResolveEntry. A tree is looked through first
// and deleted only if all of it may be; when the context ends in the middle,
// what was deleted by then stays so.
func (s *Space) Delete(ctx context.Context, p Place, o DeleteOptions) error {
	if err := s.lookToWrite(p); err != nil {
		return err
	}
	if p.IsRoot() {
		return errRoot
	}
	parent, name, err := s.openParent(p)
	if err != nil {
		return err
	}
	defer parent.close()
	s.reached("opened")
	e, err := parent.stat(name)
	if err != nil {
		return err
	}
	t := s.tree(p, o.Allowed)
	switch {
	case e.kind == Other:
		return errNotRegular
	case e.kind != Folder:
		err = parent.removeFile(name)
	case t.walls.holds(p.real()):
		return errProtected
	default:
		err = t.deleteFolder(ctx, parent, e, p.real(), o)
	}
	if err != nil {
		return err
	}
	return parent.sync()
}

func (t *tree) deleteFolder(ctx context.Context, parent *folder, e entry, real string, o DeleteOptions) error {
	f, err := t.enter(parent, e.name)
	if err != nil {
		return err
	}
	defer f.close()
	if o.Recursive {
		self, err := f.self()
		if err != nil {
			return err
		}
		if _, err := t.survey(ctx, f, real, 1, self.device); err != nil {
			return err
		}
		t.space.reached("surveyed")
		var done Progress
		if err := t.empty(ctx, f, real, &done, o.Progress); err != nil {
			return err
		}
	}
	return parent.removeFolder(e.name)
}

// empty deletes everything in a folder.
func (t *tree) empty(ctx context.Context, f *folder, real string, done *Progress, tell func(Progress)) error {
	return t.each(ctx, f, func(e entry) error {
		at := filepath.Join(real, e.name)
		var err error
		switch {
		case e.kind != Folder:
			err = f.removeFile(e.name)
		case t.walls.closesPath(at):
			return errProtected
		default:
			err = t.emptyInner(ctx, f, e.name, at, done, tell)
		}
		if err != nil {
			return err
		}
		done.Files++
		done.Bytes += e.size
		if tell != nil {
			tell(*done)
		}
		return nil
	})
}

func (t *tree) emptyInner(ctx context.Context, in *folder, name, real string, done *Progress, tell func(Progress)) error {
	f, err := t.enter(in, name)
	if err != nil {
		return err
	}
	err = t.empty(ctx, f, real, done, tell)
	f.close()
	if err != nil {
		return err
	}
	return in.removeFolder(name)
}
