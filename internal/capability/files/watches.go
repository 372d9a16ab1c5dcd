package files

import "sync"

// maxWatchers is how many watchers all apps together can have. Each takes one
// inotify instance, of which Linux lets a person have 128 by default, for all
// programs that run.
const maxWatchers = 64

// Watches counts the watchers of the Spaces that are given it.
type Watches struct {
	mu   sync.Mutex
	all  int
	most int
	of   map[*Space]int
}

// NewWatches counts from none.
func NewWatches() *Watches { return &Watches{most: maxWatchers, of: make(map[*Space]int)} }

// enter counts one more watcher of a Space. Leave is called once, when it is
// closed. Error: quota.watchers.
func (w *Watches) enter(s *Space) (leave func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.of[s] >= s.limits.Watchers:
		return nil, errWatchers
	case w.all >= w.most:
		return nil, errWatchedAll
	}
	w.all++
	w.of[s]++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.all--
		if w.of[s]--; w.of[s] == 0 {
			delete(w.of, s)
		}
	}, nil
}
