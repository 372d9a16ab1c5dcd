package bundle_test

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

const smallest = `{"formatVersion":1,"name":"hello","version":"1.0.0","description":"Says hello.","author":"Ada","entry":"start.html","engines":{"alcove":">=0.1.0"},"permissions":[]}`

func source() map[string]string {
	return map[string]string{
		"alcove.json":       smallest,
		"start.html":        string(page),
		"js/app.js":         "console.log(1)",
		"js/zeros.bin":      strings.Repeat("\x00", 300<<10), // packs better than 200:1
		"empty":             "",
		"a/déjà vu/über.js": "ü",
		"Readme.md":         "# Hello",
	}
}

func TestPackingDependsOnNothingButNamesContentsAndKey(t *testing.T) {
	memory := fstest.MapFS{}
	for path, content := range source() {
		memory[path] = &fstest.MapFile{Data: []byte(content), Mode: 0o600, ModTime: time.Unix(1e9, 0)}
	}
	want, err := bundle.Pack(memory, bundletest.Key(3))
	if err != nil {
		t.Fatal(err)
	}
	// The same on a disk, made in another order, at another time, with other
	// modes and an empty folder.
	dir := t.TempDir()
	paths := slices.Sorted(maps.Keys(source()))
	slices.Reverse(paths)
	for _, path := range paths {
		file := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(source()[path]), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "nothing"), 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := bundle.Pack(os.DirFS(dir), bundletest.Key(3))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("two packings differ")
	}
	other, err := bundle.Pack(memory, bundletest.Key(4))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := open(t, want), open(t, other); a.Release == b.Release || a.ID() == b.ID() {
		t.Error("another key gives the same release")
	}
}

func TestPackedArchiveIsAnOrdinaryZip(t *testing.T) {
	data := bundletest.Build(t, source())
	b := open(t, data)
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if first, second := r.File[0].Name, r.File[1].Name; first != "alcove.json" || second != "alcove.sig.json" {
		t.Errorf("the archive starts with %s, %s", first, second)
	}
	if len(r.File) != len(b.Files)+1 || len(b.Files) != len(source()) {
		t.Errorf("%d entries for %d files", len(r.File), len(b.Files))
	}
	methods := map[string]uint16{"start.html": zip.Deflate, "js/zeros.bin": zip.Store, "empty": zip.Store}
	for _, f := range r.File {
		if want, ok := methods[f.Name]; ok && f.Method != want {
			t.Errorf("%s is packed by method %d", f.Name, f.Method)
		}
		reader, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := b.Content(f.Name); !ok || !bytes.Equal(got, content) {
			t.Errorf("%s differs", f.Name)
		}
	}
}

func TestPackRefusesWhatOpenWould(t *testing.T) {
	type row struct {
		code string
		fsys fs.FS
	}
	with := func(path string, file *fstest.MapFile) fs.FS {
		out := fstest.MapFS{path: file}
		for p, content := range source() {
			if p != path {
				out[p] = &fstest.MapFile{Data: []byte(content)}
			}
		}
		return out
	}
	many := fstest.MapFS{}
	for i := range bundle.MaxEntries {
		many["f/"+string(rune('a'+i%26))+strings.Repeat("x", i/26)] = &fstest.MapFile{}
	}
	rows := []row{
		{bundle.CodeSymlink, with("link", &fstest.MapFile{Data: []byte("start.html"), Mode: fs.ModeSymlink | 0o777})},
		{bundle.CodeSpecialFile, with("pipe", &fstest.MapFile{Mode: fs.ModeNamedPipe})},
		{bundle.CodePathReserved, with("alcove.sig.json", &fstest.MapFile{})},
		{bundle.CodeEntryTooLarge, with("big", &fstest.MapFile{Data: make([]byte, bundle.MaxEntry+1)})},
		{bundle.CodeTooManyEntries, many},
		{bundle.CodePathDevice, with("con.js", &fstest.MapFile{})},
		{bundle.CodeNoManifest, fstest.MapFS{"start.html": {}}},
		{manifest.CodeUnknownKey, with("alcove.json", &fstest.MapFile{Data: []byte(strings.Replace(smallest, "{", `{"colour":1,`, 1))})},
	}
	for _, r := range rows {
		data, err := bundle.Pack(r.fsys, bundletest.Key(1))
		if fault.Code(err) != r.code || data != nil {
			t.Errorf("got %v, want %s", err, r.code)
		}
	}
}

func TestPackRefusesAFolderThatIsNotThere(t *testing.T) {
	_, err := bundle.Pack(os.DirFS(filepath.Join(t.TempDir(), "nothing")), bundletest.Key(1))
	if fault.Code(err) != bundle.CodeUnreadable {
		t.Errorf("got %v", err)
	}
}

func TestPackRefusesLinksOnADisk(t *testing.T) {
	dir := t.TempDir()
	for path, content := range map[string]string{"alcove.json": smallest, "start.html": "x"} {
		if err := os.WriteFile(filepath.Join(dir, path), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "notes.txt")); err != nil {
		t.Skip("this system has no links")
	}
	if _, err := bundle.Pack(os.DirFS(dir), bundletest.Key(1)); fault.Code(err) != bundle.CodeSymlink {
		t.Errorf("got %v", err)
	}
}

// TestToolsFilesStayOut: what an editor, a version control or a package manager
// leaves in a folder is not the extension's.
func TestToolsFilesStayOut(t *testing.T) {
	memory := fstest.MapFS{}
	for path, content := range source() {
		memory[path] = &fstest.MapFile{Data: []byte(content)}
	}
	want, err := bundle.Pack(memory, bundletest.Key(3))
	if err != nil {
		t.Fatal(err)
	}
	left := []string{".env", ".git/", "js/.cache/", "js/app.js~", "node_modules/", "old/hello.alcove"}
	for _, path := range []string{".env", ".git/config", "js/.cache/x", "js/app.js~", "node_modules/a/index.js", "old/hello.alcove"} {
		memory[path] = &fstest.MapFile{Data: []byte("x")}
	}
	memory["node_modules/.bin/tool"] = &fstest.MapFile{Data: []byte("../a"), Mode: fs.ModeSymlink}
	got, err := bundle.Pack(memory, bundletest.Key(3), "old/hello.alcove")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("they are in the package: %v", err)
	}
	if list, err := bundle.LeftOut(memory, "old/hello.alcove"); err != nil || !slices.Equal(list, left) {
		t.Errorf("left out %v, %v", list, err)
	}
	memory["certs/Publisher.KEY"] = &fstest.MapFile{Data: []byte("x")}
	if _, err := bundle.Pack(memory, bundletest.Key(3)); fault.Code(err) != bundle.CodePrivateKeyInside {
		t.Errorf("a key: %v", err)
	}
}

func TestWhatTheStartPageLacks(t *testing.T) {
	files := source()
	files["start.html"] = `<!doctype html><link rel="stylesheet" href="gone.css"><link rel=icon href="no.png">
		<script type="module" src="js/app.js?1"></script><script src="https://example.com/x.js"></script><SCRIPT SRC="./js/lost.js"></SCRIPT>`
	files["js/app.js"] = `import './side.js'; import { a,
  b } from "../sdk.js"; export * from './deep/more.js'; import x from 'bare'; const text = 'import this';`
	files["js/side.js"] = `import('./lazy.js')`
	files["js/deep/more.js"] = `import d from './deeper.js'`
	b := open(t, bundletest.Build(t, files))
	if got, want := b.Missing(), []string{"gone.css", "js/deep/deeper.js", "js/lost.js", "sdk.js"}; !slices.Equal(got, want) {
		t.Errorf("missing %v, want %v", got, want)
	}
	files["gone.css"], files["js/deep/deeper.js"], files["js/lost.js"], files["sdk.js"] = "", "", "", ""
	if got := open(t, bundletest.Build(t, files)).Missing(); len(got) != 0 {
		t.Errorf("missing %v", got)
	}
}
