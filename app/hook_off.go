//go:build !windowtest

package app

import (
	"log/slog"

	"github.com/alcove-vault/alcove/app/webview"
)

// hook is the way in for the real-window tests; the product has none.
type hook struct{}

func newHook(*webview.View, *slog.Logger) *hook { return nil }

func (*hook) close() {}

// skippedLayers is nothing: only a test build can leave a layer out.
func skippedLayers() webview.Layer { return 0 }
