package bridge

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/arming"
)

func TestHaexFiles(t *testing.T) {
	p := newHaexPlace(t)
	d := newDisk(p.place, t)
	s := p.open(p.install(nil, permissions(wants("readWrite", "{documents}/**", nil))))
	p.allow(s, file("readWrite", "{documents}/**"))
	at := func(path string) m { return m{"path": d.at("home/Documents/" + path)} }
	with := func(params m, key string, value any) m { params[key] = value; return params }
	p.good(s, "extension_filesystem_mkdir", at("new/in"))
	p.good(s, "extension_filesystem_mkdir", at("new/in")) // is there
	p.good(s, "extension_filesystem_write_file", with(at("new/in/x.bin"), "data", "AQID"))
	p.good(s, "extension_filesystem_write_file", with(at("new/in/x.bin"), "data", "BAUG"))
	if got := p.good(s, "extension_filesystem_read_file", at("new/in/x.bin")); got != "BAUG" {
		t.Errorf("%v", got)
	}
	stat := p.good(s, "extension_filesystem_stat", at("new/in/x.bin")).(map[string]any)
	if stat["size"] != int64(3) || stat["isFile"] != true || stat["isDirectory"] != false || stat["isSymlink"] != false || stat["readonly"] != false || stat["modified"].(int64) < 1e12 {
		t.Errorf("%v", stat)
	}
	p.good(s, "extension_filesystem_copy", m{"from": at("new/in/x.bin")["path"], "to": at("new/y.bin")["path"]})
	p.good(s, "extension_filesystem_rename", m{"from": at("new/y.bin")["path"], "to": at("new/z.bin")["path"]})
	var names []string
	for _, e := range p.good(s, "extension_filesystem_read_dir", at("new")).([]any) {
		entry := e.(map[string]any)
		names = append(names, entry["name"].(string))
		if entry["path"] != d.at("home/Documents/new/"+entry["name"].(string)) || entry["isFile"] == entry["isDirectory"] {
			t.Errorf("%v", entry)
		}
	}
	if !reflect.DeepEqual(names, []string{"in", "z.bin"}) {
		t.Errorf("%v", names)
	}
	for path, want := range map[string]bool{"new/z.bin": true, "new/y.bin": false, "new": true, "nothing/here": false} {
		if got := p.good(s, "extension_filesystem_exists", at(path)); got != want {
			t.Errorf("%s exists: %v", path, got)
		}
	}
	if number, reason := p.code(s, "extension_filesystem_remove", at("new")); number != 2001 || reason != "files.not_empty" {
		t.Errorf("%d %s", number, reason)
	}
	p.good(s, "extension_filesystem_remove", with(at("new"), "recursive", true))
	if number, _ := p.code(s, "extension_filesystem_read_file", at("new/z.bin")); number != 2004 {
		t.Errorf("%d", number)
	}
	if got := p.good(s, "extension_filesystem_known_paths", m{}); !reflect.DeepEqual(got, map[string]any{"documents": d.at("home/Documents")}) {
		t.Errorf("%v", got)
	}
}

func TestHaexPathsLeadNowhereElse(t *testing.T) {
	p := newHaexPlace(t)
	d := newDisk(p.place, t)
	s := p.open(p.install(nil, permissions(wants("readWrite", "{documents}/**", nil), wants("readWrite", "{home}/**", nil))))
	p.allow(s, file("readWrite", "{documents}/**"), file("readWrite", "{home}/**"))
	d.link("home/Documents/out", "outside")
	for _, path := range []string{
		"/etc/passwd", d.at("outside/o.md"), d.at("home/Documents") + "/../../outside/o.md",
		d.at("home/Documents/out/o.md"), d.at("home/vault/vault.db"), d.at("home/Documents") + "/../vault/vault.db",
		"../outside/o.md", "o.md", "", "{documents}/../../outside/o.md", "file:///etc/passwd", d.at("home/Documents/a.md") + "\x00",
	} {
		for _, method := range []string{"extension_filesystem_read_file", "extension_filesystem_stat", "extension_filesystem_read_dir", "extension_filesystem_remove"} {
			if number, reason := p.code(s, method, m{"path": path}); number != 2001 && number != 2004 {
				t.Errorf("%s %q: %d %s", method, path, number, reason)
			}
		}
	}
	if d.read("outside/o.md") != "o" || d.read("home/vault/vault.db") != "v" {
		t.Error("something was changed")
	}
}

func TestWhatIsPickedInAHaexDialogIsGranted(t *testing.T) {
	p := newHaexPlace(t)
	d := newDisk(p.place, t)
	s := p.open(p.install(nil, permissions(picker("file", nil), picker("folder", nil))))
	outside := d.at("outside/o.md")
	if number, _ := p.code(s, "extension_filesystem_read_file", m{"path": outside}); number != 2001 {
		t.Errorf("before: %d", number)
	}
	pick := func(method string, params m, paths ...string) any {
		t.Helper()
		return p.pickHaex(s, method, params, paths...)
	}
	if got := pick("extension_filesystem_select_file", m{"multiple": true, "filters": []any{[]any{"Text", []any{"md", "txt"}}}}, outside); !reflect.DeepEqual(got, []any{outside}) {
		t.Fatalf("%v", got)
	}
	if got := p.good(s, "extension_filesystem_read_file", m{"path": outside}); got != "bw==" {
		t.Errorf("%v", got)
	}
	if number, _ := p.code(s, "extension_filesystem_write_file", m{"path": outside, "data": "AA=="}); number != 1002 {
		t.Errorf("written: %d", number)
	}
	if got := pick("extension_filesystem_select_folder", m{}, d.at("home/Downloads")); got != d.at("home/Downloads") {
		t.Fatalf("%v", got)
	}
	p.good(s, "extension_filesystem_write_file", m{"path": d.at("home/Downloads/sub.txt"), "data": "AA=="})
	if got := p.good(s, "extension_filesystem_read_dir", m{"path": d.at("home/Downloads")}).([]any); len(got) != 2 {
		t.Errorf("%v", got)
	}
	if number, _ := p.code(s, "extension_filesystem_read_file", m{"path": d.at("home/Documents/a.md")}); number != 1002 {
		t.Errorf("not picked: %d", number)
	}
	if got := pick("extension_filesystem_select_folder", m{}); got != nil {
		t.Errorf("closed: %v", got)
	}
	saved := filepath.Join(d.base, "outside", "saved.txt")
	got := pick("extension_filesystem_save_file", m{"data": []byte("bytes"), "defaultPath": "/x/saved.txt", "filters": []any{m{"name": "Text", "extensions": []any{"txt"}}}}, saved)
	if !reflect.DeepEqual(got, map[string]any{"path": saved, "success": true}) || d.read("outside/saved.txt") != "bytes" {
		t.Errorf("%v", got)
	}
	got = pick("extension_filesystem_save_file", m{"data": []any{104, 105}}, saved)
	if got == nil || d.read("outside/saved.txt") != "hi" {
		t.Errorf("%v", got)
	}
}

// pickHaex makes a call that lets the person pick, answers it with paths, none
// for closing it, and returns the call's result.
func (p haexPlace) pickHaex(s *Session, method string, params m, paths ...string) any {
	p.t.Helper()
	r := p.bridge.Call(p.t.Context(), s.Secret, pack(p.t, m{"v": 1, "id": 9, "method": method, "params": params}))
	if !r.Deferred {
		p.t.Fatalf("%s is answered at once: %q", method, r.Envelope)
	}
	shown := p.bridge.Picker()
	for shown == nil {
		p.page.await(func(i item) bool { return i.kind == eventPick })
		shown = p.bridge.Picker()
	}
	if err := p.bridge.PickShown(shown.ID); err != nil {
		p.t.Fatal(err)
	}
	p.ahead.Add(int64(arming.Time))
	answer := func() error { return p.bridge.PickAnswer(shown.ID, paths, false) }
	if len(paths) == 0 {
		answer = func() error { return p.bridge.PickDismiss(shown.ID) }
	}
	if err := answer(); err != nil {
		p.t.Fatal(err)
	}
	return p.fetched(s, method, r)
}

func TestHaexWatches(t *testing.T) {
	p := newHaexPlace(t)
	d := newDisk(p.place, t)
	s := p.open(p.install(nil, permissions(wants("read", "{documents}/**", nil))))
	p.allow(s, file("read", "{documents}/**"))
	watching := func() any { return p.good(s, "extension_filesystem_is_watching", m{"ruleId": "r"}) }
	if watching() != false {
		t.Error("before")
	}
	for range 2 { // the second begins the rule anew
		p.good(s, "extension_filesystem_watch", m{"ruleId": "r", "path": d.at("home/Documents")})
	}
	if watching() != true {
		t.Error("not watching")
	}
	d.write("home/Documents/Reports/new.md", "n")
	event := p.until(s, "filesync:file-changed")
	if event["ruleId"] != "r" || event["changeType"] != "created" || event["path"] != d.at("home/Documents/Reports/new.md") {
		t.Errorf("%v", event)
	}
	if err := os.Remove(d.at("home/Documents/Reports/new.md")); err != nil {
		t.Fatal(err)
	}
	for event["changeType"] != "removed" {
		event = p.until(s, "filesync:file-changed")
	}
	p.good(s, "extension_filesystem_unwatch", m{"ruleId": "r"})
	p.good(s, "extension_filesystem_unwatch", m{"ruleId": "r"})
	if watching() != false {
		t.Error("still watching")
	}
	if number, _ := p.code(s, "extension_filesystem_watch", m{"ruleId": strings.Repeat("r", 300), "path": d.at("home/Documents")}); number != 3001 {
		t.Errorf("%d", number)
	}
}
