// Package files is an app's way to the files of this computer: it finds out
// which place a path means, and works on that place and no other.
//
// A path is written "{token}/segment/…": the token is one of the known folders
// or something the person has picked. Resolve follows every link on the way
// and says where the path leads in truth, as a Place with its canonical
// target; whoever decides judges that. The operations then open the same way
// again without following any link, so that a folder that was exchanged for a
// link in the meantime makes them fail and leads nowhere.
//
// The package decides nothing about permissions. It refuses what nobody can be
// granted: Alcove's own folders, vaults, keys and programs that start by
// themselves, and what is no ordinary file.
package files

import "time"

// Limits bound what one operation takes.
type Limits struct {
	Read         int64         // bytes of a file that is read in one piece
	File         int64         // bytes of a file that is written or copied
	Chunk        int           // bytes of a piece of a stream
	Page         int           // entries in one answer of a listing
	Folder       int           // entries of a folder that can be listed
	Depth        int           // folders inside each other, below the one named
	Tree         int           // entries of a tree that is copied or deleted
	TreeBytes    int64         // bytes of a tree that is copied
	Watchers     int           // places that are watched at once
	WatchFolders int           // folders that one watcher can watch
	WatchEvents  int           // paths that a watcher remembers until it is asked
	WatchPause   time.Duration // how long changes are gathered before they are told
}

// DefaultLimits are the limits of the product.
var DefaultLimits = Limits{
	Read: 32 << 20, File: 16 << 30, Chunk: 256 << 10,
	Page: 1000, Folder: 100_000, Depth: 32, Tree: 100_000, TreeBytes: 64 << 30,
	Watchers: 16, WatchFolders: 512, WatchEvents: 256, WatchPause: 100 * time.Millisecond,
}

// Options say what a Space reaches.
type Options struct {
	Known Known  // the known folders
	Picks *Picks // what the person has picked for this app; nil is nothing
	// Watches is shared by all Spaces of a process; nil is one of its own.
	Watches *Watches
	// Closed returns the folders that nobody gets at: those of Alcove and of
	// the vaults it knows. It is asked at every call.
	Closed func() []string
	// Marks are names of files; a folder that has them all is a vault, also
	// where Alcove does not know it. Empty recognises none.
	Marks  []string
	Limits Limits
}

// Space is the files that one app can be let at. It holds nothing open.
type Space struct {
	known   Known
	picks   *Picks
	watches *Watches
	guard   *guard
	limits  Limits

	// oldKernel does without what only some systems and disks can: opening a
	// whole path safely in one step, and files without a name.
	oldKernel bool
	// between is called by tests at named instants of an operation.
	between func(instant string)
}

// New returns the Space that the options describe.
func New(o Options) *Space {
	s := &Space{known: o.Known, picks: o.Picks, watches: o.Watches, limits: o.Limits, guard: newGuard(o)}
	if s.picks == nil {
		s.picks = NewPicks()
	}
	if s.watches == nil {
		s.watches = NewWatches()
	}
	return s
}

// Limits returns the limits of the Space.
func (s *Space) Limits() Limits { return s.limits }

func (s *Space) reached(instant string) {
	if s.between != nil {
		s.between(instant)
	}
}
