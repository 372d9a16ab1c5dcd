//go:build windowtest

package webview

/*
#include <stdlib.h>
#include "eval_windowtest_linux.h"
*/
import "C"

import (
	"context"
	"encoding/json"
	"errors"
	"runtime/cgo"
	"unsafe"
)

type evaluated struct {
	value json.RawMessage
	err   error
}

// Eval runs body as an async function in the top frame and returns what it
// returns.
func (v *View) Eval(ctx context.Context, body string) (json.RawMessage, error) {
	answer := make(chan evaluated, 1)
	handle := cgo.NewHandle(answer) // deleted by the answer, which always comes
	text := C.CString(body)
	defer C.free(unsafe.Pointer(text))
	C.alcove_view_eval(v.c, C.uintptr_t(handle), text)
	select {
	case e := <-answer:
		return e.value, e.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Script adds source to every frame, in a world of its own.
func (v *View) Script(source string) {
	text := C.CString(source)
	defer C.free(unsafe.Pointer(text))
	C.alcove_view_script(v.c, text)
}

//export alcoveEvaluated
func alcoveEvaluated(answer C.uintptr_t, value, failure *C.char) {
	handle := cgo.Handle(answer)
	e := evaluated{value: json.RawMessage(C.GoString(value))}
	if s := C.GoString(failure); s != "" {
		e.err = errors.New(s)
	}
	handle.Value().(chan evaluated) <- e
	handle.Delete()
}
