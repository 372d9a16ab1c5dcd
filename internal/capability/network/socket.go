package network

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/net/http/httpguts"
)

// MaxProtocols are how many subprotocols a WebSocket may offer.
const MaxProtocols = 16

// Socket is an open WebSocket (RFC 6455). It must be closed.
type Socket struct {
	Protocol string // the subprotocol the server chose, or ""

	conn   *websocket.Conn
	limits limits
	queue  *queue
	cancel context.CancelCauseFunc
	ctx    context.Context
	done   chan struct{}

	reading atomic.Bool // the server is being read, so a pong would be seen

	goodbye sync.Mutex // held while a goodbye is said, before the end is noted
	mu      sync.Mutex
	ended   *Closed
}

// Message is a message, or the beginning of one that does not fit into what
// was asked for: then More says that the rest follows.
type Message struct {
	Data []byte
	Text bool
	More bool
}

// Closed says how a WebSocket ended, in the terms of RFC 6455. Code is 1005
// where the server named none, and 1006 where the connection broke.
type Closed struct {
	Code   int
	Reason string
}

// Clean reports whether both sides said goodbye.
func (c Closed) Clean() bool { return c.Code != 1006 }

// Connect opens a WebSocket. Redirects are not followed. The socket outlives
// ctx, which is only for the time until it is open.
func (c *Client) Connect(ctx context.Context, policy Policy, address Address, protocols []string) (*Socket, error) {
	if s := address.Scheme; s != "ws" && s != "wss" {
		return nil, badAddress("A WebSocket has an address that begins with wss:// or ws://.")
	}
	if err := checkProtocols(protocols); err != nil {
		return nil, err
	}
	inner, cancel, done, err := c.begin(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	defer stop()
	clock := time.AfterFunc(c.limits.headers, func() { cancel(errHeaderTime) })
	defer clock.Stop()
	select {
	case c.sockets <- struct{}{}:
	default:
		done()
		return nil, errBusy
	}
	end := func() { c.sockets.give(); done() }
	conn, err := c.handshake(inner, policy, address, protocols)
	if err != nil {
		err = explain(inner, err, address.Host)
		end()
		return nil, err
	}
	conn.SetReadLimit(c.limits.message)
	s := &Socket{
		Protocol: conn.Subprotocol(), conn: conn, limits: c.limits, queue: newQueue(int(c.limits.message)),
		cancel: cancel, ctx: inner, done: make(chan struct{}),
	}
	go s.run(end)
	return s, nil
}

func checkProtocols(protocols []string) error {
	if len(protocols) > MaxProtocols {
		return badRequest("A WebSocket offers at most %d protocols.", MaxProtocols)
	}
	for i, p := range protocols {
		if len(p) > 64 || !httpguts.ValidHeaderFieldName(p) || slices.Contains(protocols[:i], p) {
			return badRequest("A protocol of a WebSocket is a word of at most 64 letters, digits and signs, and is named once.")
		}
	}
	return nil
}

// handshake makes the one request that becomes the socket.
func (c *Client) handshake(ctx context.Context, policy Policy, address Address, protocols []string) (*websocket.Conn, error) {
	if _, err := policy.Allow(ctx, http.MethodGet, address.String()); err != nil {
		return nil, err
	}
	if !c.rate.Allow() {
		return nil, errRate
	}
	headers := make(http.Header)
	headers.Set("User-Agent", UserAgent)
	conn, res, err := websocket.Dial(ctx, address.String(), &websocket.DialOptions{
		HTTPClient: &http.Client{
			Transport:     pick(&c.upgraded, policy.private(ctx, address)),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		HTTPHeader: headers, Subprotocols: protocols, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil && res != nil {
		if res.Body != nil {
			res.Body.Close()
		}
		return nil, errHandshake.With("status", res.StatusCode)
	}
	return conn, err
}

// run reads messages until the socket ends, and looks after its life.
func (s *Socket) run(end func()) {
	defer end()
	var keep sync.WaitGroup
	keep.Go(s.keepAlive)
	err := s.pump()
	s.goodbye.Lock()
	s.finish(err)
	s.goodbye.Unlock()
	s.cancel(errSocketGone)
	_ = s.conn.CloseNow() // how it ended is noted
	keep.Wait()
	s.queue.end(io.EOF)
	close(s.done)
}

func (s *Socket) pump() error {
	for s.queue.room(s.ctx) {
		s.reading.Store(true)
		kind, data, err := s.conn.Read(s.ctx)
		s.reading.Store(false)
		if err != nil {
			return err
		}
		s.queue.put(piece{data: data, text: kind == websocket.MessageText})
	}
	return context.Cause(s.ctx)
}

// finish notes how the socket ended; the first note counts.
func (s *Socket) finish(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		return
	}
	s.ended = &Closed{Code: 1006}
	if ce, ok := errors.AsType[websocket.CloseError](err); ok {
		s.ended = &Closed{Code: int(ce.Code), Reason: strings.ToValidUTF8(ce.Reason, "\uFFFD")}
	}
}

// keepAlive asks for a sign of life from time to time. A server that the app
// does not read from for now is not asked: its answer would not be seen.
func (s *Socket) keepAlive() {
	tick := time.NewTicker(s.limits.ping)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		if !s.reading.Load() {
			continue
		}
		ctx, cancel := context.WithTimeout(s.ctx, s.limits.ping)
		err := s.conn.Ping(ctx)
		cancel()
		if err != nil && s.reading.Load() {
			s.cancel(errSilence)
			return
		}
	}
}

// Read waits for a message and returns at most limit bytes of it. Behind the
// last message, closed says how the socket ended.
func (s *Socket) Read(ctx context.Context, limit int) (m Message, closed *Closed, err error) {
	p, err := s.queue.take(ctx, limit)
	if errors.Is(err, io.EOF) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return Message{}, s.ended, nil
	}
	return Message{Data: p.data, Text: p.text, More: p.more}, nil, err
}

// Write sends a message, and waits until the connection has taken it.
func (s *Socket) Write(ctx context.Context, data []byte, text bool) error {
	if int64(len(data)) > s.limits.message {
		return errMessage
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.limits.write, errSocketWrite)
	defer cancel()
	kind := websocket.MessageBinary
	if text {
		kind = websocket.MessageText
	}
	if err := s.conn.Write(ctx, kind, data); err != nil {
		// Half a message cannot be taken back: the library has closed the
		// connection where it began one.
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return errSocketGone
	}
	return nil
}

// CheckClose reports whether an app may end a socket with code and reason.
func CheckClose(code int, reason string) error {
	if code != 1000 && (code < 3000 || code > 4999) {
		return badRequest("The code to close a WebSocket with is 1000, or one from 3000 to 4999.")
	}
	if len(reason) > 123 || strings.ToValidUTF8(reason, "") != reason {
		return badRequest("The reason to close a WebSocket with is text of at most 123 bytes.")
	}
	return nil
}

// Shut says goodbye and waits some seconds for the server's. What has arrived
// can still be read.
func (s *Socket) Shut(code int, reason string) error {
	if err := CheckClose(code, reason); err != nil {
		return err
	}
	s.queue.seal() // the server's goodbye comes after all that it has sent
	s.goodbye.Lock()
	if s.conn.Close(websocket.StatusCode(code), reason) == nil {
		s.finish(websocket.CloseError{Code: websocket.StatusCode(code), Reason: reason})
	}
	s.goodbye.Unlock()
	s.Close()
	return nil
}

// Close ends the socket at once.
func (s *Socket) Close() {
	s.cancel(errSocketGone)
	<-s.done
}
