package bridge

import (
	"context"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/files"
	"github.com/alcove-vault/alcove/internal/capability/shell"
	"github.com/alcove-vault/alcove/internal/permission"
)

const (
	deadlineStart = 30 * time.Second // until a program runs
	nowhere       = "/"              // where one runs that was given no folder
)

// shellMethods run programs. What one writes is read from its handle, and
// closing that ends it.
func shellMethods() []method {
	return []method{
		{name: "shell.run", outside: true, deadline: deadlineStart, parse: parseRun},
		{name: "shell.terminal", outside: true, deadline: deadlineStart, parse: parseTerminal},
		{name: "shell.resize", implicit: true, deadline: time.Second, parse: parseResize},
	}
}

// parseRun answers {handle}.
func parseRun(s *Session, a *args) work {
	spec := shell.Spec{
		Time:   time.Duration(a.optionalCount("timeout", shell.DefaultTime.Milliseconds(), shell.MaxTime.Milliseconds())) * time.Millisecond,
		Output: int64(a.optionalCount("maxOutput", shell.MaxOutput, shell.MaxOutput)),
	}
	if _, ok := a.value("stdin"); ok {
		data, text, isText := a.bytesOrText("stdin", shell.MaxStdin)
		if spec.Stdin = data; isText {
			spec.Stdin = []byte(text)
		}
	}
	return s.program(a, "run", spec)
}

// parseTerminal answers {handle}. It ends with the program, with its handle or
// with the session, and not after a time.
func parseTerminal(s *Session, a *args) work {
	size := readSize(a)
	return s.program(a, "terminal", shell.Spec{Terminal: &size})
}

func readSize(a *args) shell.Size {
	return shell.Size{
		Columns: a.optionalCount("columns", 80, shell.MaxColumns),
		Rows:    a.optionalCount("rows", 24, shell.MaxColumns),
	}
}

// program is a call that starts one. What has to be granted is the name that
// was asked for, the name behind it where that is a link, and the folder.
func (s *Session) program(a *args, action string, spec shell.Spec) work {
	name, folder := a.text("program", 64), a.optionalText("cwd", maxFilePath)
	spec.Args, spec.Owner = a.optionalTexts("args", shell.MaxArgs, MaxEnvelope), s.Running.Row
	var (
		place files.Place
		wants []permission.Call
		found error
	)
	return work{
		wants: func(ctx context.Context) ([]permission.Call, error) {
			wants = nil
			names := []string{name}
			// Whether there is such a program is not told before it may be run.
			if spec.Program, found = s.bridge.programs.Find(name); found == nil {
				names = spec.Program.Names()
			}
			for _, n := range names {
				wants = append(wants, permission.Call{Key: permission.Key{Resource: "shell", Action: action, Target: n}, Arguments: spec.Args})
			}
			if folder == "" {
				return wants, nil
			}
			var err error
			if place, err = s.files.Resolve(ctx, folder); err != nil {
				return nil, err
			}
			wants = append(wants, s.fileWant("read", place, false))
			return wants, nil
		},
		quota: func() error {
			if err := shell.Check(spec.Args, spec.Stdin); err != nil {
				return err
			}
			return s.handles.room()
		},
		run: func(ctx context.Context, _ grantedTerms) (result, error) {
			if found != nil {
				return nil, found
			}
			spec.Dir = nowhere
			if folder != "" {
				var err error
				if spec.Dir, err = s.files.WorkFolder(ctx, place); err != nil {
					return nil, err
				}
			}
			running, err := s.bridge.programs.Start(ctx, spec)
			if err != nil {
				return nil, err
			}
			handle, err := s.keepOpen(ctx, running, wants)
			return tree(map[string]any{"handle": handle}), err
		},
	}
}

// parseResize tells a terminal its new size.
func parseResize(s *Session, a *args) work {
	number, size := a.number("handle"), readSize(a)
	return work{run: func(context.Context, grantedTerms) (result, error) {
		e, err := s.handles.find(number)
		if err != nil {
			return nil, err
		}
		terminal, ok := e.thing.(interface{ Resize(shell.Size) error })
		if !ok {
			return nil, errHandle.With("handle", number)
		}
		return empty, terminal.Resize(size)
	}}
}
