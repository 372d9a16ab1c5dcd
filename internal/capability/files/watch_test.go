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

// TestWatchersAreFew: the system lets a person have 128 of them, of which the
// desktop and its programs need some.
func TestWatchersAreFew(t *testing.T) {
	w := newWorld(t)
	watches := NewWatches()
	if watches.most > 64 {
		t.Errorf("all apps can have %d watchers", watches.most)
	}
	watches.most = 20 // other tests run beside this one
	app := func() *Space { return New(Options{Known: w.space.known, Watches: watches, Limits: DefaultLimits}) }
	open := func(s *Space) (list []*Watcher) {
		for {
			watcher, err := s.Watch(t.Context(), w.place("{documents}"), WatchOptions{})
			if err != nil {
				wantCode(t, err, "quota.watchers")
				return list
			}
			t.Cleanup(func() { _ = watcher.Close() })
			list = append(list, watcher)
		}
	}
	greedy := app()
	list := open(greedy)
	if second, third := open(app()), open(app()); len(list) != 16 || len(second) != 4 || len(third) != 0 {
		t.Fatalf("apps have %d, %d and %d watchers", len(list), len(second), len(third))
	}

	for range 2 { // to close it twice gives it back once
		w.must(list[0].Close())
	}
	if list = open(greedy); len(list) != 1 {
		t.Fatalf("after one was closed, %d could be opened", len(list))
	}

	w.must(list[0].Close())
	greedy.limits.WatchFolders = 0
	for range 2 * watches.most { // what could not be opened holds nothing
		_, err := greedy.Watch(t.Context(), w.place("{documents}"), WatchOptions{})
		wantCode(t, err, "files.too_many")
	}
}
