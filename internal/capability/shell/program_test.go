//go:build unix

package shell

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

func TestFindLooksOnlyWhereTheSystemKeepsItsPrograms(t *testing.T) {
	root := t.TempDir()
	bin, lib, home := filepath.Join(root, "usr", "bin"), filepath.Join(root, "usr", "lib"), filepath.Join(root, "home")
	for _, dir := range []string{bin, lib, home} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	file := func(path string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	file(filepath.Join(bin, "git"), 0o755)
	file(filepath.Join(bin, "open-to-all"), 0o777)
	file(filepath.Join(bin, "group"), 0o775)
	file(filepath.Join(bin, "text"), 0o644)
	file(filepath.Join(lib, "vim.basic"), 0o755)
	file(filepath.Join(lib, "strange name"), 0o755)
	file(filepath.Join(home, "evil"), 0o755)
	link("../lib/vim.basic", "editor")
	link("editor", "vi")
	link(filepath.Join(home, "evil"), "helper")
	link("../lib/strange name", "strange")
	link("nowhere", "dangling")
	link("circle", "circle")
	link(lib, "folder")
	t.Setenv("PATH", home)

	f := finder{folders: []string{filepath.Join(root, "none"), bin}, roots: []string{filepath.Join(root, "usr")}, owner: uint32(os.Getuid())}
	for _, c := range []struct {
		name  string
		names []string
		code  string
	}{
		{name: "git", names: []string{"git"}},
		{name: "editor", names: []string{"editor", "vim.basic"}},
		{name: "vi", names: []string{"vi", "vim.basic"}},
		{name: "evil", code: "shell.unknown_program"},
		{name: "helper", code: "shell.program_refused"},
		{name: "strange", code: "shell.program_refused"},
		{name: "open-to-all", code: "shell.program_refused"},
		{name: "group", code: "shell.program_refused"},
		{name: "text", code: "shell.program_refused"},
		{name: "folder", code: "shell.program_refused"},
		{name: "circle", code: "shell.program_refused"},
		{name: "dangling", code: "shell.unknown_program"},
		{name: "", code: "shell.unknown_program"},
		{name: ".", code: "shell.unknown_program"},
		{name: "..", code: "shell.unknown_program"},
		{name: "-c", code: "shell.unknown_program"},
		{name: "../bin/git", code: "shell.unknown_program"},
		{name: "./git", code: "shell.unknown_program"},
		{name: filepath.Join(bin, "git"), code: "shell.unknown_program"},
		{name: "git\x00", code: "shell.unknown_program"},
		{name: "git ", code: "shell.unknown_program"},
		{name: "git;id", code: "shell.unknown_program"},
		{name: "Git", code: "shell.unknown_program"},
	} {
		p, err := f.find(c.name)
		if (err != nil || c.code != "") && fault.Code(err) != c.code {
			t.Errorf("%q: %v, want %q", c.name, err, c.code)
		}
		if err == nil && !slices.Equal(p.Names(), c.names) {
			t.Errorf("%q has to be granted as %q, want %q", c.name, p.Names(), c.names)
		}
	}
	f.owner++
	if _, err := f.find("git"); fault.Code(err) != "shell.program_refused" {
		t.Errorf("a program of another user: %v", err)
	}
}
