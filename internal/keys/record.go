package keys

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/vmihailenco/msgpack/v5"
)

// The record's fixed texts; SPEC.md has the layout.
const (
	recordFamily = "alcove-keys/"
	recordFormat = recordFamily + "1"
	recordSuite  = "HKDF-SHA256/AES-256-GCM"
)

const (
	maxRoots      = 16
	maxRecordSize = 2048
	maxRecordText = 64
)

var errNewerRecord = errors.New("record of a newer format")

// fixedWriter writes into memory it was given and never grows, so that no copy
// of a key is left behind in a buffer.
type fixedWriter struct{ free []byte }

func (w *fixedWriter) Write(p []byte) (int, error) {
	if len(p) > len(w.free) {
		return 0, errors.New("record is too large")
	}
	n := copy(w.free, p)
	w.free = w.free[n:]
	return n, nil
}

// encodeRecord returns the record in locked memory and its length.
func encodeRecord(r *Ring) (*Secret, int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.roots) == 0 {
		return nil, 0, ErrDestroyed
	}
	out, err := newSecret(maxRecordSize)
	if err != nil {
		return nil, 0, err
	}
	w := &fixedWriter{free: out.Bytes()}
	e := msgpack.NewEncoder(w)
	err = errors.Join(
		e.EncodeMapLen(5),
		e.EncodeString("format"), e.EncodeString(recordFormat),
		e.EncodeString("vault"), e.EncodeBytes(r.vaultID[:]),
		e.EncodeString("suite"), e.EncodeString(recordSuite),
		e.EncodeString("ids"), e.EncodeArrayLen(len(r.roots)))
	for _, root := range r.roots {
		err = errors.Join(err, e.EncodeUint(uint64(root.id)))
	}
	err = errors.Join(err, e.EncodeString("keys"), e.EncodeArrayLen(len(r.roots)))
	for _, root := range r.roots {
		err = errors.Join(err, e.EncodeBytes(root.key.Bytes()))
	}
	if err != nil {
		out.Destroy()
		return nil, 0, fmt.Errorf("encode record: %w", err)
	}
	return out, maxRecordSize - len(w.free), nil
}

// decodeRecord parses a record strictly: the keys of the map in their order,
// the shortest encodings, nothing before or after. Root keys go from data into
// locked memory without passing through the heap.
func decodeRecord(data []byte) (*Ring, error) {
	r := &Ring{}
	if err := readRecord(data, r); err != nil {
		r.Destroy()
		return nil, err
	}
	again, n, err := encodeRecord(r)
	if err != nil {
		r.Destroy()
		return nil, err
	}
	defer again.Destroy()
	if !bytes.Equal(again.Bytes()[:n], data) {
		r.Destroy()
		return nil, errors.New("record is not in its canonical form")
	}
	return r, nil
}

func readRecord(data []byte, r *Ring) error {
	d := recordReader{msgpack.NewDecoder(bytes.NewReader(data))}
	if n, err := d.DecodeMapLen(); err != nil || n < 1 {
		return fmt.Errorf("record is no map: %w", err)
	}
	format, err := d.field("format")
	if err != nil {
		return err
	}
	if format != recordFormat {
		if strings.HasPrefix(format, recordFamily) {
			return errNewerRecord
		}
		return errors.New("record of an unknown format")
	}
	if err := d.key("vault"); err != nil {
		return err
	}
	if err := d.exactly(r.vaultID[:]); err != nil {
		return fmt.Errorf("vault id: %w", err)
	}
	suite, err := d.field("suite")
	if err != nil {
		return err
	}
	if suite != recordSuite {
		return errors.New("record of an unknown suite")
	}
	return d.roots(r)
}

type recordReader struct{ *msgpack.Decoder }

// text reads a string of at most maxRecordText bytes.
func (d recordReader) text() (string, error) {
	n, err := d.DecodeBytesLen()
	if err != nil {
		return "", err
	}
	if n < 0 || n > maxRecordText {
		return "", fmt.Errorf("text of %d bytes", n)
	}
	buf := make([]byte, n)
	if err := d.ReadFull(buf); err != nil {
		return "", err
	}
	return string(buf), nil
}

func (d recordReader) key(want string) error {
	got, err := d.text()
	if err != nil {
		return fmt.Errorf("record key %s: %w", want, err)
	}
	if got != want {
		return fmt.Errorf("record key %q where %s belongs", got, want)
	}
	return nil
}

func (d recordReader) field(name string) (string, error) {
	if err := d.key(name); err != nil {
		return "", err
	}
	value, err := d.text()
	if err != nil {
		return "", fmt.Errorf("record value %s: %w", name, err)
	}
	return value, nil
}

// exactly fills into.
func (d recordReader) exactly(into []byte) error {
	n, err := d.DecodeBytesLen()
	if err != nil {
		return err
	}
	if n != len(into) {
		return fmt.Errorf("%d bytes where %d belong", n, len(into))
	}
	return d.ReadFull(into)
}

func (d recordReader) list(name string) (int, error) {
	if err := d.key(name); err != nil {
		return 0, err
	}
	n, err := d.DecodeArrayLen()
	if err != nil {
		return 0, fmt.Errorf("record list %s: %w", name, err)
	}
	if n < 1 || n > maxRoots {
		return 0, fmt.Errorf("record list %s of %d", name, n)
	}
	return n, nil
}

func (d recordReader) roots(r *Ring) error {
	n, err := d.list("ids")
	if err != nil {
		return err
	}
	ids := make([]uint32, n)
	for i := range ids {
		if ids[i], err = d.DecodeUint32(); err != nil {
			return fmt.Errorf("key id: %w", err)
		}
		if ids[i] == 0 || i > 0 && ids[i] <= ids[i-1] {
			return errors.New("key ids do not ascend from 1")
		}
	}
	count, err := d.list("keys")
	if err != nil {
		return err
	}
	if count != n {
		return fmt.Errorf("%d key ids and %d keys", n, count)
	}
	for _, id := range ids {
		key, err := newSecret(rootSize)
		if err != nil {
			return err
		}
		r.roots = append(r.roots, root{id: id, key: key})
		if err := d.exactly(key.Bytes()); err != nil {
			return fmt.Errorf("root key: %w", err)
		}
	}
	return nil
}
