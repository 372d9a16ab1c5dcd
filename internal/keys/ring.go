package keys

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
)

// Use names what a subkey is for. It is part of the derivation.
type Use string

// The uses there are. SPEC.md lists them.
const (
	UsePages     Use = "pages"
	UseWAL       Use = "wal"
	UseWALHeader Use = "wal-header"
	UseBlob      Use = "blob"
	UseSecret    Use = "secret"
)

const (
	rootSize    = 32
	vaultIDSize = 16
)

// ErrDestroyed is returned by a ring whose keys are gone.
var ErrDestroyed = errors.New("keys are destroyed")

// Ring holds the open keys of one vault. It prints as "[redacted]".
type Ring struct {
	redaction

	vaultID [vaultIDSize]byte

	mu    sync.Mutex
	roots []root // ids ascending; empty after Destroy
}

// root serves the key ids from its own up to the next root's.
type root struct {
	id  uint32
	key *Secret
}

func generateRing() (*Ring, error) {
	key, err := newSecret(rootSize)
	if err != nil {
		return nil, err
	}
	randomBytes(key.Bytes())
	r := &Ring{roots: []root{{id: 1, key: key}}}
	randomBytes(r.vaultID[:])
	return r, nil
}

// VaultID is the vault's random identity. It is no secret.
func (r *Ring) VaultID() [vaultIDSize]byte { return r.vaultID }

// ActiveKeyID is the id of the newest root key, the lowest id to seal with.
// It is 0 after Destroy.
func (r *Ring) ActiveKeyID() uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.roots) == 0 {
		return 0
	}
	return r.roots[len(r.roots)-1].id
}

// Subkey derives the 32-byte key for use and keyID. Ids above ActiveKeyID are
// independent keys of the same root, so that a key is retired by counting on.
// The caller destroys the result.
func (r *Ring) Subkey(use Use, keyID uint32) (*Secret, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.roots) == 0 {
		return nil, ErrDestroyed
	}
	var from *Secret
	for _, candidate := range r.roots {
		if candidate.id <= keyID {
			from = candidate.key
		}
	}
	if from == nil {
		return nil, fmt.Errorf("no root key for key id %d", keyID)
	}
	derived, err := hkdf.Key(sha256.New, from.Bytes(), r.vaultID[:], subkeyInfo(r.vaultID, use, keyID), rootSize)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	defer clear(derived)
	secret, err := newSecret(rootSize)
	if err != nil {
		return nil, err
	}
	copy(secret.Bytes(), derived)
	return secret, nil
}

// subkeyInfo is HKDF's info: "alcove subkey 1\n", the use, "\n", the vault id
// and the key id as four big-endian bytes.
func subkeyInfo(vaultID [vaultIDSize]byte, use Use, keyID uint32) string {
	info := append([]byte("alcove subkey 1\n"), use...)
	info = append(info, '\n')
	info = append(info, vaultID[:]...)
	return string(binary.BigEndian.AppendUint32(info, keyID))
}

// Destroy overwrites the keys. It may be called more than once.
func (r *Ring) Destroy() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, root := range r.roots {
		root.key.Destroy()
	}
	r.roots = nil
}
