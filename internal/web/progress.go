package web

import (
	"sync"
	"time"
)

// progressEvery is how often the page hears of the progress of one operation.
const progressEvery = 100 * time.Millisecond

// progress returns a function that tells the page how far op is: the first
// time, then at most ten times a second, and at the end. A total of 0 says
// that nobody knows how much there is.
func (s *Server) progress(op string) func(done, total int64) {
	var mu sync.Mutex
	var last time.Time
	return func(done, total int64) {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		if done < total && now.Sub(last) < progressEvery {
			return
		}
		last = now
		s.events.postBrief("progress", map[string]any{"op": op, "done": done, "total": total})
	}
}
