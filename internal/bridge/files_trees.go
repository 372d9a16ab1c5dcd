package bridge

import (
	"context"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/files"
	"github.com/alcove-vault/alcove/internal/permission"
)

// progressPause is how often an app is told how far its work is.
const progressPause = 200 * time.Millisecond

// progress tells a session's frame how far one piece of work is, which the app
// has given a number. Without a number nobody wants to know.
func (s *Session) progress(number uint64, wanted bool) func(files.Progress) {
	if !wanted {
		return nil
	}
	var told time.Time
	return func(p files.Progress) {
		now := s.bridge.now()
		if now.Sub(told) < progressPause {
			return
		}
		told = now
		s.Emit("files.progress", map[string]any{"number": number, "files": p.Files, "bytes": p.Bytes, "total": p.Total})
	}
}

// progressNumber reads the number that an app gives its work.
func progressNumber(a *args) (number uint64, wanted bool) {
	if _, wanted = a.value("progress"); wanted {
		number = a.number("progress")
	}
	return number, wanted
}

func parseDelete(s *Session, a *args) work {
	recursive := a.optionalTruth("recursive")
	number, wanted := progressNumber(a)
	return s.onPlace(a, onPlace{action: "readWrite", recursive: recursive, entry: true, run: func(ctx context.Context, p files.Place, _ permission.Call, _ int64) (result, error) {
		err := s.files.Delete(ctx, p, files.DeleteOptions{
			Recursive: recursive, Allowed: s.inTree("readWrite"), Progress: s.progress(number, wanted),
		})
		return empty, err
	}})
}

func parseCopy(s *Session, a *args) work {
	return s.fromTo(a, "read", s.files.Resolve, func(ctx context.Context, from, to files.Place, o files.CopyOptions) (files.Info, error) {
		return s.files.Copy(ctx, from, to, o)
	})
}

func parseMove(s *Session, a *args) work {
	return s.fromTo(a, "readWrite", s.files.ResolveEntry, func(ctx context.Context, from, to files.Place, o files.CopyOptions) (files.Info, error) {
		return s.files.Move(ctx, from, to, o)
	})
}

// fromTo is a method about two paths. It answers the facts of what is at the
// second in the end.
func (s *Session) fromTo(
	a *args, action string, resolve func(context.Context, string) (files.Place, error),
	do func(ctx context.Context, from, to files.Place, o files.CopyOptions) (files.Info, error),
) work {
	fromPath, toPath, replace := a.text("from", maxFilePath), a.text("to", maxFilePath), a.optionalTruth("replace")
	number, wanted := progressNumber(a)
	var from, to files.Place
	return work{
		wants: func(ctx context.Context) (_ []permission.Call, err error) {
			if from, err = resolve(ctx, fromPath); err != nil {
				return nil, err
			}
			if to, err = s.files.Resolve(ctx, toPath); err != nil {
				return nil, err
			}
			target := to
			if target.Kind == files.Absent {
				target.Kind = from.Kind // that is what it will be
			}
			return []permission.Call{s.fileWant(action, from, true), s.fileWant("readWrite", target, true)}, nil
		},
		run: func(ctx context.Context, terms grantedTerms) (result, error) {
			info, err := do(ctx, from, to, files.CopyOptions{
				Replace: replace, Recursive: true, MaxSize: smaller(terms),
				Allowed: s.inTree(action), AllowedTo: s.inTree("readWrite"), Progress: s.progress(number, wanted),
			})
			return tree(info), err
		},
	}
}
