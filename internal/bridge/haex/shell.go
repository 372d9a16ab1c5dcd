package haex

import (
	"context"
	"path/filepath"
	"strconv"
	"unicode/utf8"

	"github.com/alcove-vault/alcove/internal/wire"
)

const outputPiece = 32 << 10 // bytes of output in one event

// listShells answers the programs that the extension declares for a terminal
// and that this computer has. What else there is is not told.
func (t *turn) listShells(context.Context) (Result, error) {
	list := t.host.Programs()
	if list == nil {
		list = []Program{}
	}
	return tree(list), nil
}

// createShell answers {sessionId, shellName}.
func (t *turn) createShell(ctx context.Context) (Result, error) {
	options := t.args.inside("options")
	name, cwd := options.optionalText("shell"), options.optionalText("cwd")
	p := Params{}
	for key, given := range map[string]string{"columns": "cols", "rows": "rows"} {
		if n := options.count(given, 0); n > 0 {
			p[key] = n
		}
	}
	t.args.adopt(options)
	if env, ok := options.value("env"); ok && t.args.err == nil && !isEmpty(env) {
		t.args.err = errEnvironment
	}
	if t.args.err != nil {
		return nil, t.args.err
	}
	if name == "" {
		name = t.usualShell()
	}
	name = filepath.Base(name)
	p["program"] = name
	if cwd != "" {
		spelled, err := t.host.Spell(cwd)
		if err != nil {
			return nil, err
		}
		p["cwd"] = spelled
	}
	fields, err := t.call(ctx, "shell.terminal", p)
	if err != nil {
		return nil, err
	}
	handle, _ := fields["handle"].Uint64()
	session := "shell-" + strconv.FormatUint(t.next(), 10)
	t.swap(t.shells, session, handle)
	err = t.host.Background(func(ctx context.Context, c Caller) { t.tellOutput(ctx, c, session, handle) })
	return tree(map[string]string{"sessionId": session, "shellName": name}), err
}

// next is another number for what the frame has begun.
func (f *Frame) next() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	return f.last
}

// usualShell is the first of the declared ones.
func (t *turn) usualShell() string {
	if list := t.host.Programs(); len(list) > 0 {
		return list[0].Name
	}
	return "bash"
}

func isEmpty(v wire.Value) bool {
	fields, ok := v.Fields()
	return ok && len(fields) == 0
}

// tellOutput reads a terminal to its end. What nobody takes lets the program
// wait.
func (f *Frame) tellOutput(ctx context.Context, c Caller, session string, handle uint64) {
	t := &turn{Frame: f, caller: c}
	var rest []byte // the beginning of a character
	var code any
	for {
		fields, err := t.call(ctx, "handle.read", Params{"handle": handle, "max": outputPiece})
		if err != nil {
			break // closed, or taken back
		}
		data, _ := fields["data"].Blob()
		done, _ := fields["done"].Truth()
		data = append(rest, data...)
		whole := wholeText(data)
		if done {
			whole = len(data)
		}
		rest = append([]byte(nil), data[whole:]...)
		if whole > 0 {
			if f.events.wait(ctx, map[string]any{"type": eventOutput, "sessionId": session, "data": string(data[:whole])}) != nil {
				return // with the frame
			}
		}
		if done {
			meta, _ := fields["meta"].Fields()
			if n, ok := meta["code"].Int64(); ok && n >= 0 {
				code = n
			}
			break
		}
	}
	f.drop(f.shells, session, handle)
	_, _ = t.call(ctx, "handle.close", Params{"handle": handle}) // it may be closed already
	f.events.put(map[string]any{"type": eventExit, "sessionId": session, "exitCode": code})
}

// wholeText is how many bytes of data do not end within a character.
func wholeText(data []byte) int {
	for back := 1; back < utf8.UTFMax && back <= len(data); back++ {
		if at := len(data) - back; utf8.RuneStart(data[at]) {
			if !utf8.FullRune(data[at:]) {
				return at
			}
			break
		}
	}
	return len(data)
}

// session finds the terminal that a call is about.
func (t *turn) session() (uint64, error) {
	id := t.args.text("sessionId")
	if t.args.err != nil {
		return 0, t.args.err
	}
	handle, ok := t.find(t.shells, id)
	if !ok {
		return 0, errNoEntry
	}
	return handle, nil
}

func (t *turn) writeShell(ctx context.Context) (Result, error) {
	data := t.args.text("data")
	handle, err := t.session()
	if err != nil {
		return nil, err
	}
	_, err = t.call(ctx, "handle.write", Params{"handle": handle, "data": data})
	return nothing, err
}

func (t *turn) resizeShell(ctx context.Context) (Result, error) {
	columns, rows := t.args.count("cols", 80), t.args.count("rows", 24)
	handle, err := t.session()
	if err != nil {
		return nil, err
	}
	_, err = t.call(ctx, "shell.resize", Params{"handle": handle, "columns": columns, "rows": rows})
	return nothing, err
}

func (t *turn) closeShell(ctx context.Context) (Result, error) {
	handle, err := t.session()
	if err != nil {
		return nil, err
	}
	_, err = t.call(ctx, "handle.close", Params{"handle": handle, "abort": true})
	if has(err, "handle.unknown") {
		err = nil // it has ended meanwhile
	}
	return nothing, err
}
