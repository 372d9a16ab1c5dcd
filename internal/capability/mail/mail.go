// Package mail reads, sorts and sends mail for apps through the mail accounts of
// a vault. It speaks IMAP and SMTP over TLS only; an app never sees a password,
// and what a server says is bounded in bytes and time.
package mail

import (
	"crypto/x509"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/items"
)

// Bounds of one call.
const (
	MaxTime        = time.Minute
	MaxFolders     = 2_000
	MaxList        = 100      // messages in one list
	MaxUIDs        = 1_000    // messages that are marked or moved at once
	MaxMessage     = 25 << 20 // bytes of a message, as the server sends it
	MaxText        = 2 << 20  // bytes of a text or HTML body; what is longer is cut
	MaxParts       = 200      // of a message; further ones are left out
	MaxRecipients  = 100
	MaxSubject     = 900 // bytes
	MaxAttachments = 20

	maxOpen = 8 // connections at once
)

// Faults an app's author meets.
var (
	errUnreachable = fault.New("mail.unreachable", "The mail server could not be reached. Check the connection and the server of the account, then try again.")
	errTLS         = fault.New("mail.tls", "The mail server did not prove who it is, or does not encrypt. Nothing was sent to it. Check the server and the encryption of the account.")
	errLogin       = fault.New("mail.login", "The mail server refused the user name or password of the account. The person can change them in Passwords, Mail accounts.")
	errNoFolder    = fault.New("mail.no_folder", "There is no such folder in the account. Look at the folders again.")
	errNoMessage   = fault.New("mail.no_message", "There is no such message in the folder, or not any more. Look at the list again.")
	errNoPart      = fault.New("mail.no_attachment", "The message has no such attachment. Read the message again, and take one that it lists.")
	errTooLarge    = fault.New("mail.too_large", "The message is larger than 25 MiB, or the mail server says more at once than it may. Send less in one message, or ask for less at once.")
	errProtocol    = fault.New("mail.protocol", "The mail server said something that makes no sense, or refused what was asked. Try again; if it stays so, check the servers of the account.")
	errRejected    = fault.New("mail.rejected", "The mail server did not take the message: it refused the sender, a recipient or what is in it. Check those, then send it again; if it stays so, ask who runs the mail server.")
	errDraft       = fault.New("mail.draft", "The message cannot be sent like this. Check its recipients, its subject and its files, then send it again.")
	errTime        = fault.New("quota.time", "The mail server took longer than a minute. Try again, or with less at once.")
)

// Login is a server and who speaks to it.
type Login struct {
	items.Server
	User     string
	Password string
}

// String keeps the password out of logs and errors.
func (Login) String() string { return "[redacted]" }

// GoString does so too.
func (Login) GoString() string { return "[redacted]" }

// Client connects to mail servers. Each call has a connection of its own.
type Client struct {
	dial  Dialer
	roots *x509.CertPool // nil: those of the system
	open  chan struct{}  // one for each connection
	now   func() time.Time
}

// New returns a client that connects by dial. Roots are the authorities that
// servers are proved by; nil is those of the system.
func New(dial Dialer, roots *x509.CertPool) *Client {
	return &Client{dial: dial, roots: roots, open: make(chan struct{}, maxOpen), now: time.Now}
}

// Address is a mail address with the name that stands before it.
type Address struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}
