//go:build !linux

package app

import (
	"context"

	"github.com/wailsapp/wails/v2/pkg/runtime"
)

func (d *desktop) WriteClipboard(_ context.Context, text string) error {
	return runtime.ClipboardSetText(d.window(), text)
}

func (d *desktop) ReadClipboard(context.Context) (string, error) {
	return runtime.ClipboardGetText(d.window())
}
