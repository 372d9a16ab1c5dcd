package bridge

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/arming"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

func picker(kind string, constraints m) m {
	return wants("pick", kind, constraints)
}

// picks asks to pick and lets do answer the picker.
func (p *place) picks(s *Session, params m, do func(*Picker)) (map[string]any, string) {
	p.t.Helper()
	r := p.bridge.Call(context.Background(), s.Secret, envelope(p.t, 42, "files.pick", params))
	if !r.Deferred {
		reply := p.read(r.Envelope)
		return reply.OK, reply.code()
	}
	p.page.await(func(i item) bool { return i.kind == eventPick })
	for shown := p.bridge.Picker(); shown != nil; shown = p.bridge.Picker() {
		if err := p.bridge.PickShown(shown.ID); err != nil {
			p.t.Fatal(err)
		}
		p.ahead.Add(int64(arming.Time))
		do(shown)
	}
	reply := p.fetch(s.Secret, p.ticket(r))
	return reply.OK, reply.code()
}

// first is the path of the first thing that was picked.
func first(p *place, result map[string]any, code string) string {
	p.t.Helper()
	list, _ := result["picks"].([]any)
	if code != "" || len(list) == 0 {
		p.t.Fatalf("picked %v, %q", result, code)
	}
	return list[0].(map[string]any)["path"].(string)
}

func TestWhatIsPickedIsGranted(t *testing.T) {
	p := newPlace(t)
	d := newDisk(p, t)
	id := p.install(nil, permissions(picker("file", m{"extensions": []any{"md"}, "maxFileSize": 100}), picker("folder", nil)))
	s := p.open(id)
	answer := func(remember bool, paths ...string) func(*Picker) {
		return func(shown *Picker) {
			if err := p.bridge.PickAnswer(shown.ID, paths, remember); err != nil {
				t.Fatal(err)
			}
		}
	}
	shelf := func(shown *Picker) {
		if shown.Kind != "file" || shown.Title != "Hello" || !slices.Equal(shown.Extensions, []string{"md"}) || shown.Reason != "To keep reports." {
			t.Errorf("shown %+v", shown)
		}
		got, err := p.bridge.PickBrowse(t.Context(), shown.ID, d.at("outside"))
		if err != nil || len(got.Entries) != 1 || got.Entries[0].Name != "o.md" {
			t.Errorf("browsed %+v, %v", got, err)
		}
		for path, code := range map[string]string{
			d.at("home/vault/vault.db"): "files.extension", d.at("home/Downloads/x.txt"): "files.extension",
			d.at("outside"): "files.extension", d.at("outside/none.md"): "files.not_found",
		} {
			if err := p.bridge.PickAnswer(shown.ID, []string{path}, false); fault.Code(err) != code {
				t.Errorf("picked %s: %v", path, err)
			}
		}
		answer(false, d.at("outside/o.md"))(shown)
	}
	result, code := p.picks(s, m{"kind": "file", "writable": true}, shelf)
	path := first(p, result, code)
	got := p.must(s, "files.read", m{"path": path})
	if string(got["data"].([]byte)) != "o" {
		t.Errorf("read %v", got)
	}
	p.must(s, "files.write", m{"path": path, "data": "mine"})
	if d.read("outside/o.md") != "mine" {
		t.Error("not written")
	}
	if _, code := p.call(s, "files.write", m{"path": path, "data": make([]byte, 101)}); code != "files.too_large" {
		t.Errorf("too large: %q", code)
	}

	// The folder can only be read, and is remembered.
	result, code = p.picks(s, m{"kind": "folder", "remember": true}, answer(true, d.at("home/Documents/Reports")))
	folder := first(p, result, code)
	p.must(s, "files.list", m{"path": folder, "recursive": true})
	p.must(s, "files.read", m{"path": folder + "/in/c.txt"})
	for _, c := range []struct {
		method string
		params m
		code   string
	}{
		{"files.write", m{"path": folder + "/new", "data": "x"}, "permission.denied"},
		{"files.delete", m{"path": folder, "recursive": true}, "permission.denied"},
		{"files.read", m{"path": "{documents}/Reports/b.md"}, "permission.undeclared"},
		{"files.read", m{"path": "{picked-0123456789abcdef}"}, "files.not_found"},
	} {
		if _, code := p.call(s, c.method, c.params); code != c.code {
			t.Errorf("%s %v: %q, want %q", c.method, c.params, code, c.code)
		}
	}
	if list := p.must(s, "files.picked", m{})["picks"].([]any); len(list) != 2 {
		t.Errorf("picked %v", list)
	}

	p.bridge.Close(s.Secret)
	s = p.open(id)
	p.must(s, "files.read", m{"path": folder + "/b.md"})
	if _, code := p.call(s, "files.read", m{"path": path}); code != "files.not_found" {
		t.Errorf("what was not remembered: %q", code)
	}
	p.must(s, "files.forget", m{"path": folder})
	if _, code := p.call(s, "files.read", m{"path": folder + "/b.md"}); code != "files.not_found" {
		t.Errorf("what was given back: %q", code)
	}
	p.bridge.Close(s.Secret)
	if list := p.must(p.open(id), "files.picked", m{})["picks"].([]any); len(list) != 0 {
		t.Errorf("still picked %v", list)
	}
}

func TestASavedFileMayBeNew(t *testing.T) {
	p := newPlace(t)
	d := newDisk(p, t)
	s := p.open(p.install(nil, permissions(picker("file", nil))))
	result, code := p.picks(s, m{"kind": "save", "suggestedName": "report.md"}, func(shown *Picker) {
		if shown.Name != "report.md" || !shown.Writable {
			t.Errorf("shown %+v", shown)
		}
		for path, code := range map[string]string{d.at("home/vault/new"): "files.protected", d.at("outside/CON"): "files.path_invalid"} {
			if err := p.bridge.PickAnswer(shown.ID, []string{path}, false); fault.Code(err) != code {
				t.Errorf("%s: %v", path, err)
			}
		}
		if err := p.bridge.PickAnswer(shown.ID, []string{d.at("outside/new.md")}, false); err != nil {
			t.Fatal(err)
		}
	})
	p.must(s, "files.write", m{"path": first(p, result, code), "data": "new"})
	if d.read("outside/new.md") != "new" {
		t.Error("not written")
	}
}

func TestAPickerCannotBeAnsweredBlindlyOrForcedUponAPerson(t *testing.T) {
	p := newPlace(t)
	d := newDisk(p, t)
	s := p.open(p.install(nil, permissions(picker("file", nil))))
	closeIt := func(shown *Picker) {
		if err := p.bridge.PickDismiss(shown.ID); err != nil {
			t.Fatal(err)
		}
	}
	r := p.bridge.Call(t.Context(), s.Secret, envelope(t, 1, "files.pick", m{"kind": "file"}))
	p.page.await(func(i item) bool { return i.kind == eventPick })
	shown := p.bridge.Picker()
	if err := p.bridge.PickAnswer(shown.ID, []string{d.at("outside/o.md")}, false); fault.Code(err) != "prompt.armed" {
		t.Errorf("answered before it was seen: %v", err)
	}
	if err := errors.Join(p.bridge.PickShown(shown.ID)); err != nil {
		t.Fatal(err)
	}
	if err := p.bridge.PickAnswer(shown.ID, []string{d.at("outside/o.md")}, false); fault.Code(err) != "prompt.armed" {
		t.Errorf("answered at once: %v", err)
	}
	if _, code := p.call(s, "files.pick", m{"kind": "file"}); code != "files.pick_open" {
		t.Errorf("two at once: %q", code)
	}
	closeIt(shown)
	if list := p.fetch(s.Secret, p.ticket(r)).OK["picks"].([]any); len(list) != 0 {
		t.Errorf("picked %v", list)
	}
	if _, err := p.bridge.PickBrowse(t.Context(), shown.ID, ""); fault.Code(err) != "pick.gone" {
		t.Errorf("browsed without a picker: %v", err)
	}
	for range 2 {
		if _, code := p.picks(s, m{"kind": "file"}, closeIt); code != "" {
			t.Fatal(code)
		}
	}
	if _, code := p.call(s, "files.pick", m{"kind": "file"}); code != "files.pick_shut" {
		t.Errorf("after three that were closed: %q", code)
	}
	p.ahead.Add(int64(time.Minute))
	if _, code := p.picks(s, m{"kind": "file"}, closeIt); code != "" {
		t.Errorf("a minute later: %q", code)
	}
	for _, c := range []struct {
		params m
		code   string
	}{{m{"kind": "folder"}, "permission.undeclared"}, {m{"kind": "disk"}, "request.malformed"}, {m{}, "request.malformed"}} {
		if _, code := p.call(s, "files.pick", c.params); code != c.code {
			t.Errorf("%v: %q, want %q", c.params, code, c.code)
		}
	}
	p.decide(s.Running.ID, file("pick", "file"), permission.Deny)
	if _, code := p.call(s, "files.pick", m{"kind": "file"}); code != "permission.denied" {
		t.Errorf("denied: %q", code)
	}
}

func TestAPickerEndsWithItsApp(t *testing.T) {
	p := newPlace(t)
	newDisk(p, t)
	s := p.open(p.install(nil, permissions(picker("file", nil))))
	p.bridge.Call(t.Context(), s.Secret, envelope(t, 1, "files.pick", m{"kind": "file"}))
	p.page.await(func(i item) bool { return i.kind == eventPick })
	p.bridge.Close(s.Secret)
	if shown := p.bridge.Picker(); shown != nil {
		t.Errorf("still shown: %+v", shown)
	}
}

// dialogDesk is a desktop whose dialogs are answered beforehand.
type dialogDesk struct {
	Desktop
	asked PickRequest
	paths []string
}

func (d *dialogDesk) Pick(_ context.Context, r PickRequest) ([]string, error) {
	d.asked = r
	return d.paths, nil
}

func TestTheDesktopsDialogIsFollowedByTheQuestionWhetherToRemember(t *testing.T) {
	p := newPlace(t)
	d := newDisk(p, t)
	desk := &dialogDesk{paths: []string{d.at("outside/o.md")}}
	p.bridge.UseDesktop(desk, nil)
	id := p.install(nil, permissions(picker("file", nil)))
	s := p.open(id)
	result := p.must(s, "files.pick", m{"kind": "file", "writable": true, "multiple": true, "extensions": []any{"md"}})
	if len(result["picks"].([]any)) != 1 || desk.asked.Kind != PickFiles || desk.asked.Title != "Choose files for Hello, which it can change" || !slices.Equal(desk.asked.Extensions, []string{"md"}) {
		t.Errorf("picked %v after %+v", result, desk.asked)
	}
	result, code := p.picks(s, m{"kind": "file", "remember": true}, func(shown *Picker) {
		if shown.Stage != "remember" || !slices.Equal(shown.Names, []string{"o.md"}) {
			t.Errorf("shown %+v", shown)
		}
		if err := p.bridge.PickAnswer(shown.ID, nil, true); err != nil {
			t.Fatal(err)
		}
	})
	path := first(p, result, code)
	p.bridge.Close(s.Secret)
	s = p.open(id)
	if got := p.must(s, "files.read", m{"path": path}); string(got["data"].([]byte)) != "o" {
		t.Errorf("read %v", got)
	}
	desk.paths = []string{d.at("home/vault/vault.db")}
	if _, code := p.call(s, "files.pick", m{"kind": "file"}); code != "files.protected" {
		t.Errorf("the vault was picked: %q", code)
	}
}
