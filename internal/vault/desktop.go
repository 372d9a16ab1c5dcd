package vault

import "github.com/alcove-vault/alcove/internal/bridge"

// What the desktop does for extensions, in the bridge's own words, so that the
// shell needs to know only the vault.
type (
	Desktop      = bridge.Desktop
	PickRequest  = bridge.PickRequest
	Notification = bridge.Notification
)

// The kinds of file dialogs.
const (
	PickFile   = bridge.PickFile
	PickFiles  = bridge.PickFiles
	PickFolder = bridge.PickFolder
	PickSave   = bridge.PickSave
)
