package web

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
)

func TestAReloadedPageGetsTheNextTokenForTheOldOne(t *testing.T) {
	c := serve(t, Options{})
	old := c.server.Token()
	with := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(tokenHeader, token) }
	}
	a := c.do("POST", "/_host/token", []byte("\x80"), with(old))
	var got struct {
		Token string `msgpack:"token"`
	}
	err := msgpack.Unmarshal(a.body, &got)
	if err != nil || a.status != 200 || len(got.Token) != 43 || got.Token == old {
		t.Fatalf("%d %q %v", a.status, got.Token, err)
	}
	if a := c.do("POST", "/_host/beat", nil, with(old)); a.status != 403 {
		t.Errorf("the old token still works: %d", a.status)
	}
	if a := c.do("POST", "/_host/token", []byte("\x80"), with(old)); a.status != 403 {
		t.Errorf("the old token has a second successor: %d", a.status)
	}
	if a := c.do("POST", "/_host/beat", nil, with(got.Token)); a.status != 204 {
		t.Errorf("the new token does not work: %d", a.status)
	}
}

func TestOfTwoPagesWithOneTokenOnlyOneGetsTheNext(t *testing.T) {
	var k token
	old := k.rotate()
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, ok := k.rotateFrom(old); ok {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d pages got a successor", won.Load())
	}
}

func TestTheWindowRotatesOnlyFromGo(t *testing.T) {
	s := newWindow(t, Options{})
	if a := inWindow(s, "POST", "/_host/token", []byte("\x80"), nil); a.status != http.StatusNotFound {
		t.Errorf("the page can rotate the token: %d", a.status)
	}
	old := s.Token()
	if next := s.NewToken(); next == old || s.token.valid(old) || !s.token.valid(next) {
		t.Error("NewToken does not replace the token")
	}
}

func TestAServerNeverHasAnEmptyToken(t *testing.T) {
	var k token
	if k.valid("") {
		t.Error("the empty token is valid before there is one")
	}
}

func TestBeatsReachTheWatchdogAndNeverBlock(t *testing.T) {
	c := serve(t, Options{})
	for range 3 {
		if a := c.do("POST", "/_host/beat", nil, nil); a.status != 204 {
			t.Fatalf("status %d", a.status)
		}
	}
	<-c.server.Beats()
}
