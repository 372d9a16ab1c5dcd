package mail

import (
	"context"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"

	"github.com/alcove-vault/alcove/internal/fault"
)

// CheckFlags reports whether flags can be set: \Seen, \Answered, \Flagged,
// \Draft and \Deleted, and words of the app's own. Error: mail.flag.
func CheckFlags(flags []string) error {
	for _, f := range flags {
		if system := strings.HasPrefix(f, `\`); system && !slices.Contains([]string{`\Seen`, `\Answered`, `\Flagged`, `\Draft`, `\Deleted`}, f) ||
			!system && (f == "" || len(f) > 64 || strings.ContainsFunc(f, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`(){%*"\]`, r) })) {
			return fault.New("mail.flag", `A flag is \Seen, \Answered, \Flagged, \Draft, \Deleted or a word of ASCII letters, digits and few signs.`)
		}
	}
	return nil
}

// Flag sets flags of messages, or takes them away. Messages that are not there
// are passed over. Errors: mail.no_folder, mail.flag.
func (c *Client) Flag(ctx context.Context, l Login, folder string, uids []uint32, flags []string, add bool) error {
	if err := CheckFlags(flags); err != nil || len(uids) == 0 || len(flags) == 0 {
		return err
	}
	change := imap.StoreFlags{Op: imap.StoreFlagsDel, Silent: true}
	if add {
		change.Op = imap.StoreFlagsAdd
	}
	for _, f := range flags {
		change.Flags = append(change.Flags, imap.Flag(f))
	}
	return c.imap(ctx, l, func(client *session) error {
		if _, err := open(client, folder, false); err != nil {
			return err
		}
		client.allow()
		return client.Store(uidSet(uids), &change, nil).Close()
	})
}

// Move puts messages into another folder. Errors: mail.no_folder.
func (c *Client) Move(ctx context.Context, l Login, folder string, uids []uint32, to string) error {
	if len(uids) == 0 {
		return nil
	}
	return c.imap(ctx, l, func(client *session) error {
		if _, err := open(client, folder, false); err != nil {
			return err
		}
		client.allow()
		_, err := client.Move(uidSet(uids), to).Wait()
		if refused(err) {
			return errNoFolder
		}
		return err
	})
}

// Append puts a message, in the form of RFC 5322, into a folder.
// Errors: mail.no_folder, mail.flag, mail.too_large.
func (c *Client) Append(ctx context.Context, l Login, folder string, message []byte, flags []string) error {
	if err := CheckFlags(flags); err != nil {
		return err
	}
	if len(message) > MaxMessage {
		return errTooLarge
	}
	o := imap.AppendOptions{Time: c.now()}
	for _, f := range flags {
		o.Flags = append(o.Flags, imap.Flag(f))
	}
	return c.imap(ctx, l, func(client *session) error {
		client.sends(len(message))
		cmd := client.Append(folder, int64(len(message)), &o)
		if _, err := cmd.Write(message); err != nil {
			return err
		}
		if err := cmd.Close(); err != nil {
			return err
		}
		_, err := cmd.Wait()
		if refused(err) {
			return errNoFolder
		}
		return err
	})
}
