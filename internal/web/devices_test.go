package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/alcove-vault/alcove/internal/crdt"
)

// TestServeTwoDevices serves two vaults with the built page on loopback to the
// test of what arrives in frontend/e2e, and does nothing without it. It ends with
// its standard input. POST /meet takes to each vault what the other has, which
// nothing in the product does yet.
func TestServeTwoDevices(t *testing.T) {
	if os.Getenv("ALCOVE_SERVE_DEVICES") == "" {
		t.Skip("a server for a test in frontend/e2e, which starts it")
	}
	assets := os.DirFS("../../frontend/dist/host")
	here, there := unlocked(t, Options{HostAssets: assets}), unlocked(t, Options{HostAssets: assets})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /about", func(w http.ResponseWriter, _ *http.Request) {
		var urls []string
		for _, c := range []*client{here, there} {
			urls = append(urls, fmt.Sprintf("%s/#token=%s", c.http.URL, c.server.Token()))
		}
		_ = json.NewEncoder(w).Encode(urls)
	})
	mux.HandleFunc("POST /meet", func(w http.ResponseWriter, r *http.Request) {
		for _, pair := range [][2]*client{{here, there}, {there, here}} {
			if err := arrive(r.Context(), pair[0], pair[1]); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
	})
	front := httptest.NewServer(mux)
	fmt.Printf("serving %s\n", front.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
	front.CloseClientConnections()
	front.Close()
}

// arrive takes to one vault what the other has.
func arrive(ctx context.Context, to, from *client) error {
	a, err := to.server.gate.Vault()
	if err != nil {
		return err
	}
	b, err := from.server.gate.Vault()
	if err != nil {
		return err
	}
	seen, err := a.Tracking.Vector(ctx)
	if err != nil {
		return err
	}
	var changes bytes.Buffer
	if _, err := b.Tracking.Changes(ctx, seen, &changes); err != nil || changes.Len() == 0 {
		return err
	}
	_, err = a.Arrive(ctx, &changes, crdt.ApplyOptions{})
	return err
}
