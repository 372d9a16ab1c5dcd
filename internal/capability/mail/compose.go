package mail

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	stdmail "net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-message/mail"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Draft is a message that is to be sent. Text, HTML or both are its body.
type Draft struct {
	To, Cc, Bcc []Address
	ReplyTo     []Address
	Subject     string
	Text, HTML  string
	InReplyTo   []string // message ids, without <>
	References  []string
	Attachments []File
}

// File goes along with a message.
type File struct {
	Name string
	Type string // "" is application/octet-stream
	Data []byte
	// ContentID names a file that the HTML shows; it is inline then.
	ContentID string
}

// String keeps what is written out of logs and errors.
func (Draft) String() string { return "[redacted]" }

func badDraft(why string) error {
	return fault.New(errDraft.Code, "The message cannot be sent like this. "+why)
}

// Check holds a draft that is to be sent against the bounds. Error: mail.draft,
// mail.too_large.
func (d *Draft) Check() error {
	if len(d.To)+len(d.Cc)+len(d.Bcc) == 0 {
		return badDraft("It is to nobody. Name a recipient.")
	}
	return d.check()
}

func (d *Draft) check() error {
	size := len(d.Text) + len(d.HTML)
	for _, f := range d.Attachments {
		size += len(f.Data)
		if _, _, err := mime.ParseMediaType(f.Type); f.Type != "" && err != nil || !oneLine(f.Name) || !oneLine(f.ContentID) || len(f.Name) > 255 || len(f.ContentID) > 255 {
			return badDraft("A file has a name or a type that is none. Name it in one line of at most 255 bytes, with a type like text/plain.")
		}
	}
	recipients := len(d.To) + len(d.Cc) + len(d.Bcc)
	switch {
	case recipients > MaxRecipients:
		return badDraft(fmt.Sprintf("It is to more than %d recipients. Send it to some of them at a time.", MaxRecipients))
	case len(d.Subject) > MaxSubject || !oneLine(d.Subject):
		return badDraft(fmt.Sprintf("The subject is longer than %d bytes or has a line break in it. Shorten it to one line.", MaxSubject))
	case !utf8.ValidString(d.Text) || !utf8.ValidString(d.HTML):
		return badDraft("The body is no text in UTF-8. Attach it as a file.")
	case len(d.Attachments) > MaxAttachments:
		return badDraft(fmt.Sprintf("There are more than %d files. Take some out, or put them into one.", MaxAttachments))
	case size > MaxMessage*3/4: // it grows by a third when it is encoded
		return errTooLarge
	case len(d.InReplyTo) > 100 || len(d.References) > 100:
		return badDraft("It refers to more than 100 other messages. Name the last ones.")
	}
	for _, list := range [][]Address{d.To, d.Cc, d.Bcc, d.ReplyTo} {
		for _, a := range list {
			if err := checkAddress(a); err != nil {
				return err
			}
		}
	}
	for _, list := range [][]string{d.InReplyTo, d.References} {
		for _, id := range list {
			if id == "" || len(id) > 500 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' }) {
				return badDraft("It refers to a message by what is no message id. Take the id as the message has it.")
			}
		}
	}
	return nil
}

func checkAddress(a Address) error {
	parsed, err := stdmail.ParseAddress(a.Address)
	if err != nil || parsed.Address != a.Address || parsed.Name != "" || len(a.Address) > 320 || !oneLine(a.Address) || !oneLine(a.Name) || len(a.Name) > 255 {
		return badDraft("An address is none. Write it as name@example.com.")
	}
	return nil
}

func oneLine(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// recipients are the addresses that it is delivered to.
func (d *Draft) recipients() (list []string) {
	for _, part := range [][]Address{d.To, d.Cc, d.Bcc} {
		for _, a := range part {
			list = append(list, a.Address)
		}
	}
	return list
}

// Compose writes a draft from an address in the form of RFC 5322, and returns
// the id it was given. Who gets a blind copy is not in it. It may be to nobody
// yet. Errors: those of Check.
func Compose(from Address, d Draft, now time.Time) (raw []byte, id string, err error) {
	if err := cmp.Or(d.check(), checkAddress(from)); err != nil {
		return nil, "", err
	}
	var h mail.Header
	h.SetDate(now)
	h.SetAddressList("From", list(from))
	for name, to := range map[string][]Address{"To": d.To, "Cc": d.Cc, "Reply-To": d.ReplyTo} {
		if len(to) > 0 {
			h.SetAddressList(name, list(to...))
		}
	}
	h.SetSubject(d.Subject)
	for name, ids := range map[string][]string{"In-Reply-To": d.InReplyTo, "References": d.References} {
		if len(ids) > 0 {
			h.SetMsgIDList(name, ids)
		}
	}
	// The domain of the address and not this computer's name, which is nobody's
	// business.
	if err := h.GenerateMessageIDWithHostname(from.Address[strings.LastIndexByte(from.Address, '@')+1:]); err != nil {
		return nil, "", err
	}
	if id, err = h.MessageID(); err != nil {
		return nil, "", err
	}
	var b bytes.Buffer
	w, err := mail.CreateWriter(&b, h)
	if err != nil {
		return nil, "", err
	}
	err = writeBody(w, d)
	for _, f := range d.Attachments {
		err = errors.Join(err, writeFile(w, f))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, "", fmt.Errorf("compose a message: %w", err)
	}
	return b.Bytes(), id, nil
}

func list(addresses ...Address) (out []*mail.Address) {
	for _, a := range addresses {
		out = append(out, &mail.Address{Name: a.Name, Address: a.Address})
	}
	return out
}

func writeBody(w *mail.Writer, d Draft) error {
	inline, err := w.CreateInline()
	if err != nil {
		return err
	}
	for _, body := range []struct{ kind, text string }{{"text/plain", d.Text}, {"text/html", d.HTML}} {
		if body.text == "" && (body.kind == "text/html" || d.HTML != "") {
			continue
		}
		var h mail.InlineHeader
		h.SetContentType(body.kind, map[string]string{"charset": "utf-8"})
		part, err := inline.CreatePart(h)
		if err != nil {
			return err
		}
		_, err = io.WriteString(part, body.text)
		if err = errors.Join(err, part.Close()); err != nil {
			return err
		}
	}
	return inline.Close()
}

func writeFile(w *mail.Writer, f File) error {
	var h mail.AttachmentHeader
	kind := f.Type
	if kind == "" {
		kind = "application/octet-stream"
	}
	h.Set("Content-Type", kind)
	h.SetFilename(f.Name)
	if f.ContentID != "" {
		h.Set("Content-Id", "<"+f.ContentID+">")
		h.SetContentDisposition("inline", map[string]string{"filename": f.Name})
	}
	part, err := w.CreateAttachment(h)
	if err != nil {
		return err
	}
	_, err = part.Write(f.Data)
	return errors.Join(err, part.Close())
}
