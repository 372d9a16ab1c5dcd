package webview

/*
#include <stdlib.h>
#include "view_linux.h"
*/
import "C"

import (
	"context"
	"runtime/cgo"
	"unsafe"
)

// SetClipboard puts text on the clipboard, up to its first NUL; empty text
// clears it.
func SetClipboard(text string) {
	c := C.CString(text)
	defer C.free(unsafe.Pointer(c))
	C.alcove_clipboard_set(c)
}

// Clipboard returns the clipboard's text, empty if it holds none. The program
// that put it there has to answer, until ctx ends.
func Clipboard(ctx context.Context) (string, error) {
	answer := make(chan string, 1)
	C.alcove_clipboard_get(C.uintptr_t(cgo.NewHandle(answer))) // deleted by the answer, which always comes
	select {
	case text := <-answer:
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

//export alcoveClipboard
func alcoveClipboard(answer C.uintptr_t, text *C.char) {
	handle := cgo.Handle(answer)
	handle.Value().(chan string) <- C.GoString(text)
	handle.Delete()
}
