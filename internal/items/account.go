package items

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
)

// MaxAccounts is how many mail accounts a vault keeps.
const MaxAccounts = 100

// Account is a mail account. Times are Unix milliseconds.
type Account struct {
	ID       string `json:"id"`
	Address  string `json:"address"`
	Name     string `json:"name"` // as others see it; may be empty
	User     string `json:"user"`
	Password string `json:"password"`
	IMAP     Server `json:"imap"`
	SMTP     Server `json:"smtp"`
	Created  int64  `json:"created"`
	Changed  int64  `json:"changed"`
}

// Server is where mail is fetched from or sent to. The connection is encrypted
// either from its beginning (TLS) or before anything is said on it (StartTLS);
// there is no other way.
type Server struct {
	Host     string `json:"host"` // a name or an address, in small letters
	Port     int    `json:"port"`
	Security string `json:"security"`
}

// How a connection is encrypted.
const (
	TLS      = "tls"
	StartTLS = "startTls"
)

// String keeps the password out of logs and errors.
func (Account) String() string { return "[redacted]" }

// GoString does so too.
func (Account) GoString() string { return "[redacted]" }

// AccountSummary is what a list has of an account: not its password.
type AccountSummary struct {
	ID      string `json:"id"`
	Address string `json:"address"`
	Name    string `json:"name"`
	User    string `json:"user"`
	IMAP    Server `json:"imap"`
	SMTP    Server `json:"smtp"`
	Created int64  `json:"created"`
	Changed int64  `json:"changed"`
}

func (a *Account) summary() AccountSummary {
	return AccountSummary{a.ID, a.Address, a.Name, a.User, a.IMAP, a.SMTP, a.Created, a.Changed}
}

var (
	errAddress  = fault.New("items.address", "This is no mail address. Write it as name@example.com.")
	errHost     = fault.New("items.host", "This is no name of a server. Write it as imap.example.com.")
	errPort     = fault.New("items.port", "A port is a number from 1 to 65535. Mail servers use 993 and 465 with TLS, 143 and 587 with STARTTLS.")
	errSecurity = fault.New("items.security", "The connection has to be encrypted: by TLS from the beginning, or by STARTTLS. Choose one of the two.")
)

// A mail address as servers take it: no comment, no quotes. What is before the
// @ may hold letters of any script.
var addressForm = regexp.MustCompile(`^[^\s@"(),:;<>\[\\\]\x00-\x1f\x7f]{1,64}@[a-zA-Z0-9.-]{1,253}$`)

var hostForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)

// tidy brings what a person types into its one form.
func (a *Account) tidy() {
	a.Address, a.Name, a.User = strings.TrimSpace(a.Address), strings.TrimSpace(a.Name), strings.TrimSpace(a.User)
	a.IMAP.tidy()
	a.SMTP.tidy()
	if a.User == "" {
		a.User = a.Address
	}
}

func (s *Server) tidy() { s.Host = tidyHost(s.Host) }

func tidyHost(host string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(host), "."))
}

// CleanHost is the name or address of a server in its one form.
// Error: items.host.
func CleanHost(host string) (string, error) {
	host = tidyHost(host)
	if _, err := netip.ParseAddr(host); err != nil && (len(host) > 253 || !hostForm.MatchString(host)) {
		return "", errHost
	}
	return host, nil
}

func (a *Account) check() error {
	if !addressForm.MatchString(a.Address) {
		return errAddress
	}
	for _, err := range []error{
		line("name", a.Name, MaxTitle), line("user name", a.User, MaxUsername), line("password", a.Password, MaxPassword),
		a.IMAP.check(), a.SMTP.check(),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) check() error {
	switch host, err := CleanHost(s.Host); {
	case err != nil || host != s.Host:
		return errHost
	case s.Port < 1 || s.Port > 65535:
		return errPort
	case s.Security != TLS && s.Security != StartTLS:
		return errSecurity
	}
	return nil
}
