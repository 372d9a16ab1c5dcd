package files

import (
	"context"
	"path/filepath"
)

// Info is what is told of a file or folder.
type Info struct {
	Target   string `json:"path"` // canonical
	Name     string `json:"name"` // the last segment; of a root what its folder is called
	Kind     Kind   `json:"kind"`
	Size     int64  `json:"size"`     // bytes of a file, else 0
	Modified int64  `json:"modified"` // Unix milliseconds
	ReadOnly bool   `json:"readOnly"` // its permission bits let nobody write it
	Version  string `json:"version"`  // another one after every change
}

func infoOf(target, name string, e entry) Info {
	return Info{
		Target: target, Name: name, Kind: e.kind, Size: e.size, Modified: e.modified.UnixMilli(),
		ReadOnly: e.readOnly(), Version: e.version,
	}
}

// name is the last segment of a place, or what the root is called.
func (p Place) name() string {
	if len(p.segments) > 0 {
		return p.segments[len(p.segments)-1]
	}
	return filepath.Base(p.dir)
}

// Stat tells of a file or folder.
func (s *Space) Stat(ctx context.Context, p Place) (Info, error) {
	if err := s.look(p); err != nil {
		return Info{}, err
	}
	if err := ctx.Err(); err != nil {
		return Info{}, err
	}
	e, err := s.entryAt(p)
	if err != nil {
		return Info{}, err
	}
	if e.kind == Link {
		return Info{}, errChanged // there was none when the path was resolved
	}
	return infoOf(p.Target, p.name(), e), nil
}

// entryAt returns what is at a place.
func (s *Space) entryAt(p Place) (entry, error) {
	if len(p.segments) == 0 {
		f, err := s.openPlace(p)
		if err != nil {
			return entry{}, err
		}
		defer f.close()
		return f.self()
	}
	parent, name, err := s.openParent(p)
	if err != nil {
		return entry{}, err
	}
	defer parent.close()
	return parent.stat(name)
}
