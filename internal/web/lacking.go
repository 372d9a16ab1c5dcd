package web

import (
	"slices"
	"sync"
)

// Bounds of what is remembered: apps that are open, and files of each.
const (
	maxLackingApps  = 64
	maxLackingFiles = 3
	maxLackingName  = 200 // bytes
)

// lackingFiles remembers which files open apps asked for that their packages do
// not have. When an app does not start, that is most often why.
type lackingFiles struct {
	mu   sync.Mutex
	apps []lackingApp // the newest last
}

type lackingApp struct {
	session string // its secret
	segment string // of its files' addresses
	files   []string
}

// open begins to watch a session.
func (l *lackingFiles) open(session, segment string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.apps) == maxLackingApps {
		l.apps = slices.Delete(l.apps, 0, 1)
	}
	l.apps = append(l.apps, lackingApp{session: session, segment: segment})
}

// note remembers a file that a session asked for in vain.
func (l *lackingFiles) note(segment, file string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.apps {
		a := &l.apps[i]
		if a.segment == segment && len(file) <= maxLackingName && len(a.files) < maxLackingFiles && !slices.Contains(a.files, file) {
			a.files = append(a.files, file)
		}
	}
}

// close ends watching a session, and returns what it asked for in vain.
func (l *lackingFiles) close(session string) (files []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	files = []string{}
	l.apps = slices.DeleteFunc(l.apps, func(a lackingApp) bool {
		if a.session == session {
			files = append(files, a.files...)
		}
		return a.session == session
	})
	return files
}
