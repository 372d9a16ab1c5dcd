package bridge

import (
	"encoding/base64"
	"reflect"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/capability/mail/mailtest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// mailing is a place with a mail server, the vault's account there, and an app
// that may use it.
func (p haexPlace) mailing(t *testing.T) (s *Session, server *mailtest.Server) {
	t.Helper()
	server = p.mailServer()
	p.account(server.Fetch, server.Send)
	id := p.install(nil, permissions(mailing("fetch", "127.0.0.1"), mailing("send", "127.0.0.1")))
	p.decide(id, mailKey("fetch", "127.0.0.1"), permission.Allow)
	return p.open(id), server
}

// config is what an app passes with each call. What opens the account here is
// not the app's.
func config(more m) m {
	c := m{"host": "127.0.0.1", "port": 1, "security": "tls", "username": mailtest.User, "password": "the app's own"}
	for key, value := range more {
		c[key] = value
	}
	return c
}

const letter = "Subject: hello\r\nFrom: Bob <b@example.org>\r\nTo: ada@example.com\r\nMessage-ID: <one@example.org>\r\nReferences: <zero@example.org>\r\nDate: Fri, 02 Jan 2026 03:04:05 +0000\r\n\r\nbody\r\n"

// TestHaexMailGoesThroughTheVaultsAccount goes the way of an app that reads,
// sorts and answers.
func TestHaexMailGoesThroughTheVaultsAccount(t *testing.T) {
	p := newHaexPlace(t)
	s, server := p.mailing(t)
	imap := config(nil)
	for _, text := range []string{letter, "Subject: second\r\nFrom: b@example.org\r\n\r\nx\r\n"} {
		p.good(s, "extension_mail_append_message", m{"imap": imap, "mailbox": "INBOX", "rfc822Base64": base64.StdEncoding.EncodeToString([]byte(text)), "flags": []any{`\Flagged`}})
	}
	names := func(params m) (list []string) {
		params["imap"] = imap
		for _, f := range p.good(s, "extension_mail_list_mailboxes", params).([]any) {
			list = append(list, f.(map[string]any)["name"].(string))
		}
		return list
	}
	if got := names(m{"includeStatus": true}); !reflect.DeepEqual(got, []string{"INBOX", "Sent"}) {
		t.Errorf("%q", got)
	}
	for pattern, want := range map[string][]string{"S%": {"Sent"}, "*N*": {"INBOX"}, ".*": nil, "Sent": {"Sent"}} {
		if got := names(m{"pattern": pattern}); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q", pattern, got)
		}
	}
	first := map[string]any{
		"uid": int64(1), "flags": []any{`\Flagged`}, "size": int64(len(letter)), "references": []any{}, "subject": "hello", "messageId": "one@example.org",
		"from": []any{map[string]any{"email": "b@example.org", "name": "Bob"}}, "to": []any{map[string]any{"email": "ada@example.com"}}, "cc": []any{}, "internalDate": int64(1767323045),
	}
	for what, span := range map[string]m{"latest": {"type": "latest", "count": 500}, "range": {"type": "uidRange", "start": 1, "end": 9}, "list": {"type": "uidList", "uids": []any{1, 2}}} {
		list := p.good(s, "extension_mail_fetch_envelopes", m{"imap": imap, "mailbox": "INBOX", "range": span}).([]any)
		if len(list) != 2 || !reflect.DeepEqual(list[0], any(first)) || list[1].(map[string]any)["subject"] != "second" {
			t.Errorf("%s: %v", what, list)
		}
	}
	message := p.good(s, "extension_mail_fetch_message", m{"imap": imap, "mailbox": "INBOX", "uid": 1}).(map[string]any)
	first["references"] = []any{"zero@example.org"}
	if !reflect.DeepEqual(message["envelope"], any(first)) || message["bodyText"] != "body\r\n" || message["bodyHtml"] != nil || len(message["attachments"].([]any)) != 0 {
		t.Errorf("%v", message)
	}
	p.good(s, "extension_mail_set_flags", m{"imap": imap, "mailbox": "INBOX", "uids": []any{1}, "flags": []any{`\Flagged`}, "add": false})
	p.good(s, "extension_mail_set_flags", m{"imap": imap, "mailbox": "INBOX", "uids": []any{}, "flags": []any{`\Flagged`}, "add": false})
	p.good(s, "extension_mail_move_messages", m{"imap": imap, "sourceMailbox": "INBOX", "destinationMailbox": "Sent", "uids": []any{2}})
	left := p.good(s, "extension_mail_fetch_envelopes", m{"imap": imap, "mailbox": "INBOX", "range": m{"type": "latest", "count": 9}}).([]any)
	if len(left) != 1 || len(left[0].(map[string]any)["flags"].([]any)) != 0 {
		t.Errorf("%v", left)
	}

	outgoing := m{
		"from": m{"email": "Ada@example.com", "name": "Ada"}, "to": []any{m{"email": "b@example.org", "name": "Bob"}}, "replyTo": m{"email": "c@example.org"}, "subject": "Re: hello",
		"bodyText": "thanks", "bodyHtml": "<p>thanks", "inReplyTo": "<one@example.org>", "references": []any{"<zero@example.org>", "one@example.org"},
		"attachments": []any{m{"filename": "a.txt", "contentType": "text/plain", "data": "YXR0YWNoZWQ="}},
	}
	sending := m{"smtp": config(nil), "message": outgoing}
	asked := p.asked(s, "extension_mail_send_message", sending)
	if asked["resourceType"] != "mail" || asked["action"] != "send" || asked["target"] != "127.0.0.1" {
		t.Errorf("%v", asked)
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseOnce} })
	if got := p.resolved(s, asked); got != "granted" {
		t.Fatal(got)
	}
	id := p.good(s, "extension_mail_send_message", sending).(string)
	from, to, raw := server.Sent()
	if from != mailtest.User || len(to) != 1 || strings.ContainsAny(id, "<>") {
		t.Errorf("%s, %v, %s", from, to, id)
	}
	built, err := base64.StdEncoding.DecodeString(p.good(s, "extension_mail_build_rfc822", m{"imapHost": "127.0.0.1", "message": outgoing}).(string))
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"sent": raw, "built": string(built)} {
		for _, part := range []string{"Subject: Re: hello", "In-Reply-To: <one@example.org>", "References: <zero@example.org> <one@example.org>", "<c@example.org>", `filename=a.txt`, "<p>thanks"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: no %s in %s", what, part, text)
			}
		}
	}
	p.good(s, "extension_mail_build_rfc822", m{"imapHost": "127.0.0.1", "message": m{"from": m{"email": "ada@example.com"}, "subject": "to nobody yet"}})
}

func TestHaexMailThatDoesNotMap(t *testing.T) {
	p := newHaexPlace(t)
	s, _ := p.mailing(t)
	p.allow(s, permission.Key{Resource: "mail", Action: "send", Target: "127.0.0.1"})
	imap, latest := config(nil), m{"type": "latest", "count": 1}
	to := []any{m{"email": "b@example.org"}}
	for what, tt := range map[string]struct {
		method string
		params m
		number int64
		reason string
	}{
		"another host":    {"extension_mail_list_mailboxes", m{"imap": config(m{"host": "imap.example.com"})}, 1002, "permission.undeclared"},
		"no host":         {"extension_mail_list_mailboxes", m{"imap": config(m{"host": "a b"})}, 3001, "items.host"},
		"another user":    {"extension_mail_list_mailboxes", m{"imap": config(m{"username": "eve"})}, 1001, "items.no_account"},
		"no config":       {"extension_mail_list_mailboxes", m{}, 3001, "request.malformed"},
		"no range":        {"extension_mail_fetch_envelopes", m{"imap": imap, "mailbox": "INBOX"}, 3001, "request.malformed"},
		"too many":        {"extension_mail_fetch_envelopes", m{"imap": imap, "mailbox": "INBOX", "range": m{"type": "uidList", "uids": make([]any, 101)}}, 3001, "request.malformed"},
		"range of text":   {"extension_mail_fetch_envelopes", m{"imap": imap, "mailbox": "INBOX", "range": m{"type": "uidRange", "start": "a", "end": "b"}}, 3001, "request.malformed"},
		"no folder":       {"extension_mail_fetch_envelopes", m{"imap": imap, "mailbox": "None", "range": latest}, 1001, "mail.no_folder"},
		"no message":      {"extension_mail_fetch_message", m{"imap": imap, "mailbox": "INBOX", "uid": 7}, 1001, "mail.no_message"},
		"no base64":       {"extension_mail_append_message", m{"imap": imap, "mailbox": "INBOX", "rfc822Base64": "!"}, 3001, "request.malformed"},
		"bad flag":        {"extension_mail_set_flags", m{"imap": imap, "mailbox": "INBOX", "uids": []any{1}, "flags": []any{"a b"}, "add": true}, 3001, "mail.flag"},
		"another sender":  {"extension_mail_send_message", m{"smtp": config(nil), "message": m{"from": m{"email": "eve@example.org"}, "to": to, "subject": "x"}}, 3001, "mail.sender"},
		"to nobody":       {"extension_mail_send_message", m{"smtp": config(nil), "message": m{"from": m{"email": mailtest.User}, "subject": "x"}}, 3001, "mail.draft"},
		"sender in build": {"extension_mail_build_rfc822", m{"imapHost": "127.0.0.1", "message": m{"from": m{"email": "a\r\nb: c"}, "subject": "x"}}, 3001, "mail.draft"},
		"build elsewhere": {"extension_mail_build_rfc822", m{"imapHost": "example.org", "message": m{"from": m{"email": mailtest.User}, "subject": "x"}}, 1002, "permission.undeclared"},
	} {
		if number, reason := p.code(s, tt.method, tt.params); number != tt.number || reason != tt.reason {
			t.Errorf("%s: %d %s", what, number, reason)
		}
	}
}
