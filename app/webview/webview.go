// Package webview closes what the desktop's web view leaves open to the frame
// of an extension, and hears what no page may swallow: keys, dropped files, a
// present person, the end of the web process.
//
// It reaches the view that Wails made; it is no fork of Wails. On Linux all of
// it is done (the C files). What other systems lack is said in view_other.go.
package webview

// Layer is one part of the hardening.
type Layer uint

// The layers that can be left out, for tests only.
const (
	Channel Layer = 1 << iota
	Features
	Proxy
	Policy
	AskUnknown // leaves nothing out: asks for a web feature that no engine knows
)

// Options say what the view shows and who hears of its events. The functions
// run on the toolkit's thread and must return at once.
type Options struct {
	Start  string // address of the host page; nothing else gets the top frame
	Frames string // address prefix of extension pages; nothing else gets a frame
	Calls  string // address prefix of the host page's calls; no other request has a body
	Skip   Layer  // layers left out; always zero in the product

	Key        func(Key) bool    // true: the page never sees this key
	Touched    func()            // a person is there; at most once a second
	Minimised  func()            // the window was minimised
	Pressed    func()            // a key or button that no page could have pressed
	Dropped    func(path string) // one file dropped by another program
	Terminated func(byUs bool)   // the web process ended
	Refused    func(what string) // a page asked for something it may not have
}

// Key is one key of the window that belongs to Alcove and not to a page.
type Key int

// The key without Ctrl; every other Key is the letter, digit or tab that Ctrl
// was held with.
const F6 Key = 0x46
