package app

import (
	"context"
	"path/filepath"
	"regexp"
	"time"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"github.com/alcove-vault/alcove/app/webview"
	"github.com/alcove-vault/alcove/internal/freedesktop"
	"github.com/alcove-vault/alcove/internal/vault"
)

// desktop is what the desktop does for extensions, through the bridge.
type desktop struct {
	view    *webview.View
	dialogs *dialogs
	window  func() context.Context // the context Wails knows the window by
	input   *lastInput
	notices *freedesktop.Notices
}

var _ vault.Desktop = (*desktop)(nil)

// Pick shows one dialog. Wails cannot close one, so when ctx ends the web
// view's package presses its cancel button.
func (d *desktop) Pick(ctx context.Context, r vault.PickRequest) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	done, err := d.dialogs.begin()
	if err != nil {
		return nil, err
	}
	defer done()
	stop := context.AfterFunc(ctx, d.view.CancelDialogs)
	defer stop()
	paths, err := d.pick(r)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return paths, nil
}

func (d *desktop) pick(r vault.PickRequest) ([]string, error) {
	open := runtime.OpenDialogOptions{Title: r.Title, Filters: filters(r.Extensions), CanCreateDirectories: true}
	switch r.Kind {
	case vault.PickFiles:
		return runtime.OpenMultipleFilesDialog(d.window(), open)
	case vault.PickFolder:
		open.Filters = nil
		return one(runtime.OpenDirectoryDialog(d.window(), open))
	case vault.PickSave:
		return one(runtime.SaveFileDialog(d.window(), runtime.SaveDialogOptions{
			Title: r.Title, Filters: open.Filters, DefaultFilename: fileName(r.Name), CanCreateDirectories: true,
		}))
	default:
		return one(runtime.OpenFileDialog(d.window(), open))
	}
}

func one(path string, err error) ([]string, error) {
	if err != nil || path == "" {
		return nil, err
	}
	return []string{path}, nil
}

// fileName is the name a save dialog begins with, never a place.
func fileName(name string) string {
	switch base := filepath.Base(name); base {
	case ".", "..", string(filepath.Separator):
		return ""
	default:
		return base
	}
}

// extension is what may stand in a dialog's pattern, where ";" separates and
// "*" and "[" mean something.
var extension = regexp.MustCompile(`^[a-zA-Z0-9]{1,16}$`)

// filters offer the files that were asked for, and all files as a way out.
func filters(extensions []string) []runtime.FileFilter {
	pattern := ""
	for _, e := range extensions {
		if extension.MatchString(e) {
			pattern += ";*." + e
		}
	}
	if pattern == "" {
		return nil
	}
	return []runtime.FileFilter{
		{DisplayName: pattern[1:], Pattern: pattern[1:]},
		{DisplayName: "All files", Pattern: "*"},
	}
}

func (d *desktop) LastInput() time.Time { return d.input.at() }
