package webview

/*
#cgo pkg-config: gtk+-3.0 webkit2gtk-4.1
#cgo CFLAGS: -Wall -Wextra
#include <stdlib.h>
#include "view_linux.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"runtime/cgo"
	"unsafe"
)

// Hardened is true where every layer exists: a failure of Harden there means
// that no extension may start.
const Hardened = true

// View is the web view of the window. It lives as long as the process.
type View struct {
	opts   Options
	c      *C.AlcoveView
	handle cgo.Handle
	done   chan error
}

// New prepares the view; call it before wails.Run, and Harden afterwards from
// any other goroutine.
func New(opts Options) *View {
	v := &View{opts: opts, done: make(chan error, 1)}
	v.handle = cgo.NewHandle(v)
	start, frames, calls := C.CString(opts.Start), C.CString(opts.Frames), C.CString(opts.Calls)
	defer C.free(unsafe.Pointer(start))
	defer C.free(unsafe.Pointer(frames))
	defer C.free(unsafe.Pointer(calls))
	C.alcove_requests_take_bodies(calls)
	v.c = C.alcove_view_new(C.uintptr_t(v.handle), start, frames, C.uint(opts.Skip))
	C.alcove_view_harden(v.c)
	return v
}

// Harden waits until the toolkit's thread has applied every layer.
func (v *View) Harden(ctx context.Context) error {
	select {
	case err := <-v.done:
		v.done <- err
		return err
	case <-ctx.Done():
		return fmt.Errorf("harden the web view: %w", ctx.Err())
	}
}

// Terminate ends the web process, hung or not; Terminated hears of it.
func (v *View) Terminate() { C.alcove_view_terminate(v.c) }

// Load shows the host page from its beginning.
func (v *View) Load() { C.alcove_view_load(v.c) }

// Present brings the window to the front and gives the page the focus.
func (v *View) Present() { C.alcove_view_present(v.c) }

// CancelDialogs closes every file dialog as if the person had cancelled it.
func (v *View) CancelDialogs() { C.alcove_view_cancel_dialogs(v.c) }

// HearsMinimise reports whether this display tells when the window is
// minimised. Ask once Harden has returned.
func (v *View) HearsMinimise() bool { return v.c.hears_minimise != 0 }

func of(handle C.uintptr_t) *View { return cgo.Handle(handle).Value().(*View) }

//export alcoveHardened
func alcoveHardened(handle C.uintptr_t, failure *C.char) {
	var err error
	if s := C.GoString(failure); s != "" {
		err = errors.New(s)
	}
	of(handle).done <- err
}

//export alcoveKey
func alcoveKey(handle C.uintptr_t, key C.int) C.int {
	if of(handle).opts.Key(Key(key)) {
		return 1
	}
	return 0
}

//export alcoveTouched
func alcoveTouched(handle C.uintptr_t) { of(handle).opts.Touched() }

//export alcovePressed
func alcovePressed(handle C.uintptr_t) { of(handle).opts.Pressed() }

//export alcoveMinimised
func alcoveMinimised(handle C.uintptr_t) { of(handle).opts.Minimised() }

//export alcoveDropped
func alcoveDropped(handle C.uintptr_t, path *C.char) { of(handle).opts.Dropped(C.GoString(path)) }

//export alcoveTerminated
func alcoveTerminated(handle C.uintptr_t, byUs C.int) { of(handle).opts.Terminated(byUs != 0) }

//export alcoveRefused
func alcoveRefused(handle C.uintptr_t, what *C.char) { of(handle).opts.Refused(C.GoString(what)) }
