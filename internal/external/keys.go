package external

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// form is how a client spells keys. It is answered in the same form.
type form int

const (
	rawX25519  form = iota // 32 bytes
	spkiP256               // SubjectPublicKeyInfo, 91 bytes
	spkiX25519             // SubjectPublicKeyInfo, 44 bytes
)

const (
	rawSize = 32
	maxKey  = 200 // characters of base64
	ivSize  = 12
	idSize  = 16 // bytes of a hash that name a client
)

var (
	errKey  = errors.New("no key of a kind that is known")
	errOpen = errors.New("the message does not open with this key")
)

// publicKey is a key as it came, and what it is.
type publicKey struct {
	*ecdh.PublicKey
	form form
	text string // base64
	raw  []byte
}

// parseKey reads a public key, which has one spelling only.
func parseKey(text string) (publicKey, error) {
	raw, err := decode(text, maxKey)
	if err != nil {
		return publicKey{}, errKey
	}
	k := publicKey{text: text, raw: raw}
	if len(raw) == rawSize {
		k.PublicKey, err = ecdh.X25519().NewPublicKey(raw)
		return k, err
	}
	parsed, err := x509.ParsePKIXPublicKey(raw)
	if err != nil {
		return publicKey{}, errKey
	}
	switch key := parsed.(type) {
	case *ecdh.PublicKey:
		k.PublicKey, k.form = key, spkiX25519
	case *ecdsa.PublicKey:
		if k.PublicKey, err = key.ECDH(); err != nil || k.Curve() != ecdh.P256() {
			return publicKey{}, errKey
		}
		k.form = spkiP256
	default:
		return publicKey{}, errKey
	}
	if again, err := k.form.bytes(k.PublicKey); err != nil || !bytes.Equal(again, raw) {
		return publicKey{}, errKey
	}
	return k, nil
}

// id names the client whose key it is.
func (k publicKey) id() string {
	sum := sha256.Sum256(k.raw)
	return hex.EncodeToString(sum[:idSize])
}

func (f form) curve() ecdh.Curve {
	if f == spkiP256 {
		return ecdh.P256()
	}
	return ecdh.X25519()
}

func (f form) bytes(key *ecdh.PublicKey) ([]byte, error) {
	if f == rawX25519 {
		return key.Bytes(), nil
	}
	return x509.MarshalPKIXPublicKey(key)
}

func (f form) spell(key *ecdh.PublicKey) (string, error) {
	raw, err := f.bytes(key)
	return base64.StdEncoding.EncodeToString(raw), err
}

// sealed is a text under the key that two key pairs agree on. Public is the one
// that was made for this text alone.
type sealed struct {
	Public string // base64
	IV     string // base64
	Text   string // base64, with the tag at its end
}

// seal encrypts for the owner of a key, with a pair made for this once.
func seal(to publicKey, plain []byte) (sealed, error) {
	once, err := to.form.curve().GenerateKey(rand.Reader)
	if err != nil {
		return sealed{}, err
	}
	var iv [ivSize]byte
	rand.Read(iv[:]) // never fails: the runtime aborts where there is no randomness
	return sealWith(once, iv[:], to, plain)
}

func sealWith(once *ecdh.PrivateKey, iv []byte, to publicKey, plain []byte) (sealed, error) {
	aead, err := agree(once, to.PublicKey)
	if err != nil {
		return sealed{}, err
	}
	public, err := to.form.spell(once.PublicKey())
	if err != nil {
		return sealed{}, err
	}
	text := aead.Seal(nil, iv, plain, nil)
	return sealed{public, base64.StdEncoding.EncodeToString(iv), base64.StdEncoding.EncodeToString(text)}, nil
}

// open decrypts what was sealed for own. Once is the text's own public key and
// IV, which no two texts share.
func open(own *ecdh.PrivateKey, f form, s sealed) (plain []byte, once [sha256.Size]byte, err error) {
	public, err := parseKey(s.Public)
	if err != nil || public.form != f {
		return nil, once, errKey
	}
	iv, err := decode(s.IV, maxKey)
	if err != nil || len(iv) != ivSize {
		return nil, once, errOpen
	}
	text, err := decode(s.Text, maxMessage)
	if err != nil {
		return nil, once, errOpen
	}
	aead, err := agree(own, public.PublicKey)
	if err != nil {
		return nil, once, errOpen
	}
	if plain, err = aead.Open(nil, iv, text, nil); err != nil {
		return nil, once, errOpen
	}
	return plain, sha256.Sum256(append(iv, public.raw...)), nil
}

// agree is AES-256-GCM with the shared secret itself as its key, as the
// protocol wants it.
func agree(own *ecdh.PrivateKey, other *ecdh.PublicKey) (cipher.AEAD, error) {
	secret, err := own.ECDH(other) // refuses a secret of zeros
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// decode reads base64 of at most limit characters, in its one spelling.
func decode(text string, limit int) ([]byte, error) {
	if len(text) > limit || strings.ContainsAny(text, "\r\n") { // which the library skips
		return nil, errOpen
	}
	return base64.StdEncoding.Strict().DecodeString(text)
}
