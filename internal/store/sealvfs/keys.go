package sealvfs

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"
)

// KeySource hands out the keys of one vault. Subkey returns 32 bytes that
// belong to the source: the caller copies nothing and forgets them.
type KeySource interface {
	VaultID() [16]byte
	ActiveKeyID() uint32
	Subkey(use string, keyID uint32) ([]byte, error)
}

// The uses this package asks a KeySource for.
const (
	usePages     = "pages"
	useWAL       = "wal"
	useWALHeader = "wal-header"
)

// keySet is what one key id unlocks.
type keySet struct {
	id     uint32
	pages  cipher.AEAD
	log    cipher.AEAD
	tweak  cipher.Block // of the frame header's block
	header cipher.Block // the frame header's block
	mark   cipher.Block // CBC-MAC of the log header
	wipes  []any
}

// keyring caches the key sets of a volume. Reading asks for whatever id a page
// names; sealing uses the active one.
type keyring struct {
	source KeySource
	vault  [16]byte

	mu   sync.Mutex
	sets sync.Map // uint32 -> *keySet
	last atomic.Pointer[keySet]
}

func newKeyring(source KeySource) *keyring {
	return &keyring{source: source, vault: source.VaultID()}
}

// get returns the keys of id, or an error if the source does not know it.
func (r *keyring) get(id uint32) (*keySet, error) {
	if k := r.last.Load(); k != nil && k.id == id {
		return k, nil
	}
	if k, ok := r.sets.Load(id); ok {
		return k.(*keySet), nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if k, ok := r.sets.Load(id); ok {
		return k.(*keySet), nil
	}
	k, err := newKeySet(r.source, id)
	if err != nil {
		return nil, err
	}
	r.sets.Store(id, k)
	r.last.CompareAndSwap(nil, k)
	return k, nil
}

// destroy overwrites every key schedule. The keyring is not usable afterwards.
func (r *keyring) destroy() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last.Store(nil)
	r.sets.Range(func(id, k any) bool {
		for _, w := range k.(*keySet).wipes {
			wipe(w)
		}
		r.sets.Delete(id)
		return true
	})
}

func newKeySet(source KeySource, id uint32) (*keySet, error) {
	k := &keySet{id: id}
	var err error
	if k.pages, err = k.aead(source, usePages); err != nil {
		return nil, err
	}
	if k.log, err = k.aead(source, useWAL); err != nil {
		return nil, err
	}
	root, err := source.Subkey(useWALHeader, id)
	if err != nil {
		return nil, fmt.Errorf("key %d for %s: %w", id, useWALHeader, err)
	}
	for _, part := range []struct {
		label string
		block *cipher.Block
	}{
		{"alcove log header 1: tweak", &k.tweak},
		{"alcove log header 1: block", &k.header},
		{"alcove log header 1: mark", &k.mark},
	} {
		key, err := hkdf.Expand(sha256.New, root, part.label, 32)
		if err != nil {
			return nil, fmt.Errorf("key %d for %s: %w", id, useWALHeader, err)
		}
		*part.block, err = aes.NewCipher(key)
		clear(key)
		if err != nil {
			return nil, fmt.Errorf("key %d for %s: %w", id, useWALHeader, err)
		}
		k.wipes = append(k.wipes, *part.block)
	}
	return k, nil
}

func (k *keySet) aead(source KeySource, use string) (cipher.AEAD, error) {
	key, err := source.Subkey(use, k.id)
	if err != nil {
		return nil, fmt.Errorf("key %d for %s: %w", k.id, use, err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key %d for %s: %w", k.id, use, err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("key %d for %s: %w", k.id, use, err)
	}
	k.wipes = append(k.wipes, block, aead)
	return aead, nil
}

// wipe overwrites the value that v, a pointer in an interface, points to. The
// standard library has no way to forget a key schedule, so this goes below it;
// it does so only if the value holds its bytes in itself.
func wipe(v any) bool {
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() != reflect.Pointer || !flat(t.Elem()) {
		return false
	}
	clear(unsafe.Slice((*byte)(reflect.ValueOf(v).UnsafePointer()), t.Elem().Size()))
	return true
}

// flat reports whether values of t contain no pointers.
func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	case reflect.Array:
		return t.Len() == 0 || flat(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if !flat(t.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return false
}
