package app

import (
	"strconv"

	"github.com/alcove-vault/alcove/app/webview"
)

// keyEvent names what the page is told of a key that belongs to the window
// wherever the focus is; an empty name leaves the key to the page. Ctrl+L is not here: it needs no page.
func keyEvent(k webview.Key) string {
	switch {
	case k == 'k':
		return "palette"
	case k == 'w':
		return "close_tab"
	case k == '\t':
		return "next_tab"
	case k == webview.F6:
		return "switch_region"
	case k >= '1' && k <= '9':
		return "tab_" + strconv.Itoa(int(k-'0'))
	}
	return ""
}

const lockKey webview.Key = 'l'
