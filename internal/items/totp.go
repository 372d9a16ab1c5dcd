package items

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238: the codes of nearly every service are made with it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// TOTP makes one-time codes as RFC 6238 says.
type TOTP struct {
	Secret    []byte // 1 to 128 bytes
	Algorithm string // SHA1, SHA256 or SHA512
	Digits    int    // 6 to 8
	Period    int    // seconds, 5 to 300
	Issuer    string // may be empty
	Account   string // may be empty
}

// MaxSecret is how many bytes a secret of one-time codes can have.
const MaxSecret = 128

// The usual values, which a URI may leave out.
const (
	usualAlgorithm = "SHA1"
	usualDigits    = 6
	usualPeriod    = 30
)

// hashes are the algorithms there are.
var hashes = map[string]func() hash.Hash{"SHA1": sha1.New, "SHA256": sha256.New, "SHA512": sha512.New}

// MarshalText writes the otpauth address, which is how codes travel.
func (t *TOTP) MarshalText() ([]byte, error) { return []byte(t.URI()), nil }

// String keeps the secret out of logs and errors.
func (*TOTP) String() string { return "[redacted]" }

// GoString does so too.
func (*TOTP) GoString() string { return "[redacted]" }

// Code is a one-time code.
type Code struct {
	Code   string `json:"code"`
	Period int    `json:"period"` // seconds that each code lasts
	Until  int64  `json:"until"`  // Unix milliseconds; from then on there is another one
}

// Code is the code at a time.
func (t *TOTP) Code(at time.Time) Code {
	step := at.Unix() / int64(t.Period)
	return Code{Code: t.at(uint64(step)), Period: t.Period, Until: (step + 1) * int64(t.Period) * 1000}
}

// at is the code of RFC 4226 for a counter.
func (t *TOTP) at(counter uint64) string {
	mac := hmac.New(hashes[t.Algorithm], t.Secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, counter)) // never fails
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	number := binary.BigEndian.Uint32(sum[offset:]) & 0x7fff_ffff
	mod := uint32(1)
	for range t.Digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", t.Digits, number%mod)
}

func badTOTP(why string) error {
	return fault.New("items.totp", "These are no one-time codes that Alcove can make: "+why+" Copy the secret or the otpauth address once more from where you got it.")
}

func (t *TOTP) check() error {
	switch {
	case len(t.Secret) == 0 || len(t.Secret) > MaxSecret:
		return badTOTP(fmt.Sprintf("the secret has to have 1 to %d bytes.", MaxSecret))
	case hashes[t.Algorithm] == nil:
		return badTOTP("the algorithm has to be SHA1, SHA256 or SHA512.")
	case t.Digits < 6 || t.Digits > 8:
		return badTOTP("a code has to have 6 to 8 digits.")
	case t.Period < 5 || t.Period > 300:
		return badTOTP("a code has to last 5 to 300 seconds.")
	}
	if err := line("issuer of the one-time codes", t.Issuer, MaxTitle); err != nil {
		return err
	}
	return line("account of the one-time codes", t.Account, MaxUsername)
}
