package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-smtp"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/items"
)

// Dialer opens a connection to "host:port". Who uses the package says what may
// be reached: a host that a person typed may be anywhere, one that an app names
// may not.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// connect opens a connection for one call and returns what ends it.
func (c *Client) connect(ctx context.Context, s items.Server) (conn net.Conn, done func(), err error) {
	select {
	case c.open <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	raw, err := c.dial(ctx, "tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)))
	if err != nil {
		<-c.open
		return nil, nil, c.explain(ctx, errUnreachable, err)
	}
	// The libraries set deadlines of their own and know no context.
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	done = func() { stop(); _ = raw.Close(); <-c.open }
	return raw, done, nil
}

// tlsConfig is the only way to speak to a server.
func (c *Client) tlsConfig(s items.Server) *tls.Config {
	return &tls.Config{ServerName: s.Host, RootCAs: c.roots, MinVersion: tls.VersionTLS12}
}

// session is an IMAP connection that is logged in.
type session struct {
	*imapclient.Client
	*meter
}

// imap runs work on a connection that is logged in. Before each command, work
// calls allow.
func (c *Client) imap(ctx context.Context, l Login, work func(*session) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, MaxTime, errTime)
	defer cancel()
	conn, done, err := c.connect(ctx, l.Server)
	if err != nil {
		return err
	}
	defer done()
	s := session{meter: new(meter)}
	s.allow()
	o := &imapclient.Options{TLSConfig: c.tlsConfig(l.Server), WordDecoder: words(), DebugWriter: s.meter}
	if l.Security == items.StartTLS {
		if s.Client, err = imapclient.NewStartTLS(conn, o); err != nil {
			return c.explain(ctx, errTLS, err)
		}
	} else {
		secured := tls.Client(conn, o.TLSConfig)
		if err := secured.HandshakeContext(ctx); err != nil {
			return c.explain(ctx, errTLS, err)
		}
		s.Client = imapclient.New(secured, o)
	}
	defer func() { _ = s.Close() }()
	if err := s.WaitGreeting(); err != nil {
		return c.explain(ctx, errProtocol, err)
	}
	if err := s.Login(l.User, l.Password).Wait(); err != nil {
		return c.explain(ctx, errLogin, err)
	}
	s.allow()
	if err := work(&s); err != nil {
		if s.flooded() {
			return fault.Wrap(errTooLarge.Code, errTooLarge.Message, err)
		}
		return c.explain(ctx, errProtocol, err)
	}
	s.allow()
	_ = s.Logout().Wait() // everything is done
	return nil
}

// smtp runs work on a connection that is greeted and encrypted.
func (c *Client) smtp(ctx context.Context, l Login, work func(*smtp.Client) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, MaxTime, errTime)
	defer cancel()
	raw, done, err := c.connect(ctx, l.Server)
	if err != nil {
		return err
	}
	defer done()
	conn := &bounded{Conn: raw, left: maxAnswer}
	var client *smtp.Client
	if l.Security == items.StartTLS {
		if client, err = smtp.NewClientStartTLS(conn, c.tlsConfig(l.Server)); err != nil {
			return c.explain(ctx, errTLS, err)
		}
	} else {
		secured := tls.Client(conn, c.tlsConfig(l.Server))
		if err := secured.HandshakeContext(ctx); err != nil {
			return c.explain(ctx, errTLS, err)
		}
		client = smtp.NewClient(secured)
	}
	defer func() { _ = client.Close() }()
	if err := work(client); err != nil {
		return c.explain(ctx, errProtocol, err)
	}
	_ = client.Quit() // everything is done
	return nil
}

// explain says what an error is for the app: one that has words already, the
// end of the time, too many bytes, a certificate, a connection, or otherwise
// what the step says. What the server said is for the log.
func (c *Client) explain(ctx context.Context, otherwise *fault.Error, err error) error {
	_, said := errors.AsType[*imap.Error](err)
	_, told := errors.AsType[*smtp.SMTPError](err)
	_, verified := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, broken := errors.AsType[net.Error](err)
	switch {
	case fault.Code(err) != fault.CodeInternal:
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, errFlood):
		return fault.Wrap(errTooLarge.Code, errTooLarge.Message, err)
	case verified || authority:
		return fault.Wrap(errTLS.Code, errTLS.Message, err)
	case !said && !told && (broken || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)) && otherwise != errTLS:
		return fault.Wrap(errUnreachable.Code, errUnreachable.Message, err)
	}
	return fault.Wrap(otherwise.Code, otherwise.Message, err)
}

// errFlood is of a connection on which too much came.
var errFlood = errors.New("the server sends more than it may")

// What a server may say in answer to one command, and how many lists it may open
// one in the other without anything between. The library reads lists and
// messages in messages by recursion, and makes errors that are as long as the
// recursion is deep at each step; so this is the bound of its stack and of its
// time.
const (
	maxAnswer  = 1 << 20
	maxNesting = 1_000
)

// meter sees everything that an IMAP connection carries, and ends it where a
// server says more than it may.
type meter struct {
	mu    sync.Mutex
	left  int
	run   int // of "(" that follow each other
	flood bool
}

// allow lets the server answer one more command.
func (m *meter) allow() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left = maxAnswer
}

// sends makes room for what this side writes, which goes through the meter too.
func (m *meter) sends(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left += n
}

func (m *meter) flooded() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.flood
}

func (m *meter) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left -= len(p)
	for _, b := range p {
		if b != '(' {
			m.run = 0
		} else if m.run++; m.run > maxNesting {
			m.flood = true
		}
	}
	if m.left < 0 || m.flood {
		m.flood = true
		return 0, errFlood
	}
	return len(p), nil
}

// bounded is a connection on which only so much may come.
type bounded struct {
	net.Conn
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errFlood
	}
	n, err := b.Conn.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
