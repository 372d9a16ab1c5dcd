package haex

import (
	"context"
	"encoding/base64"

	"github.com/alcove-vault/alcove/internal/wire"
)

// path takes a path of this computer and spells it as Alcove does.
func (t *turn) path(key string) string {
	path := t.args.text(key)
	if t.args.err != nil {
		return ""
	}
	spelled, err := t.host.Spell(path)
	if err != nil {
		t.args.err = err
	}
	return spelled
}

// onPath calls a method about one path.
func (t *turn) onPath(ctx context.Context, method string, more Params) (map[string]wire.Value, error) {
	p := Params{"path": t.path("path")}
	for key, value := range more {
		p[key] = value
	}
	if t.args.err != nil {
		return nil, t.args.err
	}
	return t.call(ctx, method, p)
}

func (t *turn) readFile(ctx context.Context) (Result, error) {
	fields, err := t.onPath(ctx, "files.read", nil)
	if err != nil {
		return nil, err
	}
	data, _ := fields["data"].Blob()
	return func(e *wire.Encoder) error { return e.EncodeString(base64.StdEncoding.EncodeToString(data)) }, nil
}

func (t *turn) writeFile(ctx context.Context) (Result, error) {
	data, ok := t.args.base64("data")
	if !ok {
		t.args.fail("The argument %q is missing.", "data")
	}
	_, err := t.onPath(ctx, "files.write", Params{"data": data})
	return nothing, err
}

// entry is what is told of something in a folder. Times are Unix milliseconds.
type entry struct {
	Name        string `json:"name"`
	Path        string `json:"path"`
	IsFile      bool   `json:"isFile"`
	IsDirectory bool   `json:"isDirectory"`
	Size        int64  `json:"size"`
	Modified    int64  `json:"modified"`
}

func (t *turn) readDir(ctx context.Context) (Result, error) {
	list, after := []entry{}, ""
	for {
		more := Params{}
		if after != "" {
			more["after"] = after
		}
		fields, err := t.onPath(ctx, "files.list", more)
		if err != nil {
			return nil, err
		}
		entries, _ := fields["entries"].Array()
		for _, v := range entries {
			list = append(list, t.entryOf(v))
		}
		if after, _ = fields["next"].Text(); after == "" {
			return tree(list), nil
		}
	}
}

func (t *turn) entryOf(v wire.Value) entry {
	info, _ := v.Fields()
	name, _ := info["name"].Text()
	path, _ := info["path"].Text()
	kind, _ := info["kind"].Text()
	size, _ := info["size"].Int64()
	modified, _ := info["modified"].Int64()
	return entry{name, t.host.Absolute(path), kind == "file", kind == "folder", size, modified}
}

func (t *turn) exists(ctx context.Context) (Result, error) {
	_, err := t.onPath(ctx, "files.stat", nil)
	if has(err, "files.not_found") {
		return tree(false), nil
	}
	return tree(true), err
}

func (t *turn) stat(ctx context.Context) (Result, error) {
	fields, err := t.onPath(ctx, "files.stat", nil)
	if err != nil {
		return nil, err
	}
	kind, _ := fields["kind"].Text()
	return tree(map[string]any{
		"size": fields["size"].Any(), "isFile": kind == "file", "isDirectory": kind == "folder",
		"isSymlink": kind == "link", "modified": fields["modified"].Any(), "readonly": fields["readOnly"].Any(),
	}), nil
}

// mkdir makes a folder and those above it. One that is there is no fault.
func (t *turn) mkdir(ctx context.Context) (Result, error) {
	_, err := t.onPath(ctx, "files.makeFolder", Params{"parents": true})
	if !has(err, "files.exists") {
		return nothing, err
	}
	fields, statErr := t.onPath(ctx, "files.stat", nil)
	if kind, _ := fields["kind"].Text(); statErr == nil && kind == "folder" {
		return nothing, nil
	}
	return nil, err
}

func (t *turn) remove(ctx context.Context) (Result, error) {
	_, err := t.onPath(ctx, "files.delete", Params{"recursive": t.args.truth("recursive")})
	return nothing, err
}

func (t *turn) rename(ctx context.Context) (Result, error) { return t.fromTo(ctx, "files.move") }

func (t *turn) copy(ctx context.Context) (Result, error) { return t.fromTo(ctx, "files.copy") }

func (t *turn) fromTo(ctx context.Context, method string) (Result, error) {
	p := Params{"from": t.path("from"), "to": t.path("to"), "replace": true}
	if t.args.err != nil {
		return nil, t.args.err
	}
	_, err := t.call(ctx, method, p)
	return nothing, err
}

// knownPaths answers those known folders in which the extension declares
// anything. Where the person's others are is no concern of it.
func (t *turn) knownPaths(context.Context) (Result, error) {
	out := map[string]string{}
	for _, token := range []string{"home", "pictures", "downloads", "documents", "desktop", "videos"} {
		if path, ok := t.host.Folder(token); ok {
			out[token] = path
		}
	}
	return tree(out), nil
}
