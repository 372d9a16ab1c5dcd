package bridge

import (
	"context"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/clipboard"
)

// Desktop is what the machine's desktop does for apps: file dialogs, the
// clipboard, notifications, and whether a person is at the window. The window
// has one, whose methods may be called from any goroutine; in a browser there
// is none, and what needs it answers capability.unavailable.
type Desktop interface {
	// Pick shows the toolkit's own file dialog and returns absolute paths as the
	// person chose them, none if they cancelled. The dialog closes when ctx
	// ends. Errors: dialog.open while another one is shown.
	Pick(ctx context.Context, r PickRequest) (paths []string, err error)

	// WriteClipboard puts text on the clipboard; empty text clears it.
	WriteClipboard(ctx context.Context, text string) error
	// ReadClipboard returns the clipboard's text, empty if it holds none.
	ReadClipboard(ctx context.Context) (text string, err error)

	// OpenAddress shows an http or https address in the person's browser.
	OpenAddress(ctx context.Context, url string) error

	// Notify shows a notification. A click on it brings the window to the front
	// and shows the app. Errors: capability.unavailable where nobody shows any.
	Notify(ctx context.Context, n Notification) error
	// TakeBack takes back one notification of an app, and reports whether it was
	// still shown.
	TakeBack(app, id string) bool
	// Withdraw takes back every notification that is still shown: the vault is
	// being locked.
	Withdraw()

	// LastInput is when a key or a button was last pressed, or the window
	// touched, as the toolkit itself saw it: no page has a say in it. Zero if
	// that never happened.
	LastInput() time.Time
}

// Clipboard is the desktop's clipboard as apps may use it. What they wrote is
// cleared later, also when the vault is locked by then, so it belongs to the
// process.
type Clipboard = clipboard.Clipboard

// NewClipboard returns the clipboard of d. After calls f once d has passed.
func NewClipboard(d Desktop, now func() time.Time, after func(time.Duration, func()) (stop func())) *Clipboard {
	return clipboard.New(d, clipboard.Clock{Now: now, After: after})
}

// UseDesktop gives the bridge the desktop it runs on, and its clipboard. Call
// it before Open; without it there is none.
func (b *Bridge) UseDesktop(d Desktop, c *Clipboard) { b.desk, b.clipboard = d, c }

// Copy puts a text of the person's on the desktop's clipboard, for 30 s as those
// of apps. Errors: capability.unavailable without a desktop, clipboard.text.
func (b *Bridge) Copy(ctx context.Context, text string) error {
	if b.desk == nil {
		return errNoDesk
	}
	return b.clipboard.Write(ctx, text)
}

// PickKind is what a file dialog is for.
type PickKind string

// The kinds of file dialogs.
const (
	PickFile   PickKind = "file"
	PickFiles  PickKind = "files" // any number of them
	PickFolder PickKind = "folder"
	PickSave   PickKind = "save" // a file that need not be there
)

// PickRequest is what a file dialog shows.
type PickRequest struct {
	Kind       PickKind
	Title      string   // a sentence of Alcove's that names the app
	Name       string   // of PickSave: the file name it begins with; only its last component counts
	Extensions []string // which files are offered, "md"; empty is all. The person can choose others all the same
}

// Notification is one message to the person. Alcove has cleaned and bounded
// both texts.
type Notification struct {
	App   string // the id of the app it is from, shown when it is clicked
	ID    string // of its own
	Title string // begins with the app's name
	Body  string
}
