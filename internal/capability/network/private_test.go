package network

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func TestPrivateAddressesNeedTheirOwnGrant(t *testing.T) {
	w := newWorld(t)
	w.http("public.example", hello)
	for host, addresses := range map[string][]string{
		"plain.example": {"127.0.0.1"}, "mapped.example": {"::ffff:127.0.0.1"}, "mixed.example": {"93.184.215.14", "10.0.0.1"},
		"mixed6.example": {"93.184.215.14", "::1"}, "nat64.example": {"64:ff9b::c0a8:101"}, "meta.example": {"169.254.169.254"},
		"ula.example": {"fd00::1"}, "home.example": {"2a02:8388:1::17"}, "cgnat.example": {"100.64.0.9"},
	} {
		w.name(host, addresses...)
	}
	for _, url := range []string{
		"http://127.0.0.1/", "http://127.8.8.8/", "http://127.0.0.1./", "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/",
		"http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/", "http://192.0.2.1/", "http://198.18.0.1/",
		"http://[::1]/", "http://[fd00:ec2::254]/", "http://[fe80::1]/", "http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::7f00:1]/",
		"http://[2002:7f00:1::]/", "http://[2001:0:5db8:d70e:0:0:80ff:fffe]/", "http://[2a02:8388:1::1]/",
		"http://localhost/", "http://LOCALHOST./", "http://plain.example/", "http://mapped.example/", "http://mixed.example/",
		"http://mixed6.example/", "http://nat64.example/", "http://meta.example/", "http://ula.example/", "http://home.example/", "http://cgnat.example/",
	} {
		_, _, err := w.fetch(anywhere, url)
		if code(t, err) != "net.private_refused" {
			t.Errorf("%s: %v", url, err)
		}
		address, _ := Parse(strings.Replace(url, "http", "ws", 1))
		if _, err := w.client.Connect(context.Background(), anywhere, address, nil); code(t, err) != "net.private_refused" {
			t.Errorf("a socket to %s: %v", url, err)
		}
		if dials := w.dials(); len(dials) != 0 || w.secret.Load() != 0 {
			t.Fatalf("%s: connected to %v", url, dials)
		}
		// With the grant the same request arrives: the detector works.
		if strings.Contains(url, "mixed") {
			continue // one of its two addresses is public and leads nowhere
		}
		if _, text, err := w.fetch(everywhere, url); err != nil || text != "secret" {
			t.Errorf("%s with the grant: %q, %v", url, text, err)
		}
		w.secret.Store(0)
		w.dials()
		w.client.fetching[1].CloseIdleConnections()
	}
	w.must(anywhere, "http://public.example/", "hello")
}

func TestSomeAddressesAreNeverReached(t *testing.T) {
	w := newWorld(t)
	w.name("zero.example", "0.0.0.0")
	w.name("both.example", "93.184.215.14", "ff02::1")
	for _, url := range []string{
		"http://0.0.0.0/", "http://[::]/", "http://224.0.0.1/", "http://[ff02::1]/", "http://255.255.255.255/", "http://240.0.0.1/",
		"http://[::7f00:1]/", "http://zero.example/", "http://both.example/",
	} {
		if _, _, err := w.fetch(everywhere, url); code(t, err) != "net.address_refused" {
			t.Errorf("%s: %v", url, err)
		}
	}
	if dials := w.dials(); len(dials) != 0 {
		t.Errorf("connected to %v", dials)
	}
	w.must(everywhere, "http://127.0.0.1/", "secret")
}

// A connection that was made under a grant for private addresses is not used
// for a request without it.
func TestConnectionsToPrivateAddressesAreNotShared(t *testing.T) {
	w := newWorld(t)
	w.must(everywhere, "http://127.0.0.1/", "secret")
	if _, _, err := w.fetch(anywhere, "http://127.0.0.1/"); code(t, err) != "net.private_refused" {
		t.Errorf("%v", err)
	}
	if w.secret.Load() != 1 {
		t.Error("the request arrived")
	}
}

func TestNamesAreLookedUpOnceForAConnection(t *testing.T) {
	w := newWorld(t)
	w.http("a.example", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Connection", "close")
		rw.Write([]byte("hello"))
	})
	w.must(anywhere, "http://a.example/", "hello")
	if w.looked["a.example"] != 1 || len(w.dials()) != 1 {
		t.Errorf("looked up %d times", w.looked["a.example"])
	}
	// The name changes its mind: what it stands for now is judged anew.
	w.name("a.example", "127.0.0.1")
	if _, _, err := w.fetch(anywhere, "http://a.example/"); code(t, err) != "net.private_refused" {
		t.Errorf("%v", err)
	}
	if w.secret.Load() != 0 {
		t.Error("the request arrived")
	}
}

// nameServer answers over UDP with one address after the other, as a server
// does that rebinds a name.
func nameServer(t *testing.T, answers ...netip.Addr) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		buffer, next := make([]byte, 1500), 0
		for {
			n, from, err := pc.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buffer[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			reply := dnsmessage.Message{
				Header:    dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true},
				Questions: m.Questions,
			}
			if q.Type == dnsmessage.TypeA {
				reply.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 0},
					Body:   &dnsmessage.AResource{A: answers[min(next, len(answers)-1)].As4()},
				}}
				next++
			}
			packed, err := reply.Pack()
			if err != nil {
				continue
			}
			pc.WriteTo(packed, from)
		}
	})
	t.Cleanup(func() { pc.Close(); served.Wait() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

func TestRebindingNamesReachOnlyWhatWasJudged(t *testing.T) {
	w := newWorld(t)
	w.http("victim.example", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Connection", "close")
		rw.Write([]byte("hello"))
	})
	front := w.names["victim.example"][0]
	resolver := nameServer(t, netip.MustParseAddr(front), netip.MustParseAddr("127.0.0.1"))
	lookup := func(ctx context.Context, host string) ([]netip.Addr, error) {
		return resolver.LookupNetIP(ctx, "ip", host)
	}
	for i := range w.client.fetching {
		g := newGuard(w.client, Options{lookup: lookup, connect: func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			w.mu.Lock()
			w.dialed = append(w.dialed, to)
			at := w.routes[to]
			w.mu.Unlock()
			if at == "" {
				t.Errorf("connected to %v", to)
			}
			return (&net.Dialer{}).DialContext(ctx, "tcp", at)
		}, neighbors: func() []netip.Prefix { return nil }}, i == 1)
		w.client.fetching[i].DialContext = g.dialContext
	}
	w.must(anywhere, "http://victim.example/", "hello")
	if dials := w.dials(); len(dials) != 1 || dials[0].Addr().String() != front {
		t.Errorf("dialled %v", dials)
	}
	if _, _, err := w.fetch(anywhere, "http://victim.example/"); code(t, err) != "net.private_refused" {
		t.Errorf("the second answer: %v", err)
	}
	if dials := w.dials(); len(dials) != 0 {
		t.Errorf("dialled %v", dials)
	}
}

// The product's own way to connect, without a world around it.
func TestThisComputerIsReachedWithTheGrantOnly(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(hello))
	defer server.Close()
	client := New(Options{})
	defer client.Close()
	address, err := Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Fetch(t.Context(), anywhere, Request{Address: address}); code(t, err) != "net.private_refused" {
		t.Errorf("%v", err)
	}
	answer, err := client.Fetch(t.Context(), everywhere, Request{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := readAll(answer.Body); text != "hello" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

func TestOwnAndNeighboringAddressesCountAsPrivate(t *testing.T) {
	near := interfaces()
	g := &guard{}
	for _, prefix := range near {
		if err := g.judge(prefix.Addr(), near); err == nil {
			t.Errorf("%v is public", prefix)
		}
	}
	if len(near) == 0 {
		t.Error("this machine has no address at all")
	}
}

// The environment's proxies would see, and choose, where requests go.
func TestProxiesOfTheEnvironmentAreIgnored(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	w := newWorld(t)
	w.http("a.example", hello)
	w.must(anywhere, "http://a.example/", "hello")
	if w.client.fetching[0].Proxy != nil || w.client.upgraded[1].Proxy != nil {
		t.Error("a transport has a proxy")
	}
}

func TestTheFirstAddressThatAnswersIsUsed(t *testing.T) {
	w := newWorld(t)
	w.http("a.example", hello)
	good := w.names["a.example"][0]
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead.Close()
	w.routes[netip.MustParseAddrPort("93.184.200.1:80")] = dead.Addr().String()
	w.name("a.example", "93.184.200.1", good)
	w.must(anywhere, "http://a.example/", "hello")
	w.name("a.example", "93.184.200.1")
	w.client.fetching[0].CloseIdleConnections()
	if _, _, err := w.fetch(anywhere, "http://a.example/"); code(t, err) != "net.unreachable" {
		t.Errorf("no address answers: %v", err)
	}
	if _, _, err := w.fetch(anywhere, "http://nowhere.example/"); code(t, err) != "net.name" {
		t.Errorf("an unknown name: %v", err)
	}
}
