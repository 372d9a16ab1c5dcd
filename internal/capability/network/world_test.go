package network

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is an internet of its own. What the guard believes to be public leads
// to listeners on loopback, by host name; everything else leads to one secret
// server, so that a guard that lets something through is seen to.
type world struct {
	t      *testing.T
	client *Client
	roots  *x509.CertPool
	secret atomic.Int64 // requests that reached what is private

	mu     sync.Mutex
	names  map[string][]string
	routes map[netip.AddrPort]string // to a listener on loopback
	dialed []netip.AddrPort
	looked map[string]int
	wires  atomic.Int64
}

func newWorld(t *testing.T, change ...func(*limits)) *world {
	t.Helper()
	w := &world{
		t: t, roots: x509.NewCertPool(), names: map[string][]string{"localhost": {"127.0.0.1", "::1"}},
		routes: map[netip.AddrPort]string{}, looked: map[string]int{},
	}
	l := defaults()
	for _, c := range change {
		c(&l)
	}
	inside := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		w.secret.Add(1)
		io.WriteString(rw, "secret")
	}))
	w.client = New(Options{
		Count: func(n int64) { w.wires.Add(n) }, limits: &l, roots: w.roots,
		lookup: w.lookup,
		connect: func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			w.mu.Lock()
			w.dialed = append(w.dialed, to)
			at, ok := w.routes[to]
			w.mu.Unlock()
			if !ok {
				at = inside.Listener.Addr().String()
			}
			return (&net.Dialer{}).DialContext(ctx, "tcp", at)
		},
		neighbors: func() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("2a02:8388:1::/64")} },
	})
	t.Cleanup(func() {
		w.client.Close()
		inside.Close()
	})
	return w
}

func (w *world) lookup(_ context.Context, host string) ([]netip.Addr, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looked[host]++
	list, ok := w.names[host]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	var out []netip.Addr
	for _, text := range list {
		out = append(out, netip.MustParseAddr(text))
	}
	return out, nil
}

// name makes a name stand for addresses.
func (w *world) name(host string, addresses ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.names[host] = addresses
}

// route makes an address and port lead to a listener.
func (w *world) route(host string, port uint16, listener string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ip := netip.MustParseAddr(fmt.Sprintf("93.184.216.%d", len(w.names)))
	if list := w.names[host]; len(list) > 0 {
		ip = netip.MustParseAddr(list[0])
	}
	w.names[host] = []string{ip.String()}
	w.routes[netip.AddrPortFrom(ip, port)] = listener
}

// stop ends a server, after the client, whose end is what servers wait for
// that write for ever.
func (w *world) stop(server func()) {
	w.t.Cleanup(func() { w.client.Close(); server() })
}

// http serves a plain public host.
func (w *world) http(host string, handler http.HandlerFunc) {
	server := httptest.NewServer(handler)
	w.stop(server.Close)
	w.route(host, 80, server.Listener.Addr().String())
}

// https serves a public host with a certificate that the world trusts.
func (w *world) https(host string, handler http.HandlerFunc, change ...func(*httptest.Server)) {
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{Certificates: []tls.Certificate{w.certificate(host, time.Now().Add(time.Hour))}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // failed handshakes are what is tested
	for _, c := range change {
		c(server)
	}
	server.StartTLS()
	w.stop(server.Close)
	w.route(host, 443, server.Listener.Addr().String())
}

// raw serves a public host with whatever serve writes.
func (w *world) raw(host string, serve func(net.Conn)) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer conn.Close()
				serve(conn)
			})
		}
	})
	w.stop(func() { l.Close(); open.Wait() })
	w.route(host, 80, l.Addr().String())
}

// certificate returns a certificate that the world trusts.
func (w *world) certificate(host string, until time.Time) tls.Certificate {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		w.t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		w.t.Fatal(err)
	}
	w.roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// anywhere allows every address that is not private.
var anywhere = Policy{Allow: func(context.Context, string, string) (Terms, error) { return Terms{}, nil }}

// everywhere allows private addresses, too.
var everywhere = Policy{Allow: anywhere.Allow, Private: func(context.Context, string) bool { return true }}

var errNotGranted = fault.New("net.test_refused", "not granted")

// only allows the addresses that begin so.
func only(prefixes ...string) Policy {
	return Policy{Allow: func(_ context.Context, _, url string) (Terms, error) {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(url, p) }) {
			return Terms{}, nil
		}
		return Terms{}, errNotGranted
	}}
}

// fetch makes a request and reads the whole answer.
func (w *world) fetch(policy Policy, url string, change ...func(*Request)) (*Answer, string, error) {
	w.t.Helper()
	address, err := Parse(url)
	if err != nil {
		return nil, "", err
	}
	r := Request{Address: address}
	for _, c := range change {
		c(&r)
	}
	answer, err := w.client.Fetch(context.Background(), policy, r)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	text, err := readAll(answer.Body)
	return answer, text, err
}

func readAll(b *Body) (string, error) {
	var all strings.Builder
	for {
		data, done, err := b.Read(context.Background(), chunk)
		all.Write(data)
		if err != nil || done {
			return all.String(), err
		}
	}
}

// must fetches what has to arrive.
func (w *world) must(policy Policy, url, want string) *Answer {
	w.t.Helper()
	answer, text, err := w.fetch(policy, url)
	if err != nil || answer.Status != 200 || text != want {
		w.t.Fatalf("%s: %v %q, %v", url, answer, text, err)
	}
	return answer
}

// dials returns and forgets what was connected to.
func (w *world) dials() []netip.AddrPort {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.dialed
	w.dialed = nil
	return list
}

func hello(rw http.ResponseWriter, _ *http.Request) { io.WriteString(rw, "hello") }

func redirectTo(status int, location string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Location", location)
		rw.WriteHeader(status)
	}
}

// code returns the code of a fault, and fails for an error without one.
func code(t *testing.T, err error) string {
	t.Helper()
	if err != nil && fault.Code(err) == fault.CodeInternal && !errors.Is(err, context.Canceled) {
		t.Errorf("an error without a code: %v", err)
	}
	return fault.Code(err)
}

// addrPort returns where a host of the world is.
func addrPort(w *world, host string, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr(w.names[host][0]), port)
}
