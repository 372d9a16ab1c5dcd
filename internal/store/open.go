package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store/sealvfs"
)

// openStores are the databases this process has open. A second opener would
// have a log index of its own and write over the first one's pages.
var openStores = places{open: map[string]os.FileInfo{}}

type places struct {
	mu   sync.Mutex
	open map[string]os.FileInfo
}

// enter claims the file at path, whatever name it goes by.
func (p *places) enter(path string) (string, error) {
	place, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(place)
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, other := range p.open {
		if os.SameFile(other, info) {
			return "", fault.New("vault.open_elsewhere", "This vault is already open. Lock it there first.")
		}
	}
	p.open[place] = info
	return place, nil
}

func (p *places) leave(place string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, place)
}

// checkFile judges the file before anything is done with it. A file that is
// empty is no fresh database: Create never leaves one.
func checkFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.New("vault.missing", "This folder holds no vault: the file "+FileName+" is missing.").With("file", FileName)
	case err != nil:
		return err
	case !info.Mode().IsRegular() || info.Size() < sealvfs.PageSize:
		return damaged(&sealvfs.Damage{File: FileName, Page: 1})
	}
	return nil
}
