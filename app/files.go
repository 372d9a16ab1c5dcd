package app

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/instance"
)

// maxPackage is one byte more than a package may have, so that its own check
// says that it is too large.
const maxPackage = 64<<20 + 1

// handOver gives a file, or only the wish to come to the front, to the window
// that is open.
func handOver(ctx context.Context, file string) error {
	var m instance.Message
	if file != "" {
		m.Files = []string{file}
	}
	return instance.Send(ctx, m)
}

// handedOver takes what a later start or the command line sends.
func (w *window) handedOver(ctx context.Context, m instance.Message) error {
	if m.Vault != "" {
		u, err := w.gate.Vault()
		if err != nil || !sameFolder(u.Dir, m.Vault) {
			return fault.New(instance.CodeOtherVault, "The open window shows another vault, or none. Unlock this one there, then try again.")
		}
	}
	kind := "argument"
	if m.Vault != "" {
		kind = "cli"
	}
	for _, path := range m.Files {
		if err := w.review(ctx, path, kind); err != nil {
			return err
		}
	}
	w.view.Present()
	return nil
}

func sameFolder(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// dropped takes a file that another program's drag brought.
func (w *window) dropped(path string) {
	w.work.Go(func() { _ = w.review(w.ctx, path, "drop") })
}

// review brings the package at path before the person. The page is told of a
// failure too, so the error is only for somebody else who waits.
func (w *window) review(ctx context.Context, path, kind string) error {
	name, data, err := readPackage(path)
	if err != nil {
		w.site.ImportFailed(filepath.Base(path), err)
		return err
	}
	return w.site.Import(ctx, name, data, kind)
}

// readPackage reads the file at path, as much of it as a package may have.
func readPackage(path string) (name string, data []byte, err error) {
	// Looked at before it is opened: opening a pipe would wait for its writer.
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return "", nil, unreadable(err)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", nil, unreadable(err)
	}
	defer f.Close()
	data, err = io.ReadAll(io.LimitReader(f, maxPackage))
	if err != nil {
		return "", nil, unreadable(err)
	}
	return filepath.Base(path), data, nil
}

func unreadable(err error) error {
	return fault.Wrap("file.unreadable", "The file could not be read. It may have been moved, or it is no ordinary file. Choose another one.", err)
}
