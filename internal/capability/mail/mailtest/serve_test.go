package mailtest

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"testing"
)

// TestServeMail serves a mailbox to the tests of the whole interface in
// frontend/e2e, and does nothing without them. It writes who is to be trusted
// into the file that is named, and ends with its standard input.
func TestServeMail(t *testing.T) {
	roots := os.Getenv("ALCOVE_SERVE_MAIL")
	if roots == "" {
		t.Skip("a server for the tests in frontend/e2e, which start it")
	}
	s := New(t)
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Config.Certificates[0].Certificate[0]})
	if err := os.WriteFile(roots, block, 0o600); err != nil {
		t.Fatal(err)
	}
	about, err := json.Marshal(map[string]any{"user": User, "password": Password, "imap": s.Fetch.Port, "smtp": s.Send.Port})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("serving %s\n", about)
	_, _ = io.Copy(io.Discard, os.Stdin)
}
