package bundle_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/words"
)

func TestKeyFileComesBackAsTheSameKey(t *testing.T) {
	key, err := bundle.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	file, err := bundle.MarshalKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(file), "\n" + string(file) + "\n\n", strings.ReplaceAll(string(file), "\n", "\r\n")} {
		if got, err := bundle.ParseKey([]byte(text)); err != nil || !got.Equal(key) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestKeyFilesThatAreNone(t *testing.T) {
	file, err := bundle.MarshalKey(bundletest.Key(1))
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"empty":          nil,
		"two keys":       append(append([]byte{}, file...), file...),
		"other curve":    pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: other}),
		"other type":     []byte(strings.ReplaceAll(string(file), "PRIVATE KEY", "PUBLIC KEY")),
		"not PKCS#8":     pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("key")}),
		"something else": []byte("AGE-SECRET-KEY-1"),
	} {
		if _, err := bundle.ParseKey(text); fault.Code(err) != bundle.CodeKeyFileMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := bundle.MarshalKey(nil); fault.Code(err) != bundle.CodeKeyFileMalformed {
		t.Errorf("no key: %v", err)
	}
	if _, err := bundle.Pack(nil, nil); fault.Code(err) != bundle.CodeKeyFileMalformed {
		t.Errorf("packing with no key: %v", err)
	}
}

// TestFingerprintShowsTheSameBitsTwice checks words and hex against the hash
// and against each other, without the code that makes them.
func TestFingerprintShowsTheSameBitsTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var key manifest.Key
		copy(key[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key"))
		f := bundle.FingerprintOf(key)
		fromWords, err := words.Decode(f.Words[:], 10)
		if err != nil {
			t.Fatal(err)
		}
		fromHex, err := hex.DecodeString(strings.ReplaceAll(f.Hex, " ", ""))
		if err != nil || string(fromHex) != string(fromWords) {
			t.Fatalf("%v and %v differ, %v", f.Words, f.Hex, err)
		}
		sum := sha256.Sum256([]byte("alcove publisher key 1\n" + string(key[:])))
		// 77 bits in 80: shifted by three, the first byte holds the top five.
		for i := range fromHex {
			want := sum[i] >> 3
			if i > 0 {
				want |= sum[i-1] << 5
			}
			if fromHex[i] != want {
				t.Fatalf("byte %d of %x is not that of %x", i, fromHex, sum[:10])
			}
		}
	})
}

func TestFingerprintLooksLikeThis(t *testing.T) {
	f := bundle.FingerprintOf(bundletest.Lineage(1))
	if got := strings.Join(f.Words[:], " ") + " / " + f.Hex; got != fingerprintOfKeyOne {
		t.Errorf("got %q", got)
	}
}
