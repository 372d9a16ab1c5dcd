// Package network reaches addresses outside for extensions: requests over HTTP
// and WebSockets. Whether an address may be reached is decided by whoever
// calls; what makes that decision hold is here.
//
// An address is parsed once, into one spelling, and that spelling is what is
// judged, dialled and named in errors. A name is looked up once; every address
// it stands for is judged, and one of exactly those is dialled. Each redirect
// is a new address and passes the same way.
//
// Nothing ambient goes along: no cookies, no credentials of the person, no
// client certificates, no proxy of the environment, no cache. A fault of TLS is
// final.
package network

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// UserAgent is what every request says of itself, whatever the app and the
// machine.
const UserAgent = "Alcove"

// Policy judges what one call may reach. It is asked anew for each hop.
type Policy struct {
	// Allow says on which terms the address may be reached with the method; url
	// is the canonical text. Its error ends the call.
	Allow func(ctx context.Context, method, url string) (Terms, error)
	// Private reports whether the address may be reached also where it turns
	// out to be one of this machine or of a network around it. Nil is no.
	Private func(ctx context.Context, url string) bool
}

// Terms are what an address may be reached on. The zero value is none.
type Terms struct {
	MaxResponse int64 // bytes of an answer from there, unpacked; 0 is no bound
}

// private reports whether hop may lead to a private address.
func (p Policy) private(ctx context.Context, hop Address) bool {
	return p.Private != nil && p.Private(ctx, hop.String())
}

// limits bound what one client does and how long it takes.
type limits struct {
	requests int // open at once, until the answer's last byte has arrived
	sockets  int // open at once
	perSecond,
	burst int // connections and requests, each redirect one

	look     time.Duration // a name to be looked up
	dial     time.Duration // a connection to be made, its look-up included
	headers  time.Duration // one hop's headers to arrive, its connection included
	silence  time.Duration // without a byte of a body that is waited for
	total    time.Duration // a request, from its beginning to the last byte
	write    time.Duration // a message to be taken by the other side
	ping     time.Duration // between two signs of life of a socket
	response int64         // bytes of an answer, unpacked
	head     int64         // bytes of an answer's headers
	ahead    int           // bytes that are read before the app asks for them
	message  int64         // bytes of one message of a socket
}

func defaults() limits {
	return limits{
		requests: 16, sockets: 8, perSecond: 50, burst: 200,
		look: 10 * time.Second, dial: 15 * time.Second, headers: 2 * time.Minute,
		silence: time.Minute, total: 10 * time.Minute, write: 30 * time.Second, ping: 30 * time.Second,
		response: 256 << 20, head: 64 << 10, ahead: 512 << 10, message: 4 << 20,
	}
}

// Options are what a Client is made with. Those that are not exported are for
// tests.
type Options struct {
	// Count is told of bytes that crossed the wire, in either direction, as
	// they do. It must not block. Nil counts nothing.
	Count func(bytes int64)

	limits    *limits
	lookup    lookup
	connect   connect
	neighbors neighbors
	roots     *x509.CertPool
}

// Client makes the requests of one extension. Connections are kept for later
// requests of the same client only.
type Client struct {
	limits   limits
	rate     *rate.Limiter
	requests slots
	sockets  slots

	// Connections that were judged as public ones are never mixed with those
	// that were allowed to be private: index 1 holds the latter.
	fetching [2]*http.Transport
	upgraded [2]*http.Transport
	guards   [2]*guard

	ctx    context.Context // ends with the client
	cancel context.CancelFunc
	gate   sync.Mutex
	closed bool
	work   sync.WaitGroup // what reads, writes and dials
}

// New returns a client. It must be closed.
func New(options Options) *Client {
	l := defaults()
	if options.limits != nil {
		l = *options.limits
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &Client{
		limits: l, rate: rate.NewLimiter(rate.Limit(l.perSecond), l.burst),
		requests: make(slots, l.requests), sockets: make(slots, l.sockets),
		ctx: ctx, cancel: cancel,
	}
	for i, private := range []bool{false, true} {
		g := newGuard(c, options, private)
		c.guards[i] = g
		c.fetching[i] = newTransport(g, l, options.roots, true)
		c.upgraded[i] = newTransport(g, l, options.roots, false)
	}
	return c
}

// Close aborts what runs, waits for it and drops the connections.
func (c *Client) Close() {
	c.gate.Lock()
	c.closed = true
	c.gate.Unlock()
	c.cancel()
	c.work.Wait()
	for i := range c.fetching {
		c.fetching[i].CloseIdleConnections()
		c.upgraded[i].CloseIdleConnections()
	}
}

// Dialer connects to "host:port" over TCP.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// Dial is how other capabilities connect: a host is looked up once, every
// address it stands for is judged, and the bytes are counted. Private says that
// it may be this machine, or one in a network around it.
func (c *Client) Dial(private bool) Dialer {
	if private {
		return c.guards[1].dialContext
	}
	return c.guards[0].dialContext
}

// begin lets one piece of work run inside the client. The context it returns
// ends with the caller's and with the client; done must be called.
func (c *Client) begin(ctx context.Context) (inner context.Context, cancel context.CancelCauseFunc, done func(), err error) {
	c.gate.Lock()
	defer c.gate.Unlock()
	if c.closed {
		return nil, nil, nil, errClosed
	}
	c.work.Add(1)
	inner, cancel = context.WithCancelCause(ctx)
	stop := context.AfterFunc(c.ctx, func() { cancel(errClosed) })
	return inner, cancel, func() { stop(); cancel(nil); c.work.Done() }, nil
}

// pick returns the connections for a hop.
func pick(pool *[2]*http.Transport, private bool) *http.Transport {
	if private {
		return pool[1]
	}
	return pool[0]
}

// slots bound how many of a thing are there at once.
type slots chan struct{}

// take waits for a slot until ctx ends.
func (s slots) take(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errBusy
	}
}

func (s slots) give() { <-s }

type (
	lookup    func(ctx context.Context, host string) ([]netip.Addr, error)
	connect   func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
	neighbors func() []netip.Prefix
)
