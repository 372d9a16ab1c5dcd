package haex

import (
	"context"
	"path/filepath"
	"strings"
)

const maxFilters = 32

// selectFolder answers the path of the folder that the person picks, which the
// extension can then change, or null.
func (t *turn) selectFolder(ctx context.Context) (Result, error) {
	paths, err := t.pick(ctx, Params{"kind": "folder", "writable": true})
	if err != nil || len(paths) == 0 {
		return nothing, err
	}
	return tree(t.host.Absolute(paths[0])), nil
}

// selectFile answers the paths of the files that the person picks, or null.
func (t *turn) selectFile(ctx context.Context) (Result, error) {
	p := Params{"kind": "file", "multiple": t.args.truth("multiple"), "extensions": t.args.endings()}
	paths, err := t.pick(ctx, p)
	if err != nil || len(paths) == 0 {
		return nothing, err
	}
	for i, path := range paths {
		paths[i] = t.host.Absolute(path)
	}
	return tree(paths), nil
}

// saveFile writes data where the person says, and answers {path, success}, or
// null.
func (t *turn) saveFile(ctx context.Context) (Result, error) {
	data, ok := t.args.bytes("data")
	if !ok {
		t.args.fail("The argument %q must be bytes.", "data")
	}
	p := Params{"kind": "save", "extensions": t.args.endings()}
	if path := t.args.optionalText("defaultPath"); path != "" {
		p["suggestedName"] = filepath.Base(path)
	}
	paths, err := t.pick(ctx, p)
	if err != nil || len(paths) == 0 {
		return nothing, err
	}
	if _, err := t.call(ctx, "files.write", Params{"path": paths[0], "data": data}); err != nil {
		return nil, err
	}
	return tree(map[string]any{"path": t.host.Absolute(paths[0]), "success": true}), nil
}

// pick lets the person pick and returns paths as Alcove spells them.
func (t *turn) pick(ctx context.Context, p Params) ([]string, error) {
	if t.args.err != nil {
		return nil, t.args.err
	}
	fields, err := t.call(ctx, "files.pick", p)
	if err != nil {
		return nil, err
	}
	var paths []string
	picks, _ := fields["picks"].Array()
	for _, v := range picks {
		pick, _ := v.Fields()
		path, _ := pick["path"].Text()
		paths = append(paths, path)
	}
	return paths, nil
}

// endings takes the file name endings out of filters, which are [name, endings]
// or {name, extensions} each.
func (a *args) endings() []string {
	out := []string{}
	for _, v := range a.list("filters", maxFilters) {
		list, ok := v.Array()
		if ok && len(list) == 2 {
			v = list[1]
		} else if fields, isMap := v.Fields(); isMap {
			v = fields["extensions"]
		}
		if list, ok = v.Array(); !ok {
			a.fail("The argument %q must be a list of names with their file name endings.", "filters")
			return nil
		}
		for _, ending := range list {
			text, ok := ending.Text()
			text = strings.ToLower(strings.TrimPrefix(text, "."))
			if !ok {
				a.fail("The argument %q must be a list of names with their file name endings.", "filters")
				return nil
			}
			if text == "*" {
				return []string{}
			}
			out = append(out, text)
		}
	}
	return out
}

// bytes takes bytes, also where they came as a list of numbers.
func (a *args) bytes(key string) ([]byte, bool) {
	v, ok := a.value(key)
	if !ok {
		return nil, false
	}
	if data, isBytes := v.Blob(); isBytes {
		return data, true
	}
	list, ok := v.Array()
	if !ok {
		return nil, false
	}
	data := make([]byte, len(list))
	for i, member := range list {
		n, ok := member.Uint64()
		if !ok || n > 255 {
			return nil, false
		}
		data[i] = byte(n)
	}
	return data, true
}
