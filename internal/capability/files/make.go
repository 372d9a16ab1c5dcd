package files

import (
	"context"

	"golang.org/x/text/unicode/norm"

	"github.com/alcove-vault/alcove/internal/fault"
)

// MakeFolder makes a folder. With parents it also makes the ones above that are
// missing, and a folder that is there already is no error.
func (s *Space) MakeFolder(ctx context.Context, p Place, parents bool) (Info, error) {
	if err := s.lookToWrite(p); err != nil {
		return Info{}, err
	}
	if p.IsRoot() {
		if parents && p.Kind == Folder {
			return s.Stat(ctx, p)
		}
		return Info{}, errExists
	}
	at := len(p.segments) - 1
	if parents {
		at = p.top
	}
	f, err := s.openFolder(p.dir, p.segments[:at])
	if err != nil {
		return Info{}, err
	}
	defer func() { f.close() }()
	for _, name := range p.segments[at:] {
		if err := ctx.Err(); err != nil {
			return Info{}, err
		}
		next, err := f.ensure(name, parents)
		if err != nil {
			return Info{}, err
		}
		f.close()
		f = next
	}
	e, err := f.self()
	if err != nil {
		return Info{}, err
	}
	return infoOf(p.Target, p.name(), e), nil
}

// ensure makes and opens a folder. One that is there may be met only where
// that is said.
func (f *folder) ensure(name string, met bool) (*folder, error) {
	err := f.makeNew(name)
	if err != nil && (!met || fault.Code(err) != errExists.Code) {
		return nil, err
	}
	if err == nil {
		if err := f.sync(); err != nil {
			return nil, err
		}
	}
	return f.folder(name)
}

// makeNew makes a folder, under a name that is fit to be new.
func (f *folder) makeNew(name string) error {
	if err := f.fitNew(name); err != nil {
		return err
	}
	return f.makeFolder(name)
}

// fitNew refuses a new name that is not in Unicode's composed form, so that two
// names which look the same are the same. Names that are there already are
// taken as they are.
func (f *folder) fitNew(name string) error {
	if norm.NFC.IsNormalString(name) {
		return nil
	}
	if _, err := f.stat(name); err == nil {
		return nil
	}
	return invalid("a new name has to be in Unicode's composed form (NFC)")
}
