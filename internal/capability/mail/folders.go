package mail

import (
	"context"
	"errors"
	"mime"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-message/charset"
)

// words decodes headers in any character set that is known.
func words() *mime.WordDecoder { return &mime.WordDecoder{CharsetReader: charset.Reader} }

// Folder is one of an account.
type Folder struct {
	Name string `json:"name"`
	// Separator stands between the names of a folder and of one in it; it may
	// be empty.
	Separator string `json:"separator"`
	// Role is what it is for, if the server says: sent, drafts, trash, junk,
	// archive, all, flagged.
	Role string `json:"role"`
	// Selectable is false for one that only holds others.
	Selectable bool `json:"selectable"`
}

var roles = map[imap.MailboxAttr]string{
	imap.MailboxAttrSent: "sent", imap.MailboxAttrDrafts: "drafts", imap.MailboxAttrTrash: "trash", imap.MailboxAttrJunk: "junk",
	imap.MailboxAttrArchive: "archive", imap.MailboxAttrAll: "all", imap.MailboxAttrFlagged: "flagged",
}

// Folders returns the folders of an account, at most MaxFolders.
func (c *Client) Folders(ctx context.Context, l Login) (list []Folder, err error) {
	list = []Folder{}
	err = c.imap(ctx, l, func(client *session) error {
		all, err := client.List("", "*", nil).Collect()
		if err != nil {
			return err
		}
		for _, f := range all[:min(len(all), MaxFolders)] {
			out := Folder{Name: f.Mailbox, Selectable: !slices.Contains(f.Attrs, imap.MailboxAttrNoSelect) && !slices.Contains(f.Attrs, imap.MailboxAttrNonExistent)}
			if f.Delim != 0 {
				out.Separator = string(f.Delim)
			}
			for _, attr := range f.Attrs {
				if role := roles[attr]; role != "" {
					out.Role = role
				}
			}
			if strings.EqualFold(f.Mailbox, "INBOX") {
				out.Role = "inbox"
			}
			list = append(list, out)
		}
		return nil
	})
	return list, err
}

// Range says which messages of a folder are listed: those with these UIDs, or
// those from First to Last, or the newest Count with smaller UIDs than Before.
type Range struct {
	Count       int    // 1 to MaxList
	Before      uint32 // 0: from the newest on
	First, Last uint32 // both 0: not given
	UIDs        []uint32
}

// Entry is a message in a list. Times are Unix milliseconds.
type Entry struct {
	UID       uint32    `json:"uid"`
	MessageID string    `json:"messageId"`
	InReplyTo []string  `json:"inReplyTo"`
	Date      int64     `json:"date"`
	From      []Address `json:"from"`
	To        []Address `json:"to"`
	Cc        []Address `json:"cc"`
	Subject   string    `json:"subject"`
	Flags     []string  `json:"flags"` // as in IMAP: \Seen, \Answered, \Flagged, \Draft, \Deleted, and others
	Size      int64     `json:"size"`  // bytes
}

// Listing is a part of a folder, the newest first.
type Listing struct {
	Messages []Entry `json:"messages"`
	Total    uint32  `json:"total"`    // messages in the folder
	Validity uint32  `json:"validity"` // UIDs mean something else when it changes
}

// List returns what a list has of the messages of a folder.
// Errors: mail.no_folder.
func (c *Client) List(ctx context.Context, l Login, folder string, r Range) (out Listing, err error) {
	out.Messages = []Entry{}
	err = c.imap(ctx, l, func(client *session) error {
		data, err := open(client, folder, true)
		if err != nil {
			return err
		}
		out.Total, out.Validity = data.NumMessages, data.UIDValidity
		set, err := r.set(client, data)
		if err != nil || set == nil {
			return err
		}
		client.allow()
		messages, err := client.Fetch(set, &imap.FetchOptions{UID: true, Envelope: true, Flags: true, RFC822Size: true, InternalDate: true}).Collect()
		if err != nil {
			return err
		}
		for _, m := range messages {
			if m.UID != 0 && m.Envelope != nil {
				out.Messages = append(out.Messages, entryOf(m))
			}
		}
		slices.SortFunc(out.Messages, func(a, b Entry) int { return int(int64(b.UID) - int64(a.UID)) })
		out.Messages = out.Messages[:min(len(out.Messages), MaxList)]
		return nil
	})
	return out, err
}

// set are the messages of a range in the folder that is open; nil if there are
// none.
func (r Range) set(client *session, folder *imap.SelectData) (imap.NumSet, error) {
	total, count := folder.NumMessages, min(max(r.Count, 1), MaxList)
	switch {
	case total == 0:
		return nil, nil
	case len(r.UIDs) > 0:
		return uidSet(r.UIDs[:min(len(r.UIDs), MaxList)]), nil
	case r.Last != 0:
		return newest(client, folder, r.First, r.Last, MaxList)
	case r.Before != 0:
		return newest(client, folder, 1, r.Before-1, count)
	}
	var set imap.SeqSet
	set.AddRange(total-min(total, uint32(count))+1, total)
	return set, nil
}

// The first step back through the UIDs, and the longest: an answer names each
// message of a step.
const (
	firstStep = 1_000
	maxStep   = 64_000
)

// newest are the last of the messages with UIDs from first to last. It goes back
// in steps, for a folder may have any number of messages.
func newest(client *session, folder *imap.SelectData, first, last uint32, count int) (imap.NumSet, error) {
	if next := uint32(folder.UIDNext); next != 0 {
		last = min(last, next-1)
	}
	var found []imap.UID
	for step := uint32(firstStep); last >= max(first, 1) && len(found) < count; step = min(2*step, maxStep) {
		from := max(first, 1)
		if last-from >= step {
			from = last - step + 1
		}
		client.allow()
		data, err := client.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{{imap.UIDRange{Start: imap.UID(from), Stop: imap.UID(last)}}}}, nil).Wait()
		if err != nil {
			return nil, err
		}
		found = append(found, data.AllUIDs()...)
		last = from - 1
	}
	slices.Sort(found)
	found = found[max(0, len(found)-count):]
	if len(found) == 0 {
		return nil, nil
	}
	return imap.UIDSetNum(found...), nil
}

func uidSet(uids []uint32) imap.UIDSet {
	var set imap.UIDSet
	for _, uid := range uids {
		set.AddNum(imap.UID(uid))
	}
	return set
}

// open selects a folder.
func open(client *session, folder string, readOnly bool) (*imap.SelectData, error) {
	client.allow()
	data, err := client.Select(folder, &imap.SelectOptions{ReadOnly: readOnly}).Wait()
	if refused(err) {
		return nil, errNoFolder
	}
	return data, err
}

// refused reports whether the server understood and said no.
func refused(err error) bool {
	said, ok := errors.AsType[*imap.Error](err)
	return ok && said.Type == imap.StatusResponseTypeNo
}

func entryOf(m *imapclient.FetchMessageBuffer) Entry {
	e := Entry{
		UID: uint32(m.UID), MessageID: m.Envelope.MessageID, InReplyTo: notNil(m.Envelope.InReplyTo), Date: m.Envelope.Date.UnixMilli(), Subject: m.Envelope.Subject,
		From: addresses(m.Envelope.From), To: addresses(m.Envelope.To), Cc: addresses(m.Envelope.Cc), Flags: []string{}, Size: m.RFC822Size,
	}
	if m.Envelope.Date.IsZero() {
		e.Date = m.InternalDate.UnixMilli()
	}
	for _, f := range m.Flags {
		e.Flags = append(e.Flags, string(f))
	}
	return e
}

func addresses(list []imap.Address) []Address {
	out := make([]Address, 0, len(list))
	for _, a := range list {
		if addr := a.Addr(); addr != "" {
			out = append(out, Address{Name: a.Name, Address: addr})
		}
	}
	return out
}

func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
