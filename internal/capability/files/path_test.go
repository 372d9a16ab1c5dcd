package files

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func FuzzParsePath(f *testing.F) {
	for _, h := range []string{"{documents}/a.txt", "{home}", "{picked-0123456789abcdef}/x/y", "{documents}/../x", "{documents}//", "", "{a", "{documents}/\xff", "{documents}/CON.txt", "{documents}/a\u200db", "{documents}/👩\u200d🔬"} {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, path string) {
		token, segments, err := parsePath(path)
		if err != nil {
			return
		}
		if spell(token, segments) != path {
			t.Errorf("%q is spelled %q", path, spell(token, segments))
		}
		if joined := filepath.Join(append([]string{"/root"}, segments...)...); joined != "/root"+strings.TrimPrefix(path, "{"+token+"}") {
			t.Errorf("%q leads to %q", path, joined)
		}
		for _, segment := range segments {
			if strings.ContainsAny(segment, "/\\:\x00") || segment == ".." || segment == "" {
				t.Errorf("%q has the segment %q", path, segment)
			}
		}
	})
}

// TestTheCanonicalPathLeadsToItself resolves random paths among random links,
// and then what came out of it.
func TestTheCanonicalPathLeadsToItself(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	names := []string{"a", "b", "c", "Documents", "Work"}
	run := 0
	resolved := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		top := filepath.Join(base, string(rune('A'+run%26))+strings.Repeat("x", run/26%40))
		if err := os.RemoveAll(top); err != nil {
			rt.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(top, "home", "Documents"), 0o755); err != nil {
			rt.Fatal(err)
		}
		dirs := []string{"home", "home/Documents", "elsewhere"}
		for range rapid.IntRange(0, 12).Draw(rt, "things") {
			at := filepath.Join(rapid.SampledFrom(dirs).Draw(rt, "in"), rapid.SampledFrom(names).Draw(rt, "name"))
			full := filepath.Join(top, at)
			switch rapid.SampledFrom([]string{"folder", "file", "link"}).Draw(rt, "kind") {
			case "folder":
				if os.MkdirAll(full, 0o755) == nil && !slices.Contains(dirs, at) {
					dirs = append(dirs, at)
				}
			case "file":
				_ = os.WriteFile(full, nil, 0o644)
			case "link":
				to := filepath.Join(top, rapid.SampledFrom(dirs).Draw(rt, "to"), rapid.SampledFrom(append(names, "..", ".")).Draw(rt, "to name"))
				if rapid.Bool().Draw(rt, "relative") {
					to, _ = filepath.Rel(filepath.Dir(full), to)
				}
				_ = os.Symlink(to, full)
			}
		}
		picks := NewPicks(Pick{Token: "picked-00000000000000aa", Path: filepath.Join(top, "home", "Documents"), Folder: true})
		s := New(Options{Known: Known{"documents": filepath.Join(top, "home", "Documents"), home: filepath.Join(top, "home")}, Picks: picks, Limits: DefaultLimits})
		path := spell(rapid.SampledFrom([]string{"documents", "home", "picked-00000000000000aa"}).Draw(rt, "token"),
			rapid.SliceOfN(rapid.SampledFrom(names), 0, 4).Draw(rt, "segments"))
		first, err := s.Resolve(ctx, path)
		if err != nil {
			rt.Fatalf("%s: %v", path, err)
		}
		if first.Refusal() != nil {
			return
		}
		resolved++
		again, err := s.Resolve(ctx, first.Target)
		if err != nil || again.Refusal() != nil {
			rt.Fatalf("%s became %s, which is refused: %v %v", path, first.Target, err, again.Refusal())
		}
		if again.Target != first.Target || again.real() != first.real() || again.Kind != first.Kind || !slices.Equal(again.Also, first.Also) {
			rt.Fatalf("%s became %s, which became %s", path, first.Target, again.Target)
		}
		for _, other := range first.Also {
			p, err := s.Resolve(ctx, other)
			if err != nil || p.real() != first.real() {
				rt.Fatalf("%s is no other spelling of %s: %v", other, first.Target, err)
			}
		}
	})
	if resolved == 0 {
		t.Error("no path was resolved")
	}
}
