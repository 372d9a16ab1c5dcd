package bundle_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/hex"
	"testing"

	"filippo.io/edwards25519"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/fault"
)

// Keys with which a signature verifies although it proves nothing.
var (
	// The neutral element: any R = [s]B, S = s is a signature of anything.
	identityKey = append([]byte{1}, make([]byte, 31)...)
	// The same point with y = 1 + p, which is not its canonical encoding.
	nonCanonicalKey = append(append([]byte{0xee}, bytes.Repeat([]byte{0xff}, 30)...), 0x7f)
	// A point of order eight.
	orderEight = mustHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
)

func mustHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func goodSignatureOf(message string) string {
	return hex.EncodeToString(ed25519.Sign(bundletest.Key(1), []byte(message)))
}

// signedBy puts key into the statement and signs for it without a private key.
func signedBy(key []byte) func(*recipe) {
	return func(r *recipe) {
		r.statement = func(s map[string]any) {
			s["lineage"], s["signer"] = hex.EncodeToString(key), hex.EncodeToString(key)
		}
		r.sign = func(message []byte) string { return forge(key, nil, message) }
	}
}

// signedByAnother signs with a second key and keeps the first as lineage.
func signedByAnother(r *recipe) {
	r.statement = func(s map[string]any) { s["signer"] = bundletest.Lineage(2).String() }
	r.sign = func(message []byte) string { return hex.EncodeToString(ed25519.Sign(bundletest.Key(2), message)) }
}

// forge makes a signature S = r + k*secret with a nonce for which eight divides
// k, so that a small-order part of key vanishes. secret is nil for a key that
// is nothing but small-order.
func forge(key []byte, secret *edwards25519.Scalar, message []byte) string {
	for nonce := byte(1); ; nonce++ {
		wide := bytes.Repeat([]byte{nonce}, 64)
		r, err := edwards25519.NewScalar().SetUniformBytes(wide)
		if err != nil {
			panic(err)
		}
		commitment := new(edwards25519.Point).ScalarBaseMult(r).Bytes()
		hash := sha512.Sum512(append(append(bytes.Clone(commitment), key...), message...))
		k, err := edwards25519.NewScalar().SetUniformBytes(hash[:])
		if err != nil {
			panic(err)
		}
		if k.Bytes()[0]%8 != 0 {
			continue
		}
		s := r
		if secret != nil {
			s = edwards25519.NewScalar().MultiplyAdd(k, secret, r)
		}
		return hex.EncodeToString(append(commitment, s.Bytes()...))
	}
}

// TestForgedSignaturesWouldVerify is the control: without the check of the key
// each of these packages would be accepted.
func TestForgedSignaturesWouldVerify(t *testing.T) {
	for name, key := range map[string][]byte{"identity": identityKey, "not canonical": nonCanonicalKey, "order eight": orderEight} {
		signature := mustHex(forge(key, nil, []byte("anything")))
		if !ed25519.Verify(key, []byte("anything"), signature) {
			t.Errorf("%s: the forgery does not verify", name)
		}
	}
}

func TestKeyWithSmallOrderPartIsWeak(t *testing.T) {
	secret, err := edwards25519.NewScalar().SetUniformBytes(bytes.Repeat([]byte{9}, 64))
	if err != nil {
		t.Fatal(err)
	}
	small, err := new(edwards25519.Point).SetBytes(orderEight)
	if err != nil {
		t.Fatal(err)
	}
	mixed := new(edwards25519.Point).ScalarBaseMult(secret)
	key := mixed.Add(mixed, small).Bytes()
	if !ed25519.Verify(key, []byte("m"), mustHex(forge(key, secret, []byte("m")))) {
		t.Fatal("control: the signature does not verify")
	}
	r := goodRecipe()
	signedBy(key)(r)
	r.sign = func(message []byte) string { return forge(key, secret, message) }
	if _, err := bundle.Open(r.build(t)); fault.Code(err) != bundle.CodeKeyWeak {
		t.Errorf("got %v", err)
	}
}
