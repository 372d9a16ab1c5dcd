// Package external lets other programs on this computer ask haex extensions, as
// haex-vault does: a WebSocket on a loopback address, with the protocol that
// browser extensions speak already. SPEC.md is the protocol. A program reaches
// only the extensions that the person let it ask; what an extension answers is
// the extension's own affair.
//
// Clients are what was decided, and what the person is asked; they are there as
// long as a vault is open. A Server is there while other programs may connect.
package external

import (
	"context"
	"time"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// DefaultPort is the one that clients try unless a person tells them another.
const DefaultPort = 19455

// Bounds of what comes from outside.
const (
	maxMessage    = 1 << 20 // bytes
	maxAnswer     = 4 << 20 // bytes of JSON that go back
	maxConns      = 16      // with a WebSocket
	maxSockets    = 64      // with or without
	maxRunning    = 8       // requests of one connection at once
	maxRequests   = 10_000  // of one connection; then it has to come back
	messagesASec  = 20      // of one connection
	messagesBurst = 40

	greetTime  = 10 * time.Second // to say who it is
	writeTime  = 10 * time.Second
	aliveEvery = 30 * time.Second
	answerTime = 40 * time.Second // for an extension to start and to answer
)

// Client is a program that asks. Nothing of it but the key is its own for sure,
// and that only as far as SPEC.md says.
type Client struct {
	// ID is 32 hex digits, the beginning of the key's SHA-256. Clients show the
	// same to their users.
	ID   string `json:"id"`
	Key  string `json:"key"`  // base64, as the client spells it
	Name string `json:"name"` // what it calls itself: one line, at most 80 characters; may be empty
	// Origin is what a browser says of an extension of its own, "" for a program
	// that is no browser.
	Origin string `json:"origin"`
}

// same reports whether two are one client, by whatever name.
func (c Client) same(other Client) bool { return c.Key == other.Key && c.Origin == other.Origin }

// Request is what a client asks of an extension.
type Request struct {
	Client  Client
	Action  string
	Payload []byte // JSON, an object
}

// Answer is an extension's. Data is JSON, nil for none.
type Answer struct {
	Success bool
	Data    []byte
	Error   string
}

// Apps are the extensions of an open vault.
type Apps interface {
	// Askable returns the title of an extension that can be asked.
	//
	// Errors: extension.*, external.no_requests.
	Askable(ctx context.Context, id manifest.ID) (title string, err error)
	// Ask puts a request to an extension, which is started if it is not open,
	// and waits for the answer, for as long as ctx lasts at most.
	//
	// Errors: those of Askable, peers.not_running, external.busy, session.ended,
	// and the cause of ctx.
	Ask(ctx context.Context, id manifest.ID, r Request) (Answer, error)
	// Refused notes that a client asked an extension which it may not ask.
	Refused(ctx context.Context, id manifest.ID, r Request)
	// Decided notes what the person decided about a client and an extension;
	// taken back is neither.
	Decided(ctx context.Context, id manifest.ID, c Client, d Decision)
}

// Decision is what the person said.
type Decision string

// The decisions. They are part of the vault's format.
const (
	Allow     Decision = "allow"
	Deny      Decision = "deny"
	TakenBack Decision = ""
)
