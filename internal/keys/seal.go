package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"filippo.io/age"
)

// maxWorkFactor bounds the memory that a key file can make scrypt ask for:
// 256 MiB.
const maxWorkFactor = productWorkFactor

func sealToPassphrase(ring *Ring, passphrase []byte, logN int) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(borrow(passphrase))
	if err != nil {
		return nil, fmt.Errorf("seal to passphrase: %w", err)
	}
	recipient.SetWorkFactor(logN)
	defer debug.FreeOSMemory() // scrypt's table
	return seal(ring, recipient)
}

func sealToKit(ring *Ring, kit *Kit) ([]byte, error) {
	identity, err := age.ParseX25519Identity(kit.Key())
	if err != nil {
		return nil, fmt.Errorf("seal to recovery kit: %w", err)
	}
	return seal(ring, identity.Recipient())
}

func seal(ring *Ring, to age.Recipient) ([]byte, error) {
	record, n, err := encodeRecord(ring)
	if err != nil {
		return nil, err
	}
	defer record.Destroy()
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err != nil {
		return nil, fmt.Errorf("seal keys: %w", err)
	}
	if _, err := w.Write(record.Bytes()[:n]); err != nil {
		return nil, fmt.Errorf("seal keys: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal keys: %w", err)
	}
	return out.Bytes(), nil
}

// unseal opens sealed, the content of the file called name.
func unseal(name string, sealed []byte, c Credential) (*Ring, error) {
	if err := checkHeader(name, sealed); err != nil {
		return nil, damaged(name, err)
	}
	identity, err := c.identity()
	if err != nil {
		return nil, err
	}
	if name == PassphraseFile {
		defer debug.FreeOSMemory() // scrypt's table
	}
	plain, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if err != nil {
		if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
			return nil, c.refusal()
		}
		return nil, damaged(name, err)
	}
	buffer, err := newSecret(maxRecordSize + 1)
	if err != nil {
		return nil, err
	}
	defer buffer.Destroy()
	n, err := io.ReadFull(plain, buffer.Bytes())
	if err == nil {
		return nil, damaged(name, errors.New("record is too large"))
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, damaged(name, err)
	}
	ring, err := decodeRecord(buffer.Bytes()[:n])
	if errors.Is(err, errNewerRecord) {
		return nil, newerFormat(name)
	}
	if err != nil {
		return nil, damaged(name, err)
	}
	return ring, nil
}

// checkHeader refuses what cannot be the named file before any secret is asked
// of it: it has one recipient line, of the right kind, with a cost in bounds.
func checkHeader(name string, sealed []byte) error {
	header, err := age.ExtractHeader(bytes.NewReader(sealed))
	if err != nil {
		return err
	}
	var kinds []string
	for line := range bytes.Lines(header) {
		if rest, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\n")), []byte("-> ")); ok {
			kinds = append(kinds, string(rest))
		}
	}
	if len(kinds) != 1 {
		return fmt.Errorf("%d recipients", len(kinds))
	}
	var kind, argument string
	var logN int
	if name == RecoveryFile {
		if n, err := fmt.Sscanf(kinds[0], "%s %s", &kind, &argument); n != 2 || kind != "X25519" {
			return fmt.Errorf("no X25519 recipient: %w", err)
		}
		return nil
	}
	if n, err := fmt.Sscanf(kinds[0], "%s %s %d", &kind, &argument, &logN); n != 3 || kind != "scrypt" {
		return fmt.Errorf("no scrypt recipient: %w", err)
	}
	if logN < 1 || logN > maxWorkFactor {
		return fmt.Errorf("scrypt work factor %d", logN)
	}
	return nil
}
