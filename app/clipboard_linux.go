package app

import (
	"context"

	"github.com/alcove-vault/alcove/app/webview"
)

func (d *desktop) WriteClipboard(_ context.Context, text string) error {
	webview.SetClipboard(text)
	return nil
}

func (d *desktop) ReadClipboard(ctx context.Context) (string, error) {
	return webview.Clipboard(ctx)
}
