package haex

import (
	"strings"

	"github.com/alcove-vault/alcove/internal/wire"
)

// MethodCompose is the method of Alcove's that writes a message and sends it
// nowhere.
const MethodCompose = "mail.compose"

// Bounds of a message, of which Alcove's own methods take less.
const (
	maxAddresses   = 1_000
	maxReferences  = 1_000
	maxAttachments = 100
)

// draft reads a message that is to be sent into p, and returns the name of who
// it is from.
func (t *turn) draft(p Params) (name string) {
	message := t.args.inside("message")
	from := message.inside("from")
	p["from"], name = from.text("email"), from.optionalText("name")
	message.adopt(from)
	for _, key := range []string{"to", "cc", "bcc"} {
		p[key] = message.addresses(message.list(key, maxAddresses))
	}
	p["replyTo"] = []any{}
	if to, ok := message.value("replyTo"); ok {
		p["replyTo"] = message.addresses([]wire.Value{to})
	}
	for key, from := range map[string]string{"subject": "subject", "text": "bodyText", "html": "bodyHtml"} {
		p[key] = message.optionalText(from)
	}
	p["inReplyTo"] = []string{}
	if id := message.optionalText("inReplyTo"); id != "" {
		p["inReplyTo"] = []string{bare(id)}
	}
	references := message.texts("references", maxReferences)
	for i := range references {
		references[i] = bare(references[i])
	}
	p["references"] = references
	p["attachments"] = message.attachments()
	t.args.adopt(message)
	return name
}

// addresses reads {email, name} each.
func (a *args) addresses(list []wire.Value) []any {
	out := make([]any, len(list))
	for i, v := range list {
		fields, ok := v.Fields()
		if !ok {
			a.fail("An address must be an object with email and name.")
			break
		}
		each := &args{fields: fields}
		out[i] = Params{"address": each.text("email"), "name": each.optionalText("name")}
		a.adopt(each)
	}
	return out
}

// attachments reads {filename, contentType, data, contentId} each, the data as
// base64.
func (a *args) attachments() []any {
	list := a.list("attachments", maxAttachments)
	out := make([]any, len(list))
	for i, v := range list {
		fields, ok := v.Fields()
		if !ok {
			a.fail("An attachment must be an object with filename, contentType and data.")
			break
		}
		each := &args{fields: fields}
		data, _ := each.base64("data")
		out[i] = Params{"name": each.text("filename"), "type": each.optionalText("contentType"), "contentId": each.optionalText("contentId"), "data": data}
		a.adopt(each)
	}
	return out
}

// bare is a message id without its brackets.
func bare(id string) string { return strings.Trim(strings.TrimSpace(id), "<>") }
