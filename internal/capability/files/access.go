package files

import (
	"context"
	"errors"
	"io/fs"
	"time"
)

// Inside the package a folder that is open is a *folder. It is reached along a
// path without links, and everything it does is about one name in it, never
// about a path: what the name of the folder leads to in the meantime is no
// matter. There is one implementation for Linux, with descriptors, and one for
// other systems, with os.Root, which no test has run on.

// errCrossDevice says that a rename would lead to another disk.
var errCrossDevice = errors.New("on another disk")

// entry is what a folder holds under a name.
type entry struct {
	name     string
	kind     Kind
	size     int64
	modified time.Time
	mode     fs.FileMode // permission bits
	version  string      // changes whenever content or identity change
	device   uint64      // the file system it is on; 0 where that is not known
	owner    owner
}

// readOnly reports a file that nobody is meant to write.
func (e entry) readOnly() bool { return e.mode&0o222 == 0 }

// openParent opens the folder that holds a place and returns the name it has
// there.
func (s *Space) openParent(p Place) (*folder, string, error) {
	if len(p.segments) == 0 {
		return nil, "", errRoot
	}
	last := len(p.segments) - 1
	f, err := s.openFolder(p.dir, p.segments[:last])
	if err != nil {
		return nil, "", err
	}
	return f, p.segments[last], nil
}

// openFileParent is openParent for a place where a file is meant.
func (s *Space) openFileParent(ctx context.Context, p Place) (*folder, string, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	if len(p.segments) == 0 {
		return nil, "", errIsFolder
	}
	return s.openParent(p)
}

// openPlace opens the folder that a place is.
func (s *Space) openPlace(p Place) (*folder, error) { return s.openFolder(p.dir, p.segments) }

// look is the first step of an operation: it returns the place's refusal, and
// names the instant between the check and the use.
func (s *Space) look(p Place) error {
	if p.refusal != nil {
		return p.refusal
	}
	s.reached("checked")
	return nil
}

// lookToWrite is look for what changes something.
func (s *Space) lookToWrite(p Place) error {
	if err := s.look(p); err != nil {
		return err
	}
	if instructs(p.segments[p.top:]) {
		return errInstructs
	}
	return nil
}
