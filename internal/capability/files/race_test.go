//go:build unix

package files

import (
	"context"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
)

// TestASwappedFolderLeadsNowhere swaps a folder and a link to what is outside
// again and again while every operation runs on it. What is outside is never
// read and never changed.
func TestASwappedFolderLeadsNowhere(t *testing.T) {
	for mode, old := range map[string]bool{"this kernel": false, "an old kernel": true} {
		t.Run(mode, func(t *testing.T) {
			w := newWorld(t)
			w.space.oldKernel = old
			w.linkTo("home/Documents/link", "outside")
			ctx, stop := context.WithCancel(t.Context())
			var swapper sync.WaitGroup
			swaps := 0
			swapper.Go(func() {
				folder, link, aside := w.at("home/Documents/Reports"), w.at("home/Documents/link"), w.at("home/Documents/aside")
				for ; ctx.Err() == nil; swaps++ {
					_ = os.Rename(folder, aside)
					_ = os.Rename(link, folder)
					_ = os.Rename(folder, link)
					_ = os.Rename(aside, folder)
				}
			})
			paths := []string{"{documents}/Reports", "{documents}/Reports/b.txt", "{documents}/Reports/secret.txt", "{documents}/Reports/deep", "{documents}/Reports/deep/er/secret.txt", "{documents}/Reports/new"}
			names := []string{"read", "open", "stat", "list", "write", "make", "copy from", "copy here", "watch", "delete", "move from", "move here"}
			worked, refused := 0, 0
			r := rand.New(rand.NewPCG(1, 2))
			for range 1000 {
				got, err := uses[names[r.IntN(len(names))]].do(w, paths[r.IntN(len(paths))])
				if strings.Contains(got, secret) {
					t.Fatalf("told %q", got)
				}
				if err == nil {
					worked++
				} else {
					refused++
				}
				if _, err := os.Lstat(w.at("home/Documents/a.txt")); err != nil {
					w.file("home/Documents/a.txt", "a")
				}
			}
			stop()
			swapper.Wait()
			w.outsideIsWhole()
			if swaps < 100 || worked < 100 || refused < 100 {
				t.Errorf("%d swaps, %d operations worked, %d were refused: this proves little", swaps, worked, refused)
			}
			t.Logf("%d swaps, %d operations worked, %d were refused", swaps, worked, refused)
		})
	}
}
