package mail

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/capability/mail/mailtest"
	"github.com/alcove-vault/alcove/internal/items"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a client and a mail server.
type world struct {
	*Client
	t                              *testing.T
	server                         *mailtest.Server
	fetch, fetchTLS, send, sendTLS Login
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s := mailtest.New(t)
	return &world{
		Client: New((&net.Dialer{}).DialContext, s.Roots), t: t, server: s,
		fetch: loginTo(s.Fetch), fetchTLS: loginTo(s.FetchTLS), send: loginTo(s.Send), sendTLS: loginTo(s.SendTLS),
	}
}

func loginTo(s items.Server) Login { return Login{s, mailtest.User, mailtest.Password} }

// hostile serves IMAP over TLS by a script that gets each line.
func (w *world) hostile(each func(line string, out io.Writer)) Login {
	var conns sync.WaitGroup
	w.t.Cleanup(conns.Wait)
	return loginTo(mailtest.Serve(w.t, tls.NewListener(mailtest.Listen(w.t), w.server.Config), items.TLS, func(l net.Listener) error {
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

// refusing is a dialer whose connections never come.
func refusing(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
