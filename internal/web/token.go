// Package web is the one http.Handler of Alcove: the host page, what the host
// page asks of Go, the events Go tells it, and the files of extensions with the
// headers that confine them. The same handler answers the window's web view and
// a loopback listener in a browser.
package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"sync"
)

// token is the launch token: what tells the host page's requests from those of
// anybody else who can reach the handler. There is one at a time.
type token struct {
	mu      sync.RWMutex
	current string
}

func (t *token) get() string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.current
}

// rotate makes a new token; the one before it is worth nothing from now on.
func (t *token) rotate() string {
	var raw [32]byte
	rand.Read(raw[:]) // never fails: the runtime aborts where there is no randomness
	next := base64.RawURLEncoding.EncodeToString(raw[:])
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current = next
	return next
}

// rotateFrom replaces the token if old is it, so that of two pages with the
// same token only one gets a successor.
func (t *token) rotateFrom(old string) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !same(old, t.current) {
		return "", false
	}
	var raw [32]byte
	rand.Read(raw[:])
	t.current = base64.RawURLEncoding.EncodeToString(raw[:])
	return t.current, true
}

// valid reports whether got is the token, in constant time.
func (t *token) valid(got string) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return same(got, t.current)
}

// same compares secrets in constant time. No secret is empty.
func same(got, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}
