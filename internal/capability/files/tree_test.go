//go:build linux

package files

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestAListingHasPagesAndLeavesOutWhatIsClosed(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.file("home/Documents/a:b.txt", "no path leads here")
	w.link("home/Documents/link", "a.txt")
	w.must(syscall.Mkfifo(w.at("home/Documents/pipe"), 0o666))
	w.file("home/Documents/.alcove-0123456789abcdef.part", "unfinished")
	var got []string
	kinds := map[string]Kind{}
	left := 0
	for after, pages := "", 0; ; pages++ {
		page, err := w.space.List(ctx, w.place("{documents}"), ListOptions{Recursive: true, Limit: 2, After: after})
		w.must(err)
		for _, e := range page.Entries {
			got = append(got, e.Target)
			kinds[e.Name] = e.Kind
		}
		left += page.LeftOut
		if after = page.Next; after == "" {
			if pages < 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
	}
	want := []string{
		"{documents}/Reports", "{documents}/Reports/b.txt", "{documents}/Reports/c", "{documents}/Reports/c/d.txt",
		"{documents}/Stray", "{documents}/a.txt", "{documents}/link", "{documents}/pipe",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if left != 2 { // the name with a colon, and what is in the vault
		t.Errorf("%d left out", left)
	}
	if kinds["link"] != Link || kinds["pipe"] != Other || kinds["c"] != Folder || kinds["a.txt"] != File {
		t.Errorf("kinds %v", kinds)
	}
	flat, err := w.space.List(ctx, w.place("{documents}"), ListOptions{})
	w.must(err)
	if len(flat.Entries) != 5 || flat.Next != "" {
		t.Errorf("one level: %v", flat)
	}
	deny := func(spellings []string, _ Kind) bool { return !slices.Contains(spellings, "{home}/Documents/Reports") }
	denied, err := w.space.List(ctx, w.place("{home}"), ListOptions{Recursive: true, Allowed: deny})
	w.must(err)
	for _, e := range denied.Entries {
		if strings.Contains(e.Target, "Reports") || strings.Contains(e.Target, "/.") || strings.Contains(e.Target, "vault") || strings.Contains(e.Target, "/bin") {
			t.Errorf("told of %s", e.Target)
		}
	}
	if !slices.ContainsFunc(denied.Entries, func(i Info) bool { return i.Target == "{documents}/a.txt" }) {
		t.Error("what is below Documents is not told by its canonical path")
	}
}

func TestAFolderWithTooMuchInItIsNotListed(t *testing.T) {
	w := newWorld(t)
	w.space.limits.Folder = 10
	for i := range 11 {
		w.file(fmt.Sprintf("home/Downloads/many/%d", i), "")
	}
	_, err := w.space.List(t.Context(), w.place("{downloads}/many"), ListOptions{})
	wantCode(t, err, "files.too_many")
}

func TestATreeIsCopiedWholeOrNotAtAll(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.link("home/Documents/Reports/link", "/etc/passwd")
	w.must(syscall.Mkfifo(w.at("home/Documents/Reports/pipe"), 0o666))
	var last Progress
	info, err := w.space.Copy(ctx, w.place("{documents}/Reports"), w.place("{downloads}/Copy"), CopyOptions{Recursive: true, Progress: func(p Progress) { last = p }})
	w.must(err)
	if w.content("home/Downloads/Copy/b.txt") != "b" || w.content("home/Downloads/Copy/c/d.txt") != "d" || info.Kind != Folder {
		t.Errorf("copied %q, %+v", w.names("home/Downloads/Copy"), info)
	}
	if w.exists("home/Downloads/Copy/link") || w.exists("home/Downloads/Copy/pipe") {
		t.Error("a link or a pipe was copied")
	}
	if last != (Progress{Files: 3, Bytes: 2, Total: 2}) {
		t.Errorf("progress %+v", last)
	}
	_, err = w.space.Copy(ctx, w.place("{documents}/Reports"), w.place("{downloads}/Copy"), CopyOptions{Recursive: true, Replace: true})
	wantCode(t, err, "files.exists")
	_, err = w.space.Copy(ctx, w.place("{documents}/Reports"), w.place("{downloads}/Other"), CopyOptions{})
	wantCode(t, err, "files.is_folder")
	_, err = w.space.Copy(ctx, w.place("{documents}/Reports"), w.place("{documents}/Reports/c/Other"), CopyOptions{Recursive: true})
	wantCode(t, err, "files.same")
	_, err = w.space.Copy(ctx, w.place("{documents}/Reports"), w.place("{downloads}/Other"), CopyOptions{Recursive: true, MaxSize: 1, Allowed: func(s []string, _ Kind) bool { return !strings.HasSuffix(s[0], "/d.txt") }})
	wantCode(t, err, "files.protected")

	cancelled, cancel := context.WithCancel(ctx)
	w.space.between = func(instant string) {
		if instant == "copied" {
			cancel()
		}
	}
	w.file("home/Documents/Reports/c/big", strings.Repeat("x", 2*piece))
	if _, err := w.space.Copy(cancelled, w.place("{documents}/Reports"), w.place("{downloads}/Other"), CopyOptions{Recursive: true}); err == nil {
		t.Error("a cancelled copy succeeded")
	}
	if w.exists("home/Downloads/Other") {
		t.Error("half a copy is there")
	}
	w.noDrafts()
}

func TestAMoveReplacesOnlyWhatItMay(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	_, err := w.space.Move(ctx, w.entry("{documents}/a.txt"), w.place("{downloads}/x.txt"), CopyOptions{})
	wantCode(t, err, "files.exists")
	info, err := w.space.Move(ctx, w.entry("{documents}/a.txt"), w.place("{downloads}/x.txt"), CopyOptions{Replace: true})
	w.must(err)
	if w.exists("home/Documents/a.txt") || w.content("home/Downloads/x.txt") != "a" || info.Target != "{downloads}/x.txt" {
		t.Errorf("moved to %+v", info)
	}
	w.folder("home/Downloads/empty")
	_, err = w.space.Move(ctx, w.entry("{documents}/Reports"), w.place("{downloads}/empty"), CopyOptions{Replace: true, Recursive: true})
	wantCode(t, err, "files.is_folder")
	_, err = w.space.Move(ctx, w.entry("{documents}/Reports"), w.place("{documents}/Reports/c/in"), CopyOptions{Recursive: true})
	wantCode(t, err, "files.same")
	_, err = w.space.Move(ctx, w.entry("{documents}/Reports"), w.place("{downloads}/Reports"), CopyOptions{})
	wantCode(t, err, "files.is_folder")
	_, err = w.space.Move(ctx, w.entry("{documents}/Reports"), w.place("{downloads}/Reports"), CopyOptions{Recursive: true})
	w.must(err)
	if w.content("home/Downloads/Reports/c/d.txt") != "d" || w.exists("home/Documents/Reports") {
		t.Error("the folder was not moved")
	}
}

func TestAMoveWithoutTheKernelsHelpReplacesNothing(t *testing.T) {
	w := newWorld(t)
	f, err := w.space.openPlace(w.place("{documents}"))
	w.must(err)
	defer f.close()
	for _, to := range []string{"Reports", "a.txt"} {
		wantCode(t, f.renameGently("a.txt", f, to), "files.exists")
	}
	w.must(f.renameGently("a.txt", f, "b.txt"))
	w.must(f.renameGently("Reports", f, "Other"))
	if w.content("home/Documents/b.txt") != "a" || w.exists("home/Documents/a.txt") || !w.exists("home/Documents/Other/b.txt") {
		t.Error("it was not renamed")
	}
}

func TestDeletingAFolderTakesMoreThanItsName(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	wantCode(t, w.space.Delete(ctx, w.entry("{documents}/Reports"), DeleteOptions{}), "files.not_empty")
	denied := func(s []string, _ Kind) bool { return s[0] != "{documents}/Reports/c/d.txt" }
	wantCode(t, w.space.Delete(ctx, w.entry("{documents}/Reports"), DeleteOptions{Recursive: true, Allowed: denied}), "files.protected")
	if w.content("home/Documents/Reports/b.txt") != "b" {
		t.Error("a part was deleted although another is denied")
	}
	w.linkTo("home/Documents/Reports/out", "outside")
	w.must(w.space.Delete(ctx, w.entry("{documents}/Reports/out"), DeleteOptions{}))
	w.linkTo("home/Documents/Reports/out", "outside")
	w.file("home/Documents/Reports/.alcove-0123456789abcdef.part", "left by a crash")
	var last Progress
	w.must(w.space.Delete(ctx, w.entry("{documents}/Reports"), DeleteOptions{Recursive: true, Progress: func(p Progress) { last = p }}))
	if w.exists("home/Documents/Reports") || last.Files != 5 {
		t.Errorf("deleted %+v", last)
	}
	wantCode(t, w.space.Delete(ctx, w.entry("{documents}/Reports"), DeleteOptions{}), "files.not_found")
	w.outsideIsWhole()
}

func TestTooMuchAtOnceIsRefusedBeforeAnythingHappens(t *testing.T) {
	w := newWorld(t)
	w.space.limits.Tree = 2
	wantCode(t, w.space.Delete(t.Context(), w.entry("{documents}/Reports"), DeleteOptions{Recursive: true}), "files.too_many")
	w.space.limits.Tree, w.space.limits.Depth = 100, 1
	wantCode(t, w.space.Delete(t.Context(), w.entry("{documents}/Reports"), DeleteOptions{Recursive: true}), "files.too_deep")
	if w.content("home/Documents/Reports/c/d.txt") != "d" {
		t.Error("something was deleted")
	}
}

func TestAPlaceHasEverySpelling(t *testing.T) {
	w := newWorld(t)
	w.pick("home/Documents/Reports", PickFolder)
	token := w.picks.All()[0].Token
	w.link("home/Documents/Reports/up", "../a.txt")
	w.linkTo("home/Downloads/link", "home/Documents/Reports")
	for path, want := range map[string][]string{
		"{home}/Documents/a.txt":  {"{documents}/a.txt", "{home}/Documents/a.txt"},
		"{documents}/Reports/x/y": {"{documents}/Reports/x/y", "{home}/Documents/Reports/x/y"},
		"{downloads}/link/b.txt":  {"{documents}/Reports/b.txt", "{home}/Documents/Reports/b.txt"},
		"{" + token + "}/b.txt":   {"{" + token + "}/b.txt"},
		"{" + token + "}":         {"{" + token + "}"},
		"{" + token + "}/up":      {"{documents}/a.txt", "{home}/Documents/a.txt"},
		"{home}/plain.txt":        {"{home}/plain.txt"},
	} {
		p := w.place(path)
		if got := append([]string{p.Target}, p.Also...); p.Refusal() != nil || !slices.Equal(got, want) {
			t.Errorf("%s is %q, %v", path, got, p.Refusal())
		}
	}
}

func TestWhatCanBePicked(t *testing.T) {
	w := newWorld(t)
	w.linkTo("home/link", "outside")
	w.folder("home/.config/app")
	for _, c := range []struct{ path, kind, code string }{
		{"outside/secret.txt", PickFile, ""},
		{"outside", PickFolder, ""},
		{"home/link", PickFolder, ""},
		{"outside/new.txt", PickSave, ""},
		{"outside/secret.txt", PickSave, ""},
		{"home/.config/app/settings", PickFile, ""},
		{"home/.config/app", PickFolder, ""},
		{"outside/none", PickFile, "files.not_found"},
		{"outside/none/new", PickSave, "files.not_found"},
		{"outside/CON", PickSave, "files.path_invalid"},
		{"outside", PickFile, "files.is_folder"},
		{"outside", PickSave, "files.is_folder"},
		{"outside/secret.txt", PickFolder, "files.not_folder"},
		{"home", PickFolder, "files.too_wide"},
		{"", PickFolder, "files.too_wide"},
		{"home/vault", PickFolder, "files.protected"},
		{"home/vault/vault.db", PickFile, "files.protected"},
		{"home/vault/new", PickSave, "files.protected"},
		{"home/Documents/Stray", PickFolder, "files.protected"},
		{"home/.ssh/id", PickFile, "files.protected"},
		{"home/.bashrc", PickSave, "files.protected"},
		{"home/.config/autostart", PickFolder, "files.protected"},
	} {
		p, err := w.space.CheckPick(w.at(c.path), c.kind, true)
		wantCode(t, err, c.code)
		if c.code != "" {
			continue
		}
		w.picks.Add(p)
		if got := w.place(p.Target()); got.Refusal() != nil {
			t.Errorf("%s is picked and refused: %v", c.path, got.Refusal())
		}
	}
	for _, path := range []string{"/dev/zero", "/proc/self/environ", "/", "relative"} {
		if _, err := w.space.CheckPick(path, PickFile, false); err == nil {
			t.Errorf("%s was picked", path)
		}
	}
	// A folder in what is hidden opens itself, and nothing beside it.
	hidden := w.pick("home/.config/app", PickFolder)
	if _, _, err := w.space.Read(t.Context(), w.place(hidden.Target()+"/settings"), Range{}, 0); err != nil {
		t.Error(err)
	}
	w.linkTo("home/.config/app/keys", "home/.ssh")
	wantCode(t, w.place(hidden.Target()+"/keys/id").Refusal(), "files.protected")
	w.picks.Remove(hidden.Token)
	if _, err := w.space.Resolve(t.Context(), hidden.Target()); err == nil {
		t.Error("what was taken back still leads somewhere")
	}
	if err := os.RemoveAll(w.at("home/.config/app/keys")); err != nil {
		t.Fatal(err)
	}
}

func TestAShelfLeavesOutWhatCannotBePicked(t *testing.T) {
	w := newWorld(t)
	w.linkTo("home/out", "outside")
	w.link("home/dangling", "nowhere")
	w.must(syscall.Mkfifo(w.at("home/pipe"), 0o666))
	shelf, err := w.space.Browse(t.Context(), "")
	w.must(err)
	var names []string
	for _, e := range shelf.Entries {
		names = append(names, e.Name)
	}
	if want := []string{".config", "Documents", "Downloads", "out", "Pictures", "plain.txt"}; !slices.Equal(names, want) {
		t.Errorf("told %q", names)
	}
	if !shelf.Wide || shelf.Home != w.at("home") || shelf.Parent != w.base || len(shelf.Known) != 3 || !shelf.Entries[0].Hidden {
		t.Errorf("told %+v", shelf)
	}
	for _, path := range []string{"home/vault", "home/.ssh", "home/Documents/Stray"} {
		_, err := w.space.Browse(t.Context(), w.at(path))
		wantCode(t, err, "files.protected")
	}
	_, err = w.space.Browse(t.Context(), "relative")
	wantCode(t, err, "files.not_found")
}
