// Package clipboard writes to and reads from the desktop's clipboard for apps.
// What was written does not stay there: after 30 s it is cleared, unless the
// person has copied something else meanwhile. That holds after a lock too, so
// a Clipboard belongs to the process and not to an open vault.
package clipboard

import (
	"context"
	"crypto/sha256"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/alcove-vault/alcove/internal/fault"
)

const (
	// MaxText is the most bytes that are written or read at once.
	MaxText = 1 << 20
	// ClearAfter is how long a text stays.
	ClearAfter = 30 * time.Second
	// InputAge is how long before a read a person must have pressed something.
	InputAge = time.Second

	boardTime = 2 * time.Second        // what the desktop may take to clear
	quitTime  = 300 * time.Millisecond // the same when Alcove ends
)

// Board is the desktop's clipboard, and what it knows of the person.
type Board interface {
	WriteClipboard(ctx context.Context, text string) error
	ReadClipboard(ctx context.Context) (string, error)
	LastInput() time.Time
}

// Clock is the time; After calls f on a goroutine of its own once d has passed,
// unless stop came first.
type Clock struct {
	Now   func() time.Time
	After func(d time.Duration, f func()) (stop func())
}

// Faults an app's author meets.
var (
	errText = fault.New("clipboard.text", "The text is over 1 MiB or contains a NUL character. Copy less at once.")
	errNow  = fault.New("clipboard.no_input", "The clipboard is read only within a second of a key or button that the person pressed while this app is in front. Read it when they ask to paste.")
	errSize = fault.New("clipboard.too_large", "The clipboard holds more than 1 MiB of text. Copy less at once, or use a file.")
)

// Clipboard is the desktop's clipboard as apps may use it.
type Clipboard struct {
	board Board
	clock Clock

	mu   sync.Mutex
	hash [sha256.Size]byte // of the text that is to be cleared
	stop func()            // the clearing that is to come, nil for none
	work sync.WaitGroup    // clearings that run
}

// New returns a clipboard on board. Quit ends it.
func New(board Board, clock Clock) *Clipboard { return &Clipboard{board: board, clock: clock} }

// Check holds a text against the bounds. Errors: clipboard.text.
func Check(text string) error {
	if len(text) > MaxText || strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return errText
	}
	return nil
}

// Write puts text on the clipboard for 30 s. Empty text clears it.
func (c *Clipboard) Write(ctx context.Context, text string) error {
	if err := Check(text); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.board.WriteClipboard(ctx, text); err != nil {
		return err
	}
	c.forget()
	if text == "" {
		return nil
	}
	hash := sha256.Sum256([]byte(text))
	c.hash = hash
	c.stop = c.clock.After(ClearAfter, func() {
		c.mu.Lock()
		due := c.stop != nil && c.hash == hash
		if due {
			c.stop = nil
			c.work.Add(1)
		}
		c.mu.Unlock()
		if due {
			defer c.work.Done()
			c.clear(boardTime, hash)
		}
	})
	return nil
}

// forget stops the clearing that is to come. The mutex is held.
func (c *Clipboard) forget() {
	if c.stop != nil {
		c.stop()
		c.stop = nil
	}
}

// clear empties the clipboard if it still holds the text with this hash.
func (c *Clipboard) clear(limit time.Duration, hash [sha256.Size]byte) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	text, err := c.board.ReadClipboard(ctx)
	if err == nil && sha256.Sum256([]byte(text)) == hash {
		_ = c.board.WriteClipboard(ctx, "") // nobody is there who could do more
	}
}

// Read returns the clipboard's text. The person must have pressed a key or a
// button within the last second, and since front, when the app's tab came to
// the front: an input that brought it there was not meant for it. Errors:
// clipboard.no_input, clipboard.too_large.
func (c *Clipboard) Read(ctx context.Context, front time.Time) (string, error) {
	last := c.board.LastInput()
	if last.IsZero() || front.IsZero() || !last.After(front) || c.clock.Now().Sub(last) > InputAge {
		return "", errNow
	}
	text, err := c.board.ReadClipboard(ctx)
	switch {
	case err != nil:
		return "", err
	case len(text) > MaxText:
		return "", errSize
	}
	return text, nil
}

// Quit clears at once what would be cleared later, and waits for that: Alcove
// ends. Nothing must be written any more.
func (c *Clipboard) Quit() {
	c.mu.Lock()
	waiting, hash := c.stop != nil, c.hash
	c.forget()
	c.mu.Unlock()
	if waiting {
		c.clear(quitTime, hash)
	}
	c.work.Wait()
}
