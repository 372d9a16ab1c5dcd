//go:build !unix

package keys

// region is memory on Go's heap, which the collector does not move. On these
// systems only the overwriting protects it.
type region struct{ data []byte }

func allocate(size int) (*region, error) { return &region{data: make([]byte, size)}, nil }

func (r *region) release() {}
