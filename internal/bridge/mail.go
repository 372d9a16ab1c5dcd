package bridge

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/alcove-vault/alcove/internal/capability/mail"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/permission"
)

const (
	fetchMail = "fetch"
	sendMail  = "send"

	dialTime = 15 * time.Second // until a mail server answers
)

// How much mail one app sends.
const (
	mailsAMinute = 20
	mailsInBurst = 20
)

var errMailRate = fault.New("quota.mail", "The app sends more than 20 messages a minute. Wait a moment.")

// newMail connects to wherever the person said that their mail is.
func newMail() *mail.Client { return mail.New((&net.Dialer{Timeout: dialTime}).DialContext, nil) }

// mails bounds what each app sends, by the app's row.
type mails struct {
	mu   sync.Mutex
	apps map[int64]*rate.Limiter
}

func (m *mails) take(row int64, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.apps == nil {
		m.apps = make(map[int64]*rate.Limiter)
	}
	if m.apps[row] == nil {
		m.apps[row] = rate.NewLimiter(rate.Limit(mailsAMinute)/60, mailsInBurst)
	}
	if !m.apps[row].AllowN(now, 1) {
		return errMailRate
	}
	return nil
}

// mailReach is which accounts one call may use, found out while it is judged. A
// permission is about the host of a server, so an account is reached by its
// servers.
type mailReach struct {
	session *Session
	action  string
	account string           // its id; or else
	at      mailUser         // whose account it is, and where
	hosts   []permission.Key // that the call wants
}

// mailUser names an account as apps of another dialect do. What opens it is the
// vault's, whatever they know of it.
type mailUser struct{ host, name string }

// usable is an account that an app may use.
type usable struct {
	ID      string `json:"id"`
	Address string `json:"address"`
	Name    string `json:"name"`
	Fetch   bool   `json:"fetch"`
	Send    bool   `json:"send"`
}

func mailKey(action, host string) permission.Key {
	return permission.Key{Resource: "mail", Action: action, Target: host}
}

func (r *mailReach) verdict(key permission.Key) permission.Verdict {
	return r.session.judge(permission.Call{Key: key}).Verdict
}

func (r *mailReach) wants(keys ...permission.Key) (list []permission.Call) {
	r.hosts = keys
	for _, key := range keys {
		list = append(list, permission.Call{Key: key})
	}
	return list
}

// reachingMail reads which account a call is about.
func (s *Session) reachingMail(a *args, action string) *mailReach {
	r := &mailReach{session: s, action: action}
	if s.haex == nil {
		r.account = a.text("account", maxItemID)
		return r
	}
	host, err := items.CleanHost(a.text("host", maxFolderName))
	if err != nil {
		a.refuse(err)
	}
	r.at = mailUser{host, a.text("user", maxFolderName)}
	return r
}

// find is the account that the call is about. Error: items.no_account.
func (r *mailReach) find(ctx context.Context) (items.Account, error) {
	if r.at.host == "" {
		return r.session.bridge.items.Account(ctx, r.account)
	}
	list, err := r.session.bridge.items.Accounts(ctx)
	if err != nil {
		return items.Account{}, err
	}
	for _, a := range list {
		server := a.IMAP
		if r.action == sendMail {
			server = a.SMTP
		}
		if server.Host == r.at.host && (a.User == r.at.name || strings.EqualFold(a.Address, r.at.name)) {
			return r.session.bridge.items.Account(ctx, a.ID)
		}
	}
	return items.Account{}, items.ErrNoAccount
}

// want wants the server of the account. One that the manifest does not mention
// is told apart from one that is not there by nothing. A server that the app
// names itself is judged whether there is an account at it or not.
func (r *mailReach) want(ctx context.Context) ([]permission.Call, error) {
	if r.at.host != "" {
		return r.wants(mailKey(r.action, r.at.host)), nil
	}
	a, err := r.find(ctx)
	if err != nil && fault.Code(err) != fault.Code(items.ErrNoAccount) {
		return nil, err
	}
	if key := mailKey(r.action, serverOf(a, r.action).Host); err == nil && r.verdict(key) != permission.Undeclared {
		return r.wants(key), nil
	}
	return r.wants(r.declared(r.action)), nil
}

// declared is the first thing of this kind that the manifest mentions.
func (r *mailReach) declared(action string) permission.Key {
	for _, p := range r.session.Running.Manifest.Permissions {
		if p.Resource == "mail" && p.Action == action {
			return permission.KeyOf(p)
		}
	}
	return mailKey(action, "*")
}

// login is the account with what opens it, if it still has the server that was
// judged. Error: items.no_account.
func (r *mailReach) login(ctx context.Context) (items.Account, mail.Login, error) {
	a, err := r.find(ctx)
	if err != nil {
		return items.Account{}, mail.Login{}, err
	}
	server := serverOf(a, r.action)
	if server.Host == "" || !slices.Contains(r.hosts, mailKey(r.action, server.Host)) {
		return items.Account{}, mail.Login{}, items.ErrNoAccount
	}
	return a, mail.Login{Server: server, User: a.User, Password: a.Password}, nil
}

func serverOf(a items.Account, action string) items.Server {
	if action == sendMail {
		return a.SMTP
	}
	return a.IMAP
}

// wantAny wants every server of an account that is allowed; if none is, those
// for incoming mail that can be asked about, or else those for outgoing mail;
// and if there are none of those either, what was declared first.
func (r *mailReach) wantAny(ctx context.Context) ([]permission.Call, error) {
	list, err := r.session.bridge.items.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var allowed, fetches, sends []permission.Key
	add := func(to *[]permission.Key, key permission.Key) {
		if !slices.Contains(*to, key) {
			*to = append(*to, key)
		}
	}
	for _, a := range list {
		for _, key := range []permission.Key{mailKey(fetchMail, a.IMAP.Host), mailKey(sendMail, a.SMTP.Host)} {
			switch v := r.verdict(key); {
			case v == permission.Allowed:
				add(&allowed, key)
			case v == permission.Ask && key.Action == fetchMail:
				add(&fetches, key)
			case v == permission.Ask:
				add(&sends, key)
			}
		}
	}
	for _, keys := range [][]permission.Key{allowed, fetches, sends} {
		if len(keys) > 0 {
			return r.wants(keys...), nil
		}
	}
	first := r.declared(fetchMail)
	if r.verdict(first) == permission.Undeclared {
		first = r.declared(sendMail)
	}
	return r.wants(first), nil
}

// accounts are those that the call reaches.
func (r *mailReach) accounts(ctx context.Context) ([]usable, error) {
	all, err := r.session.bridge.items.Accounts(ctx)
	list := []usable{}
	for _, a := range all {
		u := usable{
			ID: a.ID, Address: a.Address, Name: a.Name,
			Fetch: slices.Contains(r.hosts, mailKey(fetchMail, a.IMAP.Host)),
			Send:  slices.Contains(r.hosts, mailKey(sendMail, a.SMTP.Host)),
		}
		if u.Fetch || u.Send {
			list = append(list, u)
		}
	}
	return list, err
}
