package external

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// vector was made by another implementation: the crypto of Node.js.
type vector struct {
	Name, Private, Public, Once, OncePublic, ID, Secret, IV, Text, Message string
}

func vectors(t *testing.T) (list []vector) {
	t.Helper()
	data, err := os.ReadFile("testdata/agreement.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func private(t *testing.T, text string) *ecdh.PrivateKey {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	if key, ok := parsed.(*ecdsa.PrivateKey); ok {
		pair, err := key.ECDH()
		if err != nil {
			t.Fatal(err)
		}
		return pair
	}
	return parsed.(*ecdh.PrivateKey)
}

func TestAgreementIsThatOfOthers(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			to, err := parseKey(v.Public)
			if err != nil || to.form != forms[v.Name] || to.id() != v.ID {
				t.Fatal(to.form, to.id(), err)
			}
			own, once := private(t, v.Private), private(t, v.Once)
			if secret, err := own.ECDH(once.PublicKey()); err != nil || hex.EncodeToString(secret) != v.Secret {
				t.Fatalf("%x %v", secret, err)
			}
			iv, err := base64.StdEncoding.DecodeString(v.IV)
			if err != nil {
				t.Fatal(err)
			}
			s, err := sealWith(once, iv, to, []byte(v.Text))
			if err != nil || s != (sealed{v.OncePublic, v.IV, v.Message}) {
				t.Errorf("%+v %v", s, err)
			}
			plain, _, err := open(own, to.form, sealed{v.OncePublic, v.IV, v.Message})
			if err != nil || string(plain) != v.Text {
				t.Errorf("%q %v", plain, err)
			}
		})
	}
}

// TestKeysHaveOneSpelling, or one client could be several.
func TestKeysHaveOneSpelling(t *testing.T) {
	for _, v := range vectors(t) {
		raw, err := base64.StdEncoding.DecodeString(v.Public)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{
			"no padding":   base64.RawStdEncoding.EncodeToString(raw) + "\n",
			"one more":     base64.StdEncoding.EncodeToString(append(raw[:len(raw):len(raw)], 0)),
			"one less":     base64.StdEncoding.EncodeToString(raw[1:]),
			"a line break": v.Public[:10] + "\n" + v.Public[10:],
		} {
			if k, err := parseKey(text); err == nil {
				t.Errorf("%s, %s: %q", v.Name, name, k.text)
			}
		}
	}
}
