package items

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/fault"
)

// TestCodesOfTheStandard: the test vectors of RFC 6238, appendix B.
func TestCodesOfTheStandard(t *testing.T) {
	seed := func(n int) []byte { return []byte(strings.Repeat("1234567890", 7)[:n]) }
	secrets := map[string][]byte{"SHA1": seed(20), "SHA256": seed(32), "SHA512": seed(64)}
	for _, tt := range []struct {
		at        int64
		algorithm string
		want      string
	}{
		{59, "SHA1", "94287082"},
		{59, "SHA256", "46119246"},
		{59, "SHA512", "90693936"},
		{1111111109, "SHA1", "07081804"},
		{1111111109, "SHA256", "68084774"},
		{1111111109, "SHA512", "25091201"},
		{1111111111, "SHA1", "14050471"},
		{1111111111, "SHA256", "67062674"},
		{1111111111, "SHA512", "99943326"},
		{1234567890, "SHA1", "89005924"},
		{1234567890, "SHA256", "91819424"},
		{1234567890, "SHA512", "93441116"},
		{2000000000, "SHA1", "69279037"},
		{2000000000, "SHA256", "90698825"},
		{2000000000, "SHA512", "38618901"},
		{20000000000, "SHA1", "65353130"},
		{20000000000, "SHA256", "77737706"},
		{20000000000, "SHA512", "47863826"},
	} {
		codes := TOTP{Secret: secrets[tt.algorithm], Algorithm: tt.algorithm, Digits: 8, Period: 30}
		got := codes.Code(time.Unix(tt.at, 0))
		if got.Code != tt.want || got.Until != (tt.at/30+1)*30_000 || got.Period != 30 {
			t.Errorf("%s at %d: %+v, want %s", tt.algorithm, tt.at, got, tt.want)
		}
		codes.Digits = 6
		if got := codes.Code(time.Unix(tt.at, 0)).Code; got != tt.want[2:] {
			t.Errorf("%s at %d: %s of six digits", tt.algorithm, tt.at, got)
		}
	}
}

func TestSecretsAreReadAsServicesShowThem(t *testing.T) {
	usual := TOTP{Secret: []byte("Hello!\xde\xad\xbe\xef"), Algorithm: "SHA1", Digits: 6, Period: 30}
	named := usual
	named.Issuer, named.Account = "Example Inc", "ada@example.com"
	other := TOTP{Secret: usual.Secret, Algorithm: "SHA512", Digits: 8, Period: 60, Account: "ada"}
	for text, want := range map[string]TOTP{
		"JBSWY3DPEHPK3PXP":                        usual,
		"jbsw y3dp-ehpk 3pxp":                     usual,
		"JBSWY3DPEHPK3PXP====":                    usual,
		"otpauth://totp/?secret=JBSWY3DPEHPK3PXP": usual,
		"otpauth://totp/Example%20Inc:%20ada@example.com?secret=jbswy3dpehpk3pxp":                                   named,
		"otpauth://totp/Other:ada@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Example%20Inc&image=https://x.example": named,
		"OTPAUTH://TOTP/ada?secret=JBSWY3DPEHPK3PXP&algorithm=sha-512&digits=8&period=60":                           other,
	} {
		got, err := ParseTOTP(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	for _, text := range []string{
		"", "1", "JBSWY3DPEHPK3PX!", "https://totp/?secret=JBSWY3DPEHPK3PXP", "otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP&counter=1",
		"otpauth://totp/x", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&digits=5", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&digits=9",
		"otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&period=0", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&period=-30", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&period=x",
		"otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&algorithm=MD5", "otpauth://totp/x?secret=" + strings.Repeat("A", 2*MaxSecret), strings.Repeat("A", maxURI+1), "://",
	} {
		if _, err := ParseTOTP(text); fault.Code(err) != "items.totp" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAnAddressOfCodesIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := TOTP{
			Secret:    rapid.SliceOfN(rapid.Byte(), 1, MaxSecret).Draw(t, "secret"),
			Algorithm: rapid.SampledFrom([]string{"SHA1", "SHA256", "SHA512"}).Draw(t, "algorithm"),
			Digits:    rapid.IntRange(6, 8).Draw(t, "digits"), Period: rapid.IntRange(5, 300).Draw(t, "period"),
			Issuer:  rapid.StringMatching(`([A-Za-zé &+%/?#]{0,19}[A-Za-z])?`).Draw(t, "issuer"),
			Account: rapid.StringMatching(`([A-Za-z@.+%][A-Za-zé @.+%/?#]{0,18}[A-Za-z])?`).Draw(t, "account"),
		}
		got, err := ParseTOTP(want.URI())
		if err != nil {
			t.Fatal(want.URI(), err)
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Error(want.URI(), diff)
		}
	})
}

func FuzzParseTOTP(f *testing.F) {
	f.Add("otpauth://totp/Example:ada?secret=JBSWY3DPEHPK3PXP&issuer=Example&digits=8")
	f.Add("JBSWY3DPEHPK3PXP")
	f.Fuzz(func(t *testing.T, text string) {
		codes, err := ParseTOTP(text)
		if err != nil {
			return
		}
		if code := codes.Code(time.Unix(59, 0)).Code; len(code) != codes.Digits {
			t.Errorf("%q: the code %q", text, code)
		}
		if again, err := ParseTOTP(codes.URI()); err != nil || string(again.Secret) != string(codes.Secret) || again.Period != codes.Period {
			t.Errorf("%q: not read back from %q: %v", text, codes.URI(), err)
		}
	})
}
