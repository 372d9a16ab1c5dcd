package store

import "github.com/alcove-vault/alcove/internal/store/sealvfs"

// Option changes how a store is opened. The product uses none; tests and
// benchmarks do.
type Option func(*options)

type options struct {
	cache       int64 // bytes
	readers     int
	synchronous string
	volume      sealvfs.Options
}

func defaultOptions() options {
	return options{cache: 64 << 20, readers: 3, synchronous: "FULL"}
}

// WithCache sets how many bytes of pages all connections together may cache.
func WithCache(bytes int64) Option { return func(o *options) { o.cache = bytes } }
