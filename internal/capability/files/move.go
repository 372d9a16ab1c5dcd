package files

import (
	"context"
	"errors"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Move gives a file or a folder another place. From comes from ResolveEntry.
// A file may replace a file where the options say so; a folder replaces
// nothing. On one disk that is a single step. To another disk it is a copy
// and then a deletion, so that a crash between them leaves both.
func (s *Space) Move(ctx context.Context, from, to Place, o CopyOptions) (Info, error) {
	if err := errors.Join(s.lookToWrite(from), ctx.Err()); err != nil {
		return Info{}, err
	}
	if err := s.lookToWrite(to); err != nil {
		return Info{}, err
	}
	if from.IsRoot() || len(to.segments) == 0 {
		return Info{}, errRoot
	}
	source, name, err := s.openParent(from)
	if err != nil {
		return Info{}, err
	}
	defer source.close()
	target, newName, err := s.openParent(to)
	if err != nil {
		return Info{}, err
	}
	defer target.close()
	s.reached("opened")
	e, err := source.stat(name)
	if err != nil {
		return Info{}, err
	}
	if err := s.movable(ctx, from, to, source, e, o); err != nil {
		return Info{}, err
	}
	before, err := target.replaceable(newName, WriteOptions{Replace: o.Replace})
	if err != nil {
		return Info{}, err
	}
	if e.kind == Folder && before.kind != Absent {
		return Info{}, errExists
	}
	err = source.rename(name, target, newName, before.kind == File)
	if errors.Is(err, errCrossDevice) {
		return s.moveAcross(ctx, from, to, e, o)
	}
	if err != nil {
		return Info{}, err
	}
	if err := errors.Join(target.sync(), source.sync()); err != nil {
		return Info{}, err
	}
	e, err = target.stat(newName)
	return infoOf(to.Target, newName, e), err
}

// movable reports whether what is at from may go to to.
func (s *Space) movable(ctx context.Context, from, to Place, source *folder, e entry, o CopyOptions) error {
	switch {
	case e.kind != File && e.kind != Folder:
		return errNotRegular // a link leads elsewhere from elsewhere
	case from.real() == to.real():
		return errSame
	case e.kind == File:
		if e.readOnly() {
			return errReadOnly
		}
		if o.MaxSize > 0 && e.size > o.MaxSize {
			return errTooLarge
		}
		return nil
	case !o.Recursive:
		return errIsFolder
	}
	t := s.tree(from, o.Allowed)
	t.to(from, to, o.AllowedTo)
	if t.walls.holds(from.real()) {
		return errProtected
	}
	f, err := t.enter(source, e.name)
	if err != nil {
		return err
	}
	defer f.close()
	if _, err := t.survey(ctx, f, from.real(), 1, e.device); err != nil {
		return err
	}
	return nil
}

// moveAcross moves to another disk.
func (s *Space) moveAcross(ctx context.Context, from, to Place, e entry, o CopyOptions) (Info, error) {
	from.Kind = e.kind
	info, err := s.Copy(ctx, from, to, o)
	if err != nil {
		return Info{}, err
	}
	err = s.Delete(ctx, from, DeleteOptions{Recursive: o.Recursive, Allowed: o.Allowed})
	if err != nil {
		f := fault.Of(err)
		return info, fault.Wrap(f.Code, "The copy on the other disk is complete, but what was moved could not be deleted. "+f.Message, err)
	}
	return info, nil
}
