package bridge

import (
	"strings"

	"github.com/alcove-vault/alcove/internal/capability/files"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// someName stands for any name where a whole kind of files is declared, as by
// {documents}/Reports/*. It is one that nobody has.
const someName = "…"

// listWant is what it takes to list a folder: reading it, or reading files in
// it. Which of them are then told is judged one by one.
func (s *Session) listWant(p files.Place, recursive bool) permission.Call {
	call := s.fileWant("read", p, recursive)
	if s.judge(call).Verdict != permission.Undeclared || recursive {
		return call
	}
	for _, declared := range s.Running.Manifest.Permissions {
		for _, spelling := range p.Spellings() {
			if target, ok := inFolder(declared, spelling); ok {
				some := permission.Call{Key: permission.Key{Resource: "files", Action: "read", Target: target}, Folder: true}
				if s.judge(some).Verdict != permission.Undeclared {
					return some
				}
			}
		}
	}
	return call
}

// inFolder returns an example of what a permission declares directly in a
// folder.
func inFolder(p manifest.Permission, folder string) (string, bool) {
	last := strings.LastIndexByte(p.Target, '/')
	if p.Resource != "files" || p.Action == "pick" || last < 0 || p.Target[:last] != folder || !strings.Contains(p.Target[last:], "*") {
		return "", false
	}
	return folder + strings.ReplaceAll(p.Target[last:], "*", someName), true
}
