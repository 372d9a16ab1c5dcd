package haex

import (
	"context"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/wire"
)

// maxEnvelopes is how many messages a list has at once.
const maxEnvelopes = 100

// account names the account of a call by its server and its user. The SDK sends
// what opens it besides, which goes no further: the vault has its own.
func (t *turn) account(key string) Params {
	config := t.args.inside(key)
	p := Params{"host": config.text("host"), "user": config.text("username")}
	t.args.adopt(config)
	return p
}

// onMail makes a call about an account.
func (t *turn) onMail(ctx context.Context, method string, p Params) (map[string]wire.Value, error) {
	if t.args.err != nil {
		return nil, t.args.err
	}
	fields, err := t.call(ctx, method, p)
	if has(err, "items.no_account") {
		err = errNoAccount
	}
	return fields, err
}

// attributes are the roles of folders, as IMAP names them.
var attributes = map[string]string{
	"sent": `\Sent`, "drafts": `\Drafts`, "trash": `\Trash`, "junk": `\Junk`, "archive": `\Archive`, "all": `\All`, "flagged": `\Flagged`,
}

// listMailboxes answers {name, delimiter, flags} of the folders that the
// pattern of IMAP's LIST fits.
func (t *turn) listMailboxes(ctx context.Context) (Result, error) {
	p := t.account("imap")
	fits := t.args.pattern(t.args.optionalText("reference"), t.args.optionalText("pattern"))
	fields, err := t.onMail(ctx, "mail.folders", p)
	if err != nil {
		return nil, err
	}
	folders, _ := fields["folders"].Array()
	out := []any{}
	for _, v := range folders {
		folder, _ := v.Fields()
		name, _ := folder["name"].Text()
		separator, _ := folder["separator"].Text()
		if !fits(name, separator) {
			continue
		}
		flags := []string{}
		if selectable, _ := folder["selectable"].Truth(); !selectable {
			flags = append(flags, `\Noselect`)
		}
		role, _ := folder["role"].Text()
		if attribute := attributes[role]; attribute != "" {
			flags = append(flags, attribute)
		}
		mailbox := map[string]any{"name": name, "flags": flags}
		addText(mailbox, "delimiter", folder["separator"])
		out = append(out, mailbox)
	}
	return tree(out), nil
}

// pattern reads which folders are wanted: "*" stands for anything, "%" for
// anything within one folder.
func (a *args) pattern(reference, pattern string) func(name, separator string) bool {
	if pattern == "" {
		pattern = "*"
	}
	pattern = reference + pattern
	if len(pattern) > 1<<10 {
		a.fail("The argument %q is longer than 1024 bytes.", "pattern")
	}
	return func(name, separator string) bool {
		within := ".*"
		if separator != "" {
			within = "[^" + regexp.QuoteMeta(separator) + "]*"
		}
		form := strings.NewReplacer(`\*`, ".*", "%", within).Replace(regexp.QuoteMeta(pattern))
		fits, err := regexp.MatchString("^(?s:"+form+")$", name)
		return err == nil && fits
	}
}

// fetchEnvelopes answers what a list has of messages, the lowest UID first.
func (t *turn) fetchEnvelopes(ctx context.Context) (Result, error) {
	p := t.account("imap")
	p["folder"] = t.args.text("mailbox")
	span := t.args.inside("range")
	switch kind := span.text("type"); kind {
	case "latest":
		p["count"] = min(span.count("count", 1), maxEnvelopes)
	case "uidRange":
		p["first"], p["last"] = span.fields["start"], span.fields["end"]
	case "uidList":
		p["uids"] = span.fields["uids"]
	default:
		span.fail("The argument %q must be latest, uidRange or uidList.", "type")
	}
	t.args.adopt(span)
	if p["count"] == 0 && t.args.err == nil {
		return tree([]any{}), nil
	}
	fields, err := t.onMail(ctx, "mail.list", p)
	if err != nil {
		return nil, err
	}
	messages, _ := fields["messages"].Array()
	out := make([]any, len(messages))
	for i, v := range messages {
		message, _ := v.Fields()
		out[i] = envelope(message)
	}
	slices.Reverse(out)
	return tree(out), nil
}

// fetchMessage answers {envelope, bodyText, bodyHtml, attachments}.
func (t *turn) fetchMessage(ctx context.Context) (Result, error) {
	p := t.account("imap")
	p["folder"], p["uid"] = t.args.text("mailbox"), t.args.count("uid", 0)
	fields, err := t.onMail(ctx, "mail.message", p)
	if err != nil {
		return nil, err
	}
	message, _ := fields["message"].Fields()
	out := map[string]any{"envelope": envelope(message)}
	addText(out, "bodyText", message["text"])
	addText(out, "bodyHtml", message["html"])
	parts, _ := message["attachments"].Array()
	attachments := make([]any, len(parts))
	for i, v := range parts {
		part, _ := v.Fields()
		attachment := map[string]any{"partIndex": part["part"].Any(), "size": part["size"].Any(), "isInline": part["inline"].Any(), "contentType": "application/octet-stream"}
		addText(attachment, "contentType", part["type"])
		addText(attachment, "filename", part["name"])
		addText(attachment, "contentId", part["contentId"])
		attachments[i] = attachment
	}
	out["attachments"] = attachments
	return tree(out), nil
}

// envelope is what a list has of a message, in this dialect's words. Its time
// is that of the message, in seconds.
func envelope(message map[string]wire.Value) map[string]any {
	out := map[string]any{"uid": message["uid"].Any(), "flags": message["flags"].Any(), "size": message["size"].Any(), "references": []any{}}
	for _, key := range []string{"from", "to", "cc"} {
		list, _ := message[key].Array()
		addresses := make([]any, len(list))
		for i, v := range list {
			from, _ := v.Fields()
			address := map[string]any{"email": from["address"].Any()}
			addText(address, "name", from["name"])
			addresses[i] = address
		}
		out[key] = addresses
	}
	addText(out, "subject", message["subject"])
	addText(out, "messageId", message["messageId"])
	if before, _ := message["inReplyTo"].Array(); len(before) > 0 {
		addText(out, "inReplyTo", before[0])
	}
	if references, ok := message["references"]; ok {
		out["references"] = references.Any()
	}
	if at, ok := message["date"].Int64(); ok && at > 0 {
		out["internalDate"] = at / 1000
	}
	return out
}

func (t *turn) setFlags(ctx context.Context) (Result, error) {
	p := t.account("imap")
	flags, uids := t.args.texts("flags", maxMembers), t.args.list("uids", maxMembers*10)
	p["folder"], p["flags"], p["uids"], p["add"] = t.args.text("mailbox"), flags, members(uids), t.args.truth("add")
	if t.args.err == nil && (len(flags) == 0 || len(uids) == 0) {
		return nothing, nil
	}
	_, err := t.onMail(ctx, "mail.flag", p)
	return nothing, err
}

func (t *turn) moveMessages(ctx context.Context) (Result, error) {
	p := t.account("imap")
	uids := t.args.list("uids", maxMembers*10)
	p["folder"], p["to"], p["uids"] = t.args.text("sourceMailbox"), t.args.text("destinationMailbox"), members(uids)
	if t.args.err == nil && len(uids) == 0 {
		return nothing, nil
	}
	_, err := t.onMail(ctx, "mail.move", p)
	return nothing, err
}

func members(list []wire.Value) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

func (t *turn) appendMessage(ctx context.Context) (Result, error) {
	p := t.account("imap")
	data, ok := t.args.base64("rfc822Base64")
	if !ok {
		t.args.fail("The argument %q must be base64.", "rfc822Base64")
	}
	p["folder"], p["message"], p["flags"] = t.args.text("mailbox"), data, t.args.texts("flags", maxMembers)
	_, err := t.onMail(ctx, "mail.append", p)
	return nothing, err
}

// sendMessage answers the id that the message was given.
func (t *turn) sendMessage(ctx context.Context) (Result, error) {
	p := t.account("smtp")
	t.draft(p)
	fields, err := t.onMail(ctx, "mail.send", p)
	return func(e *wire.Encoder) error { return wire.Raw(e, fields["messageId"]) }, err
}

// buildMessage answers the message as it would be sent, as base64.
func (t *turn) buildMessage(ctx context.Context) (Result, error) {
	p := Params{"host": t.args.text("imapHost")}
	if name := t.draft(p); name != "" {
		p["name"] = name
	}
	fields, err := t.onMail(ctx, MethodCompose, p)
	data, _ := fields["message"].Blob()
	return tree(base64.StdEncoding.EncodeToString(data)), err
}
