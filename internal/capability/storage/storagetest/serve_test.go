package storagetest

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"
)

// TestServeStorage serves an empty bucket to the tests of the whole interface in
// frontend/e2e, and does nothing without them. It ends with its standard input.
func TestServeStorage(t *testing.T) {
	if os.Getenv("ALCOVE_SERVE_STORAGE") == "" {
		t.Skip("a server for the tests in frontend/e2e, which start it")
	}
	one := New(t)
	about, err := json.Marshal(map[string]string{
		"endpoint": one.Endpoint, "region": one.Region, "bucket": one.Bucket, "accessKey": one.AccessKey, "secret": one.Secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("serving %s\n", about)
	_, _ = io.Copy(io.Discard, os.Stdin)
}
