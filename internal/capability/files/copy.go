package files

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/alcove-vault/alcove/internal/fault"
)

// CopyOptions say how a file or a tree is copied or moved.
type CopyOptions struct {
	Replace   bool           // a file that is there may be replaced; a folder never is
	Recursive bool           // a folder may be copied with what is in it
	MaxSize   int64          // bytes one file may have, 0 for what the limits allow
	Allowed   Allowed        // of what is in the folder, where it is
	AllowedTo Allowed        // and where it will be
	Progress  func(Progress) // nil, or is told after every file and every piece
}

// piece is how much is copied between two looks at the context.
const piece = 4 << 20

// copying is one copy on its way.
type copying struct {
	*tree
	options CopyOptions
	done    Progress
}

// Copy copies a file or a tree. The copy is there completely or not at all.
// Links, devices, sockets and pipes in a tree are not copied, and permission
// bits are those of new files.
func (s *Space) Copy(ctx context.Context, from, to Place, o CopyOptions) (Info, error) {
	if err := s.look(from); err != nil {
		return Info{}, err
	}
	if err := s.lookToWrite(to); err != nil {
		return Info{}, err
	}
	c := copying{tree: s.tree(from, o.Allowed), options: o}
	if from.Kind == Folder {
		c.to(from, to, o.AllowedTo)
		return c.copyTree(ctx, from, to)
	}
	w, err := s.Create(ctx, to, WriteOptions{Replace: o.Replace, MaxSize: o.MaxSize})
	if err != nil {
		return Info{}, err
	}
	defer w.end()
	r, err := s.Open(ctx, from, 0, o.MaxSize)
	if err != nil {
		return Info{}, err
	}
	defer r.file.Close()
	if from.real() == to.real() {
		return Info{}, errSame
	}
	c.done.Total = r.Info.Size
	if err := c.content(ctx, w.draft, r.file); err != nil {
		return Info{}, err
	}
	c.done.Files++
	c.tell()
	return w.Commit(ctx)
}

func (c *copying) tell() {
	if c.options.Progress != nil {
		c.options.Progress(c.done)
	}
}

// content copies what is in one file.
func (c *copying) content(ctx context.Context, d *draft, from *os.File) error {
	limit := c.space.limits.File
	if c.options.MaxSize > 0 {
		limit = min(limit, c.options.MaxSize)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.CopyN(d.file, from, min(piece, limit+1))
		c.done.Bytes += n
		if limit -= n; limit < 0 || c.done.Bytes > c.space.limits.TreeBytes {
			return errTooLarge
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return explain(err)
		}
		c.tell()
		c.space.reached("copied")
	}
}

// copyTree copies a folder: into a folder of another name beside the new one,
// which gets its name when all is there.
func (c *copying) copyTree(ctx context.Context, from, to Place) (Info, error) {
	switch {
	case !c.options.Recursive:
		return Info{}, errIsFolder
	case to.IsRoot():
		return Info{}, errExists
	case from.real() == to.real() || inside(from.real(), to.real()):
		return Info{}, errSame
	case c.walls.holds(from.real()):
		return Info{}, errProtected
	}
	source, err := c.space.openPlace(from)
	if err != nil {
		return Info{}, err
	}
	defer source.close()
	parent, name, err := c.space.openParent(to)
	if err != nil {
		return Info{}, err
	}
	defer parent.close()
	if _, err := parent.stat(name); err == nil {
		return Info{}, errExists
	}
	if err := parent.fitNew(name); err != nil {
		return Info{}, err
	}
	self, err := source.self()
	if err != nil {
		return Info{}, err
	}
	if c.closes(source) {
		return Info{}, errProtected
	}
	if c.done.Total, err = c.survey(ctx, source, from.real(), 1, self.device); err != nil {
		return Info{}, err
	}
	if c.done.Total > c.space.limits.TreeBytes {
		return Info{}, errTooLarge
	}
	if err := c.intoDraft(ctx, source, parent, name, from.real()); err != nil {
		return Info{}, err
	}
	e, err := parent.stat(name)
	if err != nil {
		return Info{}, err
	}
	return infoOf(to.Target, name, e), nil
}

// intoDraft copies the content of source into a folder that then gets its name
// in parent.
func (c *copying) intoDraft(ctx context.Context, source, parent *folder, name, real string) (err error) {
	between := draftName()
	if err := parent.makeFolder(between); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			// Whatever the call's context says: nothing half-done stays.
			_ = c.emptyInner(context.WithoutCancel(ctx), parent, between, "", new(Progress), nil)
		}
	}()
	into, err := parent.folder(between)
	if err != nil {
		return err
	}
	defer into.close()
	if err := c.folder(ctx, source, into, real); err != nil {
		return err
	}
	if err := parent.rename(between, parent, name, false); err != nil {
		return err
	}
	return parent.sync()
}

// folder copies what is in one folder.
func (c *copying) folder(ctx context.Context, from, to *folder, real string) error {
	err := c.each(ctx, from, func(e entry) error {
		at := filepath.Join(real, e.name)
		if _, is := c.spell(at, e.kind); is == closed {
			return errProtected
		}
		switch {
		case e.kind == File && !isDraft(e.name):
			return c.file(ctx, from, to, e.name)
		case e.kind == Folder && !isDraft(e.name):
			return c.inner(ctx, from, to, e.name, at)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return to.sync()
}

func (c *copying) inner(ctx context.Context, from, to *folder, name, real string) error {
	source, err := c.enter(from, name)
	if err != nil {
		return err
	}
	defer source.close()
	if err := to.makeFolder(name); err != nil {
		return err
	}
	target, err := to.folder(name)
	if err != nil {
		return err
	}
	defer target.close()
	c.done.Files++
	return c.folder(ctx, source, target, real)
}

// file copies one file of a tree.
func (c *copying) file(ctx context.Context, from, to *folder, name string) error {
	source, _, err := from.open(name)
	if fault.Code(err) == errNotFound.Code {
		return nil // it vanished meanwhile
	}
	if err != nil {
		return err
	}
	defer source.Close()
	d, err := to.draft(entry{})
	if err != nil {
		return err
	}
	defer d.discard()
	if err := c.content(ctx, d, source); err != nil {
		return err
	}
	if err := d.publish(name, false); err != nil {
		return err
	}
	c.done.Files++
	c.tell()
	return nil
}
