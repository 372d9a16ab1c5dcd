package bridge

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/mail"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/wire"
)

// deadlineMail leaves room for a turn before the client's own time begins.
const deadlineMail = mail.MaxTime + 30*time.Second

// mailMethods read, sort and send mail through the vault's mail accounts.
func mailMethods() []method {
	one := func(name string, parse func(*Session, *args) work) method {
		return method{name: name, outside: true, deadline: deadlineMail, parse: parse}
	}
	return []method{
		{name: "mail.accounts", deadline: deadlineItems, parse: parseMailAccounts},
		one("mail.folders", parseMailFolders), one("mail.list", parseMailList),
		one("mail.message", parseMailMessage), one("mail.attachment", parseMailAttachment),
		one("mail.flag", parseMailFlag), one("mail.move", parseMailMove), one("mail.append", parseMailAppend),
		one("mail.send", parseMailSend),
	}
}

var errSender = fault.New("mail.sender", "The message is from another address than the mail account has. Send it from the account's own.")

// maxFolderName is how many bytes the name of a folder can have.
const maxFolderName = 1 << 10

// parseMailAccounts answers {accounts}: those that the app may use, and for
// what.
func parseMailAccounts(s *Session, _ *args) work {
	r := mailReach{session: s}
	return work{wants: r.wantAny, run: func(ctx context.Context, _ grantedTerms) (result, error) {
		list, err := r.accounts(ctx)
		return tree(map[string]any{"accounts": list}), err
	}}
}

// fetching is a call that goes to the account's server for incoming mail.
func (s *Session) fetching(a *args, quota func() error, run func(context.Context, mail.Login) (result, error)) work {
	r := s.reachingMail(a, fetchMail)
	return work{wants: r.want, quota: quota, run: func(ctx context.Context, _ grantedTerms) (result, error) {
		_, login, err := r.login(ctx)
		if err != nil {
			return nil, err
		}
		return run(ctx, login)
	}}
}

// parseMailFolders answers {folders}.
func parseMailFolders(s *Session, a *args) work {
	return s.fetching(a, nil, func(ctx context.Context, l mail.Login) (result, error) {
		folders, err := s.bridge.mail.Folders(ctx, l)
		return tree(map[string]any{"folders": folders}), err
	})
}

// parseMailList answers {messages, total, validity}.
func parseMailList(s *Session, a *args) work {
	folder := a.text("folder", maxFolderName)
	r := mail.Range{
		Count: a.optionalCount("count", 50, mail.MaxList), Before: a.optionalUID("before"),
		First: a.optionalUID("first"), Last: a.optionalUID("last"), UIDs: a.uids("uids", mail.MaxList, true),
	}
	return s.fetching(a, nil, func(ctx context.Context, l mail.Login) (result, error) {
		listing, err := s.bridge.mail.List(ctx, l, folder, r)
		return tree(listing), err
	})
}

// parseMailMessage answers {message}.
func parseMailMessage(s *Session, a *args) work {
	folder, uid := a.text("folder", maxFolderName), a.uid("uid")
	return s.fetching(a, nil, func(ctx context.Context, l mail.Login) (result, error) {
		message, err := s.bridge.mail.Message(ctx, l, folder, uid)
		return tree(map[string]any{"message": message}), err
	})
}

// parseMailAttachment answers {attachment, data}.
func parseMailAttachment(s *Session, a *args) work {
	folder, uid, part := a.text("folder", maxFolderName), a.uid("uid"), int(a.uid("part"))
	return s.fetching(a, nil, func(ctx context.Context, l mail.Login) (result, error) {
		attachment, data, err := s.bridge.mail.Attachment(ctx, l, folder, uid, part)
		return func(e *wire.Encoder) error {
			return errors.Join(e.EncodeMapLen(2), e.EncodeString("attachment"), wire.Tree(e, attachment), e.EncodeString("data"), e.EncodeBytes(data))
		}, err
	})
}

// parseMailFlag sets flags, or with add false takes them away.
func parseMailFlag(s *Session, a *args) work {
	folder, uids := a.text("folder", maxFolderName), a.uids("uids", mail.MaxUIDs, false)
	flags, add := a.optionalTexts("flags", 50, maxItemID), a.optionalTruth("add")
	return s.fetching(a, func() error { return mail.CheckFlags(flags) }, func(ctx context.Context, l mail.Login) (result, error) {
		return empty, s.bridge.mail.Flag(ctx, l, folder, uids, flags, add)
	})
}

func parseMailMove(s *Session, a *args) work {
	folder, to, uids := a.text("folder", maxFolderName), a.text("to", maxFolderName), a.uids("uids", mail.MaxUIDs, false)
	return s.fetching(a, nil, func(ctx context.Context, l mail.Login) (result, error) {
		return empty, s.bridge.mail.Move(ctx, l, folder, uids, to)
	})
}

// parseMailAppend puts a message in the form of RFC 5322 into a folder.
func parseMailAppend(s *Session, a *args) work {
	folder, flags := a.text("folder", maxFolderName), a.optionalTexts("flags", 50, maxItemID)
	data, text, isText := a.bytesOrText("message", MaxEnvelope)
	if isText {
		data = []byte(text)
	}
	return s.fetching(a, func() error { return mail.CheckFlags(flags) }, func(ctx context.Context, l mail.Login) (result, error) {
		return empty, s.bridge.mail.Append(ctx, l, folder, data, flags)
	})
}

// parseMailSend answers {messageId}. Apps of another dialect say who it is from,
// which has to be whose the account is.
func parseMailSend(s *Session, a *args) work {
	r, draft, from := s.reachingMail(a, sendMail), readDraft(a), ""
	if s.haex != nil {
		from = a.text("from", maxFolderName)
	}
	return work{
		wants: r.want,
		quota: func() error {
			if err := draft.Check(); err != nil {
				return err
			}
			return s.bridge.mails.take(s.Running.Row, s.bridge.now())
		},
		run: func(ctx context.Context, _ grantedTerms) (result, error) {
			account, login, err := r.login(ctx)
			if err != nil {
				return nil, err
			}
			if s.haex != nil && !strings.EqualFold(from, account.Address) {
				return nil, errSender
			}
			id, err := s.bridge.mail.Send(ctx, login, mail.Address{Name: account.Name, Address: account.Address}, draft)
			return tree(map[string]any{"messageId": id}), err
		},
	}
}

// parseMailCompose answers {message}: what mail.send would send, as the app says
// who it is from. Nothing is sent, but it is kept for those that may write into
// the folders of the server.
func parseMailCompose(s *Session, a *args) work {
	host, err := items.CleanHost(a.text("host", maxFolderName))
	if err != nil {
		a.refuse(err)
	}
	from, draft := mail.Address{Name: a.optionalText("name", maxFolderName), Address: a.text("from", maxFolderName)}, readDraft(a)
	r := mailReach{session: s, action: fetchMail}
	return work{
		wants: func(context.Context) ([]permission.Call, error) { return r.wants(mailKey(fetchMail, host)), nil },
		run: func(context.Context, grantedTerms) (result, error) {
			raw, _, err := mail.Compose(from, draft, s.bridge.now())
			return func(e *wire.Encoder) error {
				return errors.Join(e.EncodeMapLen(1), e.EncodeString("message"), e.EncodeBytes(raw))
			}, err
		},
	}
}

func readDraft(a *args) mail.Draft {
	addresses := func(key string) (list []mail.Address) {
		if _, ok := a.value(key); ok {
			a.maps(key, mail.MaxRecipients, func(one *args) {
				list = append(list, mail.Address{Name: one.optionalText("name", maxFolderName), Address: one.text("address", maxFolderName)})
			})
		}
		return list
	}
	d := mail.Draft{
		To: addresses("to"), Cc: addresses("cc"), Bcc: addresses("bcc"), ReplyTo: addresses("replyTo"),
		Subject: a.optionalText("subject", MaxEnvelope), Text: a.optionalText("text", MaxEnvelope), HTML: a.optionalText("html", MaxEnvelope),
		InReplyTo: a.optionalTexts("inReplyTo", 100, maxFolderName), References: a.optionalTexts("references", 100, maxFolderName),
	}
	if _, ok := a.value("attachments"); ok {
		a.maps("attachments", mail.MaxAttachments, func(f *args) {
			data, text, isText := f.bytesOrText("data", MaxEnvelope)
			if isText {
				data = []byte(text)
			}
			d.Attachments = append(d.Attachments, mail.File{Name: f.text("name", maxFolderName), Type: f.optionalText("type", maxFolderName), ContentID: f.optionalText("contentId", maxFolderName), Data: data})
		})
	}
	return d
}

// uid takes a number that names a message in a folder.
func (a *args) uid(key string) uint32 {
	n := a.number(key)
	if n == 0 || n > 1<<32-1 {
		a.fail("The argument %q must be a whole number from 1 to 4294967295.", key)
	}
	return uint32(n)
}

// optionalUID takes one that may be absent, which is 0.
func (a *args) optionalUID(key string) uint32 {
	if _, ok := a.value(key); !ok {
		return 0
	}
	return a.uid(key)
}

// uids takes an array of at most limit of them.
func (a *args) uids(key string, limit int, optional bool) (list []uint32) {
	if _, ok := a.value(key); !ok && optional {
		return nil
	}
	for _, v := range a.list(key, limit) {
		n, ok := v.Uint64()
		if !ok || n == 0 || n > 1<<32-1 {
			a.fail("The argument %q must be an array of whole numbers from 1 to 4294967295.", key)
			return nil
		}
		list = append(list, uint32(n))
	}
	return list
}
