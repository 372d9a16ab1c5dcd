// Package storagetest has an S3 server for tests, on loopback and in memory, with
// one bucket. It ends with the test.
package storagetest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/alcove-vault/alcove/internal/items"
)

// What opens the server, and what is in it.
const (
	AccessKey = "AKIDEXAMPLE"
	Secret    = "wJalrXUtnFEMI"
	Bucket    = "alcove"
)

// New starts a server and returns a storage that is its bucket.
func New(t testing.TB) items.Storage {
	t.Helper()
	memory := s3mem.New()
	if err := memory.CreateBucket(Bucket); err != nil {
		t.Fatal(err)
	}
	return Serve(t, guarded(gofakes3.New(memory, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()))
}

// guarded lets those in who sign with the access key. The server checks no
// signatures itself.
func guarded(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "Credential="+AccessKey+"/") {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte("<Error><Code>InvalidAccessKeyId</Code><Message>" + r.Header.Get("Authorization") + "</Message></Error>"))
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// Serve serves a handler until the end of the test, and returns a storage there.
func Serve(t testing.TB, h http.Handler) items.Storage {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return items.Storage{
		Name: "Backups", Endpoint: server.URL, Region: "us-east-1", Bucket: Bucket, PathStyle: true, AccessKey: AccessKey, Secret: Secret,
	}
}
