package mail

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
)

// Message is a message that was opened. Opening does not mark it as seen.
type Message struct {
	Entry
	Bcc        []Address    `json:"bcc"`
	ReplyTo    []Address    `json:"replyTo"`
	References []string     `json:"references"`
	Text       string       `json:"text"` // may be empty
	HTML       string       `json:"html"` // may be empty; it is not cleaned
	Cut        bool         `json:"cut"`  // a body is longer than MaxText, or there are more parts than MaxParts
	Parts      []Attachment `json:"attachments"`
}

// Attachment is a part of a message that is no body.
type Attachment struct {
	Part      int    `json:"part"` // names it in this message
	Name      string `json:"name"` // as the sender calls it; not a safe file name
	Type      string `json:"type"`
	Size      int64  `json:"size"` // bytes
	Inline    bool   `json:"inline"`
	ContentID string `json:"contentId"`
}

// Message opens a message. Errors: mail.no_folder, mail.no_message,
// mail.too_large.
func (c *Client) Message(ctx context.Context, l Login, folder string, uid uint32) (m Message, err error) {
	raw, entry, err := c.fetch(ctx, l, folder, uid)
	if err != nil {
		return Message{}, err
	}
	m = read(raw)
	m.Entry = entry
	return m, nil
}

// Attachment returns what an attachment holds. Errors: those of Message,
// mail.no_attachment.
func (c *Client) Attachment(ctx context.Context, l Login, folder string, uid uint32, part int) (a Attachment, data []byte, err error) {
	raw, _, err := c.fetch(ctx, l, folder, uid)
	if err != nil {
		return Attachment{}, nil, err
	}
	found := false
	walk(raw, func(n int, p *mail.Part) bool {
		if n != part {
			return true
		}
		if info, isBody := describe(n, p); !isBody {
			data, err = io.ReadAll(p.Body)
			a, found = info, true
			a.Size = int64(len(data))
		}
		return false
	})
	if !found || err != nil {
		return Attachment{}, nil, errors.Join(errNoPart, err)
	}
	return a, data, nil
}

// pieceSize is how much of a message is asked for at once.
const pieceSize = maxAnswer / 2

// fetch gets a whole message, if it is not too large.
func (c *Client) fetch(ctx context.Context, l Login, folder string, uid uint32) (raw []byte, entry Entry, err error) {
	err = c.imap(ctx, l, func(client *session) error {
		if _, err := open(client, folder, true); err != nil {
			return err
		}
		set := imap.UIDSetNum(imap.UID(uid))
		client.allow()
		head, err := client.Fetch(set, &imap.FetchOptions{UID: true, Envelope: true, Flags: true, RFC822Size: true, InternalDate: true}).Collect()
		switch {
		case err != nil:
			return err
		case len(head) != 1 || head[0].Envelope == nil:
			return errNoMessage
		case head[0].RFC822Size > MaxMessage:
			return errTooLarge
		}
		entry = entryOf(head[0])
		for {
			piece := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Offset: int64(len(raw)), Size: pieceSize}}
			client.allow()
			body, err := client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{piece}}).Collect()
			if err != nil {
				return err
			}
			if len(body) != 1 {
				return errNoMessage
			}
			data := body[0].FindBodySection(piece)
			if raw = append(raw, data...); len(raw) > MaxMessage {
				return errTooLarge
			}
			if len(data) < pieceSize {
				return nil
			}
		}
	})
	return raw, entry, err
}

// read takes a message apart. What cannot be read is left out: mail is written
// by anybody.
func read(raw []byte) Message {
	m := Message{Bcc: []Address{}, ReplyTo: []Address{}, References: []string{}, Parts: []Attachment{}}
	header := walk(raw, func(n int, p *mail.Part) bool {
		if n > MaxParts {
			m.Cut = true
			return false
		}
		info, isBody := describe(n, p)
		if !isBody {
			info.Size, _ = io.Copy(io.Discard, p.Body)
			m.Parts = append(m.Parts, info)
			return true
		}
		to := &m.Text
		if info.Type == "text/html" {
			to = &m.HTML
		}
		text, _ := io.ReadAll(io.LimitReader(p.Body, MaxText+1))
		if len(*to)+len(text) > MaxText {
			text, m.Cut = text[:max(0, MaxText-len(*to))], true
		}
		*to += strings.ToValidUTF8(string(text), "\uFFFD")
		return true
	})
	if header == nil {
		return m
	}
	for name, to := range map[string]*[]Address{"Bcc": &m.Bcc, "Reply-To": &m.ReplyTo} {
		list, _ := header.AddressList(name)
		for _, a := range list {
			*to = append(*to, Address{a.Name, a.Address})
		}
	}
	if list, err := header.MsgIDList("References"); err == nil {
		m.References = notNil(list)
	}
	return m
}

// walk goes through the parts of a message, numbered from 1, as long as each
// wants more, and returns the header; nil if it cannot be read.
func walk(raw []byte, each func(n int, p *mail.Part) bool) *mail.Header {
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if r == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return nil
	}
	defer func() { _ = r.Close() }()
	for n := 1; ; n++ {
		p, err := r.NextPart()
		if p == nil || err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) || !each(n, p) {
			return &r.Header
		}
	}
}

// describe says what a part is, and whether it is a body.
func describe(n int, p *mail.Part) (a Attachment, isBody bool) {
	a = Attachment{Part: n}
	switch h := p.Header.(type) {
	case *mail.InlineHeader:
		kind, params, _ := h.ContentType()
		a.Type, a.Name, a.Inline, a.ContentID = kind, params["name"], true, h.Get("Content-Id")
		isBody = (kind == "" || kind == "text/plain" || kind == "text/html") && a.Name == ""
	case *mail.AttachmentHeader:
		a.Type, _, _ = h.ContentType()
		a.Name, _ = h.Filename()
		a.ContentID = h.Get("Content-Id")
	}
	a.ContentID = strings.Trim(a.ContentID, "<>")
	return a, isBody
}
