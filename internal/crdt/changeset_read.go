package crdt

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
)

// changesetReader reads a changeset, whoever wrote it. Its memory is bounded by
// the largest frame that really comes.
type changesetReader struct {
	header
	defs []tableDef
	// numbers, if set, gives the number on this device of each site by its index.
	numbers []int64

	r     *bufio.Reader
	sum   hash.Hash
	frame bytes.Buffer
	rest  parser // of the frame
	last  stamp
	alone bool // the frame may hold one op only
	ops   uint64
	op    op
	key   []byte
	born  SiteID // of the op's birth
	known map[GlobalID]bool
	told  told // of levels
}

// newChangesetReader reads the header. Errors: crdt.malformed, crdt.truncated,
// crdt.newer_format, and those of r.
func newChangesetReader(r io.Reader) (*changesetReader, error) {
	c := &changesetReader{r: bufio.NewReaderSize(r, 1<<16), sum: sha256.New(), known: map[GlobalID]bool{}}
	if err := c.readHeader(); err != nil {
		return nil, changesetFault(err)
	}
	return c, nil
}

func (c *changesetReader) readHeader() error {
	var magic [len(changesetMagic)]byte
	if err := c.full(magic[:]); err != nil {
		return err
	}
	if string(magic[:]) != changesetMagic {
		if bytes.HasPrefix(magic[:], []byte(magicPrefix)) {
			return errNewerChanges
		}
		return errMalformedChanges
	}
	n, err := c.uvarint()
	if err != nil {
		return err
	}
	if err := c.fill(n, maxHeader); err != nil {
		return err
	}
	p := parser{b: c.frame.Bytes()}
	c.kind = p.byte()
	copy(c.site[:], p.take(16))
	c.from, c.upto = p.int(), p.int()
	for i := p.count(18); i > 0; i-- {
		var d dep
		copy(d.Site[:], p.take(16))
		d.Seen, d.Stable = p.int(), p.int()
		if d.Stable > d.Seen {
			p.fail()
		}
		c.deps = append(c.deps, d)
	}
	if p.bad || len(p.b) > 0 || c.kind != kindLog && c.kind != kindSnapshot || c.from > c.upto {
		return errMalformedChanges
	}
	if len(c.deps) == 0 || c.deps[0].Site != c.site || c.deps[0].Seen != c.upto || len(c.vector()) != len(c.deps) || c.vector()[SiteID{}] != 0 {
		return errMalformedChanges
	}
	for _, d := range c.deps {
		if d.Site == (SiteID{}) {
			return errMalformedChanges
		}
	}
	return nil
}

// sites are the sites that stamps can have, by their index.
func (c *changesetReader) sites() []SiteID {
	all := make([]SiteID, 1, len(c.deps)+1)
	for _, d := range c.deps {
		all = append(all, d.Site)
	}
	return all
}

// next returns the next op, or io.EOF after the last one, when all of it has
// proved to be what was written. Until then nothing of it is certain. The op
// is valid until the next call.
func (c *changesetReader) next() (*op, error) {
	for {
		if len(c.rest.b) == 0 {
			if err := c.nextFrame(); err != nil {
				return nil, changesetFault(err)
			}
		}
		c.ops++
		if err := c.parse(); err != nil {
			return nil, changesetFault(err)
		}
		if c.alone && len(c.rest.b) > 0 {
			return nil, changesetFault(errMalformedChanges)
		}
		if c.op.kind != opTable {
			return &c.op, nil
		}
	}
}

func (c *changesetReader) nextFrame() error {
	n, err := c.uvarint()
	if err != nil {
		return err
	}
	if n == 0 {
		return c.end()
	}
	if err := c.fill(n, maxFrame); err != nil {
		return err
	}
	c.rest, c.last, c.alone = parser{b: c.frame.Bytes()}, stamp{}, n > frameSize
	return nil
}

// end reads the trailer.
func (c *changesetReader) end() error {
	ops, err := c.uvarint()
	if err != nil {
		return err
	}
	var sum [sha256.Size]byte
	want := c.sum.Sum(nil)
	if err := c.full(sum[:]); err != nil {
		return err
	}
	if ops != c.ops || !bytes.Equal(sum[:], want) {
		return errMalformedChanges
	}
	if _, err := c.r.ReadByte(); !errors.Is(err, io.EOF) {
		if err != nil {
			return err
		}
		return errMalformedChanges
	}
	return io.EOF
}

// fill reads the n bytes of a frame, as they come, so that a length that lies
// takes no memory.
func (c *changesetReader) fill(n, most uint64) error {
	if n > most {
		return errMalformedChanges
	}
	if c.frame.Cap() > 4*frameSize {
		c.frame = bytes.Buffer{}
	}
	c.frame.Reset()
	got, err := io.Copy(&c.frame, io.LimitReader(c.r, int64(n)))
	if err != nil {
		return err
	}
	if uint64(got) < n {
		return errTruncatedChanges
	}
	c.sum.Write(c.frame.Bytes())
	return nil
}

func (c *changesetReader) full(b []byte) error {
	if _, err := io.ReadFull(c.r, b); err != nil {
		return ended(err)
	}
	c.sum.Write(b)
	return nil
}

func (c *changesetReader) uvarint() (uint64, error) {
	var raw [binary.MaxVarintLen64]byte
	for i := range raw {
		b, err := c.r.ReadByte()
		if err != nil {
			return 0, ended(err)
		}
		raw[i] = b
		if b < 0x80 {
			c.sum.Write(raw[:i+1])
			v, n := binary.Uvarint(raw[:i+1])
			if n != i+1 {
				return 0, errMalformedChanges
			}
			return v, nil
		}
	}
	return 0, errMalformedChanges
}

func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errTruncatedChanges
	}
	return err
}
