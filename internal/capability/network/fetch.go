package network

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// MaxBody is how many bytes a request may carry.
const MaxBody = 7 << 20

// MaxTimeout is the longest time a request may take, from its beginning to the
// last byte of the answer.
const MaxTimeout = 10 * time.Minute

// What happens to a redirect.
const (
	Follow = "follow" // it is judged and followed
	Fail   = "error"  // it is a fault
	Manual = "manual" // it is the answer
)

// Request is what an app asks for.
type Request struct {
	Method      string
	Address     Address
	Headers     []Header
	Body        []byte
	Redirect    string        // Follow where empty
	Timeout     time.Duration // 0 is MaxTimeout
	MaxResponse int64         // bytes of the answer, unpacked; 0 is no bound of the app's own
}

// Answer is what came back. Its body must be closed, or read to its end.
type Answer struct {
	Status     int
	StatusText string
	Headers    []Header
	URL        string // where the answer came from, after redirects
	Redirected bool
	Body       *Body
}

// hop is one request of a chain of redirects.
type hop struct {
	method  string
	address Address
	headers http.Header
	body    []byte
}

// Fetch makes a request and returns its answer as soon as the headers are
// there. The answer outlives ctx, which is only for the time until then.
func (c *Client) Fetch(ctx context.Context, policy Policy, r Request) (*Answer, error) {
	first, err := r.check()
	if err != nil {
		return nil, err
	}
	inner, cancel, done, err := c.begin(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	defer stop()
	total := c.limits.total
	if r.Timeout > 0 {
		total = min(total, r.Timeout)
	}
	clock := time.AfterFunc(total, func() { cancel(errTotal) })
	end := func() { clock.Stop(); done() }
	wait, stopWaiting := context.WithTimeout(inner, c.limits.headers)
	err = c.requests.take(wait)
	stopWaiting()
	if err != nil {
		defer end()
		return nil, explain(inner, err, r.Address.Host)
	}
	answer, err := c.follow(inner, cancel, policy, r, first, func() { c.requests.give(); end() })
	if err != nil {
		c.requests.give()
		end()
		return nil, err
	}
	return answer, nil
}

// check judges what can be judged without going anywhere.
func (r *Request) check() (hop, error) {
	method, err := Method(r.Method)
	if err != nil {
		return hop{}, err
	}
	if s := r.Address.Scheme; s != "http" && s != "https" {
		return hop{}, badAddress("A request goes to an address that begins with https:// or http://.")
	}
	switch r.Redirect {
	case "", Follow, Fail, Manual:
	default:
		return hop{}, badRequest("redirect is “follow”, “error” or “manual”.")
	}
	if len(r.Body) > 0 && (method == http.MethodGet || method == http.MethodHead) {
		return hop{}, badRequest("A request with the method %s has no body.", method)
	}
	if len(r.Body) > MaxBody {
		return hop{}, badRequest("The body of a request has at most %d bytes.", MaxBody)
	}
	headers, err := requestHeaders(r.Headers)
	return hop{method: method, address: r.Address, headers: headers, body: r.Body}, err
}

// follow makes the requests of a chain of redirects, and judges each.
func (c *Client) follow(ctx context.Context, cancel context.CancelCauseFunc, policy Policy, r Request, at hop, end func()) (*Answer, error) {
	for redirects := 0; ; redirects++ {
		res, terms, err := c.hop(ctx, cancel, policy, at)
		if err != nil {
			return nil, explain(ctx, err, at.address.Host)
		}
		location := res.Header.Get("Location")
		if !redirect(res.StatusCode) || location == "" || r.Redirect == Manual {
			limit := smallest(c.limits.response, r.MaxResponse, terms.MaxResponse)
			return c.answer(ctx, cancel, limit, at, res, redirects > 0, end)
		}
		res.Body.Close()
		switch {
		case r.Redirect == Fail:
			return nil, errRedirectMode.With("host", at.address.Host)
		case redirects == maxRedirects:
			return nil, errManyRedirects
		}
		if at, err = at.next(res.StatusCode, location); err != nil {
			return nil, err
		}
	}
}

// hop makes one request.
func (c *Client) hop(ctx context.Context, cancel context.CancelCauseFunc, policy Policy, at hop) (*http.Response, Terms, error) {
	terms, err := policy.Allow(ctx, at.method, at.address.String())
	if err != nil {
		return nil, Terms{}, err
	}
	if !c.rate.Allow() {
		return nil, Terms{}, errRate
	}
	clock := time.AfterFunc(c.limits.headers, func() { cancel(errHeaderTime) })
	defer clock.Stop()
	target, err := at.address.url()
	if err != nil {
		return nil, Terms{}, err
	}
	req := (&http.Request{
		Method: at.method, URL: target, Host: target.Host, Header: at.headers.Clone(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	complete(req.Header)
	if len(at.body) > 0 {
		req.ContentLength = int64(len(at.body))
		req.Body = io.NopCloser(bytes.NewReader(at.body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(at.body)), nil }
	}
	res, err := pick(&c.fetching, policy.private(ctx, at.address)).RoundTrip(req)
	if err != nil {
		return nil, Terms{}, err
	}
	if res.StatusCode < 200 || res.StatusCode > 599 {
		res.Body.Close()
		return nil, Terms{}, errProtocol.With("status", res.StatusCode)
	}
	return res, terms, nil
}

// answer hands the answer's body to a Body, which calls end with its last byte.
func (c *Client) answer(ctx context.Context, cancel context.CancelCauseFunc, limit int64, at hop, res *http.Response, redirected bool, end func()) (*Answer, error) {
	plain, unpacked, err := decode(res)
	if err == nil && !unpacked && res.ContentLength > limit && at.method != http.MethodHead {
		err = errTooLarge.With("limit", limit)
	}
	if err != nil {
		res.Body.Close()
		return nil, err
	}
	_, text, _ := strings.Cut(res.Status, " ")
	a := &Answer{
		Status: res.StatusCode, StatusText: fromBytes(text), Headers: answerHeaders(res.Header, unpacked),
		URL: at.address.String(), Redirected: redirected,
	}
	a.Body = newBody(ctx, cancel, c.limits, limit, plain, res.Body, end)
	return a, nil
}

// smallest returns the least of the bounds that are there.
func smallest(bound int64, others ...int64) int64 {
	for _, other := range others {
		if other > 0 {
			bound = min(bound, other)
		}
	}
	return bound
}

// errRead turns what reading a body failed with into a fault.
func errRead(ctx context.Context, err error) error {
	if errors.Is(err, errPacked) {
		return errEncoding
	}
	return explain(ctx, err, "")
}
