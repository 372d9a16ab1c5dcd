package storage

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/capability/network"
	"github.com/alcove-vault/alcove/internal/capability/storage/storagetest"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/items"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// at is a storage that is reached as one that the person typed.
func at(t *testing.T, one items.Storage) Server {
	t.Helper()
	client := network.New(network.Options{})
	t.Cleanup(client.Close)
	return Server{Storage: one, Dial: client.Dial(true)}
}

func keys(list []Object) string {
	var names []string
	for _, o := range list {
		names = append(names, fmt.Sprintf("%s:%d", o.Key, o.Size))
	}
	return strings.Join(names, " ")
}

func TestObjectsAreWrittenListedReadAndDeleted(t *testing.T) {
	c, s := New(nil), at(t, storagetest.New(t))
	ctx := t.Context()
	if err := c.Test(ctx, s); err != nil {
		t.Fatal(err)
	}
	large := bytes.Repeat([]byte("0123456789abcdef"), MaxUpload/16)
	for key, data := range map[string][]byte{"a/1": []byte("one"), "a/2 ü+%2F&": []byte("two"), "b": large, "empty": {}} {
		if err := c.Put(ctx, s, key, data); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		got, err := c.Get(ctx, s, key)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, %v", key, len(got), err)
		}
	}
	list, more, err := c.List(ctx, s, "", "", 10)
	if want := fmt.Sprintf("a/1:3 a/2 ü+%%2F&:3 b:%d empty:0", MaxUpload); keys(list) != want || more || err != nil {
		t.Errorf("%s, %v, %v", keys(list), more, err)
	}
	if age := time.Since(time.UnixMilli(list[0].Changed)); age < -time.Hour || age > time.Hour {
		t.Errorf("changed %v ago", age)
	}
	list, more, err = c.List(ctx, s, "", "", 2)
	if keys(list) != "a/1:3 a/2 ü+%2F&:3" || !more || err != nil {
		t.Errorf("%s, %v, %v", keys(list), more, err)
	}
	if list, more, err = c.List(ctx, s, "", list[1].Key, 2); len(list) != 2 || list[0].Key != "b" || more || err != nil {
		t.Errorf("%s, %v, %v", keys(list), more, err)
	}
	if list, _, err = c.List(ctx, s, "a/", "", 10); len(list) != 2 || err != nil {
		t.Errorf("%s, %v", keys(list), err)
	}
	for range 2 { // what is not there is no error
		if err := c.Delete(ctx, s, "a/1"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Get(ctx, s, "a/1"); fault.Code(err) != "storage.no_object" {
		t.Errorf("%v", err)
	}
}

// TestAFolderIsAllThatIsReached: a storage with a prefix is that folder.
func TestAFolderIsAllThatIsReached(t *testing.T) {
	c, whole := New(nil), at(t, storagetest.New(t))
	folder := whole
	folder.Prefix = "in/it"
	for key, s := range map[string]Server{"a": folder, "in/it2": whole, "in/itself": whole, "outside": whole} {
		if err := c.Put(t.Context(), s, key, []byte(key)); err != nil {
			t.Fatal(err)
		}
	}
	if list, _, err := c.List(t.Context(), folder, "", "", 10); keys(list) != "a:1" || err != nil {
		t.Errorf("%s, %v", keys(list), err)
	}
	if got, err := c.Get(t.Context(), whole, "in/it/a"); string(got) != "a" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for _, key := range []string{"../itself", "x/../../itself", "", ".", "a\nb", "a\xff", strings.Repeat("k", MaxKey)} {
		for what, err := range map[string]error{
			"put": c.Put(t.Context(), folder, key, nil), "delete": c.Delete(t.Context(), folder, key),
			"get": func() error { _, err := c.Get(t.Context(), folder, key); return err }(),
		} {
			if fault.Code(err) != "storage.key" {
				t.Errorf("%s %q: %v", what, key, err)
			}
		}
	}
	if _, _, err := c.List(t.Context(), folder, "../", "", 1); fault.Code(err) != "storage.key" {
		t.Errorf("%v", err)
	}
}

// TestWhatOpensAStorageIsInNoError: the server repeats what it was sent.
func TestWhatOpensAStorageIsInNoError(t *testing.T) {
	c, s := New(nil), at(t, storagetest.New(t))
	s.AccessKey, s.Token = "AKIDWRONG", "session-token"
	err := c.Test(t.Context(), s)
	if fault.Code(err) != "storage.login" {
		t.Fatalf("%v", err)
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", err, err, err), fmt.Sprintf("%v %+v", s, s), fmt.Sprint(errors.Unwrap(err))} {
		for _, secret := range []string{"AKIDWRONG", "session-token", storagetest.Secret, "Signature", "127.0.0.1"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s in %s", secret, text)
			}
		}
	}
	s = at(t, storagetest.New(t))
	s.Bucket = "another"
	if err := c.Test(t.Context(), s); fault.Code(err) != "storage.no_bucket" {
		t.Errorf("%v", err)
	}
}

func TestServersThatMisbehave(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	flood := func(w http.ResponseWriter, begin string) {
		_, _ = w.Write([]byte(begin))
		piece := bytes.Repeat([]byte(" "), 1<<20)
		for range 64 {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	}
	for name, tt := range map[string]struct {
		serve http.HandlerFunc
		code  string
	}{
		"redirects": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		}, "storage.redirect"},
		"of another region": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMovedPermanently) }, "storage.redirect"},
		"says too much":     {func(w http.ResponseWriter, _ *http.Request) { flood(w, "<ListBucketResult>") }, "storage.too_large"},
		"objects without end": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Last-Modified", "Fri, 02 Jan 2026 03:04:05 GMT")
			flood(w, "x")
		}, "storage.too_large"},
		"errors without end": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			flood(w, "<Error>")
		}, "storage.login"},
		"nonsense": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }, "storage.protocol"},
		"busy":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, "storage.protocol"},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "storage.unreachable"},
		"lies about the length": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("x"))
			panic(http.ErrAbortHandler)
		}, "storage.unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := New(nil), at(t, storagetest.Serve(t, tt.serve))
			_, err := c.Get(t.Context(), s, "a")
			if strings.Contains(name, "too much") {
				_, _, err = c.List(t.Context(), s, "", "", 1)
			}
			if fault.Code(err) != tt.code {
				t.Errorf("%v", err)
			}
		})
	}
	if elsewhere > 0 {
		t.Error("a redirect was followed")
	}
}

// TestAServerThatNeverEndsAListIsLeft: pages without anything in them, each of
// which says that there is another.
func TestAServerThatNeverEndsAListIsLeft(t *testing.T) {
	c := New(nil)
	pages, enough := 0, make(chan struct{})
	s := at(t, storagetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if pages++; pages == 20 {
			close(enough)
		}
		_, _ = fmt.Fprintf(w, `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>%d</NextContinuationToken><Contents><Key>other</Key></Contents></ListBucketResult>`, pages)
	})))
	s.Prefix = "in"
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-enough
		cancel()
	}()
	if list, _, err := c.List(ctx, s, "", "", 10); !errors.Is(err, context.Canceled) || len(list) != 0 {
		t.Errorf("%s, %v", keys(list), err)
	}
}

func TestAServerThatHangsIsLeft(t *testing.T) {
	left := make(chan struct{})
	s := at(t, storagetest.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done(); close(left) })))
	c := New(nil)
	c.time = 50 * time.Millisecond
	if _, err := c.Get(t.Context(), s, "a"); fault.Code(err) != "quota.time" {
		t.Errorf("%v", err)
	}
	<-left
}

// TestAServerThatHangsKeepsNobodyElseWaiting: one app calls as often as it can.
func TestAServerThatHangsKeepsNobodyElseWaiting(t *testing.T) {
	c, ctx, arrived := New(nil), t.Context(), make(chan struct{}, maxOpen)
	hung := at(t, storagetest.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	})))
	hung.Caller = "one"
	hanging, leave := context.WithCancel(ctx)
	var calls sync.WaitGroup
	for range maxOpen {
		calls.Go(func() { _ = c.Test(hanging, hung) })
	}
	for range maxEach {
		<-arrived
	}
	good := at(t, storagetest.New(t))
	good.Caller = "another"
	if err := c.Test(ctx, good); err != nil {
		t.Error(err)
	}
	leave()
	calls.Wait()
	if len(arrived) > 0 {
		t.Errorf("%d calls too many at once", len(arrived))
	}
}

// TestTLSIsProved: by the roots that are trusted, and by no others.
func TestTLSIsProved(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<ListBucketResult></ListBucketResult>`))
	}))
	defer server.Close()
	server.Config.ErrorLog = nil
	one := storagetest.Serve(t, http.NotFoundHandler())
	plain := at(t, one)
	one.Endpoint = server.URL
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	if err := New(roots).Test(t.Context(), at(t, one)); err != nil {
		t.Error(err)
	}
	if err := New(nil).Test(t.Context(), at(t, one)); fault.Code(err) != "storage.tls" {
		t.Errorf("%v", err)
	}
	plain.Endpoint = strings.Replace(plain.Endpoint, "http://", "https://", 1)
	if err := New(roots).Test(t.Context(), plain); fault.Code(err) != "storage.tls" {
		t.Errorf("%v", err)
	}
}

// TestAnAppLeadsNobodyIntoTheOwnNetwork: the dialer for what an app brought
// connects to public addresses only.
func TestAnAppLeadsNobodyIntoTheOwnNetwork(t *testing.T) {
	asked := 0
	one := storagetest.Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	client := network.New(network.Options{})
	defer client.Close()
	if err := New(nil).Test(t.Context(), Server{Storage: one, Dial: client.Dial(false)}); fault.Code(err) != "net.private_refused" || asked > 0 {
		t.Errorf("%v", err)
	}
}

// TestTheBucketInTheHost is how Amazon's servers are asked, and nobody else is.
func TestTheBucketInTheHost(t *testing.T) {
	one := storagetest.Serve(t, http.NotFoundHandler())
	one.Endpoint, one.PathStyle = "https://s3.eu-central-1.amazonaws.com", false
	one.Region = "eu-central-1"
	dialled := ""
	s := Server{Storage: one, Dial: func(_ context.Context, _, address string) (net.Conn, error) {
		dialled = address
		return nil, errUnreachable
	}}
	if err := New(nil).Test(t.Context(), s); fault.Code(err) != "storage.unreachable" || dialled != "alcove.s3.eu-central-1.amazonaws.com:443" {
		t.Errorf("%s, %v", dialled, err)
	}
}
