//go:build unix

package files

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// until reads what a watcher tells until all of want was told, besides what
// was told before.
func until(t *testing.T, w *Watcher, all []Change, want ...Change) []Change {
	t.Helper()
	for {
		missing := slices.ContainsFunc(want, func(c Change) bool { return !slices.Contains(all, c) })
		if !missing {
			return all
		}
		changes, lost, done, err := w.Read(t.Context())
		if err != nil || lost || done && len(changes) == 0 {
			t.Fatalf("after %v: lost %v, done %v, %v", all, lost, done, err)
		}
		all = append(all, changes...)
	}
}

func TestAWatcherTellsOfItsFolderAndOfNothingElse(t *testing.T) {
	w := newWorld(t)
	denied := func(s []string, _ Kind) bool { return !strings.Contains(s[0], "private") }
	watcher, err := w.space.Watch(t.Context(), w.place("{documents}"), WatchOptions{Recursive: true, Allowed: denied})
	w.must(err)
	defer watcher.Close()
	w.file("home/Downloads/x.txt", "elsewhere")
	w.file("home/Documents/private.txt", "denied")
	w.file("home/Documents/private/a", "denied")
	w.file("home/Documents/Stray/more", "in another vault")
	w.file("home/Documents/a:b", "no path")
	_, err = w.space.Write(t.Context(), w.place("{documents}/a.txt"), []byte("again"), WriteOptions{Replace: true})
	w.must(err)
	w.file("home/Documents/Reports/c/d.txt", "changed")
	w.file("home/Documents/New/deep/er.txt", "made")
	all := until(t, watcher, nil, Change{"{documents}/a.txt", Created}, Change{"{documents}/Reports/c/d.txt", Changed}, Change{"{documents}/New", Created})
	all = until(t, watcher, all, Change{"{documents}/New/deep/er.txt", Created})
	w.must(os.Rename(w.at("home/Documents/New/deep"), w.at("home/Downloads/deep")))
	w.file("home/Downloads/deep/later", "outside of it by now")
	w.must(os.Remove(w.at("home/Documents/Reports/b.txt")))
	all = until(t, watcher, all, Change{"{documents}/New/deep", Removed}, Change{"{documents}/Reports/b.txt", Removed})
	for _, c := range all {
		for _, no := range []string{"private", "Stray/", "a:b", "x.txt", "later", "alcove", "#"} {
			if strings.Contains(c.Target, no) {
				t.Errorf("told of %v", c)
			}
		}
	}
}

func TestAWatcherOfAFileTellsOfThatFile(t *testing.T) {
	w := newWorld(t)
	watcher, err := w.space.Watch(t.Context(), w.place("{documents}/a.txt"), WatchOptions{})
	w.must(err)
	defer watcher.Close()
	w.file("home/Documents/other.txt", "beside it")
	w.file("home/Documents/a.txt", "changed")
	w.must(os.Remove(w.at("home/Documents/a.txt")))
	for _, c := range until(t, watcher, nil, Change{"{documents}/a.txt", Removed}) {
		if c.Target != "{documents}/a.txt" {
			t.Errorf("told of %v", c)
		}
	}
}

func TestAWatcherIsBounded(t *testing.T) {
	w := newWorld(t)
	w.space.limits.WatchEvents = 3
	watcher, err := w.space.Watch(t.Context(), w.place("{downloads}"), WatchOptions{})
	w.must(err)
	for i := range 10 {
		w.file(fmt.Sprintf("home/Downloads/%d", i), "x")
	}
	var told []Change
	lost := false
	for !lost {
		var changes []Change
		changes, lost, _, err = watcher.Read(t.Context())
		w.must(err)
		told = append(told, changes...)
	}
	if len(told) < 3 {
		t.Errorf("told %v", told)
	}
	w.must(watcher.Close())
	for {
		changes, _, done, err := watcher.Read(t.Context())
		w.must(err)
		if done && len(changes) == 0 {
			break
		}
	}
	w.space.limits.WatchFolders = 2
	_, err = w.space.Watch(t.Context(), w.place("{documents}"), WatchOptions{Recursive: true})
	wantCode(t, err, "files.too_many")
}

func TestAWatcherEndsWithItsFolder(t *testing.T) {
	w := newWorld(t)
	watcher, err := w.space.Watch(t.Context(), w.place("{documents}/Reports"), WatchOptions{Recursive: true})
	w.must(err)
	defer watcher.Close()
	w.must(os.Rename(w.at("home/Documents/Reports"), w.at("outside/Reports")))
	w.file("outside/Reports/later", "not told")
	for {
		changes, _, done, err := watcher.Read(t.Context())
		w.must(err)
		for _, c := range changes {
			if strings.Contains(c.Target, "later") {
				t.Errorf("told of %v", c)
			}
		}
		if done {
			break
		}
	}
	w.must(os.RemoveAll(w.at("outside/Reports")))
}
