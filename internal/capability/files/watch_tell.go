package files

import (
	"context"
	"time"
)

// kindOf is what is known of something that is not there any more.
func (w *Watcher) kindOf(real string) Kind {
	for _, on := range w.watched {
		if on.real == real {
			return Folder
		}
	}
	return Absent
}

// note remembers a change until it is asked for.
func (w *Watcher) note(real, name string, kind Kind, what string) {
	if isDraft(name) {
		return
	}
	target, is := w.tree.spell(real, kind)
	if is != open {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	before, known := w.pending[target]
	switch {
	case !known && len(w.order) >= w.tree.space.limits.WatchEvents:
		w.lost = true
	case !known:
		w.order = append(w.order, target)
		w.pending[target] = what
	case before == Created && what == Changed:
	case before == Removed && what == Created:
		w.pending[target] = Changed
	default:
		w.pending[target] = what
	}
	w.rouse()
}

// lose notes that something was missed.
func (w *Watcher) lose() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost = true
	w.rouse()
}

func (w *Watcher) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// finish ends the watcher from inside: nothing will come any more.
func (w *Watcher) finish() {
	w.release()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.rouse()
}

func (w *Watcher) release() {
	for key := range w.watched {
		w.watched[key].folder.close()
		delete(w.watched, key)
	}
}

// Read waits until something has happened, gathers for a moment what else
// does, and returns it. Lost says that more happened than was remembered: look
// at the whole folder again. Done says that the place is gone.
func (w *Watcher) Read(ctx context.Context) (changes []Change, lost, done bool, err error) {
	for {
		some, over := w.state()
		if some {
			break
		}
		if over {
			return nil, false, true, nil
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
			return nil, false, false, ctx.Err()
		}
	}
	pause := time.NewTimer(w.tree.space.limits.WatchPause)
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-ctx.Done():
		return nil, false, false, ctx.Err()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, target := range w.order {
		changes = append(changes, Change{Target: target, What: w.pending[target]})
	}
	lost = w.lost
	clear(w.pending)
	w.order, w.lost = nil, false
	return changes, lost, w.over, nil
}

// state reports whether there is something to tell, and whether nothing new
// will come.
func (w *Watcher) state() (some, over bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.order) > 0 || w.lost, w.over
}

// Close ends the watcher and waits for it.
func (w *Watcher) Close() error {
	var err error
	w.close.Do(func() {
		err = w.system.Close()
		w.leave()
		w.loop.Wait()
	})
	return err
}
