package items

import (
	"encoding/base32"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// maxURI is how long an otpauth address can be, in bytes.
const maxURI = 4 << 10

// noPadding is base32 as services write their secrets.
var noPadding = base32.StdEncoding.WithPadding(base32.NoPadding)

// ParseTOTP reads an otpauth://totp/… address, or a secret in base32 as
// services show it: in letters of either case, with spaces or dashes.
// Error: items.totp.
func ParseTOTP(text string) (*TOTP, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxURI {
		return nil, badTOTP("the text is too long.")
	}
	t := &TOTP{Algorithm: usualAlgorithm, Digits: usualDigits, Period: usualPeriod}
	secret := text
	if strings.Contains(text, "://") {
		u, err := url.Parse(text)
		if err != nil || !strings.EqualFold(u.Scheme, "otpauth") {
			return nil, badTOTP("the address does not begin with otpauth://.")
		}
		if !strings.EqualFold(u.Host, "totp") {
			return nil, badTOTP("the codes are counted and do not go by the time.")
		}
		if secret, err = t.read(u); err != nil {
			return nil, err
		}
	}
	var err error
	if t.Secret, err = decodeSecret(secret); err != nil {
		return nil, err
	}
	return t, t.check()
}

// read takes what an address says, and returns its secret.
func (t *TOTP) read(u *url.URL) (secret string, err error) {
	t.Account = strings.TrimPrefix(u.Path, "/")
	if issuer, account, ok := strings.Cut(t.Account, ":"); ok {
		t.Issuer, t.Account = issuer, strings.TrimSpace(account)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", badTOTP("the address cannot be read.")
	}
	if issuer := query.Get("issuer"); issuer != "" {
		t.Issuer = issuer
	}
	if name := query.Get("algorithm"); name != "" {
		t.Algorithm = strings.ReplaceAll(strings.ToUpper(name), "-", "")
	}
	for name, to := range map[string]*int{"digits": &t.Digits, "period": &t.Period} {
		if text := query.Get(name); text != "" {
			if *to, err = strconv.Atoi(text); err != nil {
				return "", badTOTP("the " + name + " are no number.")
			}
		}
	}
	return query.Get("secret"), nil
}

func decodeSecret(text string) ([]byte, error) {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return unicode.ToUpper(r)
	}, text)
	data, err := noPadding.DecodeString(strings.TrimRight(plain, "="))
	if err != nil {
		return nil, badTOTP("the secret is not in base32, which has the letters A to Z and the digits 2 to 7.")
	}
	return data, nil
}

// URI is the otpauth address, and "" of nil.
func (t *TOTP) URI() string {
	if t == nil {
		return ""
	}
	label := t.Account
	if t.Issuer != "" {
		label = t.Issuer + ":" + t.Account
	}
	query := url.Values{
		"secret": {noPadding.EncodeToString(t.Secret)}, "algorithm": {t.Algorithm},
		"digits": {strconv.Itoa(t.Digits)}, "period": {strconv.Itoa(t.Period)},
	}
	if t.Issuer != "" {
		query.Set("issuer", t.Issuer)
	}
	return "otpauth://totp/" + url.PathEscape(label) + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}
