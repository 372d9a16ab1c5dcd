// Package fault is the error that crosses a border: to a person as a sentence,
// to code as a stable dotted code.
//
// Inside a package errors are wrapped with fmt.Errorf as usual. Where an error
// becomes visible to a person, an extension author or a script, it is a
// *Error. It imports only the standard library, so every package may use it.
package fault

import "errors"

// CodeInternal is the code of an error that nobody gave a code.
const CodeInternal = "internal"

// Error is what a person or an extension sees of a failure.
type Error struct {
	// Code is stable and dotted, for example "bundle.bad_signature".
	Code string
	// Message says in plain sentences what happened, why, and what to do now.
	// It never contains a secret and never a path inside a vault.
	Message string
	// Data holds details for code, for example {"wait_ms": 2000}. It is shown
	// to the receiver as it is, so it holds no secrets either.
	Data map[string]any
	// Err is the cause. It is for the log, not for the receiver.
	Err error
}

// New returns an error with a code and a message.
func New(code, message string) *Error {
	return &Error{Code: code, Message: message}
}

// Wrap returns an error with a code and a message whose cause is err.
func Wrap(code, message string, err error) *Error {
	return &Error{Code: code, Message: message, Err: err}
}

// With returns a copy of e that also carries key and value in Data.
func (e *Error) With(key string, value any) *Error {
	data := make(map[string]any, len(e.Data)+1)
	for k, v := range e.Data {
		data[k] = v
	}
	data[key] = value
	return &Error{Code: e.Code, Message: e.Message, Data: data, Err: e.Err}
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Code + ": " + e.Message + ": " + e.Err.Error()
	}
	return e.Code + ": " + e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is a fault with the same code, so that a package
// can export a sentinel per branch a caller has to take.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code
}

// Code returns the code of the first fault in err's chain, CodeInternal for
// any other error, and "" for nil.
func Code(err error) string {
	if err == nil {
		return ""
	}
	if f, ok := errors.AsType[*Error](err); ok {
		return f.Code
	}
	return CodeInternal
}

// Of returns the first fault in err's chain. Any other error becomes one with
// CodeInternal whose message gives away nothing of the cause.
func Of(err error) *Error {
	if f, ok := errors.AsType[*Error](err); ok {
		return f
	}
	return Wrap(CodeInternal, "Alcove could not finish this because of a fault of its own. Nothing was changed. Try again, and restart Alcove if it stays.", err)
}
