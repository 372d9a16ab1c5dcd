//go:build bench

package extension_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/sidebyside"
)

// TestBenchReview measures what a person waits for: from the bytes of a file
// to its review, in a vault that has twenty apps, against unpacking and hashing
// the same bytes, which nothing can leave out. The budget is 1.3 times that.
// The second case is the start of an installed app: verification of what is
// stored, against verification of the same package in memory.
func TestBenchReview(t *testing.T) {
	v := newVault(t)
	for i := range 20 {
		v.install(bundletest.Build(t, nil, bundletest.With("name", fmt.Sprintf("app-%d", i))))
	}
	files := map[string]string{}
	for i := range 300 {
		text := fmt.Appendf(nil, "// module %d\n", i)
		for len(text) < 30<<10 {
			text = fmt.Appendf(text, "export const value%d = %d;\n", len(text), len(text)*i)
		}
		files[fmt.Sprintf("assets/module-%d.js", i)] = string(text)
	}
	data := feedReader(t, "1.0.0", files, feeds, clip)
	timed := func(work func() error) func() time.Duration {
		return func() time.Duration {
			begin := time.Now()
			if err := work(); err != nil {
				t.Fatal(err)
			}
			return time.Since(begin)
		}
	}
	sidebyside.Compare(t, "review", "300 files, 9 MiB", 15,
		sidebyside.Subject{Name: "unpack and hash", Run: timed(func() error { return unpackAndHash(data) })},
		sidebyside.Subject{Name: "verify and preview", Run: timed(func() error {
			review, err := v.Stage(t.Context(), data, extension.Source{})
			if err == nil {
				v.Cancel(review.ID)
			}
			return err
		})})

	id := v.install(data)
	sidebyside.Compare(t, "start", "300 files, 9 MiB", 15,
		sidebyside.Subject{Name: "verify the file in memory", Run: timed(func() error { _, err := bundle.Open(data); return err })},
		sidebyside.Subject{Name: "verify what is stored", Run: timed(func() error {
			run, err := v.Start(t.Context(), id)
			if err == nil {
				run.Close()
			}
			return err
		})})
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
		if _, err := io.Copy(sha256.New(), reader); err != nil {
			return err
		}
	}
	return nil
}
