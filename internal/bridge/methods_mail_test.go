package bridge

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/capability/mail"
	"github.com/alcove-vault/alcove/internal/capability/mail/mailtest"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/permission"
)

// mailing is a permission about mail.
func mailing(action, host string) m {
	return m{"resource": "mail", "action": action, "target": host, "reason": "To show mail."}
}

// mailPlace is a place with a mail server, and an account there.
func mailPlace(t *testing.T) (p *place, server *mailtest.Server, account string) {
	t.Helper()
	p = newPlace(t)
	server = p.mailServer()
	return p, server, p.account(server.Fetch, server.Send)
}

// mailServer starts a mail server that the bridge trusts.
func (p *place) mailServer() *mailtest.Server {
	p.t.Helper()
	server := mailtest.New(p.t)
	p.bridge.mail = mail.New((&net.Dialer{}).DialContext, server.Roots)
	return server
}

// account adds an account to the vault, as the person does.
func (p *place) account(imap, smtp items.Server) (id string) {
	p.t.Helper()
	id, err := p.bridge.items.AddAccount(p.t.Context(), items.Account{Address: mailtest.User, Name: "Ada", Password: mailtest.Password, IMAP: imap, SMTP: smtp})
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// TestMailNeedsAGrantForItsServer goes the way of an app that reads, sorts and
// answers.
func TestMailNeedsAGrantForItsServer(t *testing.T) {
	p, server, account := mailPlace(t)
	id := p.install(nil, permissions(mailing("fetch", "127.0.0.1"), mailing("send", "*")))
	s := p.open(id)
	var asked []string
	p.person.says(func(q *Prompt) Answer {
		asked = append(asked, said(q))
		return Answer{Choice: ChooseDeny}
	})
	if _, code := p.call(s, "mail.accounts", m{}); code != "permission.denied" {
		t.Errorf("%q", code)
	}
	p.person.says(nil)
	if len(asked) != 1 || !strings.HasSuffix(asked[0], "wants to read and sort mail in your mail accounts at 127.0.0.1") {
		t.Errorf("%q", asked)
	}
	p.decide(id, mailKey("fetch", "127.0.0.1"), permission.Allow)
	if got := fmt.Sprint(p.must(s, "mail.accounts", m{})); got != fmt.Sprintf("map[accounts:[map[address:ada@example.com fetch:true id:%s name:Ada send:false]]]", account) {
		t.Error(got)
	}
	p.must(s, "mail.append", m{"account": account, "folder": "INBOX", "message": "Subject: hello\r\nFrom: b@example.org\r\n\r\nbody\r\n"})
	if got := fmt.Sprint(p.must(s, "mail.folders", m{"account": account})); !strings.Contains(got, "INBOX") || !strings.Contains(got, "Sent") {
		t.Error(got)
	}
	list := p.must(s, "mail.list", m{"account": account, "folder": "INBOX", "count": 10})
	if list["total"] != int64(1) || list["messages"].([]any)[0].(map[string]any)["subject"] != "hello" {
		t.Errorf("%v", list)
	}
	message := p.must(s, "mail.message", m{"account": account, "folder": "INBOX", "uid": 1})["message"].(map[string]any)
	if !strings.HasPrefix(message["text"].(string), "body") {
		t.Errorf("%v", message)
	}
	p.must(s, "mail.flag", m{"account": account, "folder": "INBOX", "uids": []any{1}, "flags": []string{`\Seen`}, "add": true})
	p.must(s, "mail.move", m{"account": account, "folder": "INBOX", "uids": []any{1}, "to": "Sent"})

	letter := m{"account": account, "to": []any{m{"address": "b@example.org"}}, "subject": "Re: hello", "text": "thanks", "attachments": []any{m{"name": "a.txt", "data": []byte("attached")}}}
	p.decide(id, mailKey("send", "*"), permission.Deny)
	if _, code := p.call(s, "mail.send", letter); code != "permission.denied" {
		t.Errorf("%q", code)
	}
	p.decide(id, mailKey("send", "*"), permission.Allow)
	if got := p.must(s, "mail.send", letter)["messageId"].(string); !strings.HasSuffix(got, "@example.com") {
		t.Error(got)
	}
	from, to, raw := server.Sent()
	if from != mailtest.User || fmt.Sprint(to) != "[b@example.org]" || !strings.Contains(raw, `"Ada" <ada@example.com>`) {
		t.Errorf("%s, %v, %s", from, to, raw)
	}
	for what, tt := range map[string]struct {
		method string
		params m
		code   string
	}{
		"no folder":   {"mail.list", m{"account": account, "folder": "None"}, "mail.no_folder"},
		"no message":  {"mail.message", m{"account": account, "folder": "INBOX", "uid": 7}, "mail.no_message"},
		"no uid":      {"mail.message", m{"account": account, "folder": "INBOX", "uid": 0}, "request.malformed"},
		"no part":     {"mail.attachment", m{"account": account, "folder": "Sent", "uid": 1, "part": 9}, "mail.no_attachment"},
		"bad flag":    {"mail.flag", m{"account": account, "folder": "INBOX", "uids": []any{1}, "flags": []string{"a b"}}, "mail.flag"},
		"to nobody":   {"mail.send", m{"account": account, "subject": "x"}, "mail.draft"},
		"own sender":  {"mail.send", m{"account": account, "from": "eve@example.org", "to": []any{}}, "request.malformed"},
		"no account":  {"mail.folders", m{"account": "00000000-0000-7000-8000-000000000000"}, "items.no_account"},
		"not an id":   {"mail.folders", m{"account": "x"}, "items.no_account"},
		"its own key": {"mail.folders", m{"account": account, "password": "x"}, "request.malformed"},
	} {
		if _, code := p.call(s, tt.method, tt.params); code != tt.code {
			t.Errorf("%s: %q, want %q", what, code, tt.code)
		}
	}
}

// TestAnAccountOutOfReachIsNotThere: nothing tells it from one that does not
// exist, and one that was given another server meanwhile is another account.
func TestAnAccountOutOfReachIsNotThere(t *testing.T) {
	p, server, account := mailPlace(t)
	id := p.install(nil, permissions(mailing("fetch", "example.com"), mailing("send", "127.0.0.1")))
	s := p.open(id)
	p.decide(id, mailKey("fetch", "example.com"), permission.Allow)
	p.decide(id, mailKey("send", "127.0.0.1"), permission.Deny)
	for _, one := range []string{account, "00000000-0000-7000-8000-000000000000"} {
		if _, code := p.call(s, "mail.folders", m{"account": one}); code != "items.no_account" {
			t.Errorf("%q", code)
		}
	}
	if _, code := p.call(s, "mail.send", m{"account": account, "to": []any{m{"address": "b@example.org"}}}); code != "permission.denied" {
		t.Errorf("%q", code)
	}
	elsewhere := p.account(items.Server{Host: "imap.example.com", Port: 993, Security: items.TLS}, server.Send)
	if got := fmt.Sprint(p.must(s, "mail.accounts", m{})); !strings.Contains(got, elsewhere) || strings.Contains(got, account) || strings.Contains(got, "send:true") {
		t.Error(got)
	}
	third := p.open(p.install(nil, bundletest.With("name", "third"), bundletest.WithKey(3)))
	for _, method := range []string{"mail.accounts", "mail.folders"} {
		params := m{}
		if method == "mail.folders" {
			params["account"] = account
		}
		if _, code := p.call(third, method, params); code != "permission.undeclared" {
			t.Errorf("%s: %q", method, code)
		}
	}
}

// TestSendingHasARate: what an app sends comes from the person.
func TestSendingHasARate(t *testing.T) {
	var sent mails
	now := time.UnixMilli(1_800_000_000_000)
	for range mailsInBurst {
		if err := sent.take(1, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := sent.take(1, now); fault.Code(err) != "quota.mail" {
		t.Errorf("%v", err)
	}
	if err := sent.take(2, now); err != nil {
		t.Errorf("another app: %v", err)
	}
	if err := sent.take(1, now.Add(time.Minute)); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}
