package haex

import (
	"context"
)

// changeTypes are the words for what happened to a file.
var changeTypes = map[string]string{"created": "created", "changed": "modified", "removed": "removed"}

const maxRule = 256 // bytes of the id of a rule

// watch tells what changes at a path, until unwatch. A rule that is there
// already is begun anew.
func (t *turn) watch(ctx context.Context) (Result, error) {
	rule, p := t.args.text("ruleId"), Params{"path": t.path("path"), "recursive": true}
	if len(rule) > maxRule {
		t.args.fail("The argument %q is longer than %d bytes.", "ruleId", maxRule)
	}
	if t.args.err != nil {
		return nil, t.args.err
	}
	fields, err := t.call(ctx, "files.watch", p)
	if err != nil {
		return nil, err
	}
	handle, _ := fields["handle"].Uint64()
	if before, ok := t.swap(t.watches, rule, handle); ok {
		_, _ = t.call(ctx, "handle.close", Params{"handle": before}) // it may have ended by itself
	}
	return nothing, t.host.Background(func(ctx context.Context, c Caller) { t.tellChanges(ctx, c, rule, handle) })
}

// tellChanges reads a watcher to its end.
func (f *Frame) tellChanges(ctx context.Context, c Caller, rule string, handle uint64) {
	defer f.drop(f.watches, rule, handle)
	t := &turn{Frame: f, caller: c}
	for {
		fields, err := t.call(ctx, "handle.read", Params{"handle": handle})
		if err != nil {
			return // closed, or taken back
		}
		meta, _ := fields["meta"].Fields()
		changes, _ := meta["changes"].Array()
		for _, v := range changes {
			change, _ := v.Fields()
			path, _ := change["path"].Text()
			what, _ := change["what"].Text()
			f.fileChanged(rule, changeTypes[what], f.host.Absolute(path))
		}
		if lost, _ := meta["lost"].Truth(); lost {
			f.fileChanged(rule, "any", "")
		}
		if done, _ := fields["done"].Truth(); done {
			return
		}
	}
}

func (f *Frame) fileChanged(rule, what, path string) {
	event := map[string]any{"type": eventFile, "ruleId": rule, "changeType": what}
	if path != "" {
		event["path"] = path
	}
	f.events.put(event)
}

func (t *turn) unwatch(ctx context.Context) (Result, error) {
	rule := t.args.text("ruleId")
	if t.args.err != nil {
		return nil, t.args.err
	}
	handle, ok := t.find(t.watches, rule)
	if !ok {
		return nothing, nil
	}
	t.drop(t.watches, rule, handle)
	_, err := t.call(ctx, "handle.close", Params{"handle": handle})
	if has(err, "handle.unknown") {
		err = nil // it had ended by itself
	}
	return nothing, err
}

func (t *turn) isWatching(context.Context) (Result, error) {
	rule := t.args.text("ruleId")
	if t.args.err != nil {
		return nil, t.args.err
	}
	_, ok := t.find(t.watches, rule)
	return tree(ok), nil
}

// swap puts a handle under a name and returns the one that was there.
func (f *Frame) swap(in map[string]uint64, name string, handle uint64) (before uint64, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before, ok = in[name]
	in[name] = handle
	return before, ok
}

func (f *Frame) find(in map[string]uint64, name string) (uint64, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	handle, ok := in[name]
	return handle, ok
}

// drop forgets a name, unless it stands for another handle by now.
func (f *Frame) drop(in map[string]uint64, name string, handle uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if in[name] == handle {
		delete(in, name)
	}
}
