package app

import (
	"context"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"github.com/alcove-vault/alcove/app/webview"
	"github.com/alcove-vault/alcove/internal/fault"
)

// shell is what only a desktop window can do for the page. Its dialogs are the
// toolkit's and are shown by Go: the page gets what was picked, and no way to
// name a file itself.
type shell struct {
	view    *webview.View
	window  func() context.Context // the context Wails knows the window by
	reset   func()                 // ends the web process and loads the page again
	dialogs *dialogs
	copy    func(ctx context.Context, text string) error
}

func (s *shell) PickPackage(context.Context) (string, []byte, error) {
	done, err := s.dialogs.begin()
	if err != nil {
		return "", nil, err
	}
	defer done()
	path, err := runtime.OpenFileDialog(s.window(), runtime.OpenDialogOptions{
		Title: "Install an app",
		Filters: []runtime.FileFilter{
			{DisplayName: "Apps (*.alcove, *.xt)", Pattern: "*.alcove;*.xt"},
			{DisplayName: "All files", Pattern: "*"},
		},
	})
	if err != nil || path == "" {
		return "", nil, err
	}
	return readPackage(path)
}

func (s *shell) PickFolder(_ context.Context, title string) (string, error) {
	done, err := s.dialogs.begin()
	if err != nil {
		return "", err
	}
	defer done()
	return runtime.OpenDirectoryDialog(s.window(), runtime.OpenDialogOptions{Title: title, CanCreateDirectories: true})
}

func (s *shell) SaveText(_ context.Context, suggestedName string, data []byte) (string, error) {
	done, err := s.dialogs.begin()
	if err != nil {
		return "", err
	}
	defer done()
	path, err := runtime.SaveFileDialog(s.window(), runtime.SaveDialogOptions{
		Title: "Save", DefaultFilename: filepath.Base(suggestedName), DefaultDirectory: documents(), CanCreateDirectories: true,
	})
	if err != nil || path == "" {
		return "", err
	}
	if err := writeFile(path, data); err != nil {
		return "", fault.Wrap("file.not_written", "The file could not be written there. Choose another folder.", err)
	}
	return path, nil
}

// documents is where a person looks for what was saved: not where Alcove was
// started, which is the toolkit's own choice.
func documents() string {
	if info, err := os.Stat(xdg.UserDirs.Documents); err == nil && info.IsDir() {
		return xdg.UserDirs.Documents
	}
	return xdg.Home
}

func (s *shell) CopyText(ctx context.Context, text string) error { return s.copy(ctx, text) }

func (s *shell) ResetPage() { s.reset() }

func (s *shell) Focus() { s.view.Present() }
