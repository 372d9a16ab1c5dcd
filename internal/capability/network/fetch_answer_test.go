package network

import (
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"io"
	"net/http"
	"testing"
	"time"
)

func TestWholeAnswersAreTakenAtOnce(t *testing.T) {
	w := newWorld(t)
	wait := make(chan struct{})
	w.http("a.example", func(rw http.ResponseWriter, r *http.Request) {
		io.WriteString(rw, "hello")
		if r.URL.Path == "/slow" {
			rw.(http.Flusher).Flush()
			<-wait
		}
	})
	defer close(wait)
	for url, want := range map[string]bool{"http://a.example/": true, "http://a.example/slow": false} {
		address, _ := Parse(url)
		answer, err := w.client.Fetch(t.Context(), anywhere, Request{Address: address})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if !want {
			cancel()
		}
		if _, ok := answer.Body.Whole(ctx, 4); ok {
			t.Errorf("%s: more than was asked for", url)
		}
		data, ok := answer.Body.Whole(ctx, 5)
		cancel()
		if ok != want || ok && string(data) != "hello" {
			t.Errorf("%s: %q, %v", url, data, ok)
		}
		if !ok {
			if data, _, err := answer.Body.Read(t.Context(), 9); string(data) != "hello" || err != nil {
				t.Errorf("%s: afterwards %q, %v", url, data, err)
			}
		}
	}
}

func TestPackedAnswersAreUnpacked(t *testing.T) {
	w := newWorld(t)
	pack := map[string]func(io.Writer) io.WriteCloser{
		"gzip":    func(to io.Writer) io.WriteCloser { return gzip.NewWriter(to) },
		"x-gzip":  func(to io.Writer) io.WriteCloser { return gzip.NewWriter(to) },
		"deflate": func(to io.Writer) io.WriteCloser { return zlib.NewWriter(to) },
		"Deflate": func(to io.Writer) io.WriteCloser { z, _ := flate.NewWriter(to, 6); return z },
	}
	w.http("a.example", func(rw http.ResponseWriter, r *http.Request) {
		encoding := r.URL.Path[1:]
		rw.Header().Set("Content-Encoding", encoding)
		if pack[encoding] == nil {
			rw.Write([]byte("hello"))
			return
		}
		z := pack[encoding](rw)
		z.Write([]byte("hello"))
		z.Close()
	})
	for encoding := range pack {
		answer := w.must(anywhere, "http://a.example/"+encoding, "hello")
		for _, h := range answer.Headers {
			if h.Name == "content-encoding" || h.Name == "content-length" {
				t.Errorf("%s: the header %s is left", encoding, h.Name)
			}
		}
	}
	answer := w.must(anywhere, "http://a.example/zstd", "hello") // not ours: left as it is
	if h := answer.Headers[0]; h != (Header{"content-encoding", "zstd"}) {
		t.Errorf("%v", answer.Headers)
	}
	if _, text, err := w.fetch(anywhere, "http://a.example/gzip", func(r *Request) { r.Method = "HEAD" }); text != "" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

func TestAnswersArriveInPieces(t *testing.T) {
	w := newWorld(t)
	step := make(chan string)
	w.http("a.example", func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(http.StatusOK)
		rw.(http.Flusher).Flush()
		for part := range step {
			io.WriteString(rw, part)
			rw.(http.Flusher).Flush()
		}
	})
	address, _ := Parse("http://a.example/")
	answer, err := w.client.Fetch(t.Context(), anywhere, Request{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"one", "two", "three"} {
		step <- part
		data, done, err := answer.Body.Read(t.Context(), chunk)
		if string(data) != part || done || err != nil {
			t.Errorf("%q, %v, %v", data, done, err)
		}
	}
	step <- "abcdef"
	for _, part := range []string{"abcd", "ef"} {
		if data, _, err := answer.Body.Read(t.Context(), 4); string(data) != part || err != nil {
			t.Errorf("%q, %v", data, err)
		}
	}
	// A reader that gives up takes nothing with it.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := answer.Body.Read(ctx, 4); err == nil {
		t.Error("a reader that gave up got something")
	}
	close(step)
	if data, done, err := answer.Body.Read(t.Context(), 4); len(data) != 0 || !done || err != nil {
		t.Errorf("%q, %v, %v", data, done, err)
	}
}

// An app that does not read is not read for.
func TestServersAreReadNoFasterThanTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(l *limits) { l.ahead, l.silence = 64<<10, time.Second })
	const size = 32 << 20
	w.http("a.example", func(rw http.ResponseWriter, _ *http.Request) { io.CopyN(rw, zeroReader{}, size) })
	address, _ := Parse("http://a.example/")
	answer, err := w.client.Fetch(t.Context(), anywhere, Request{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	// The clock of silence does not run while it is the app that waits.
	idle := time.NewTimer(1500 * time.Millisecond)
	<-idle.C
	if got := w.wires.Load(); got > size/2 {
		t.Errorf("%d bytes were read ahead", got)
	}
	text, err := readAll(answer.Body)
	if len(text) != size || err != nil {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	if w.wires.Load() < size {
		t.Errorf("%d bytes were counted", w.wires.Load())
	}
}

func TestAnswersAreBoundedAsAsked(t *testing.T) {
	w := newWorld(t)
	w.http("a.example", func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/stream" {
			rw.(http.Flusher).Flush()
		}
		rw.Write(make([]byte, 1000))
	})
	for _, path := range []string{"/", "/stream"} {
		if _, _, err := w.fetch(anywhere, "http://a.example"+path, func(r *Request) { r.MaxResponse = 999 }); code(t, err) != "net.too_large" {
			t.Errorf("%s: %v", path, err)
		}
		policy := Policy{Allow: func(context.Context, string, string) (Terms, error) { return Terms{MaxResponse: 999}, nil }}
		if _, _, err := w.fetch(policy, "http://a.example"+path, func(r *Request) { r.MaxResponse = 1000 }); code(t, err) != "net.too_large" {
			t.Errorf("%s, by its terms: %v", path, err)
		}
		if _, text, err := w.fetch(anywhere, "http://a.example"+path, func(r *Request) { r.MaxResponse = 1000 }); len(text) != 1000 || err != nil {
			t.Errorf("%s: %d bytes, %v", path, len(text), err)
		}
	}
}
