//go:build !linux

package webview

import (
	"context"
	"errors"
	"runtime"
)

// Hardened is false: none of the layers is applied on this system.
//
// Windows: Wails hooks no messages of frames there, binds nothing, and the
// policies of the pages hold; WebRTC, preconnect and look-ups are not closed,
// so "an extension sends nothing off the machine" is not claimed. There is no
// watchdog, no native key and no lock while a page hangs. Extensions may run.
//
// Every other system: nothing was examined closely enough, so extensions are
// refused.
const Hardened = false

// View stands for the web view; it can do nothing to it here.
type View struct{}

// New ignores its options: no event is heard on this system.
func New(Options) *View { return &View{} }

// Harden answers nil where extensions may run without it.
func (*View) Harden(context.Context) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	return errors.New("the web view cannot be hardened on this system")
}

// Terminate cannot end the web process here.
func (*View) Terminate() {}

// Memory is not known here.
func (*View) Memory() int64 { return 0 }

// Load is left to Wails here.
func (*View) Load() {}

// Present is left to Wails here.
func (*View) Present() {}

// CancelDialogs cannot close a dialog here; the person does.
func (*View) CancelDialogs() {}

// HearsMinimise is false: no event is heard here.
func (*View) HearsMinimise() bool { return false }
