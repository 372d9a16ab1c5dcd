package bustest

import (
	"fmt"
	"io"
	"os"
	"testing"
)

// TestServeNotifier serves a bus with a notification service to the tests of the
// window in frontend/e2e, and does nothing without them. It prints what becomes
// of each notification, and ends with its standard input.
func TestServeNotifier(t *testing.T) {
	if os.Getenv("ALCOVE_SERVE_NOTIFIER") == "" {
		t.Skip("a server for the tests in frontend/e2e, which start it")
	}
	bus := Start(t)
	service := bus.ServeNotifier("body", "actions")
	fmt.Printf("serving %s\n", bus.Address)
	go func() {
		for {
			select {
			case shown := <-service.Shown:
				fmt.Printf("shown %d %s\n", shown.ID, shown.Title)
			case id := <-service.Closed:
				fmt.Printf("taken back %d\n", id)
			case <-t.Context().Done():
				return
			}
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}
