package items

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/spelling"
)

// What a storage can hold, in bytes where nothing else is said.
const (
	MaxStorages  = 100
	MaxRegion    = 64
	MaxPrefix    = 512
	MaxAccessKey = 256
	MaxToken     = 8 << 10
	maxEndpoint  = 300
	maxOwner     = 128
)

// Storage is a place on S3: a bucket at a server, or what is in it under a
// prefix. Times are Unix milliseconds.
type Storage struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Endpoint  string `json:"endpoint"` // https://host or http://host, with a port that is not the scheme's own
	Region    string `json:"region"`
	Bucket    string `json:"bucket"`
	Prefix    string `json:"prefix"` // without "/" at either end; "" for the whole bucket
	PathStyle bool   `json:"pathStyle"`
	AccessKey string `json:"accessKey"`
	Secret    string `json:"secret"`
	Token     string `json:"token"` // of credentials that end; "" otherwise
	// Owner is the app that added the storage, and alone may use it; "" for the
	// person's own.
	Owner string `json:"owner"`
	// From is the app that wrote the address of a storage which is the person's
	// now; "" where a person typed it.
	From    string `json:"-"`
	Created int64  `json:"created"`
	Changed int64  `json:"changed"`
}

// Typed reports whether a person wrote where it is, and not an app.
func (s *Storage) Typed() bool { return s.Owner == "" && s.From == "" }

// String keeps the secret out of logs and errors.
func (Storage) String() string { return "[redacted]" }

// GoString does so too.
func (Storage) GoString() string { return "[redacted]" }

// StorageSummary is what a list has of a storage: nothing that opens it.
type StorageSummary struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Endpoint  string `json:"endpoint"`
	Region    string `json:"region"`
	Bucket    string `json:"bucket"`
	Prefix    string `json:"prefix"`
	PathStyle bool   `json:"pathStyle"`
	AccessKey string `json:"accessKey"`
	Owner     string `json:"owner"`
	Created   int64  `json:"created"`
	Changed   int64  `json:"changed"`
}

// Summary is what a list has of the storage.
func (s *Storage) Summary() StorageSummary {
	return StorageSummary{s.ID, s.Name, s.Endpoint, s.Region, s.Bucket, s.Prefix, s.PathStyle, s.AccessKey, s.Owner, s.Created, s.Changed}
}

// Place is the address of all that is in the storage, and what a permission is
// about: the endpoint, the bucket and the prefix. It is "" for a storage that
// does not read as it should.
func (s *Storage) Place() string { return placeOf(s.Endpoint, s.Bucket, s.Prefix) }

// Place is that of the storage.
func (s *StorageSummary) Place() string { return placeOf(s.Endpoint, s.Bucket, s.Prefix) }

func placeOf(endpoint, bucket, prefix string) string {
	if endpoint == "" || bucket == "" {
		return ""
	}
	place := endpoint + "/" + bucket
	if prefix != "" {
		place += "/" + prefix
	}
	return place
}

var (
	errEndpoint  = fault.New("items.endpoint", "This is no address of an S3 server. Write it as https://s3.example.com, with a port if it has one of its own and without a path.")
	errBucket    = fault.New("items.bucket", "A bucket has 3 to 63 small letters, digits, dots and dashes, and begins and ends with a letter or a digit. Write it as the server shows it.")
	errPrefix    = fault.New("items.prefix", "The folder in the bucket has letters, digits, “.”, “_” and “-” in it, with “/” between the names of folders, and none called “.” or “..”. Write it like that, or leave it out for the whole bucket.")
	errRegion    = fault.New("items.region", "A region is a word like eu-central-1. A server without regions takes us-east-1.")
	errAccessKey = fault.New("items.access_key", "The access key is missing, or has a space in it. Copy it once more from where you got it.")
	errSecretKey = fault.New("items.secret", "The secret key is missing, or has a space in it. Copy it once more from where you got it.")
	errName      = fault.New("items.name", "The storage has no name. Give it one, so that it can be found again.")
)

var (
	regionForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
	keyForm    = regexp.MustCompile(`^[!-~]+$`) // what a header can carry
)

// defaultRegion is what servers without regions go by.
const defaultRegion = "us-east-1"

// tidy brings what a person types into its one form. Without an endpoint it is
// that of the region at Amazon.
func (s *Storage) tidy() {
	for _, text := range []*string{&s.Name, &s.Endpoint, &s.Region, &s.Bucket, &s.Prefix, &s.AccessKey, &s.Secret, &s.Token} {
		*text = strings.TrimSpace(*text)
	}
	s.Prefix = strings.Trim(s.Prefix, "/")
	if s.Region == "" {
		s.Region = defaultRegion
	}
	if s.Endpoint == "" {
		s.Endpoint = "https://s3." + s.Region + ".amazonaws.com"
	}
	if endpoint, err := CleanEndpoint(s.Endpoint); err == nil {
		s.Endpoint = endpoint
		s.PathStyle = s.PathStyle || isNumber(endpoint)
	}
}

// CleanEndpoint is the address of a server in its one form, in which a permission
// can name it. One without a scheme is encrypted. Error: items.endpoint.
func CleanEndpoint(endpoint string) (string, error) {
	endpoint = strings.TrimSpace(endpoint)
	if !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil || len(endpoint) > maxEndpoint || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return "", errEndpoint
	}
	host, err := CleanHost(u.Hostname())
	if err != nil || strings.Contains(host, "%") || u.Scheme != "https" && u.Scheme != "http" {
		return "", errEndpoint
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		host = addr.Unmap().String()
	} else if !spelling.PlainHost(host) || spelling.Unreadable(host) != "" {
		return "", errEndpoint
	}
	port := u.Port()
	if port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", errEndpoint
		}
		port = strings.TrimLeft(port, "0")
	}
	switch {
	case port != "" && port != map[string]string{"https": "443", "http": "80"}[u.Scheme]:
		host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return u.Scheme + "://" + host, nil
}

// isNumber reports whether the host of an endpoint is an IP address, in front of
// which no bucket can stand.
func isNumber(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	_, err = netip.ParseAddr(u.Hostname())
	return err == nil
}

// checkPlace holds what says where the storage is against its form.
func (s *Storage) checkPlace() error {
	endpoint, err := CleanEndpoint(s.Endpoint)
	switch {
	case err != nil || endpoint != s.Endpoint:
		return errEndpoint
	case !spelling.IsBucket(s.Bucket):
		return errBucket
	case len(s.Region) > MaxRegion || !regionForm.MatchString(s.Region):
		return errRegion
	case len(s.Prefix) > MaxPrefix:
		return tooLong("folder", MaxPrefix)
	case s.Prefix != "" && !spelling.IsFolders(s.Prefix):
		return errPrefix
	}
	return nil
}

func (s *Storage) check() error {
	if s.Name == "" {
		return errName
	}
	if err := line("name", s.Name, MaxTitle); err != nil {
		return err
	}
	if err := s.checkPlace(); err != nil {
		return err
	}
	switch {
	case len(s.AccessKey) > MaxAccessKey:
		return tooLong("access key", MaxAccessKey)
	case !keyForm.MatchString(s.AccessKey):
		return errAccessKey
	case len(s.Secret) > MaxPassword:
		return tooLong("secret key", MaxPassword)
	case !keyForm.MatchString(s.Secret):
		return errSecretKey
	case len(s.Token) > MaxToken:
		return tooLong("session token", MaxToken)
	case s.Token != "" && !keyForm.MatchString(s.Token):
		return errSecretKey
	case len(s.Owner) > maxOwner:
		return tooLong("name of the app", maxOwner)
	}
	return nil
}
