// Package mailtest has a mail server for tests: IMAP and SMTP on loopback, by TLS
// and by STARTTLS, with one mailbox. It ends with the test.
package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/alcove-vault/alcove/internal/items"
)

// identity is a certificate of this computer, and who trusts it.
func identity(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}

// User and Password open the mailbox.
const (
	User     = "ada@example.com"
	Password = "hunter2"
)

// Server is a mail server, for each way to speak to it.
type Server struct {
	Fetch    items.Server // IMAP
	FetchTLS items.Server // the same, by STARTTLS
	Send     items.Server // SMTP
	SendTLS  items.Server
	Roots    *x509.CertPool // who trusts it
	Config   *tls.Config
	box      outbox
}

// New starts a server whose mailbox has the folders INBOX and Sent.
func New(t testing.TB) *Server {
	t.Helper()
	s := new(Server)
	s.Config, s.Roots = identity(t)
	user := imapmemserver.NewUser(User, Password)
	for _, name := range []string{"INBOX", "Sent"} {
		if err := user.Create(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	memory := imapmemserver.New()
	memory.AddUser(user)
	imapServer := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return memory.NewSession(), nil, nil
		},
		TLSConfig: s.Config, Logger: log.New(io.Discard, "", 0), Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapMove: {}},
	})
	smtpServer := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{box: &s.box}, nil }))
	smtpServer.TLSConfig, smtpServer.Domain, smtpServer.ErrorLog = s.Config, "localhost", log.New(io.Discard, "", 0)
	s.Fetch = Serve(t, tls.NewListener(Listen(t), s.Config), items.TLS, imapServer.Serve)
	s.FetchTLS = Serve(t, Listen(t), items.StartTLS, imapServer.Serve)
	s.Send = Serve(t, tls.NewListener(Listen(t), s.Config), items.TLS, smtpServer.Serve)
	s.SendTLS = Serve(t, Listen(t), items.StartTLS, smtpServer.Serve)
	t.Cleanup(func() {
		_ = imapServer.Close()
		_ = smtpServer.Close()
	})
	return s
}

// Listen listens on loopback.
func Listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Serve serves until the end of the test.
func Serve(t testing.TB, l net.Listener, security string, serve func(net.Listener) error) items.Server {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = serve(l)
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return items.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: security}
}

// Sent is the last message that was sent, from whom and to whom.
func (s *Server) Sent() (from string, to []string, message string) {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	return s.box.from, s.box.to, s.box.data
}

// outbox is what an SMTP server was given.
type outbox struct {
	mu   sync.Mutex
	from string
	to   []string
	data string
}

type session struct {
	box *outbox
	ok  bool
}

func (*session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != User || password != Password {
			return smtp.ErrAuthFailed
		}
		s.ok = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.ok {
		return smtp.ErrAuthRequired
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.from, s.box.to = from, nil
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &smtp.SMTPError{Code: 550, Message: "no such person: secret words of the server"}
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.to = append(s.box.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.data = string(data)
	return err
}

func (*session) Reset()        {}
func (*session) Logout() error { return nil }
