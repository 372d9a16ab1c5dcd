package mail

import (
	"bufio"
	"context"
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
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/items"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// identity is a certificate of this computer, and who trusts it.
func identity(t *testing.T) (*tls.Config, *x509.CertPool) {
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

// world has a mail server for each way to speak to it.
type world struct {
	*Client
	t        *testing.T
	user     *imapmemserver.User
	fetch    Login // IMAP
	fetchTLS Login // the same, by STARTTLS
	send     Login // SMTP
	sendTLS  Login
	box      *outbox
	config   *tls.Config
}

func newWorld(t *testing.T) *world {
	t.Helper()
	config, roots := identity(t)
	w := &world{t: t, Client: New((&net.Dialer{}).DialContext, roots), box: new(outbox), config: config}
	w.user = imapmemserver.NewUser("ada@example.com", "hunter2")
	for _, name := range []string{"INBOX", "Sent"} {
		if err := w.user.Create(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	memory := imapmemserver.New()
	memory.AddUser(w.user)
	imapServer := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return memory.NewSession(), nil, nil
		},
		TLSConfig: config, Logger: log.New(io.Discard, "", 0), Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapMove: {}},
	})
	smtpServer := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{box: w.box}, nil }))
	smtpServer.TLSConfig, smtpServer.Domain, smtpServer.ErrorLog = config, "localhost", log.New(io.Discard, "", 0)
	w.fetch = w.login(items.TLS, w.serve(tls.NewListener(w.listen(), config), imapServer.Serve))
	w.fetchTLS = w.login(items.StartTLS, w.serve(w.listen(), imapServer.Serve))
	w.send = w.login(items.TLS, w.serve(tls.NewListener(w.listen(), config), smtpServer.Serve))
	w.sendTLS = w.login(items.StartTLS, w.serve(w.listen(), smtpServer.Serve))
	t.Cleanup(func() { imapServer.Close(); smtpServer.Close() })
	return w
}

func (w *world) login(security string, port int) Login {
	return Login{items.Server{Host: "127.0.0.1", Port: port, Security: security}, "ada@example.com", "hunter2"}
}

func (w *world) listen() net.Listener {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// serve serves until the end of the test and returns the port.
func (w *world) serve(l net.Listener, serve func(net.Listener) error) int {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = serve(l)
	}()
	w.t.Cleanup(func() { l.Close(); <-done })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	n, _ := strconv.Atoi(port)
	return n
}

// hostile serves IMAP over TLS by a script that gets each line.
func (w *world) hostile(each func(line string, out io.Writer)) Login {
	var conns sync.WaitGroup
	w.t.Cleanup(conns.Wait)
	return w.login(items.TLS, w.serve(tls.NewListener(w.listen(), w.config), func(l net.Listener) error {
		for {
			conn, err := l.Accept()
			if err != nil {
				return err
			}
			conns.Go(func() {
				defer conn.Close()
				io.WriteString(conn, "* OK [CAPABILITY IMAP4rev1] hello\r\n")
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					tag, command, _ := strings.Cut(lines.Text(), " ")
					each(command, conn)
					if _, err := io.WriteString(conn, tag+" OK done\r\n"); err != nil {
						return
					}
				}
			})
		}
	}))
}

// deliver puts a message into a folder.
func (w *world) deliver(folder, message string) {
	w.t.Helper()
	message = strings.ReplaceAll(message, "\n", "\r\n")
	if err := w.Append(w.t.Context(), w.fetch, folder, []byte(message), nil); err != nil {
		w.t.Fatal(err)
	}
}

// outbox is what an SMTP server was given.
type outbox struct {
	mu   sync.Mutex
	from string
	to   []string
	data string
}

type mailSession struct {
	box *outbox
	ok  bool
}

func (*mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "ada@example.com" || password != "hunter2" {
			return smtp.ErrAuthFailed
		}
		s.ok = true
		return nil
	}), nil
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if !s.ok {
		return smtp.ErrAuthRequired
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.from, s.box.to = from, nil
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &smtp.SMTPError{Code: 550, Message: "no such person: secret words of the server"}
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.to = append(s.box.to, to)
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.data = string(data)
	return err
}

func (*mailSession) Reset()        {}
func (*mailSession) Logout() error { return nil }

// refusing is a dialer whose connections never come.
func refusing(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
