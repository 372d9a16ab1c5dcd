// Package keys makes, seals and opens the keys of a vault.
//
// A vault has one record of random root keys, sealed twice with age: to the
// passphrase in key.pass.age and to the recovery kit in key.recovery.age.
// Everything else is derived from a root key by HKDF, per use and key id.
// SPEC.md beside this file describes every byte.
//
// Keys live outside Go's heap in locked memory that is left out of dumps and
// is overwritten when they are destroyed. What the standard library and age
// copy to the heap while they work is outside this package's reach; SPEC.md
// names it.
package keys

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// The two sealed files of a vault.
const (
	PassphraseFile = "key.pass.age"
	RecoveryFile   = "key.recovery.age"
)

// productWorkFactor is log2 of age's scrypt cost: 0.7 s and 256 MiB.
const productWorkFactor = 18

// workFactor is productWorkFactor in the product. A test binary, which
// testing.Testing reports without a knob that a product could be talked into,
// uses a cost that lets tests make many vaults.
func workFactor() int {
	if testing.Testing() {
		return 10
	}
	return productWorkFactor
}

// Pending is a new vault's keys while nothing of them is on disk.
type Pending struct {
	redaction

	ring     *Ring
	kit      *Kit
	pass     []byte
	recovery []byte
}

// New makes the keys and the recovery kit of a new vault and seals both files
// in memory. Errors: vault.weak_passphrase, vault.passphrase_too_long.
func New(passphrase []byte) (*Pending, error) {
	return newPending(passphrase, workFactor())
}

func newPending(passphrase []byte, logN int) (*Pending, error) {
	secret, err := newPassphrase(passphrase)
	if err != nil {
		return nil, err
	}
	ring, err := generateRing()
	if err != nil {
		return nil, err
	}
	p := &Pending{ring: ring}
	if p.kit, err = generateKit(); err != nil {
		p.Discard()
		return nil, err
	}
	if p.pass, err = sealToPassphrase(ring, secret, logN); err != nil {
		p.Discard()
		return nil, err
	}
	if p.recovery, err = sealToKit(ring, p.kit); err != nil {
		p.Discard()
		return nil, err
	}
	return p, nil
}

// Ring returns the open keys. They belong to p until Keep.
func (p *Pending) Ring() *Ring { return p.ring }

// Kit returns the recovery kit, which exists only here.
func (p *Pending) Kit() *Kit { return p.kit }

// Write puts both key files into dir with mode 0600 and waits until they are
// on the disk. It can be called again after an error.
func (p *Pending) Write(dir string) error {
	for _, f := range []struct {
		name string
		data []byte
	}{{PassphraseFile, p.pass}, {RecoveryFile, p.recovery}} {
		if err := ReplaceFile(filepath.Join(dir, f.name), f.data); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	return nil
}

// Keep hands the ring to the caller and forgets the kit.
func (p *Pending) Keep() *Ring {
	ring := p.ring
	p.ring = nil
	p.Discard()
	return ring
}

// Discard destroys what p still holds. It may be called more than once.
func (p *Pending) Discard() {
	if p.ring != nil {
		p.ring.Destroy()
		p.ring = nil
	}
	if p.kit != nil {
		p.kit.Destroy()
		p.kit = nil
	}
}

// Open reads the key file that c fits and returns the keys. Nothing in dir
// changes. Errors: vault.wrong_passphrase, vault.kit_invalid,
// vault.kit_mismatch, vault.damaged (with "file"), vault.newer_format.
func Open(dir string, c Credential) (*Ring, error) {
	name := c.file()
	sealed, err := readSealed(filepath.Join(dir, name))
	if err != nil {
		return nil, damaged(name, err)
	}
	return unseal(name, sealed, c)
}

// Rewrap seals ring to a new passphrase and replaces key.pass.age: Seal and
// Write in one.
func Rewrap(dir string, ring *Ring, newPass []byte) error {
	sealed, err := Seal(ring, newPass)
	if err != nil {
		return err
	}
	return sealed.Write(dir)
}

// Sealed is a new key.pass.age in memory.
type Sealed struct{ data []byte }

// Seal seals ring to a new passphrase, which takes scrypt's time, and writes
// nothing. Errors: vault.weak_passphrase, vault.passphrase_too_long,
// ErrDestroyed.
func Seal(ring *Ring, newPass []byte) (*Sealed, error) {
	secret, err := newPassphrase(newPass)
	if err != nil {
		return nil, err
	}
	data, err := sealToPassphrase(ring, secret, workFactor())
	if err != nil {
		return nil, err
	}
	return &Sealed{data: data}, nil
}

// Write replaces key.pass.age in dir in one step: after a crash the old file
// or the new one is there. The recovery kit stays valid.
func (s *Sealed) Write(dir string) error {
	if err := ReplaceFile(filepath.Join(dir, PassphraseFile), s.data); err != nil {
		return fmt.Errorf("write %s: %w", PassphraseFile, err)
	}
	return nil
}

// CheckFiles says whether both key files of dir have the shape of a key file,
// without a credential. Errors: vault.damaged (with "file").
func CheckFiles(dir string) error {
	for _, name := range []string{PassphraseFile, RecoveryFile} {
		sealed, err := readSealed(filepath.Join(dir, name))
		if err == nil {
			err = checkHeader(name, sealed)
		}
		if err != nil {
			return damaged(name, err)
		}
	}
	return nil
}

// maxSealedSize bounds what is read of a key file. A real one is below 1 KiB.
const maxSealedSize = 64 << 10

func readSealed(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxSealedSize {
		return nil, fmt.Errorf("no regular file of at most %d bytes", maxSealedSize)
	}
	return os.ReadFile(path)
}

// randomBytes fills b. crypto/rand never fails: it ends the process instead.
func randomBytes(b []byte) { _, _ = rand.Read(b) }
