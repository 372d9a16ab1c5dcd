//go:build unix

package files

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/fault"
)

func TestMain(m *testing.M) {
	if os.Getenv(crashEnv) != "" {
		writeUntilKilled()
		return
	}
	goleak.VerifyTestMain(m)
}

// secret is what stands in every file that no test may ever read.
const secret = "what nobody may read"

// world is a disk with a person's home, a vault, and things outside of both.
type world struct {
	t     testing.TB
	base  string
	picks *Picks
	space *Space
	// restore undoes what a case did to the disk, before it is looked at.
	restore func()
}

func newWorld(t testing.TB) *world {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, base: base, picks: NewPicks()}
	for path, content := range map[string]string{
		"home/Documents/a.txt":           "a",
		"home/Documents/Reports/b.txt":   "b",
		"home/Documents/Reports/c/d.txt": "d",
		"home/Downloads/x.txt":           "x",
		"home/Pictures/p.png":            "p",
		"home/plain.txt":                 "plain",
		"home/.ssh/id":                   secret,
		"home/.config/app/settings":      secret,
		"home/.config/autostart/x":       secret,
		"home/.bashrc":                   secret,
		"home/bin/run":                   secret,
		"home/vault/vault.db":            secret,
		"home/Documents/Stray/vault.db":  secret,
		"home/Documents/Stray/key.age":   secret,
		"outside/secret.txt":             secret,
		"outside/deep/er/secret.txt":     secret,
	} {
		w.file(path, content)
	}
	w.space = New(Options{
		Known:  Known{"documents": w.at("home/Documents"), "downloads": w.at("home/Downloads"), "pictures": w.at("home/Pictures"), "music": w.at("home"), "videos": w.at("missing"), home: w.at("home")},
		Picks:  w.picks,
		Closed: func() []string { return []string{w.at("home/vault")} },
		Marks:  []string{"vault.db", "key.age"},
		Limits: DefaultLimits,
	})
	return w
}

func (w *world) at(path string) string { return filepath.Join(w.base, filepath.FromSlash(path)) }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) file(path, content string) {
	w.t.Helper()
	w.must(os.MkdirAll(filepath.Dir(w.at(path)), 0o755))
	w.must(os.WriteFile(w.at(path), []byte(content), 0o644))
}

func (w *world) folder(path string) { w.t.Helper(); w.must(os.MkdirAll(w.at(path), 0o755)) }

// link makes a link whose text is to as it stands.
func (w *world) link(path, to string) {
	w.t.Helper()
	w.must(os.MkdirAll(filepath.Dir(w.at(path)), 0o755))
	w.must(os.Symlink(to, w.at(path)))
}

// linkTo makes a link to a place in the world.
func (w *world) linkTo(path, to string) { w.t.Helper(); w.link(path, w.at(to)) }

func (w *world) content(path string) string {
	w.t.Helper()
	data, err := os.ReadFile(w.at(path))
	w.must(err)
	return string(data)
}

func (w *world) exists(path string) bool {
	_, err := os.Lstat(w.at(path))
	return err == nil
}

// names lists a folder, drafts included.
func (w *world) names(path string) []string {
	w.t.Helper()
	list, err := os.ReadDir(w.at(path))
	w.must(err)
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name()
	}
	return names
}

func (w *world) place(path string) Place {
	w.t.Helper()
	p, err := w.space.Resolve(context.Background(), path)
	w.must(err)
	return p
}

func (w *world) entry(path string) Place {
	w.t.Helper()
	p, err := w.space.ResolveEntry(context.Background(), path)
	w.must(err)
	return p
}

func (w *world) pick(path, kind string) Pick {
	w.t.Helper()
	p, err := w.space.CheckPick(w.at(path), kind, true)
	w.must(err)
	w.picks.Add(p)
	return p
}

// outsideIsWhole fails the test where something that no app gets at has
// changed.
func (w *world) outsideIsWhole() {
	w.t.Helper()
	for _, path := range []string{
		"outside/secret.txt", "outside/deep/er/secret.txt", "home/.ssh/id", "home/.bashrc", "home/bin/run",
		"home/vault/vault.db", "home/.config/app/settings", "home/.config/autostart/x", "home/Documents/Stray/vault.db",
	} {
		if got := w.content(path); got != secret {
			w.t.Errorf("%s now holds %q", path, got)
		}
	}
	for path, count := range map[string]int{"outside": 2, "outside/deep": 1, "outside/deep/er": 1, "home/.ssh": 1, "home/vault": 1, "home/bin": 1} {
		if got := w.names(path); len(got) != count {
			w.t.Errorf("%s now holds %q", path, got)
		}
	}
}

// noDrafts fails the test where an unfinished file was left behind.
func (w *world) noDrafts() {
	w.t.Helper()
	_ = filepath.WalkDir(w.base, func(path string, d os.DirEntry, err error) error {
		if err == nil && isDraft(d.Name()) {
			w.t.Errorf("%s was left behind", path)
		}
		return nil
	})
}

// use is one way an app gets at a path. It returns all that it was told.
type use struct {
	name string
	do   func(w *world, path string) (told string, err error)
}

// uses are all operations on one path.
var uses = map[string]use{}

func init() {
	ctx := context.Background()
	for _, u := range []use{
		{"read", func(w *world, path string) (string, error) {
			p, err := w.space.Resolve(ctx, path)
			if err != nil {
				return "", err
			}
			data, _, err := w.space.Read(ctx, p, Range{}, 0)
			return string(data), err
		}},
		{"open", func(w *world, path string) (string, error) {
			p, err := w.space.Resolve(ctx, path)
			if err != nil {
				return "", err
			}
			r, err := w.space.Open(ctx, p, 0, 0)
			if err != nil {
				return "", err
			}
			defer r.Close()
			data, _, err := r.Read(ctx, 1000)
			return string(data), err
		}},
		{"write", func(w *world, path string) (string, error) {
			p, err := w.space.Resolve(ctx, path)
			if err != nil {
				return "", err
			}
			info, err := w.space.Write(ctx, p, []byte("written"), WriteOptions{Replace: true})
			return info.Target, err
		}},
		{"stat", func(w *world, path string) (string, error) {
			p, err := w.space.Resolve(ctx, path)
			if err != nil {
				return "", err
			}
			info, err := w.space.Stat(ctx, p)
			return info.Target, err
		}},
		{"list", func(w *world, path string) (string, error) {
			p, err := w.space.Resolve(ctx, path)
			if err != nil {
				return "", err
			}
			page, err := w.space.List(ctx, p, ListOptions{Recursive: true})
			return told(page), err
		}},
		{"make", func(w *world, path string) (string, error) {
			p, err := w.space.Resolve(ctx, path)
			if err != nil {
				return "", err
			}
			info, err := w.space.MakeFolder(ctx, p, true)
			return info.Target, err
		}},
		{"delete", func(w *world, path string) (string, error) {
			p, err := w.space.ResolveEntry(ctx, path)
			if err != nil {
				return "", err
			}
			return "", w.space.Delete(ctx, p, DeleteOptions{Recursive: true})
		}},
		{"watch", func(w *world, path string) (string, error) {
			p, err := w.space.Resolve(ctx, path)
			if err != nil {
				return "", err
			}
			watcher, err := w.space.Watch(ctx, p, WatchOptions{Recursive: true})
			if err != nil {
				return "", err
			}
			return "", watcher.Close()
		}},
		{"copy here", func(w *world, path string) (string, error) {
			to, err := w.space.Resolve(ctx, path)
			if err != nil {
				return "", err
			}
			_, err = w.space.Copy(ctx, w.place("{documents}/a.txt"), to, CopyOptions{Replace: true})
			return "", err
		}},
		{"copy from", func(w *world, path string) (string, error) {
			from, err := w.space.Resolve(ctx, path)
			if err != nil {
				return "", err
			}
			_, err = w.space.Copy(ctx, from, w.place("{downloads}/copy"), CopyOptions{Recursive: true})
			return everything(w.at("home/Downloads")), err
		}},
		{"move here", func(w *world, path string) (string, error) {
			to, err := w.space.Resolve(ctx, path)
			if err != nil {
				return "", err
			}
			_, err = w.space.Move(ctx, w.entry("{documents}/a.txt"), to, CopyOptions{Replace: true})
			return "", err
		}},
		{"move from", func(w *world, path string) (string, error) {
			from, err := w.space.ResolveEntry(ctx, path)
			if err != nil {
				return "", err
			}
			_, err = w.space.Move(ctx, from, w.place("{downloads}/moved"), CopyOptions{Recursive: true})
			return everything(w.at("home/Downloads")), err
		}},
	} {
		uses[u.name] = u
	}
}

func told(page Page) string {
	var b strings.Builder
	for _, e := range page.Entries {
		b.WriteString(e.Target + "\n")
	}
	return b.String()
}

// everything is the content of all files below a folder.
func everything(dir string) string {
	var b strings.Builder
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			data, _ := os.ReadFile(path)
			b.Write(data)
		}
		return nil
	})
	return b.String()
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}
