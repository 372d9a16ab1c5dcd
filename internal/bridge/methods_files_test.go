package bridge

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/permission"
)

// disk is a person's home folder, and something outside of it.
type disk struct {
	t    *testing.T
	base string
}

// newDisk makes a disk that the bridge uses.
func newDisk(p *place, t *testing.T) disk {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d := disk{t, base}
	for path, content := range map[string]string{
		"home/Documents/a.md": "a", "home/Documents/Reports/b.md": "b", "home/Documents/Reports/in/c.txt": "c",
		"home/Documents/Private/d.md": "d", "home/Downloads/x.txt": "x", "home/vault/vault.db": "v", "outside/o.md": "o",
	} {
		d.write(path, content)
	}
	p.bridge.UseFolders(Folders{
		Known:  map[string]string{"documents": d.at("home/Documents"), "downloads": d.at("home/Downloads"), "home": d.at("home")},
		Closed: func() []string { return []string{d.at("home/vault")} },
	})
	return d
}

func (d disk) at(path string) string { return filepath.Join(d.base, filepath.FromSlash(path)) }

func (d disk) write(path, content string) {
	d.t.Helper()
	if err := os.MkdirAll(filepath.Dir(d.at(path)), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(d.at(path), []byte(content), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

func (d disk) read(path string) string {
	d.t.Helper()
	data, err := os.ReadFile(d.at(path))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(data)
}

func (d disk) link(path, to string) {
	d.t.Helper()
	if err := os.Symlink(d.at(to), d.at(path)); err != nil {
		d.t.Fatal(err)
	}
}

func file(action, target string) permission.Key {
	return permission.Key{Resource: "files", Action: action, Target: target}
}

func wants(action, target string, constraints m) m {
	p := m{"resource": "files", "action": action, "target": target, "reason": "To keep reports."}
	if constraints != nil {
		p["constraints"] = constraints
	}
	return p
}

// allow grants what an app declares.
func (p *place) allow(s *Session, keys ...permission.Key) {
	p.t.Helper()
	for _, key := range keys {
		p.decide(s.Running.ID, key, permission.Allow)
	}
}

func (p *place) wantCodes(s *Session, cases map[string]struct {
	method string
	params m
	code   string
},
) {
	p.t.Helper()
	for name, c := range cases {
		if _, code := p.call(s, c.method, c.params); code != c.code {
			p.t.Errorf("%s: %s %v: %q, want %q", name, c.method, c.params, code, c.code)
		}
	}
}

func TestFilesAreReadAndWrittenWithinGrants(t *testing.T) {
	p := newPlace(t)
	d := newDisk(p, t)
	s := p.open(p.install(nil, permissions(wants("readWrite", "{documents}/Reports/**", nil), wants("read", "{documents}/*", nil))))
	p.allow(s, file("readWrite", "{documents}/Reports/**"), file("read", "{documents}/*"))

	info := p.must(s, "files.write", m{"path": "{documents}/Reports/new.md", "data": []byte("mine")})
	if d.read("home/Documents/Reports/new.md") != "mine" || info["path"] != "{documents}/Reports/new.md" || info["size"] != int64(4) {
		t.Errorf("written %v", info)
	}
	got := p.must(s, "files.read", m{"path": "{home}/Documents/Reports/new.md", "offset": 1, "length": 2})
	if !bytes.Equal(got["data"].([]byte), []byte("in")) || got["info"].(map[string]any)["path"] != "{documents}/Reports/new.md" {
		t.Errorf("read %v", got)
	}
	p.must(s, "files.makeFolder", m{"path": "{documents}/Reports/x/y", "parents": true})
	p.must(s, "files.copy", m{"from": "{documents}/Reports/in", "to": "{documents}/Reports/x/y/in"})
	p.must(s, "files.move", m{"from": "{documents}/Reports/new.md", "to": "{documents}/Reports/x/moved.md"})
	p.must(s, "files.delete", m{"path": "{documents}/Reports/in", "recursive": true})
	if d.read("home/Documents/Reports/x/y/in/c.txt") != "c" || d.read("home/Documents/Reports/x/moved.md") != "mine" {
		t.Error("copied or moved wrongly")
	}
	p.wantCodes(s, map[string]struct {
		method string
		params m
		code   string
	}{
		"written where only reading is declared": {"files.write", m{"path": "{documents}/a.md", "data": "x"}, "permission.undeclared"},
		"below what is declared":                 {"files.read", m{"path": "{documents}/Private/d.md"}, "permission.undeclared"},
		"beside it":                              {"files.stat", m{"path": "{downloads}/x.txt"}, "permission.undeclared"},
		"moved out of it":                        {"files.move", m{"from": "{documents}/Reports/b.md", "to": "{downloads}/b.md"}, "permission.undeclared"},
		"copied into it from elsewhere":          {"files.copy", m{"from": "{downloads}/x.txt", "to": "{documents}/Reports/x.txt"}, "permission.undeclared"},
		"no path":                                {"files.read", m{"path": "{documents}/../x"}, "files.path_invalid"},
		"not there":                              {"files.read", m{"path": "{documents}/Reports/none"}, "files.not_found"},
		"exclusive":                              {"files.write", m{"path": "{documents}/Reports/b.md", "data": "x", "exclusive": true}, "files.exists"},
		"another version":                        {"files.write", m{"path": "{documents}/Reports/b.md", "data": "x", "ifVersion": "1"}, "files.changed"},
		"argument nobody knows":                  {"files.read", m{"path": "{documents}/a.md", "mode": 1}, "request.malformed"},
	})
	// {documents}/* is about files in it, and so lets list what is directly there.
	list := p.must(s, "files.list", m{"path": "{documents}"})
	var names []string
	for _, e := range list["entries"].([]any) {
		names = append(names, e.(map[string]any)["name"].(string))
	}
	if !slices.Equal(names, []string{"Private", "Reports", "a.md"}) {
		t.Errorf("listed %q", names)
	}
	if _, code := p.call(s, "files.list", m{"path": "{documents}", "recursive": true}); code != "permission.undeclared" {
		t.Errorf("listed all below: %q", code)
	}
}

func TestWhereALinkLeadsIsWhatIsJudged(t *testing.T) {
	p := newPlace(t)
	d := newDisk(p, t)
	d.link("home/Documents/Reports/down.txt", "home/Downloads/x.txt")
	d.link("home/Documents/Reports/own.md", "home/Documents/Reports/b.md")
	d.link("home/Documents/Reports/out.md", "outside/o.md")
	d.link("home/Downloads/out.md", "outside/o.md")
	s := p.open(p.install(nil, permissions(wants("readWrite", "{documents}/Reports/**", nil))))
	p.allow(s, file("readWrite", "{documents}/Reports/**"))
	p.wantCodes(s, map[string]struct {
		method string
		params m
		code   string
	}{
		"into what is granted":   {"files.read", m{"path": "{documents}/Reports/own.md"}, ""},
		"into what is not":       {"files.read", m{"path": "{documents}/Reports/down.txt"}, "permission.undeclared"},
		"written there":          {"files.write", m{"path": "{documents}/Reports/down.txt", "data": "x"}, "permission.undeclared"},
		"out":                    {"files.read", m{"path": "{documents}/Reports/out.md"}, "files.outside"},
		"the vault":              {"files.read", m{"path": "{home}/vault/vault.db"}, "permission.undeclared"},
		"nothing is told of it":  {"files.read", m{"path": "{downloads}/out.md"}, "permission.undeclared"},
		"nor of what is missing": {"files.read", m{"path": "{downloads}/none"}, "permission.undeclared"},
	})
}

func TestANoToOneSpellingIsANoToThePlace(t *testing.T) {
	p := newPlace(t)
	newDisk(p, t)
	s := p.open(p.install(nil, permissions(wants("readWrite", "{home}/**", nil), wants("readWrite", "{documents}/Private/**", nil))))
	p.allow(s, file("readWrite", "{home}/**"))
	p.decide(s.Running.ID, file("readWrite", "{documents}/Private/**"), permission.Deny)
	p.wantCodes(s, map[string]struct {
		method string
		params m
		code   string
	}{
		"by its own name":          {"files.read", m{"path": "{documents}/Private/d.md"}, "permission.denied"},
		"by another":               {"files.read", m{"path": "{home}/Documents/Private/d.md"}, "permission.denied"},
		"beside it":                {"files.read", m{"path": "{home}/Documents/a.md"}, ""},
		"by the name of the other": {"files.read", m{"path": "{documents}/a.md"}, ""},
		"with all around it":       {"files.delete", m{"path": "{home}/Documents/Private", "recursive": true}, "permission.denied"},
		"copied with what is around": {
			"files.copy", m{"from": "{documents}", "to": "{downloads}/all"}, "files.protected",
		},
		"copied over it": {"files.copy", m{"from": "{documents}/Reports", "to": "{home}/Documents/Private/Reports"}, "permission.denied"},
		"keys":           {"files.write", m{"path": "{home}/.ssh/config", "data": "x"}, "files.protected"},
		"the vault":      {"files.read", m{"path": "{home}/vault/vault.db"}, "files.protected"},
	})
	list := p.must(s, "files.list", m{"path": "{home}", "recursive": true})
	for _, e := range list["entries"].([]any) {
		if path := e.(map[string]any)["path"].(string); strings.Contains(path, "Private") || strings.Contains(path, "vault") {
			t.Errorf("told of %s", path)
		}
	}
	if list["leftOut"].(int64) < 2 {
		t.Errorf("left out %v", list["leftOut"])
	}
}

func TestConstraintsOfFilesAreKept(t *testing.T) {
	p := newPlace(t)
	d := newDisk(p, t)
	d.write("home/Documents/Reports/large.md", strings.Repeat("x", 11))
	key := file("readWrite", "{documents}/Reports/**")
	s := p.open(p.install(nil, permissions(wants("readWrite", key.Target, m{"maxFileSize": 10, "extensions": []any{"md"}, "recursive": false}))))
	p.allow(s, key)
	p.wantCodes(s, map[string]struct {
		method string
		params m
		code   string
	}{
		"fits":              {"files.write", m{"path": "{documents}/Reports/e.md", "data": "0123456789"}, ""},
		"too large":         {"files.write", m{"path": "{documents}/Reports/f.md", "data": "0123456789x"}, "files.too_large"},
		"too large to read": {"files.read", m{"path": "{documents}/Reports/large.md"}, "files.too_large"},
		"too large to open": {"files.open", m{"path": "{documents}/Reports/large.md"}, "files.too_large"},
		"too large to copy": {"files.copy", m{"from": "{documents}/Reports/large.md", "to": "{documents}/Reports/l.md"}, "files.too_large"},
		"another ending":    {"files.read", m{"path": "{documents}/Reports/in/c.txt"}, "permission.undeclared"},
		"one level":         {"files.list", m{"path": "{documents}/Reports"}, ""},
		"all levels":        {"files.list", m{"path": "{documents}/Reports", "recursive": true}, "permission.undeclared"},
		"watched":           {"files.watch", m{"path": "{documents}/Reports", "recursive": true}, "permission.undeclared"},
		"tree":              {"files.delete", m{"path": "{documents}/Reports/in", "recursive": true}, "permission.undeclared"},
		"moved":             {"files.move", m{"from": "{documents}/Reports/in", "to": "{documents}/Reports/out"}, "permission.undeclared"},
	})
	handle := p.must(s, "files.create", m{"path": "{documents}/Reports/g.md"})["handle"]
	p.must(s, "handle.write", m{"handle": handle, "data": "0123456789"})
	if _, code := p.call(s, "handle.write", m{"handle": handle, "data": "x"}); code != "files.too_large" {
		t.Errorf("one byte more: %q", code)
	}
	list := p.must(s, "files.list", m{"path": "{documents}/Reports/in"})
	if len(list["entries"].([]any)) != 0 {
		t.Errorf("told of %v", list["entries"])
	}
}

func TestStreamsOfFiles(t *testing.T) {
	p := newPlace(t)
	d := newDisk(p, t)
	key := file("readWrite", "{documents}/**")
	s := p.open(p.install(nil, permissions(wants("readWrite", key.Target, nil))))
	p.allow(s, key)
	content := bytes.Repeat([]byte("0123456789"), 100_000)
	handle := p.must(s, "files.create", m{"path": "{documents}/big"})["handle"]
	for piece := range slices.Chunk(content, 300_000) {
		p.must(s, "handle.write", m{"handle": handle, "data": piece})
	}
	if _, err := os.Stat(d.at("home/Documents/big")); err == nil {
		t.Error("it is there before it is finished")
	}
	info := p.must(s, "handle.close", m{"handle": handle})["info"].(map[string]any)
	if info["size"] != int64(len(content)) || d.read("home/Documents/big") != string(content) {
		t.Errorf("finished %v", info)
	}
	opened := p.must(s, "files.open", m{"path": "{documents}/big"})
	var got []byte
	for {
		r := p.must(s, "handle.read", m{"handle": opened["handle"]})
		got = append(got, r["data"].([]byte)...)
		if meta := r["meta"].(map[string]any); meta["at"] != int64(len(got)) || meta["size"] != int64(len(content)) {
			t.Fatalf("after %d bytes: %v", len(got), meta)
		}
		if r["done"].(bool) {
			break
		}
	}
	if !bytes.Equal(got, content) {
		t.Errorf("read %d bytes", len(got))
	}
	given := p.must(s, "files.create", m{"path": "{documents}/up"})["handle"]
	p.must(s, "handle.write", m{"handle": given, "data": "x"})
	p.must(s, "handle.close", m{"handle": given, "abort": true})
	if _, err := os.Stat(d.at("home/Documents/up")); err == nil {
		t.Error("what was given up is there")
	}

	watch := p.must(s, "files.watch", m{"path": "{documents}", "recursive": true})["handle"]
	d.write("home/Documents/Reports/b.md", "changed")
	read := p.must(s, "handle.read", m{"handle": watch})
	change := read["meta"].(map[string]any)["changes"].([]any)[0].(map[string]any)
	if change["path"] != "{documents}/Reports/b.md" || change["what"] != "changed" {
		t.Errorf("told of %v", change)
	}

	// Taking the permission back ends what is open with it.
	left := p.must(s, "files.create", m{"path": "{documents}/left"})["handle"]
	p.decide(s.Running.ID, key, permission.Deny)
	for _, h := range []any{watch, left} {
		if _, code := p.call(s, "handle.close", m{"handle": h, "abort": false}); code != "" {
			t.Errorf("close: %q", code)
		}
	}
	if _, code := p.call(s, "handle.read", m{"handle": opened["handle"]}); code != "permission.revoked" {
		t.Errorf("read on: %q", code)
	}
	if _, err := os.Stat(d.at("home/Documents/left")); err == nil {
		t.Error("what was written without a permission is there")
	}
}

func TestWorkOnATreeTellsHowFarItIs(t *testing.T) {
	p := newPlace(t)
	newDisk(p, t)
	key := file("readWrite", "{documents}/**")
	s := p.open(p.install(nil, permissions(wants("readWrite", key.Target, nil))))
	p.allow(s, key)
	p.must(s, "files.copy", m{"from": "{documents}/Reports", "to": "{documents}/Copy", "progress": 7})
	told := p.page.await(func(i item) bool { return i.kind == eventFrame && i.data["name"] == "files.progress" })
	data := told.data["data"].(map[string]any)
	if data["number"] != uint64(7) || data["total"] != int64(2) {
		t.Errorf("told %v", data)
	}
}

func TestAQuestionAboutAFileIsAboutThatFile(t *testing.T) {
	p := newPlace(t)
	newDisk(p, t)
	s := p.open(p.install(nil, permissions(wants("read", "{documents}/**", nil))))
	p.decide(s.Running.ID, file("read", "{documents}/**"), permission.Ask)
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseAlways} })
	p.must(s, "files.read", m{"path": "{home}/Documents/a.md"})
	p.person.says(func(*Prompt) Answer { return Answer{} })
	p.wantCodes(s, map[string]struct {
		method string
		params m
		code   string
	}{
		"again":        {"files.read", m{"path": "{documents}/a.md"}, ""},
		"another file": {"files.read", m{"path": "{documents}/Reports/b.md"}, "permission.dismissed"},
	})
}
