package network

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// stagger is how long one address of a name has a head start before the next
// is tried beside it (RFC 8305).
const stagger = 250 * time.Millisecond

// maxAddresses of one name are looked at; a name with more is refused.
const maxAddresses = 64

// guard makes connections: it is the only way out of the package.
type guard struct {
	client    *Client
	private   bool // connections to private addresses are made, too
	lookup    lookup
	connect   connect
	neighbors neighbors
	count     func(int64)
}

func newGuard(c *Client, o Options, private bool) *guard {
	g := &guard{client: c, private: private, lookup: o.lookup, connect: o.connect, neighbors: o.neighbors, count: o.Count}
	if g.lookup == nil {
		g.lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if g.connect == nil {
		g.connect = g.dial
	}
	if g.neighbors == nil {
		g.neighbors = interfaces
	}
	return g
}

// dialContext connects to "host:port": looks the host up once, judges every
// address, and connects to one of them.
func (g *guard) dialContext(ctx context.Context, _, target string) (net.Conn, error) {
	ctx, _, done, err := g.client.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	ctx, cancel := context.WithTimeoutCause(ctx, g.client.limits.dial, errUnreachable)
	defer cancel()
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	addresses, err := g.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	conn, err := g.race(ctx, addresses, uint16(number))
	if err != nil {
		return nil, explain(ctx, err, host)
	}
	if g.count != nil {
		conn = &counted{Conn: conn, count: g.count}
	}
	return conn, nil
}

// resolve returns the addresses of a host, all of them judged.
func (g *guard) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	addresses := []netip.Addr{}
	if ip, err := netip.ParseAddr(host); err == nil {
		addresses = append(addresses, ip)
	} else {
		ctx, cancel := context.WithTimeoutCause(ctx, g.client.limits.look, errUnreachable)
		defer cancel()
		if addresses, err = g.lookup(ctx, host); err != nil {
			return nil, explain(ctx, err, host)
		}
	}
	if len(addresses) == 0 || len(addresses) > maxAddresses {
		return nil, errName.With("host", host)
	}
	near := g.neighbors()
	for i, ip := range addresses {
		addresses[i] = ip.Unmap().WithZone("")
		if err := g.judge(addresses[i], near); err != nil {
			return nil, err.With("host", host)
		}
	}
	return addresses, nil
}

// judge refuses an address that this guard makes no connections to.
func (g *guard) judge(ip netip.Addr, near []netip.Prefix) *fault.Error {
	what := reachOf(ip)
	if what == public {
		for _, prefix := range near {
			if prefix.Contains(ip) {
				what = private
			}
		}
	}
	switch {
	case what == never:
		return errNever
	case what == private && !g.private:
		return errPrivate
	}
	return nil
}

// race connects to the addresses in their order, each a little after the one
// before, and keeps the first connection.
func (g *guard) race(ctx context.Context, addresses []netip.Addr, port uint16) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	type outcome struct {
		conn net.Conn
		err  error
	}
	results := make(chan outcome)
	next := time.NewTimer(0)
	defer next.Stop()
	var won net.Conn
	var first error
	waiting, running := addresses, 0
	for won == nil && (len(waiting) > 0 || running > 0) {
		select {
		case <-next.C:
			if len(waiting) == 0 || ctx.Err() != nil {
				waiting = nil
				continue
			}
			to := netip.AddrPortFrom(waiting[0], port)
			waiting, running = waiting[1:], running+1
			go func() {
				conn, err := g.connect(ctx, to)
				results <- outcome{conn, err}
			}()
			next.Reset(stagger)
		case r := <-results:
			running--
			if won = r.conn; r.err != nil {
				won = nil
				if first == nil {
					first = r.err
				}
				next.Reset(0)
			}
		}
	}
	cancel()
	for ; running > 0; running-- {
		if r := <-results; r.err == nil {
			_ = r.conn.Close() // another one was quicker
		}
	}
	if won != nil {
		return won, nil
	}
	if first == nil {
		first = context.Cause(ctx)
	}
	return nil, first
}

// dial connects to one address. The control function sees what the system is
// about to connect to: anything else than what was judged is refused.
func (g *guard) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{
		KeepAlive: 30 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error {
			if got, err := netip.ParseAddrPort(address); err != nil || got != to {
				return fmt.Errorf("about to connect to %s instead of %s", address, to)
			}
			return nil
		},
	}
	return d.DialContext(ctx, "tcp", to.String())
}

// interfaces returns the addresses of this machine and the networks that it
// reaches without a router, whatever they are to the rest of the world: a
// printer at home may have a global IPv6 address. Networks too wide to be one
// place are left out.
func interfaces() []netip.Prefix {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var near []netip.Prefix
	for _, a := range list {
		network, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(network.IP)
		if !ok {
			continue
		}
		ip = ip.Unmap()
		near = append(near, netip.PrefixFrom(ip, ip.BitLen()))
		if bits, _ := network.Mask.Size(); ip.Is4() && bits >= 16 || ip.Is6() && bits >= 48 {
			near = append(near, netip.PrefixFrom(ip, bits).Masked())
		}
	}
	return near
}

// counted tells of the bytes that cross a connection.
type counted struct {
	net.Conn
	count func(int64)
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.count(int64(n))
	return n, err
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.count(int64(n))
	return n, err
}
