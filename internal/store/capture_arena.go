package store

import "encoding/binary"

// arena keeps the keys and old values of captured rows until the end of the
// transaction. They are plaintext, so it never moves them, and overwrites them
// at the end.
type arena struct {
	chunks []chunk
	at     arenaMark
	size   int // bytes in use
}

type chunk struct {
	bytes []byte
	used  int // how far it has ever been written
}

// arenaMark is a place to go back to.
type arenaMark struct{ chunk, used, size int }

// place is where an entry is: its chunk and the offset in it, plus one.
type place uint64

const (
	firstChunk = 16 << 10
	maxChunk   = 1 << 20
)

// put copies an entry of a key and, if old is not nil, old values.
func (a *arena) put(key, old []byte) place {
	size := 2*binary.MaxVarintLen64 + len(key) + len(old)
	for ; ; a.at.chunk, a.at.used = a.at.chunk+1, 0 {
		if a.at.chunk == len(a.chunks) {
			room := min(firstChunk<<min(a.at.chunk, 16), maxChunk)
			a.chunks = append(a.chunks, chunk{bytes: make([]byte, max(room, size))})
		}
		if len(a.chunks[a.at.chunk].bytes)-a.at.used >= size {
			break
		}
	}
	c := &a.chunks[a.at.chunk]
	p := place(a.at.chunk)<<32 | place(a.at.used) + 1
	b := binary.AppendUvarint(c.bytes[:a.at.used], uint64(len(key)))
	b = append(b, key...)
	if old == nil {
		b = append(b, 0)
	} else {
		b = binary.AppendUvarint(b, uint64(len(old))+1)
		b = append(b, old...)
	}
	a.size += len(b) - a.at.used
	a.at.used = len(b)
	c.used = max(c.used, len(b))
	return p
}

// get returns the entry at p, in the arena's memory.
func (a *arena) get(p place) (key, old []byte) {
	if p == 0 {
		return nil, nil
	}
	b := a.chunks[p>>32].bytes[uint32(p)-1:]
	n, w := binary.Uvarint(b)
	key, b = b[w:w+int(n):w+int(n)], b[w+int(n):]
	if n, w = binary.Uvarint(b); n > 0 {
		end := w + int(n) - 1
		old = b[w:end:end]
	}
	return key, old
}

func (a *arena) mark() arenaMark {
	m := a.at
	m.size = a.size
	return m
}

func (a *arena) back(m arenaMark) { a.at, a.size = m, m.size }

// clear overwrites everything and keeps the first chunk.
func (a *arena) clear() {
	for i := range a.chunks {
		c := &a.chunks[i]
		clear(c.bytes[:c.used])
		c.used = 0
	}
	if len(a.chunks) > 0 {
		a.chunks = a.chunks[:1:1]
		if len(a.chunks[0].bytes) > maxKeptBuffer {
			a.chunks = nil
		}
	}
	a.at, a.size = arenaMark{}, 0
}
