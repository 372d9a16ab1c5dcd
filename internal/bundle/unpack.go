package bundle

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// content is what an entry holds, unpacked, and its SHA-256.
type content struct {
	data []byte
	sum  [32]byte
}

// worthSharing is the size of an archive, in bytes, from which unpacking is
// shared between processors.
const worthSharing = 256 << 10

// unpackAll unpacks all entries of an archive. The error is that of the first
// entry that has one, in the directory's order.
func unpackAll(entries []entry, archive int) (map[string]content, error) {
	workers := 1
	if archive >= worthSharing {
		workers = min(runtime.GOMAXPROCS(0), len(entries))
	}
	contents, errs := make([]content, len(entries)), make([]error, len(entries))
	var next atomic.Int64
	var failed atomic.Bool
	work := func() {
		var inflater inflater
		// Entries are handed out in order, so those before a failed one are
		// finished too when all workers are.
		for !failed.Load() {
			i := int(next.Add(1)) - 1
			if i >= len(entries) {
				return
			}
			if contents[i], errs[i] = entries[i].unpack(&inflater); errs[i] != nil {
				failed.Store(true)
			}
		}
	}
	var running sync.WaitGroup
	for range workers - 1 {
		running.Go(work)
	}
	work()
	running.Wait()
	byPath := make(map[string]content, len(entries))
	for i, e := range entries {
		if errs[i] != nil {
			return nil, errs[i]
		}
		byPath[e.path] = contents[i]
	}
	return byPath, nil
}

// unpack returns the contents of an entry. It makes no more than the size the
// directory states, whatever the data holds, and shares memory with the
// archive where nothing is compressed.
func (e *entry) unpack(inflater *inflater) (content, error) {
	var c content
	var crc uint32
	if e.method == deflate {
		var err error
		if c, crc, err = inflater.inflate(e.data, int(e.size)); err != nil {
			return content{}, err
		}
	} else {
		c, crc = content{data: e.data, sum: sha256.Sum256(e.data)}, crc32.ChecksumIEEE(e.data)
	}
	if int64(len(c.data)) != e.size {
		return content{}, wrongLength()
	}
	if crc != e.crc {
		return content{}, damaged(CodeBadChecksum, fmt.Sprintf("The package has a file that does not match its checksum (%s).", e.path))
	}
	return c, nil
}

func wrongLength() error {
	return damaged(CodeWrongLength, "The package has a file that is longer or shorter than it says.")
}

// inflater keeps the decompressor's memory from one entry to the next.
type inflater struct {
	source bytes.Reader
	reader io.ReadCloser
}

// inflate unpacks size bytes, hashing each piece while it is in the
// processor's cache.
func (f *inflater) inflate(packed []byte, size int) (c content, crc uint32, err error) {
	f.source.Reset(packed)
	if f.reader == nil {
		f.reader = flate.NewReader(&f.source)
	} else if err := f.reader.(flate.Resetter).Reset(&f.source, nil); err != nil {
		return c, 0, fmt.Errorf("reset inflater: %w", err)
	}
	data, hash := make([]byte, size), sha256.New()
	for filled := 0; filled < size; {
		n, err := f.reader.Read(data[filled:])
		piece := data[filled : filled+n]
		hash.Write(piece)
		crc = crc32.Update(crc, crc32.IEEETable, piece)
		filled += n
		if errors.Is(err, io.EOF) && filled < size {
			return c, 0, wrongLength()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return c, 0, damaged(CodeBadData, "The package has a file that cannot be unpacked.")
		}
	}
	var more [1]byte
	switch n, err := f.reader.Read(more[:]); {
	case n != 0:
		return c, 0, wrongLength()
	case !errors.Is(err, io.EOF):
		return c, 0, damaged(CodeBadData, "The package has a file that cannot be unpacked.")
	case f.source.Len() != 0:
		return c, 0, damaged(CodeBadData, "The package has bytes after a file's contents that nothing describes.")
	}
	c.data = data
	hash.Sum(c.sum[:0])
	return c, crc, nil
}
