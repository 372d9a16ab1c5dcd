package bridge

import (
	"context"

	"github.com/alcove-vault/alcove/internal/capability/files"
	"github.com/alcove-vault/alcove/internal/permission"
)

// Folders is what the bridge has to know of this computer to let apps at files.
type Folders struct {
	// Known are the known folders by token ("documents", "home", …); nil is the
	// person's own.
	Known map[string]string
	// Closed returns the folders that nobody gets at: those of Alcove and of the
	// vaults it knows, absolute. It is called often.
	Closed func() []string
	// Marks are names of files; a folder that has them all is a vault.
	Marks []string
}

// UseFolders tells the bridge of this computer's folders. Call it before Open.
func (b *Bridge) UseFolders(f Folders) { b.folders = f }

// fileSpace makes the files that a session can be let at, with what the person
// has picked for the extension before.
func (b *Bridge) fileSpace(ctx context.Context, row int64) (*files.Space, *files.Picks, error) {
	remembered, err := b.apps.PickedFiles(ctx, row)
	if err != nil {
		return nil, nil, err
	}
	picks := files.NewPicks()
	for _, p := range remembered {
		picks.Add(pickOf(p))
	}
	known := files.Known(b.folders.Known)
	if known == nil {
		known = files.PersonsFolders()
	}
	return files.New(files.Options{
		Known: known, Picks: picks, Watches: b.watches, Closed: b.folders.Closed, Marks: b.folders.Marks, Limits: files.DefaultLimits,
	}), picks, nil
}

func pickOf(p permission.Picked) files.Pick {
	return files.Pick{Token: files.TokenOf(p.ID), Path: p.Path, Folder: p.Folder, Writable: p.Writable}
}

// fileCall is what an operation wants of a place. What was picked as a file has
// no name of its own in its path; the name was judged when it was picked.
func fileCall(action string, p files.Place, recursive bool) permission.Call {
	return permission.Call{
		Key:       permission.Key{Resource: "files", Action: action, Target: p.Target},
		Recursive: recursive && p.Kind == files.Folder,
		Folder:    p.Kind == files.Folder || p.IsRoot(),
	}
}

// fileWant is fileCall under the spelling that decides. One place may have
// several, such as {documents}/a and {home}/Documents/a: a no to any of them is
// a no to the place, then a yes to any is a yes.
func (s *Session) fileWant(action string, p files.Place, recursive bool) permission.Call {
	call, _ := s.decisive(fileCall(action, p, recursive), p.Spellings())
	return call
}

// decisive returns the call with the target whose verdict counts among several
// for the same thing, and that verdict.
func (s *Session) decisive(call permission.Call, spellings []string) (permission.Call, permission.Verdict) {
	weight := map[permission.Verdict]int{permission.Undeclared: 0, permission.Ask: 1, permission.Allowed: 2, permission.Denied: 3, permission.Forbidden: 4}
	best, verdict := call, permission.Verdict("")
	for i, target := range spellings {
		call.Target = target
		v := s.judge(call).Verdict
		if i == 0 || weight[v] > weight[verdict] {
			best, verdict = call, v
		}
	}
	return best, verdict
}

// inTree judges what is inside of a folder that an operation was allowed on.
// The folder's own yes covers it, unless it is denied or not declared.
func (s *Session) inTree(action string) files.Allowed {
	return func(spellings []string, kind files.Kind) bool {
		call := permission.Call{Key: permission.Key{Resource: "files", Action: action}, Folder: kind == files.Folder}
		_, verdict := s.decisive(call, spellings)
		return verdict == permission.Allowed || verdict == permission.Ask
	}
}

// smaller is the smaller of the bounds on a file's size, of which 0 is none.
func smaller(terms grantedTerms) (size int64) {
	for _, t := range terms {
		if t.MaxFileSize > 0 && (size == 0 || t.MaxFileSize < size) {
			size = t.MaxFileSize
		}
	}
	return size
}
