//go:build unix

package files

import "testing"

// BenchmarkResolve is what it takes to find out where a path leads, the part
// of every call that is not the operation itself.
func BenchmarkResolve(b *testing.B) {
	w := newWorld(b)
	for b.Loop() {
		if _, err := w.space.Resolve(b.Context(), "{documents}/Reports/c/d.txt"); err != nil {
			b.Fatal(err)
		}
	}
}
