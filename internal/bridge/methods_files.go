package bridge

import (
	"context"
	"errors"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/files"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/wire"
)

// deadlineFile is for one step on a disk, which may be slow or far away. What
// works on a tree has none: it tells how far it is and can be given up.
const deadlineFile = time.Minute

const maxFilePath = 4096 // bytes; files has a bound of its own with its own fault

// filesMethods work on files of this computer.
func filesMethods() []method {
	return []method{
		{name: "files.stat", deadline: deadlineFile, parse: parseStat},
		{name: "files.list", deadline: deadlineFile, parse: parseList},
		{name: "files.read", deadline: deadlineFile, parse: parseReadFile},
		{name: "files.open", deadline: deadlineFile, parse: parseOpen},
		{name: "files.write", deadline: deadlineFile, parse: parseWriteFile},
		{name: "files.create", deadline: deadlineFile, parse: parseCreate},
		{name: "files.makeFolder", deadline: deadlineFile, parse: parseMakeFolder},
		{name: "files.watch", deadline: deadlineFile, parse: parseWatch},
		{name: "files.delete", outside: true, parse: parseDelete},
		{name: "files.copy", outside: true, parse: parseCopy},
		{name: "files.move", outside: true, parse: parseMove},
		{name: "files.pick", outside: true, parse: parsePick},
		{name: "files.picked", implicit: true, deadline: deadlineFile, parse: parsePicked},
		{name: "files.forget", implicit: true, deadline: deadlineFile, parse: parseForget},
	}
}

// onPlace is a method about one path: the place is found, judged as what it
// really is, and then worked on.
type onPlace struct {
	action    string
	recursive bool
	entry     bool // a link at the end is meant itself
	quota     func() error
	want      func(*Session, files.Place) permission.Call // nil: that of the action
	run       func(ctx context.Context, p files.Place, want permission.Call, maxSize int64) (result, error)
}

func (s *Session) onPlace(a *args, o onPlace) work {
	path := a.text("path", maxFilePath)
	var place files.Place
	var want permission.Call
	return work{
		wants: func(ctx context.Context) (_ []permission.Call, err error) {
			resolve := s.files.Resolve
			if o.entry {
				resolve = s.files.ResolveEntry
			}
			if place, err = resolve(ctx, path); err != nil {
				return nil, err
			}
			if o.want != nil {
				want = o.want(s, place)
			} else {
				want = s.fileWant(o.action, place, o.recursive)
			}
			return []permission.Call{want}, nil
		},
		quota: o.quota,
		run: func(ctx context.Context, terms grantedTerms) (result, error) {
			return o.run(ctx, place, want, smaller(terms))
		},
	}
}

// tree writes a value as its JSON tags say.
func tree(value any) result { return func(e *wire.Encoder) error { return wire.Tree(e, value) } }

// parseStat answers the file's facts.
func parseStat(s *Session, a *args) work {
	return s.onPlace(a, onPlace{action: "read", run: func(ctx context.Context, p files.Place, _ permission.Call, _ int64) (result, error) {
		info, err := s.files.Stat(ctx, p)
		return tree(info), err
	}})
}

// parseReadFile answers {info, data}.
func parseReadFile(s *Session, a *args) work {
	part := files.Range{Offset: a.optionalOffset("offset"), Length: int64(a.optionalCount("length", 0, 1<<40))}
	return s.onPlace(a, onPlace{action: "read", run: func(ctx context.Context, p files.Place, _ permission.Call, maxSize int64) (result, error) {
		data, info, err := s.files.Read(ctx, p, part, maxSize)
		return func(e *wire.Encoder) error {
			return errors.Join(e.EncodeMapLen(2), e.EncodeString("info"), wire.Tree(e, info), e.EncodeString("data"), wire.Scalar(e, data))
		}, err
	}})
}

// parseWriteFile answers the new file's facts.
func parseWriteFile(s *Session, a *args) work {
	data, text, isText := a.bytesOrText("data", MaxEnvelope)
	if isText {
		data = []byte(text)
	}
	o := writing(a)
	return s.onPlace(a, onPlace{action: "readWrite", run: func(ctx context.Context, p files.Place, _ permission.Call, maxSize int64) (result, error) {
		o.MaxSize = maxSize
		info, err := s.files.Write(ctx, p, data, o)
		return tree(info), err
	}})
}

// writing reads how a file is written: what is there is replaced, unless
// exclusive says that nothing may be there.
func writing(a *args) files.WriteOptions {
	return files.WriteOptions{Replace: !a.optionalTruth("exclusive"), IfVersion: a.optionalText("ifVersion", 64)}
}

func parseMakeFolder(s *Session, a *args) work {
	parents := a.optionalTruth("parents")
	return s.onPlace(a, onPlace{
		action: "readWrite",
		want: func(s *Session, p files.Place) permission.Call {
			call := fileCall("readWrite", p, false)
			call.Folder = true
			call, _ = s.decisive(call, p.Spellings())
			return call
		},
		run: func(ctx context.Context, p files.Place, _ permission.Call, _ int64) (result, error) {
			info, err := s.files.MakeFolder(ctx, p, parents)
			return tree(info), err
		},
	})
}

// parseList answers {entries, next, leftOut}.
func parseList(s *Session, a *args) work {
	o := files.ListOptions{
		After: a.optionalText("after", maxFilePath), Limit: a.optionalCount("limit", 0, 10_000),
		Recursive: a.optionalTruth("recursive"), Depth: a.optionalCount("depth", 0, 1000), Allowed: s.inTree("read"),
	}
	return s.onPlace(a, onPlace{
		want: func(s *Session, p files.Place) permission.Call { return s.listWant(p, o.Recursive) },
		run: func(ctx context.Context, p files.Place, _ permission.Call, _ int64) (result, error) {
			page, err := s.files.List(ctx, p, o)
			if page.Entries == nil {
				page.Entries = []files.Info{}
			}
			return tree(page), err
		},
	})
}
