package bundle

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/words"
)

const pemType = "PRIVATE KEY"

// GenerateKey makes a publisher's key from the system's random source.
func GenerateKey() (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a publisher's key: %w", err)
	}
	return key, nil
}

// MarshalKey writes a key file: PKCS#8 in PEM.
func MarshalKey(key ed25519.PrivateKey) ([]byte, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, keyMalformed(nil)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, keyMalformed(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}), nil
}

// ParseKey reads a key file: one PEM block and nothing else.
func ParseKey(file []byte) (ed25519.PrivateKey, error) {
	block, rest := pem.Decode(file)
	if block == nil || block.Type != pemType || len(bytes.TrimSpace(rest)) != 0 {
		return nil, keyMalformed(nil)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, keyMalformed(err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, keyMalformed(nil)
	}
	return key, nil
}

func keyMalformed(err error) error {
	return fault.Wrap(CodeKeyFileMalformed, "This is no publisher's key: an Ed25519 private key in PKCS#8 PEM form, as “alcove ext keygen” writes it.", err)
}

// PublicKey is the public half of a publisher's key.
func PublicKey(key ed25519.PrivateKey) (public manifest.Key) {
	copy(public[:], key[ed25519.PrivateKeySize-ed25519.PublicKeySize:])
	return public
}

// Fingerprint is a publisher's key for people to compare: 77 bits of a hash,
// as six words and as hex digits. Neither is ever turned back into a key.
type Fingerprint struct {
	Words [6]string `json:"words"`
	Hex   string    `json:"hex"` // 20 digits in groups of four
}

const (
	fingerprintDomain = "alcove publisher key 1\n"
	fingerprintBits   = 77 // the most that six words of 7,776 hold
)

// FingerprintOf is the fingerprint of a public key.
func FingerprintOf(key manifest.Key) (f Fingerprint) {
	sum := sha256.Sum256(append([]byte(fingerprintDomain), key[:]...))
	number := new(big.Int).SetBytes(sum[:])
	number.Rsh(number, uint(len(sum)*8-fingerprintBits))
	copy(f.Words[:], words.Encode(number.Bytes(), len(f.Words)))
	digits := fmt.Sprintf("%020X", number)
	var groups []string
	for ; digits != ""; digits = digits[4:] {
		groups = append(groups, digits[:4])
	}
	f.Hex = strings.Join(groups, " ")
	return f
}
