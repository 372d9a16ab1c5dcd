package vault

import (
	"sync"

	"github.com/alcove-vault/alcove/internal/keys"
	"github.com/alcove-vault/alcove/internal/store"
)

// keySource hands the store its subkeys and keeps them, so that they are
// derived once and destroyed with the vault.
type keySource struct {
	ring *keys.Ring

	mu      sync.Mutex
	subkeys map[subkeyName]*keys.Secret // nil after destroy
}

type subkeyName struct {
	use string
	id  uint32
}

var _ store.KeySource = (*keySource)(nil)

func newKeySource(ring *keys.Ring) *keySource {
	return &keySource{ring: ring, subkeys: make(map[subkeyName]*keys.Secret)}
}

func (k *keySource) VaultID() [16]byte   { return k.ring.VaultID() }
func (k *keySource) ActiveKeyID() uint32 { return k.ring.ActiveKeyID() }

// Subkey returns 32 bytes that the caller must not keep.
func (k *keySource) Subkey(use string, keyID uint32) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.subkeys == nil {
		return nil, ErrLocked
	}
	name := subkeyName{use, keyID}
	if s, ok := k.subkeys[name]; ok {
		return s.Bytes(), nil
	}
	s, err := k.ring.Subkey(keys.Use(use), keyID)
	if err != nil {
		return nil, err
	}
	k.subkeys[name] = s
	return s.Bytes(), nil
}

func (k *keySource) destroy() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.subkeys {
		s.Destroy()
	}
	k.subkeys = nil
}
