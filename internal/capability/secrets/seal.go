package secrets

import (
	"crypto/rand"
	"encoding/binary"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"
)

// use is the subkey that secrets are sealed with.
const use = "secret"

// Keys hands out the keys of one vault. Subkey returns 32 bytes that the caller
// does not keep.
type Keys interface {
	VaultID() [16]byte
	ActiveKeyID() uint32
	Subkey(use string, keyID uint32) ([]byte, error)
}

// What the first byte of a plaintext says.
const (
	isBytes = 0
	isText  = 1
)

const head = 4 + chacha20poly1305.NonceSizeX

var errSealed = errors.New("a sealed secret does not open")

// seal encrypts a value for one name of one extension (SPEC.md).
func (s *Space) seal(name string, v Value) ([]byte, error) {
	id := s.keys.ActiveKeyID()
	key, err := s.keys.Subkey(use, id)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, 1, 1+len(v.Data))
	if v.Text {
		plain[0] = isText
	}
	plain = append(plain, v.Data...)
	defer clear(plain)
	out := make([]byte, head, head+len(plain)+aead.Overhead())
	binary.BigEndian.PutUint32(out, id)
	rand.Read(out[4:head]) // never fails: the runtime aborts where there is no randomness
	return aead.Seal(out, out[4:head], plain, s.data(name)), nil
}

// open decrypts what seal made for the same name.
func (s *Space) open(name string, sealed []byte) (Value, error) {
	if len(sealed) < head {
		return Value{}, errSealed
	}
	key, err := s.keys.Subkey(use, binary.BigEndian.Uint32(sealed))
	if err != nil {
		return Value{}, err
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return Value{}, err
	}
	plain, err := aead.Open(nil, sealed[4:head], sealed[head:], s.data(name))
	if err != nil || len(plain) == 0 || plain[0] > isText {
		return Value{}, errSealed
	}
	return Value{Data: plain[1:], Text: plain[0] == isText}, nil
}

// data is what a sealed value is bound to.
func (s *Space) data(name string) []byte {
	id := s.keys.VaultID()
	out := append([]byte("alcove secret 1\n"), id[:]...)
	return append(out, s.owner+"\n"+name...)
}
