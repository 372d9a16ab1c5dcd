package crdt

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
)

// changesetWriter writes a changeset. It keeps one frame in memory.
type changesetWriter struct {
	w     io.Writer
	kind  byte
	sum   hash.Hash
	index []int64 // by number on this device: the site's index in the changeset
	frame []byte
	last  stamp // of the frame; the site is an index
	defs  int
	ops   uint64
	bytes int64
	head  []byte
}

// newChangesetWriter writes the header. index gives the index in h.deps plus
// one for each site by its number here; 0 for those that are not in it.
func newChangesetWriter(w io.Writer, h *header, index []int64) (*changesetWriter, error) {
	c := &changesetWriter{w: w, kind: h.kind, sum: sha256.New(), index: index}
	b := []byte{h.kind}
	b = append(b, h.site[:]...)
	b = binary.AppendUvarint(b, uint64(h.from))
	b = binary.AppendUvarint(b, uint64(h.upto))
	b = binary.AppendUvarint(b, uint64(len(h.deps)))
	for _, d := range h.deps {
		b = append(b, d.Site[:]...)
		b = binary.AppendUvarint(b, uint64(d.Seen))
		b = binary.AppendUvarint(b, uint64(d.Stable))
	}
	if err := c.put([]byte(changesetMagic)); err != nil {
		return nil, err
	}
	if err := c.put(binary.AppendUvarint(nil, uint64(len(b)))); err != nil {
		return nil, err
	}
	return c, c.put(b)
}

func (c *changesetWriter) put(b []byte) error {
	c.sum.Write(b)
	n, err := c.w.Write(b)
	c.bytes += int64(n)
	return err
}

// begin makes room for an op whose varying parts have size bytes.
func (c *changesetWriter) begin(kind opKind, size int) error {
	if len(c.frame) > 0 && len(c.frame)+size > frameSize-1024 {
		if err := c.flush(); err != nil {
			return err
		}
	}
	c.ops++
	c.frame = append(c.frame, byte(kind))
	return nil
}

func (c *changesetWriter) flush() error {
	if len(c.frame) == 0 {
		return nil
	}
	if len(c.frame) > maxFrame {
		return fmt.Errorf("a row has %d bytes, which is more than a changeset takes", len(c.frame))
	}
	c.head = binary.AppendUvarint(c.head[:0], uint64(len(c.frame)))
	if err := c.put(c.head); err != nil {
		return err
	}
	err := c.put(c.frame)
	if cap(c.frame) > 4*frameSize {
		c.frame = nil
	}
	c.frame, c.last = c.frame[:0], stamp{}
	return err
}

// end writes what is left and the trailer.
func (c *changesetWriter) end() error {
	if err := c.flush(); err != nil {
		return err
	}
	if err := c.put(binary.AppendUvarint([]byte{0}, c.ops)); err != nil {
		return err
	}
	return c.put(c.sum.Sum(nil))
}

// stamp writes a stamp whose site is a number of this device.
func (c *changesetWriter) stamp(st stamp) {
	if st.site != reservedSite {
		st.site = c.index[st.site]
	}
	if st == c.last {
		c.frame = append(c.frame, 0)
		return
	}
	code := 1 + uint64(st.site)<<1
	if st.m != 0 {
		code++
	}
	c.frame = binary.AppendUvarint(c.frame, code)
	c.frame = binary.AppendVarint(c.frame, st.h-c.last.h)
	if st.m != 0 {
		c.frame = binary.AppendUvarint(c.frame, uint64(st.m))
	}
	c.last = st
}

func (c *changesetWriter) uint(v int64) { c.frame = binary.AppendUvarint(c.frame, uint64(v)) }

func (c *changesetWriter) sized(b []byte) {
	c.uint(int64(len(b)))
	c.frame = append(c.frame, b...)
}

func (c *changesetWriter) stamps(cells []stamped) {
	c.uint(int64(len(cells)))
	for _, e := range cells {
		c.uint(int64(e.set))
		c.stamp(e.stamp)
	}
}

// define writes the definition of a table and returns its index.
func (c *changesetWriter) define(d *tableDef) (int, error) {
	if err := c.begin(opTable, 64+len(d.app)+16*len(d.columns)); err != nil {
		return 0, err
	}
	c.frame = append(c.frame, d.gid[:]...)
	c.sized([]byte(d.app))
	c.uint(d.generation)
	flags := int64(0)
	if d.auto {
		flags |= flagAuto
	}
	c.uint(flags)
	c.uint(int64(len(d.columns)))
	for _, g := range d.columns {
		c.frame = append(c.frame, g[:]...)
	}
	c.uint(int64(len(d.key)))
	for _, k := range d.key {
		c.uint(int64(k.column))
		c.frame = append(c.frame, byte(k.collation))
	}
	c.defs++
	return c.defs - 1, nil
}

// row writes a row that lives. cells are the stamps that are not the birth's.
func (c *changesetWriter) row(table int, cl int64, birth stamp, cells []stamped, values []byte) error {
	if err := c.begin(opRow, 64+32*len(cells)+len(values)); err != nil {
		return err
	}
	c.uint(int64(table))
	c.uint(cl)
	c.stamp(birth)
	c.stamps(cells)
	c.frame = append(c.frame, values...)
	return nil
}

// cells writes some cells of a row that lives.
func (c *changesetWriter) cells(table int, k []byte, cl int64, birth stamp, cells []stamped, values []byte) error {
	if err := c.begin(opCells, 64+32*len(cells)+len(values)+len(k)); err != nil {
		return err
	}
	c.uint(int64(table))
	c.sized(k)
	c.uint(cl)
	c.stamp(birth)
	c.stamps(cells)
	c.frame = append(c.frame, values...)
	return nil
}

// tomb writes a row that is dead.
func (c *changesetWriter) tomb(table int, k []byte, d tomb) error {
	if err := c.begin(opTomb, 64+len(k)); err != nil {
		return err
	}
	c.uint(int64(table))
	c.sized(k)
	c.uint(d.cl)
	c.stamp(d.stamp)
	return nil
}

// parked writes a row state that this device keeps for a schema to come.
func (c *changesetWriter) parked(gid GlobalID, k, data []byte) error {
	if err := c.begin(opParked, 64+len(k)+len(data)); err != nil {
		return err
	}
	c.frame = append(c.frame, gid[:]...)
	c.sized(k)
	c.sized(data)
	return nil
}

// purge writes an order to forget.
func (c *changesetWriter) purge(gid GlobalID, k []byte, cl, upto int64, st stamp) error {
	if err := c.begin(opPurge, 64+len(k)); err != nil {
		return err
	}
	c.frame = append(c.frame, gid[:]...)
	c.sized(k)
	c.uint(cl)
	c.uint(upto)
	c.stamp(st)
	return nil
}

// floor writes how long the lives were whose tombstones were collected.
func (c *changesetWriter) floor(gid GlobalID, cl int64) error {
	if err := c.begin(opFloor, 64); err != nil {
		return err
	}
	c.frame = append(c.frame, gid[:]...)
	c.uint(cl)
	return nil
}

// level writes that a site had run st.m migrations of an app from st.h on.
func (c *changesetWriter) level(app string, st stamp) error {
	if err := c.begin(opLevel, 64+len(app)); err != nil {
		return err
	}
	c.sized([]byte(app))
	c.stamp(st)
	return nil
}

// generation writes that an app's earlier data was removed for good.
func (c *changesetWriter) generation(app string, generation int64) error {
	if err := c.begin(opGeneration, 64+len(app)); err != nil {
		return err
	}
	c.sized([]byte(app))
	c.uint(generation)
	return nil
}
