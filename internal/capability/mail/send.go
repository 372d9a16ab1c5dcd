package mail

import (
	"bytes"
	"context"
	"errors"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Send sends a message from an address and returns its message id. All
// recipients get it, or none.
//
// Errors: mail.draft, mail.too_large; mail.login; mail.rejected with data
// status, the three digits that the server said.
func (c *Client) Send(ctx context.Context, l Login, from Address, d Draft) (id string, err error) {
	if err := d.Check(); err != nil {
		return "", err
	}
	raw, id, err := Compose(from, d, c.now())
	if err != nil {
		return "", err
	}
	return id, c.smtp(ctx, l, func(client *smtp.Client) error {
		// Otherwise the name of this computer would be told.
		if err := client.Hello("localhost"); err != nil {
			return err
		}
		if err := client.Auth(sasl.NewPlainClient("", l.User, l.Password)); err != nil {
			return said(errLogin, err)
		}
		if err := client.Mail(from.Address, nil); err != nil {
			return said(errRejected, err)
		}
		for _, to := range d.recipients() {
			if err := client.Rcpt(to, nil); err != nil {
				return said(errRejected, err)
			}
		}
		w, err := client.Data()
		if err != nil {
			return said(errRejected, err)
		}
		if _, err := bytes.NewReader(raw).WriteTo(w); err != nil {
			return err
		}
		return said(errRejected, w.Close())
	})
}

// said is what a server's refusal is for the app. What it said in words is for
// the log.
func said(what *fault.Error, err error) error {
	refusal, ok := errors.AsType[*smtp.SMTPError](err)
	if !ok {
		return err
	}
	return fault.Wrap(what.Code, what.Message, err).With("status", refusal.Code)
}
