//go:build !linux

package vault

import "os"

// moveNew renames the folder old to new. Renaming a folder never replaces one
// that holds something.
func moveNew(old, new string) error { return os.Rename(old, new) }
