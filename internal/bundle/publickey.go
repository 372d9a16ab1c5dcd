package bundle

import (
	"bytes"

	"filippo.io/edwards25519"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// publicKey reads a key and refuses what is no Ed25519 public key, and those
// keys for which a signature proves nothing: with a key of small order one
// signature fits many messages, and with a small-order part in it different
// verifiers disagree.
func publicKey(text string) (manifest.Key, error) {
	malformed := misbuilt(CodeKeyMalformed, "The package is signed with something that is no Ed25519 public key.")
	key, err := manifest.ParseKey(text)
	if err != nil {
		return key, malformed
	}
	point, err := new(edwards25519.Point).SetBytes(key[:])
	if err != nil || !bytes.Equal(point.Bytes(), key[:]) {
		// SetBytes takes some encodings that are not the canonical one.
		return key, malformed
	}
	if point.Equal(edwards25519.NewIdentityPoint()) == 1 || !primeOrder(point) {
		return key, misbuilt(CodeKeyWeak, "The package is signed with a weak key, for which anyone can make signatures.")
	}
	return key, nil
}

// primeOrder reports whether point has no part of small order: whether the
// group order times point is the identity. The order itself is no scalar, so
// it is (order - 1) times point, plus point.
func primeOrder(point *edwards25519.Point) bool {
	one := make([]byte, 32)
	one[0] = 1
	scalar, err := edwards25519.NewScalar().SetCanonicalBytes(one)
	if err != nil {
		return false
	}
	product := new(edwards25519.Point).ScalarMult(scalar.Negate(scalar), point)
	return product.Add(product, point).Equal(edwards25519.NewIdentityPoint()) == 1
}
