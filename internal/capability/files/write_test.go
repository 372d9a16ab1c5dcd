//go:build linux

package files

import (
	"context"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAFileIsWrittenWholeAndKeepsItsBits(t *testing.T) {
	for mode, old := range map[string]bool{"this kernel": false, "an old kernel": true} {
		t.Run(mode, func(t *testing.T) {
			w := newWorld(t)
			w.space.oldKernel = old
			ctx := t.Context()
			w.must(os.Chmod(w.at("home/Documents/a.txt"), 0o600))
			info, err := w.space.Write(ctx, w.place("{documents}/a.txt"), []byte("new"), WriteOptions{Replace: true})
			w.must(err)
			st, err := os.Stat(w.at("home/Documents/a.txt"))
			w.must(err)
			if w.content("home/Documents/a.txt") != "new" || st.Mode().Perm() != 0o600 || info.Size != 3 || info.Target != "{documents}/a.txt" {
				t.Errorf("%q %v %+v", w.content("home/Documents/a.txt"), st.Mode(), info)
			}
			_, err = w.space.Write(ctx, w.place("{documents}/a.txt"), nil, WriteOptions{})
			wantCode(t, err, "files.exists")
			_, err = w.space.Write(ctx, w.place("{documents}/none/x"), nil, WriteOptions{})
			wantCode(t, err, "files.not_found")
			w.noDrafts()
		})
	}
}

func TestAVersionThatChangedIsNotOverwritten(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	p := w.place("{documents}/a.txt")
	_, info, err := w.space.Read(ctx, p, Range{}, 0)
	w.must(err)
	writer, err := w.space.Create(ctx, p, WriteOptions{Replace: true, IfVersion: info.Version})
	w.must(err)
	defer writer.Close()
	w.must(writer.Write(ctx, []byte("mine")))
	w.file("home/Documents/a.txt", "theirs")
	_, err = writer.Commit(ctx)
	wantCode(t, err, "files.changed")
	if got := w.content("home/Documents/a.txt"); got != "theirs" {
		t.Errorf("now %q", got)
	}
	stat, err := w.space.Stat(ctx, p)
	w.must(err)
	if _, err = w.space.Write(ctx, p, []byte("mine"), WriteOptions{Replace: true, IfVersion: stat.Version}); err != nil {
		t.Error(err)
	}
	_, err = w.space.Write(ctx, w.place("{documents}/none"), nil, WriteOptions{IfVersion: stat.Version})
	wantCode(t, err, "files.changed")
	w.noDrafts()
}

func TestAStreamThatIsGivenUpLeavesNothing(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	writer, err := w.space.Create(ctx, w.place("{documents}/new.txt"), WriteOptions{MaxSize: 6})
	w.must(err)
	w.must(writer.Write(ctx, []byte("123456")))
	wantCode(t, writer.Write(ctx, []byte("7")), "files.too_large")
	if w.exists("home/Documents/new.txt") {
		t.Error("it is there before it is finished")
	}
	w.must(writer.Close())
	_, err = writer.Commit(ctx)
	wantCode(t, err, "files.closed")
	cancelled, cancel := context.WithCancel(ctx)
	writer, err = w.space.Create(cancelled, w.place("{documents}/new.txt"), WriteOptions{})
	w.must(err)
	cancel()
	if _, err := writer.Commit(cancelled); err == nil {
		t.Error("a cancelled call committed")
	}
	if w.exists("home/Documents/new.txt") {
		t.Error("it is there")
	}
	w.noDrafts()
}

func TestAStreamReadsInPieces(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	content := strings.Repeat("0123456789", 60_000)
	w.file("home/Documents/big", content)
	r, err := w.space.Open(ctx, w.place("{documents}/big"), 5, 0)
	w.must(err)
	defer r.Close()
	var got []byte
	for done := false; !done; {
		var piece []byte
		piece, done, err = r.Read(ctx, 1<<30)
		w.must(err)
		if len(piece) > w.space.limits.Chunk {
			t.Fatalf("a piece of %d bytes", len(piece))
		}
		got = append(got, piece...)
	}
	if string(got) != content[5:] || r.At() != int64(len(content)) || r.Info.Size != int64(len(content)) {
		t.Errorf("%d bytes, at %d", len(got), r.At())
	}
	part, _, err := w.space.Read(ctx, w.place("{documents}/big"), Range{Offset: 3, Length: 4}, 0)
	w.must(err)
	if string(part) != "3456" {
		t.Errorf("a part is %q", part)
	}
	_, err = w.space.Open(ctx, w.place("{documents}/big"), 0, 100)
	wantCode(t, err, "files.too_large")
	_, _, err = w.space.Read(ctx, w.place("{documents}/big"), Range{}, 100)
	wantCode(t, err, "files.too_large")
}

func TestAFileWithTwoNamesKeepsTheOtherOne(t *testing.T) {
	w := newWorld(t)
	w.must(os.Link(w.at("outside/secret.txt"), w.at("home/Documents/two.txt")))
	data, _, err := w.space.Read(t.Context(), w.place("{documents}/two.txt"), Range{}, 0)
	w.must(err)
	if string(data) != secret {
		t.Errorf("the granted name reads %q", data)
	}
	_, err = w.space.Write(t.Context(), w.place("{documents}/two.txt"), []byte("mine"), WriteOptions{Replace: true})
	w.must(err)
	if got := w.content("home/Documents/two.txt"); got != "mine" {
		t.Errorf("now %q", got)
	}
	w.outsideIsWhole()
}

func TestAFullDiskLeavesWhatWasThere(t *testing.T) {
	w := newWorld(t)
	dir := w.at("home/Documents/small")
	w.folder("home/Documents/small")
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skip("only an administrator can mount a small disk:", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	ctx := t.Context()
	_, err := w.space.Write(ctx, w.place("{documents}/small/a"), []byte("before"), WriteOptions{})
	w.must(err)
	_, err = w.space.Write(ctx, w.place("{documents}/small/a"), make([]byte, 1<<20), WriteOptions{Replace: true})
	wantCode(t, err, "files.no_space")
	if got := w.content("home/Documents/small/a"); got != "before" || len(w.names("home/Documents/small")) != 1 {
		t.Errorf("now %q among %q", got, w.names("home/Documents/small"))
	}
	w.file("home/Documents/big", string(make([]byte, 1<<20)))
	_, err = w.space.Copy(ctx, w.place("{documents}/big"), w.place("{documents}/small/b"), CopyOptions{})
	wantCode(t, err, "files.no_space")
	w.file("home/Documents/tree/big", string(make([]byte, 1<<20)))
	_, err = w.space.Copy(ctx, w.place("{documents}/tree"), w.place("{documents}/small/tree"), CopyOptions{Recursive: true})
	wantCode(t, err, "files.no_space")
	if names := w.names("home/Documents/small"); len(names) != 1 {
		t.Errorf("left behind: %q", names)
	}
	// To another disk a move is a copy, and then a deletion.
	w.file("home/Documents/over/x", "x")
	_, err = w.space.Move(ctx, w.entry("{documents}/over"), w.place("{documents}/small/over"), CopyOptions{Recursive: true})
	w.must(err)
	if w.exists("home/Documents/over") || w.content("home/Documents/small/over/x") != "x" {
		t.Error("the folder was not moved to the other disk")
	}
	wantCode(t, w.space.Delete(ctx, w.entry("{documents}/small"), DeleteOptions{Recursive: true}), "files.busy")
	wantCode(t, w.space.Delete(ctx, w.entry("{home}/Documents"), DeleteOptions{Recursive: true}), "files.root")
	w.must(unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	_, err = w.space.Write(ctx, w.place("{documents}/small/a"), nil, WriteOptions{Replace: true})
	wantCode(t, err, "files.read_only")
}

func TestADiskInsideATreeIsNotDeletedWithIt(t *testing.T) {
	w := newWorld(t)
	w.folder("home/Documents/Tree/disk")
	dir := w.at("home/Documents/Tree/disk")
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skip("only an administrator can mount a small disk:", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	w.file("home/Documents/Tree/disk/x", "x")
	err := w.space.Delete(t.Context(), w.entry("{documents}/Tree"), DeleteOptions{Recursive: true})
	wantCode(t, err, "files.other_disk")
	if w.content("home/Documents/Tree/disk/x") != "x" {
		t.Error("it is gone")
	}
}

func TestTheKernelsFilesAreClosedWhereverTheyAreMounted(t *testing.T) {
	w := newWorld(t)
	w.folder("home/Documents/p")
	dir := w.at("home/Documents/p")
	if err := unix.Mount("proc", dir, "proc", 0, ""); err != nil {
		t.Skip("only an administrator can mount:", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	_, _, err := w.space.Read(t.Context(), w.place("{documents}/p/version"), Range{}, 0)
	wantCode(t, err, "files.protected")
	_, err = w.space.List(t.Context(), w.place("{documents}/p"), ListOptions{})
	wantCode(t, err, "files.protected")
}

func TestAVaultIsClosedUnderAnotherMountToo(t *testing.T) {
	w := newWorld(t)
	w.folder("home/Documents/v")
	dir := w.at("home/Documents/v")
	if err := unix.Mount(w.at("home/vault"), dir, "", unix.MS_BIND, ""); err != nil {
		t.Skip("only an administrator can mount:", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	_, _, err := w.space.Read(t.Context(), w.place("{documents}/v/vault.db"), Range{}, 0)
	wantCode(t, err, "files.protected")
	_, err = w.space.Copy(t.Context(), w.place("{documents}"), w.place("{downloads}/copy"), CopyOptions{Recursive: true})
	wantCode(t, err, "files.protected")
	if strings.Contains(everything(w.at("home/Downloads")), secret) {
		t.Error("the vault was copied")
	}
}

// TestWhatTheSystemForbidsIsSaidSo drops the rights of an administrator for
// one thread, where the test has them.
func TestWhatTheSystemForbidsIsSaidSo(t *testing.T) {
	w := newWorld(t)
	w.must(os.Chmod(w.at("home/Documents/a.txt"), 0))
	w.must(os.Chmod(w.at("home/Documents/Reports"), 0))
	read, list := w.place("{documents}/a.txt"), w.place("{documents}/Reports")
	for dir := w.base; dir != "/tmp" && dir != "/"; dir = parentOf(dir) {
		_ = os.Chmod(dir, 0o755) // else the person could not come near it
	}
	done := make(chan [2]error)
	go asSomebodyElse(func() {
		_, _, readErr := w.space.Read(t.Context(), read, Range{}, 0)
		_, listErr := w.space.List(t.Context(), list, ListOptions{})
		done <- [2]error{readErr, listErr}
	})
	got := <-done
	wantCode(t, got[0], "files.no_access")
	wantCode(t, got[1], "files.no_access")
	w.must(os.Chmod(w.at("home/Documents/Reports"), 0o755))
}
