//go:build bench

package bundle_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/sidebyside"
)

// TestBenchBundle measures what verification costs beyond the work that no
// implementation can leave out: unpacking the same archive and hashing what is
// in it. The budget is 1.3 times that.
//
// The tiny package shows the fixed cost, about 0.2 ms: by its profile the
// signature and the check of its key are half of that, JSON a third. The same
// case on one processor shows what is gained by sharing the unpacking.
func TestBenchBundle(t *testing.T) {
	for _, c := range []struct {
		name        string
		files, size int
		rounds      int
	}{
		{"typical: 300 files, 9 MiB", 300, 30 << 10, 15},
		{"large: 3 files, 60 MiB", 3, 20 << 20, 11},
		{"many: 1,900 files, 4 MiB", 1900, 2 << 10, 15},
		{"small: 40 files, 400 KiB", 40, 10 << 10, 40},
		{"tiny: 5 files, 50 KiB", 5, 10 << 10, 40},
	} {
		files := map[string]string{}
		for i := range c.files {
			files[fmt.Sprintf("assets/%d/module-%d.js", i%20, i)] = string(compressible(c.size + i))
		}
		data := bundletest.Build(t, files)
		sidebyside.Compare(t, "bundle", c.name, c.rounds,
			sidebyside.Subject{Name: "unpack and hash", Run: func() time.Duration {
				start := time.Now()
				if err := unpackAndHash(data); err != nil {
					t.Fatal(err)
				}
				return time.Since(start)
			}},
			sidebyside.Subject{Name: "verify and preview", Run: func() time.Duration {
				start := time.Now()
				if _, err := bundle.Open(data); err != nil {
					t.Fatal(err)
				}
				return time.Since(start)
			}},
			sidebyside.Subject{Name: "verify, one processor", Run: func() time.Duration {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
				start := time.Now()
				if _, err := bundle.Open(data); err != nil {
					t.Fatal(err)
				}
				return time.Since(start)
			}})
	}
}

func unpackAndHash(data []byte) error {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	for _, f := range r.File {
		reader, err := f.Open()
		if err != nil {
			return err
		}
		hash := sha256.New()
		if _, err := io.Copy(hash, reader); err != nil {
			return err
		}
	}
	return nil
}
