package external

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/json"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// conn is one connection of one client.
type conn struct {
	server *Server
	ws     *websocket.Conn
	origin string
	rate   *rate.Limiter
	slots  chan struct{} // one for each request that runs
	work   sync.WaitGroup

	order sync.Mutex // held while the client is told what it may do

	mu      sync.Mutex
	client  Client
	key     publicKey // of the client
	own     *ecdh.PrivateKey
	greeted bool
	told    standing
	seen    map[[32]byte]bool // what was sealed for this connection already
}

func newConn(s *Server, ws *websocket.Conn, origin string) *conn {
	ws.SetReadLimit(maxMessage)
	return &conn{
		server: s, ws: ws, origin: origin, rate: rate.NewLimiter(messagesASec, messagesBurst),
		slots: make(chan struct{}, maxRunning), seen: make(map[[32]byte]bool),
	}
}

// run reads until the connection ends, or is ended.
func (c *conn) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer c.work.Wait()
	defer cancel()
	greeting := time.AfterFunc(greetTime, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.greeted {
			cancel()
		}
	})
	defer greeting.Stop()
	c.work.Go(func() { c.look(ctx, cancel) })
	for {
		kind, data, err := c.ws.Read(ctx)
		if err != nil {
			return
		}
		if kind != websocket.MessageText {
			return
		}
		if !c.rate.Allow() {
			c.fail(ctx, codeTooMany, "Too many messages at once. Wait a moment.")
			continue
		}
		if !c.take(ctx, data) {
			return
		}
	}
}

// take does what one message is for. It reports whether the connection goes on.
func (c *conn) take(ctx context.Context, data []byte) bool {
	m, err := parse(data)
	if err != nil {
		c.fail(ctx, codeParse, "The message is not of this protocol.")
		return true
	}
	switch m.Type {
	case typeHandshake:
		return c.greet(ctx, m)
	case typeRequest:
		return c.request(ctx, m)
	case typePing:
		c.send(ctx, map[string]string{"type": typePong})
	}
	return true // what a version does not know is let pass
}

// greet answers a handshake. A client may repeat its own, so that the person is
// asked again.
func (c *conn) greet(ctx context.Context, m message) bool {
	key, err := parseKey(m.Client.Key)
	c.mu.Lock()
	other := c.greeted && key.text != c.key.text
	c.mu.Unlock()
	if err != nil || other || key.id() != m.Client.ID || m.Version < oldest || m.Version > newest {
		c.fail(ctx, codeHandshake, "The key, the id made from it, or the version of the protocol is none that Alcove knows.")
		return false
	}
	client := Client{ID: key.id(), Key: key.text, Name: cleanName(m.Client.Name), Origin: c.origin}
	own, err := key.form.curve().GenerateKey(rand.Reader)
	if err != nil {
		return false
	}
	public, err := key.form.spell(own.PublicKey())
	if err != nil {
		return false
	}
	var apps []manifest.ID
	for _, asked := range m.Client.Asked {
		if id, ok := idOf(asked.Key, asked.Name); ok {
			apps = append(apps, id)
		}
	}
	c.order.Lock()
	now := c.server.clients.greet(ctx, client, apps)
	c.mu.Lock()
	c.client, c.key, c.own, c.greeted, c.told = client, key, own, true, now
	c.mu.Unlock()
	c.send(ctx, greeting{typeGreeting, m.Version, public, now.authorized, now.pending && !now.authorized})
	c.order.Unlock()
	c.follow(ctx) // the person may have decided meanwhile
	return now.authorized || now.pending
}

// look tells the client when the person has decided, and finds out whether it is
// still there.
func (c *conn) look(ctx context.Context, cancel context.CancelFunc) {
	alive := time.NewTicker(aliveEvery)
	defer alive.Stop()
	for {
		news := c.server.clients.changes()
		c.follow(ctx)
		select {
		case <-ctx.Done():
			return
		case <-news:
		case <-alive.C:
			pinging, done := soon(ctx)
			err := c.ws.Ping(pinging)
			done()
			if err != nil {
				cancel()
				return
			}
		}
	}
}

// follow tells the client what it may do now, if that is something else.
func (c *conn) follow(ctx context.Context) {
	c.order.Lock()
	defer c.order.Unlock()
	c.mu.Lock()
	if !c.greeted {
		c.mu.Unlock()
		return
	}
	now := c.server.clients.standing(c.client)
	news := now.authorized != c.told.authorized || c.told.pending && !now.pending && !now.authorized
	c.told = now
	c.mu.Unlock()
	if news {
		c.send(ctx, update{typeUpdate, now.authorized})
	}
}

func (c *conn) fail(ctx context.Context, code, sentence string) {
	c.send(ctx, failure{typeError, code, sentence})
}

// send writes a message. A client that does not read loses its connection.
func (c *conn) send(ctx context.Context, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		c.server.log.Error("a message to a program could not be written", "error", err)
		return
	}
	ctx, done := soon(ctx)
	defer done()
	_ = c.ws.Write(ctx, websocket.MessageText, data) // the reader notices
}
