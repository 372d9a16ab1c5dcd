package mail

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/capability/mail/mailtest"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/items"
)

const letter = `From: =?utf-8?q?Bj=C3=B6rn?= <bjorn@example.org>
To: Ada <ada@example.com>
Cc: eve@example.net
Subject: =?iso-8859-1?q?Gr=FC=DFe?=
Date: Mon, 30 Nov 2026 08:00:00 +0000
Message-ID: <one@example.org>
References: <zero@example.org>
In-Reply-To: <zero@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Sch=F6n
--inner
Content-Type: text/html; charset=utf-8

<p>Schön</p>
--inner--
--outer
Content-Type: application/pdf
Content-Disposition: attachment; filename="../a.pdf"
Content-Transfer-Encoding: base64

JVBERg==
--outer--
`

func TestMailIsListedAndRead(t *testing.T) {
	w := newWorld(t)
	w.deliver("INBOX", letter)
	for n := range 3 {
		w.deliver("INBOX", fmt.Sprintf("From: a@example.org\nSubject: %d\n\nbody\n", n))
	}
	folders, err := w.Folders(t.Context(), w.fetch)
	if err != nil || len(folders) != 2 || folders[0].Name != "INBOX" || folders[0].Role != "inbox" || !folders[0].Selectable {
		t.Errorf("%+v, %v", folders, err)
	}
	for name, login := range map[string]Login{"TLS": w.fetch, "STARTTLS": w.fetchTLS} {
		l, err := w.List(t.Context(), login, "INBOX", Range{Count: 2})
		if err != nil || l.Total != 4 || len(l.Messages) != 2 || l.Messages[0].Subject != "2" || l.Messages[1].Subject != "1" {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
	for name, tt := range map[string]struct {
		Range
		want string
	}{
		"before":   {Range{Count: 2, Before: 3}, "[2 1]"},
		"first":    {Range{Count: 2, Before: 1}, "[]"},
		"span":     {Range{First: 2, Last: 3}, "[3 2]"},
		"open end": {Range{First: 3, Last: 4_000_000}, "[4 3]"},
		"chosen":   {Range{UIDs: []uint32{1, 4, 9}}, "[4 1]"},
	} {
		l, err := w.List(t.Context(), w.fetch, "INBOX", tt.Range)
		uids := []uint32{}
		for _, m := range l.Messages {
			uids = append(uids, m.UID)
		}
		if got := fmt.Sprint(uids); got != tt.want || err != nil {
			t.Errorf("%s: %s, want %s, %v", name, got, tt.want, err)
		}
	}

	m, err := w.Message(t.Context(), w.fetch, "INBOX", 1)
	if err != nil {
		t.Fatal(err)
	}
	want := Message{
		Entry: Entry{
			UID: 1, MessageID: "one@example.org", InReplyTo: []string{"zero@example.org"}, Date: 1796025600000, Subject: "Grüße", Flags: m.Flags, Size: m.Size,
			From: []Address{{"Björn", "bjorn@example.org"}}, To: []Address{{"Ada", "ada@example.com"}}, Cc: []Address{{"", "eve@example.net"}},
		},
		Bcc: []Address{}, ReplyTo: []Address{}, References: []string{"zero@example.org"}, Text: "Schön", HTML: "<p>Schön</p>",
		Parts: []Attachment{{Part: 3, Name: "../a.pdf", Type: "application/pdf", Size: 4}},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Error(diff)
	}
	a, data, err := w.Attachment(t.Context(), w.fetch, "INBOX", 1, 3)
	if err != nil || string(data) != "%PDF" || a.Size != 4 {
		t.Errorf("%+v, %q, %v", a, data, err)
	}
	if strings.Contains(fmt.Sprint(m.Flags), "Seen") {
		t.Error("opening has marked it as seen")
	}
	big := "Subject: big\n\n" + strings.Repeat("0123456789 ((((((((\n", 3*pieceSize/20)
	w.deliver("INBOX", big)
	if m, err := w.Message(t.Context(), w.fetch, "INBOX", 5); err != nil || len(m.Text) < 3*pieceSize-100 || m.Cut {
		t.Errorf("%d bytes of a big message, %v", len(m.Text), err)
	}
	for what, err := range map[string]error{
		"mail.no_folder":     second(w.Message(t.Context(), w.fetch, "None", 1)),
		"mail.no_message":    second(w.Message(t.Context(), w.fetch, "INBOX", 99)),
		"mail.no_attachment": third(w.Attachment(t.Context(), w.fetch, "INBOX", 1, 1)),
	} {
		if fault.Code(err) != what {
			t.Errorf("%v, want %s", err, what)
		}
	}
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }

func TestMailIsMarkedMovedAndFiled(t *testing.T) {
	w := newWorld(t)
	w.deliver("INBOX", letter)
	if err := w.Flag(t.Context(), w.fetch, "INBOX", []uint32{1}, []string{`\Seen`, "Label"}, true); err != nil {
		t.Fatal(err)
	}
	flags := func(folder string) string {
		l, err := w.List(t.Context(), w.fetch, folder, Range{Count: 10})
		if err != nil || len(l.Messages) != 1 {
			t.Fatalf("%+v, %v", l, err)
		}
		return strings.ToLower(fmt.Sprint(l.Messages[0].Flags))
	}
	if got := flags("INBOX"); !strings.Contains(got, `\seen`) || !strings.Contains(got, "label") {
		t.Error(got)
	}
	if err := w.Flag(t.Context(), w.fetch, "INBOX", []uint32{1}, []string{`\Seen`}, false); err != nil {
		t.Fatal(err)
	}
	if got := flags("INBOX"); strings.Contains(got, `\seen`) {
		t.Error(got)
	}
	if err := w.Move(t.Context(), w.fetch, "INBOX", []uint32{1}, "Nowhere"); fault.Code(err) != "mail.no_folder" {
		t.Errorf("%v", err)
	}
	if err := w.Move(t.Context(), w.fetch, "INBOX", []uint32{1}, "Sent"); err != nil {
		t.Fatal(err)
	}
	flags("Sent")
	for _, flag := range []string{"", `\Recent`, "a b", "a)", "a\r\nb", "ü"} {
		if err := w.Flag(t.Context(), w.fetch, "Sent", []uint32{1}, []string{flag}, true); fault.Code(err) != "mail.flag" {
			t.Errorf("%q: %v", flag, err)
		}
	}
}

func draft() Draft {
	return Draft{
		To: []Address{{"Björn", "bjorn@example.org"}}, Cc: []Address{{"", "eve@example.net"}}, Bcc: []Address{{"Hidden", "hidden@example.net"}},
		Subject: "Grüße", Text: "Schön\n.\nund lang", HTML: "<p>Schön</p>", InReplyTo: []string{"zero@example.org"}, References: []string{"zero@example.org"},
		Attachments: []File{{Name: "ä.pdf", Type: "application/pdf", Data: []byte("%PDF")}},
	}
}

// TestMailIsSentAsItWasWritten: what arrives reads as it was meant, and a blind
// copy is blind.
func TestMailIsSentAsItWasWritten(t *testing.T) {
	w := newWorld(t)
	from := Address{"Ada", "ada@example.com"}
	for name, login := range map[string]Login{"TLS": w.send, "STARTTLS": w.sendTLS} {
		id, err := w.Send(t.Context(), login, from, draft())
		if err != nil {
			t.Fatal(name, err)
		}
		sender, to, raw := w.server.Sent()
		if fmt.Sprint(to) != "[bjorn@example.org eve@example.net hidden@example.net]" || sender != "ada@example.com" {
			t.Errorf("%s: from %s to %v", name, sender, to)
		}
		if strings.Contains(raw, "hidden@") || strings.Contains(raw, "Hidden") {
			t.Errorf("%s: the blind copy can be seen", name)
		}
		m := read([]byte(raw))
		if m.Text != "Schön\n.\nund lang" && strings.ReplaceAll(m.Text, "\r", "") != "Schön\n.\nund lang" || m.HTML != "<p>Schön</p>" ||
			len(m.Parts) != 1 || m.Parts[0].Name != "ä.pdf" || m.Parts[0].Size != 4 || fmt.Sprint(m.References) != "[zero@example.org]" {
			t.Errorf("%s: %+v", name, m)
		}
		if !strings.Contains(raw, "<"+id+">") || !strings.HasSuffix(id, "@example.com") {
			t.Errorf("%s: id %q", name, id)
		}
	}
}

func TestDraftsHaveBounds(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(*Draft)
		code  string
	}{
		"to nobody":       {func(d *Draft) { d.To, d.Cc, d.Bcc = nil, nil, nil }, "mail.draft"},
		"to many":         {func(d *Draft) { d.To = make([]Address, MaxRecipients+1) }, "mail.draft"},
		"no address":      {func(d *Draft) { d.To[0].Address = "bjorn" }, "mail.draft"},
		"two addresses":   {func(d *Draft) { d.To[0].Address = "a@example.org, b@example.org" }, "mail.draft"},
		"name in it":      {func(d *Draft) { d.To[0].Address = "A <a@example.org>" }, "mail.draft"},
		"command in it":   {func(d *Draft) { d.To[0].Address = "a@example.org\r\nRCPT TO:<b@example.org>" }, "mail.draft"},
		"header in name":  {func(d *Draft) { d.To[0].Name = "A\r\nBcc: b@example.org" }, "mail.draft"},
		"subject of two":  {func(d *Draft) { d.Subject = "a\nBcc: b@example.org" }, "mail.draft"},
		"long subject":    {func(d *Draft) { d.Subject = strings.Repeat("a", MaxSubject+1) }, "mail.draft"},
		"id with header":  {func(d *Draft) { d.References = []string{"a>\r\nBcc: b"} }, "mail.draft"},
		"header in file":  {func(d *Draft) { d.Attachments[0].Name = "a\r\nX: y" }, "mail.draft"},
		"type of a file":  {func(d *Draft) { d.Attachments[0].Type = "a/b\r\nX: y" }, "mail.draft"},
		"many files":      {func(d *Draft) { d.Attachments = make([]File, MaxAttachments+1) }, "mail.draft"},
		"no text":         {func(d *Draft) { d.Text = "a\xff" }, "mail.draft"},
		"too large":       {func(d *Draft) { d.Attachments[0].Data = make([]byte, MaxMessage) }, "mail.too_large"},
		"header in reply": {func(d *Draft) { d.ReplyTo = []Address{{"a\nb", "a@example.org"}} }, "mail.draft"},
	} {
		d := draft()
		tt.spoil(&d)
		if err := d.Check(); fault.Code(err) != tt.code {
			t.Errorf("%s: %v", name, err)
		}
		if name == "to nobody" { // yet: it can be written all the same
			tt.code = ""
		}
		if _, _, err := Compose(Address{"", "ada@example.com"}, d, time.Now()); fault.Code(err) != tt.code {
			t.Errorf("%s, written: %v", name, err)
		}
	}
	for _, from := range []Address{{}, {"", "ada"}, {"", "ada@example.com\r\nBcc: b@example.org"}, {"A\nb", "ada@example.com"}} {
		if _, _, err := Compose(from, draft(), time.Now()); fault.Code(err) != "mail.draft" {
			t.Errorf("from %q: %v", from.Address, err)
		}
	}
}

// TestRefusalsHaveWords and say nothing of what the server said.
func TestRefusalsHaveWords(t *testing.T) {
	w := newWorld(t)
	wrong, plain, nobody := w.fetch, w.fetch, draft()
	wrong.Password = "wrong"
	plain.Security = items.StartTLS // to a server that wants TLS at once
	nobody.To = []Address{{"", "nobody@example.org"}}
	wrongSend := w.send
	wrongSend.Password = "wrong"
	closed := w.fetch
	l := mailtest.Listen(t)
	closed.Port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	strange := New((&net.Dialer{}).DialContext, nil)
	from := Address{"", "ada@example.com"}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		err  error
		code string
	}{
		"password":             {second(w.Folders(t.Context(), wrong)), "mail.login"},
		"password to send":     {second(w.Send(t.Context(), wrongSend, from, draft())), "mail.login"},
		"recipient":            {second(w.Send(t.Context(), w.send, from, nobody)), "mail.rejected"},
		"nobody there":         {second(w.Folders(t.Context(), closed)), "mail.unreachable"},
		"not proved":           {second(strange.Folders(t.Context(), w.fetch)), "mail.tls"},
		"not proved, STARTTLS": {second(strange.Folders(t.Context(), w.fetchTLS)), "mail.tls"},
		"not proved, SMTP":     {second(strange.Send(t.Context(), w.sendTLS, from, draft())), "mail.tls"},
	} {
		if fault.Code(tt.err) != tt.code || strings.Contains(fault.Of(tt.err).Message, "secret words") {
			t.Errorf("%s: %v", name, tt.err)
		}
	}
	if status := fault.Of(second(w.Send(t.Context(), w.send, from, nobody))).Data["status"]; status != 550 {
		t.Errorf("status %v", status)
	}
	if _, err := w.Folders(ended, w.fetch); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := New(refusing, nil).Folders(ended, w.fetch); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestNoPasswordInTheClear: where a server offers no encryption, or somebody in
// between took the offer away, it is told nothing.
func TestNoPasswordInTheClear(t *testing.T) {
	w := newWorld(t)
	said := make(chan string, 1)
	server := mailtest.Serve(t, mailtest.Listen(t), items.StartTLS, func(l net.Listener) error {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		defer conn.Close()
		io.WriteString(conn, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n")
		lines := bufio.NewScanner(conn)
		heard := ""
		for lines.Scan() {
			heard += lines.Text() + "\n"
			tag, _, _ := strings.Cut(lines.Text(), " ")
			io.WriteString(conn, tag+" NO no encryption here\r\n")
		}
		said <- heard
		return nil
	})
	_, err := w.Folders(t.Context(), loginTo(server))
	if fault.Code(err) != "mail.tls" {
		t.Errorf("%v", err)
	}
	if heard := <-said; !strings.Contains(heard, "STARTTLS") || strings.Contains(heard, "hunter2") || strings.Contains(heard, "LOGIN") {
		t.Errorf("the server was told %q", heard)
	}
}

// TestAHostileServerIsBounded: by bytes, and in how deep it nests.
func TestAHostileServerIsBounded(t *testing.T) {
	w := newWorld(t)
	flood := w.hostile(func(command string, out io.Writer) {
		if strings.HasPrefix(command, "LIST") {
			line := []byte(strings.Repeat(`* LIST () "/" "`+strings.Repeat("x", 1000)+"\"\r\n", 1000))
			for range 8 * maxAnswer / len(line) {
				if _, err := out.Write(line); err != nil {
					return
				}
			}
		}
	})
	if _, err := w.Folders(t.Context(), flood); fault.Code(err) != "mail.too_large" {
		t.Errorf("a flood: %v", err)
	}
	deep := w.hostile(func(command string, out io.Writer) {
		if strings.HasPrefix(command, "EXAMINE") {
			io.WriteString(out, "* 1 EXISTS\r\n* 1 FETCH (BODYSTRUCTURE "+strings.Repeat("(", 6<<20)+"\r\n")
		}
	})
	if _, err := w.List(t.Context(), deep, "INBOX", Range{Count: 1}); err == nil {
		t.Error("lists without end were read")
	}
	nested := w.hostile(func(command string, out io.Writer) {
		if strings.HasPrefix(command, "EXAMINE") {
			io.WriteString(out, "* 1 EXISTS\r\n* 1 FETCH (BODYSTRUCTURE "+
				strings.Repeat(`("message" "rfc822" NIL NIL NIL "7bit" 1 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) `, maxAnswer/90)+"\r\n")
		}
	})
	if _, err := w.List(t.Context(), nested, "INBOX", Range{Count: 1}); err == nil {
		t.Error("messages in messages without end were read")
	}
	large := w.hostile(func(command string, out io.Writer) {
		if strings.Contains(command, "FETCH") {
			fmt.Fprintf(out, "* 1 FETCH (UID 1 RFC822.SIZE %d ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) FLAGS ())\r\n", MaxMessage+1)
		}
	})
	if _, err := w.Message(t.Context(), large, "INBOX", 1); fault.Code(err) != "mail.too_large" {
		t.Errorf("a large message: %v", err)
	}
}

// TestStrangeMessagesAreReadAsFarAsTheyGo: mail is written by anybody.
func TestStrangeMessagesAreReadAsFarAsTheyGo(t *testing.T) {
	deep := "Content-Type: multipart/mixed; boundary=b0\n\n"
	for n := range 2_000 {
		deep += fmt.Sprintf("--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", n, n+1)
	}
	many := "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Disposition: attachment\n\nx\n", MaxParts+10) + "--b--\n"
	for name, raw := range map[string]string{
		"empty": "", "no header": "just text", "no boundary": "Content-Type: multipart/mixed\n\nx", "strange charset": "Content-Type: text/plain; charset=klingon\n\nx",
		"strange encoding": "Content-Transfer-Encoding: x-none\n\nx", "NUL": "Subject: a\x00b\n\n\x00", "deep": deep, "many": many,
		"long": "Content-Type: text/plain\n\n" + strings.Repeat("x", MaxText+10),
	} {
		m := read([]byte(strings.ReplaceAll(raw, "\n", "\r\n")))
		if len(m.Parts) > MaxParts || len(m.Text) > MaxText || m.Parts == nil || m.References == nil {
			t.Errorf("%s: %d parts, %d bytes", name, len(m.Parts), len(m.Text))
		}
		if cut := name == "many" || name == "long"; m.Cut != cut {
			t.Errorf("%s: cut %v", name, m.Cut)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(strings.ReplaceAll(letter, "\n", "\r\n")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := read(raw)
		if len(m.Parts) > MaxParts || len(m.Text) > MaxText || len(m.HTML) > MaxText {
			t.Errorf("%d parts, %d and %d bytes", len(m.Parts), len(m.Text), len(m.HTML))
		}
	})
}
