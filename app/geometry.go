package app

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// The smallest window that every screen fits into, and the first one.
const (
	minWidth, minHeight     = 900, 600
	firstWidth, firstHeight = 1180, 760
	largest                 = 16384
)

// geometry is the window's remembered size and state, in pixels. It says
// nothing about a vault and is kept in clear in the configuration folder.
type geometry struct {
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	Maximised bool `json:"maximised"`
}

// loadGeometry reads the remembered geometry; a missing or damaged file is no
// more than a window of the first size.
func loadGeometry(path string) geometry {
	g := geometry{Width: firstWidth, Height: firstHeight}
	data, err := os.ReadFile(path)
	if err != nil {
		return g
	}
	var kept geometry
	if json.Unmarshal(data, &kept) != nil || kept.Width > largest || kept.Height > largest {
		return g
	}
	return geometry{Width: max(kept.Width, minWidth), Height: max(kept.Height, minHeight), Maximised: kept.Maximised}
}

// save writes the geometry whole or not at all.
func (g geometry) save(path string) error {
	data, err := json.Marshal(g)
	if err != nil {
		return err
	}
	return writeFile(path, append(data, '\n'))
}

// writeFile puts data at path by renaming, readable by the owner only.
func writeFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".alcove-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
