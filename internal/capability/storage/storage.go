// Package storage reads and writes objects on S3 for apps, through the storages
// of a vault. An app never sees what opens one; what a server says is bounded in
// bytes and time, and nothing but that server is spoken to.
package storage

import (
	"crypto/x509"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alcove-vault/alcove/internal/capability/network"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/items"
)

// Bounds of one call.
const (
	MaxTime     = 2 * time.Minute
	MaxKey      = 1 << 10  // bytes of a key, with the prefix of the storage
	MaxUpload   = 8 << 20  // bytes of an object that is written
	MaxDownload = 24 << 20 // bytes of an object that is read
	MaxList     = 10_000   // objects in one list

	maxAnswer = 8 << 20 // bytes of any other answer: a page of a list, an error
	maxPage   = 1_000   // objects in a page of a list
	maxOpen   = 16      // calls at once
	maxEach   = 4       // of one caller
)

// Faults an app's author meets.
var (
	errUnreachable = fault.New("storage.unreachable", "The storage's server could not be reached. Check the connection and the address of the storage, then try again.")
	errTLS         = fault.New("storage.tls", "The storage's server did not prove who it is, or does not encrypt. Nothing was sent to it. Check the address of the storage.")
	errLogin       = fault.New("storage.login", "The storage's server refused the access key, or it does not allow this. The person can change the key in Passwords, Storage.")
	errNoBucket    = fault.New("storage.no_bucket", "There is no such bucket at the storage's server. Check the name of the bucket.")
	errNoObject    = fault.New("storage.no_object", "There is no object with this key, or not any more. Look at the list again.")
	errTooLarge    = fault.New("storage.too_large", "An object is read up to 24 MiB and written up to 8 MiB at once, or the storage's server says more at once than it may. Keep it in smaller parts.")
	errElsewhere   = fault.New("storage.redirect", "The storage's server sends its callers elsewhere, where nobody allowed to go. Check the address and the region of the storage.")
	errProtocol    = fault.New("storage.protocol", "The storage's server said something that makes no sense, or refused what was asked. Try again; if it stays so, check the address of the storage.")
	errNowhere     = fault.New("storage.broken", "What this vault knows of the storage does not say where it is. Change it, or remove it.")
	errKey         = fault.New("storage.key", "A key is text of 1 to 1024 bytes, with the folder of the storage, without control characters and without “.” or “..” between slashes. Choose another one.")
	errTime        = fault.New("quota.time", "The storage's server took longer than two minutes. Try again, or with less at once.")
)

// ErrUnreachable is the error where a server does not answer.
var ErrUnreachable = errUnreachable

// Server is a storage and how it is reached.
type Server struct {
	items.Storage
	Dial   network.Dialer
	Caller string // id of the app that calls; "" for the person
}

// Object is what a list has of an object. Changed is in Unix milliseconds, 0
// where the server does not say.
type Object struct {
	Key     string `json:"key"`
	Size    int64  `json:"size"` // bytes
	Changed int64  `json:"changed"`
}

// Client speaks to S3 servers. Each call has connections of its own.
type Client struct {
	roots *x509.CertPool // nil: those of the system
	open  chan struct{}  // one for each call
	time  time.Duration

	mu      sync.Mutex
	callers map[string]chan struct{} // one for each call of one caller
}

// New returns a client. Roots are the authorities that servers are proved by;
// nil is those of the system.
func New(roots *x509.CertPool) *Client {
	return &Client{roots: roots, open: make(chan struct{}, maxOpen), time: MaxTime, callers: make(map[string]chan struct{})}
}

// callsOf has room for the calls of one caller, so that no app, with a server
// that hangs, keeps all others waiting.
func (c *Client) callsOf(caller string) chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.callers[caller] == nil {
		c.callers[caller] = make(chan struct{}, maxEach)
	}
	return c.callers[caller]
}

// CheckKey reports whether an object can have a key. Error: storage.key.
func CheckKey(key string) error {
	if key == "" {
		return errKey
	}
	return CheckPrefix(key + "/")
}

// CheckPrefix reports whether keys can begin like this. Error: storage.key.
func CheckPrefix(prefix string) error {
	if len(prefix) > MaxKey+1 || !utf8.ValidString(prefix) || strings.ContainsFunc(prefix, unicode.IsControl) {
		return errKey
	}
	parts := strings.Split(prefix, "/")
	for _, part := range parts[:len(parts)-1] {
		if part == "." || part == ".." { // servers and what is before them may take them for a way up
			return errKey
		}
	}
	return nil
}

// within is what the keys of all objects in the storage begin with.
func (s *Server) within() string {
	if s.Prefix == "" {
		return ""
	}
	return s.Prefix + "/"
}

// full is a key as the server knows it. Error: storage.key.
func (s *Server) full(key string) (string, error) {
	if err := CheckKey(key); err != nil {
		return "", err
	}
	key = s.within() + key
	return key, CheckKey(key)
}
