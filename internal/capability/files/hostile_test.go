//go:build unix

package files

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

// hostile is one way out that has to stay closed, beside the nearest thing
// that has to work.
type hostile struct {
	name string
	use  string
	path string
	code string // of the refusal; "|" between those that may come
	set  func(*world)
	at   string         // the instant, on the way from check to use, at which
	then func(w *world) // the disk changes

	control string // a path for which the same use works; "" is that no disk change comes
}

const long = 256

var hostiles = []hostile{
	// What is no path at all.
	{name: "parent", use: "read", path: "{documents}/../.ssh/id", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "parent at the end", use: "list", path: "{documents}/..", code: "files.path_invalid", control: "{documents}"},
	{name: "parent in the middle", use: "read", path: "{documents}/Reports/../a.txt", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "dot", use: "read", path: "{documents}/./a.txt", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "empty segment", use: "read", path: "{documents}//a.txt", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "slash at the end", use: "list", path: "{documents}/", code: "files.path_invalid", control: "{documents}"},
	{name: "absolute", use: "read", path: "/etc/passwd", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "absolute behind the token", use: "read", path: "{documents}//etc/passwd", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "relative", use: "read", path: "a.txt", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "nothing", use: "read", path: "", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "no token", use: "read", path: "{}/a.txt", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "unknown token", use: "read", path: "{root}/etc/passwd", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "token in another case", use: "read", path: "{Documents}/a.txt", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "token with a path", use: "read", path: "{documents/../..}/a.txt", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "token inside a segment", use: "read", path: "{documents}x/a.txt", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "tilde", use: "read", path: "~/.ssh/id", code: "files.path_invalid", control: "{home}/plain.txt"},
	{name: "NUL", use: "read", path: "{documents}/a.txt\x00.md", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "line feed", use: "write", path: "{documents}/a\nb", code: "files.path_invalid", control: "{documents}/ab"},
	{name: "escape", use: "write", path: "{documents}/\x1b[2J", code: "files.path_invalid", control: "{documents}/ab"},
	{name: "delete character", use: "write", path: "{documents}/a\x7f", code: "files.path_invalid", control: "{documents}/ab"},
	{name: "backslash", use: "read", path: `{documents}\..\.ssh\id`, code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "backslash in a segment", use: "read", path: `{documents}/..\.ssh`, code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "stream", use: "write", path: "{documents}/a.txt:hidden", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "drive", use: "read", path: "C:/Windows/win.ini", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "star", use: "read", path: "{documents}/*", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "all below", use: "delete", path: "{documents}/**", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "percent encoding stays text", use: "read", path: "{documents}/%2e%2e/.ssh/id", code: "files.not_found", control: "{documents}/a.txt"},
	{name: "slash in percent encoding stays text", use: "read", path: "{documents}/..%2f.ssh%2fid", code: "files.not_found", control: "{documents}/a.txt"},
	{name: "overlong slash", use: "read", path: "{documents}/..\xc0\xaf.ssh", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "broken UTF-8", use: "read", path: "{documents}/\xff\xfe", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "surrogate", use: "read", path: "{documents}/\xed\xa0\x80", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "slash of full width stays text", use: "read", path: "{documents}/..\uff0f.ssh", code: "files.not_found", control: "{documents}/a.txt"},
	{name: "dots of full width stay text", use: "read", path: "{documents}/\uff0e\uff0e/.ssh", code: "files.not_found", control: "{documents}/a.txt"},
	{name: "written from right to left", use: "write", path: "{documents}/a\u202etxt.exe", code: "files.path_invalid", control: "{documents}/שלום.txt"},
	{name: "without width", use: "write", path: "{documents}/a\u200b.txt", code: "files.path_invalid", control: "{documents}/a b.txt"},
	{name: "joiner in Latin", use: "write", path: "{documents}/.g\u200dit", code: "files.path_invalid", control: "{documents}/👩\u200d🔬.txt"},
	{name: "name taken apart", use: "write", path: "{documents}/e\u0301.txt", code: "files.path_invalid", control: "{documents}/\u00e9.txt"},
	{name: "folder name taken apart", use: "make", path: "{documents}/e\u0301", code: "files.path_invalid", control: "{documents}/\u00e9"},
	{name: "device of Windows", use: "write", path: "{documents}/CON", code: "files.path_invalid", control: "{documents}/CONCERT"},
	{name: "device with an extension", use: "write", path: "{documents}/nul.txt", code: "files.path_invalid", control: "{documents}/null.txt"},
	{name: "device with a number", use: "write", path: "{documents}/Com1.log", code: "files.path_invalid", control: "{documents}/Com10.log"},
	{name: "device with a raised number", use: "write", path: "{documents}/LPT²", code: "files.path_invalid", control: "{documents}/LPT²x"},
	{name: "device as a folder", use: "make", path: "{documents}/aux/x", code: "files.path_invalid", control: "{documents}/auxiliary/x"},
	{name: "dot at the end", use: "read", path: "{documents}/a.txt.", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "space at the end", use: "read", path: "{documents}/a.txt ", code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "short name of FAT", use: "read", path: "{documents}/REPORT~1/b.txt", code: "files.path_invalid", control: "{documents}/Reports/b.txt"},
	{name: "name of a draft", use: "write", path: "{documents}/.alcove-0123456789abcdef.part", code: "files.path_invalid", control: "{documents}/.alcove-0123.part"},
	{name: "long name", use: "write", path: "{documents}/" + strings.Repeat("a", long), code: "files.path_invalid", control: "{documents}/" + strings.Repeat("a", long-1)},
	{name: "long name in bytes", use: "write", path: "{documents}/" + strings.Repeat("ä", long/2), code: "files.path_invalid", control: "{documents}/" + strings.Repeat("ä", long/2-1)},
	{name: "long path", use: "read", path: "{documents}" + strings.Repeat("/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", 50), code: "files.path_invalid", control: "{documents}/a.txt"},
	{name: "deep path", use: "make", path: "{documents}" + strings.Repeat("/a", maxSegments+1), code: "files.path_invalid", control: "{documents}" + strings.Repeat("/a", maxSegments)},

	// Where links lead.
	{name: "link out", use: "read", path: "{documents}/out/secret.txt", code: "files.outside", set: func(w *world) { w.linkTo("home/Documents/out", "outside") }, control: "{documents}/Reports/b.txt"},
	{name: "link to a file outside", use: "read", path: "{documents}/out.txt", code: "files.outside", set: func(w *world) { w.linkTo("home/Documents/out.txt", "outside/secret.txt") }, control: "{documents}/a.txt"},
	{name: "writing through a link", use: "write", path: "{documents}/out.txt", code: "files.outside", set: func(w *world) { w.linkTo("home/Documents/out.txt", "outside/secret.txt") }, control: "{documents}/a.txt"},
	{name: "relative link out", use: "read", path: "{documents}/out/secret.txt", code: "files.outside", set: func(w *world) { w.link("home/Documents/out", "../../outside") }, control: "{documents}/Reports/b.txt"},
	{name: "chain of links", use: "read", path: "{documents}/one/secret.txt", code: "files.outside", set: func(w *world) {
		w.link("home/Documents/one", "two")
		w.link("home/Documents/two", "Reports/three")
		w.linkTo("home/Documents/Reports/three", "outside")
	}, control: "{documents}/Reports/b.txt"},
	{name: "links in a circle", use: "read", path: "{documents}/round", code: "files.path_invalid", set: func(w *world) {
		w.link("home/Documents/round", "and")
		w.link("home/Documents/and", "round")
	}, control: "{documents}/a.txt"},
	{name: "link to itself with more behind", use: "read", path: "{documents}/round/x", code: "files.path_invalid", set: func(w *world) { w.link("home/Documents/round", "round/round") }, control: "{documents}/a.txt"},
	{name: "dangling link out", use: "write", path: "{documents}/new.txt", code: "files.outside", set: func(w *world) { w.linkTo("home/Documents/new.txt", "outside/new.txt") }, control: "{documents}/newer.txt"},
	{name: "making a folder through a link", use: "make", path: "{documents}/out/new", code: "files.outside", set: func(w *world) { w.linkTo("home/Documents/out", "outside") }, control: "{documents}/Reports/new"},
	{name: "listing through a link", use: "list", path: "{documents}/out", code: "files.outside", set: func(w *world) { w.linkTo("home/Documents/out", "outside") }, control: "{documents}/Reports"},
	{name: "watching through a link", use: "watch", path: "{documents}/out", code: "files.outside", set: func(w *world) { w.linkTo("home/Documents/out", "outside") }, control: "{documents}/Reports"},
	{name: "deleting through a link", use: "delete", path: "{documents}/out/deep", code: "files.outside", set: func(w *world) { w.linkTo("home/Documents/out", "outside") }, control: "{documents}/Reports/c"},
	{name: "moving through a link", use: "move from", path: "{documents}/out/secret.txt", code: "files.outside", set: func(w *world) { w.linkTo("home/Documents/out", "outside") }, control: "{documents}/Reports/b.txt"},
	{name: "moving to a link", use: "move here", path: "{documents}/out/new", code: "files.outside", set: func(w *world) { w.linkTo("home/Documents/out", "outside") }, control: "{documents}/Reports/new"},
	{name: "moving a link", use: "move from", path: "{documents}/out", code: "files.not_regular", set: func(w *world) { w.linkTo("home/Documents/out", "outside") }, control: "{documents}/Reports"},
	{name: "copying to a link", use: "copy here", path: "{documents}/out.txt", code: "files.outside", set: func(w *world) { w.linkTo("home/Documents/out.txt", "outside/secret.txt") }, control: "{documents}/copy.txt"},
	{name: "copying from a link", use: "copy from", path: "{documents}/out", code: "files.outside", set: func(w *world) { w.linkTo("home/Documents/out", "outside") }, control: "{documents}/Reports"},
	{name: "link to the root of the disk", use: "read", path: "{documents}/disk/etc/passwd", code: "files.outside", set: func(w *world) { w.link("home/Documents/disk", "/") }, control: "{documents}/a.txt"},
	{name: "link with a parent behind what is missing", use: "write", path: "{documents}/new", code: "files.outside", set: func(w *world) { w.link("home/Documents/new", "missing/../../../outside/new") }, control: "{documents}/newer"},
	{name: "link into keys", use: "read", path: "{documents}/keys/id", code: "files.protected", set: func(w *world) { w.linkTo("home/Documents/keys", "home/.ssh") }, control: "{documents}/a.txt"},
	{name: "link to a vault", use: "read", path: "{documents}/v/vault.db", code: "files.protected", set: func(w *world) { w.linkTo("home/Documents/v", "home/vault") }, control: "{documents}/a.txt"},

	// What the kernel shows as files.
	{name: "link into /proc", use: "read", path: "{documents}/p/self/environ", code: "files.protected", set: func(w *world) { w.link("home/Documents/p", "/proc") }, control: "{documents}/a.txt"},
	{name: "the root of the process", use: "list", path: "{documents}/p", code: "files.protected", set: func(w *world) { w.link("home/Documents/p", "/proc/self/root") }, control: "{documents}"},
	{name: "an open file of the process", use: "read", path: "{documents}/p", code: "files.protected", set: func(w *world) { w.link("home/Documents/p", "/proc/self/fd/0") }, control: "{documents}/a.txt"},
	{name: "link into /sys", use: "read", path: "{documents}/s/kernel/notes", code: "files.protected", set: func(w *world) { w.link("home/Documents/s", "/sys") }, control: "{documents}/a.txt"},
	{name: "link to a device", use: "read", path: "{documents}/z", code: "files.protected", set: func(w *world) { w.link("home/Documents/z", "/dev/zero") }, control: "{documents}/a.txt"},
	{name: "writing to a device", use: "write", path: "{documents}/z", code: "files.protected", set: func(w *world) { w.link("home/Documents/z", "/dev/null") }, control: "{documents}/a.txt"},

	// What is no ordinary file.
	{name: "pipe", use: "read", path: "{documents}/pipe", code: "files.not_regular", set: func(w *world) { w.must(syscall.Mkfifo(w.at("home/Documents/pipe"), 0o666)) }, control: "{documents}/a.txt"},
	{name: "writing to a pipe", use: "write", path: "{documents}/pipe", code: "files.not_regular", set: func(w *world) { w.must(syscall.Mkfifo(w.at("home/Documents/pipe"), 0o666)) }, control: "{documents}/a.txt"},
	{name: "socket", use: "read", path: "{documents}/s", code: "files.not_regular", set: (*world).socket, control: "{documents}/a.txt"},
	{name: "deleting a socket", use: "delete", path: "{documents}/s", code: "files.not_regular", set: (*world).socket, control: "{documents}/a.txt"},
	{name: "copying a pipe", use: "copy from", path: "{documents}/pipe", code: "files.not_regular", set: func(w *world) { w.must(syscall.Mkfifo(w.at("home/Documents/pipe"), 0o666)) }, control: "{documents}/a.txt"},
	{name: "a file as a folder", use: "read", path: "{documents}/a.txt/b", code: "files.not_folder", control: "{documents}/a.txt"},
	{name: "a folder as a file", use: "read", path: "{documents}/Reports", code: "files.is_folder", control: "{documents}/a.txt"},
	{name: "larger than memory", use: "read", path: "{documents}/huge", code: "files.too_large", set: func(w *world) {
		w.file("home/Documents/huge", "")
		w.must(os.Truncate(w.at("home/Documents/huge"), 1<<40))
	}, control: "{documents}/a.txt"},
	{name: "copying what is larger than the disk", use: "copy from", path: "{documents}/huge", code: "files.too_large|files.no_space", set: func(w *world) {
		w.space.limits.File = 1 << 20
		w.file("home/Documents/huge", "")
		w.must(os.Truncate(w.at("home/Documents/huge"), 1<<40))
	}, control: "{documents}/a.txt"},
	{name: "writing what can only be read", use: "write", path: "{documents}/a.txt", code: "files.read_only", set: func(w *world) { w.must(os.Chmod(w.at("home/Documents/a.txt"), 0o444)) }, control: "{documents}/Reports/b.txt"},

	// What nobody gets at.
	{name: "keys", use: "read", path: "{home}/.ssh/id", code: "files.protected", control: "{home}/plain.txt"},
	{name: "keys in another case", use: "read", path: "{home}/.SSH/id", code: "files.protected", control: "{home}/plain.txt"},
	{name: "writing into keys", use: "write", path: "{home}/.ssh/authorized_keys", code: "files.protected", control: "{home}/keys"},
	{name: "start-up file of a shell", use: "write", path: "{home}/.bashrc", code: "files.protected", control: "{home}/bashrc"},
	{name: "start-up file that is not there", use: "write", path: "{home}/.zshenv", code: "files.protected", control: "{home}/zshenv"},
	{name: "autostart", use: "write", path: "{home}/.config/autostart/y.desktop", code: "files.protected", control: "{home}/config"},
	{name: "any hidden configuration", use: "read", path: "{home}/.config/app/settings", code: "files.protected", control: "{home}/plain.txt"},
	{name: "making what is hidden", use: "make", path: "{home}/.new", code: "files.protected", control: "{home}/new"},
	{name: "moving to what is hidden", use: "move here", path: "{home}/.profile", code: "files.protected", control: "{home}/profile"},
	{name: "own programs", use: "write", path: "{home}/bin/run", code: "files.protected", control: "{home}/been"},
	{name: "the vault", use: "read", path: "{home}/vault/vault.db", code: "files.protected", control: "{home}/plain.txt"},
	{name: "listing the vault", use: "list", path: "{home}/vault", code: "files.protected", control: "{documents}"},
	{name: "deleting the vault", use: "delete", path: "{home}/vault", code: "files.protected", control: "{home}/Pictures/p.png"},
	{name: "writing into the vault", use: "write", path: "{home}/vault/new", code: "files.protected", control: "{home}/new"},
	{name: "another vault", use: "read", path: "{documents}/Stray/vault.db", code: "files.protected", control: "{documents}/a.txt"},
	{name: "another vault from above", use: "delete", path: "{home}/Boxes", code: "files.protected", set: func(w *world) {
		w.file("home/Boxes/One/vault.db", "1")
		w.file("home/Boxes/One/key.age", "1")
	}, control: "{documents}/Reports"},
	{name: "copying a vault from above", use: "copy from", path: "{documents}", code: "files.protected", control: "{documents}/Reports"},
	{name: "moving the vault from above", use: "move from", path: "{home}/Safe", code: "files.protected", set: func(w *world) {
		w.folder("home/Safe")
		w.must(os.Rename(w.at("home/vault"), w.at("home/Safe/vault")))
		w.must(os.Symlink(w.at("home/Safe/vault"), w.at("home/vault")))
	}, control: "{documents}/Reports"},
	{name: "hooks of version control", use: "write", path: "{documents}/Reports/.git/hooks/pre-commit", code: "files.protected", control: "{documents}/Reports/git"},
	{name: "hooks in another case", use: "make", path: "{documents}/Reports/.GIT", code: "files.protected", control: "{documents}/Reports/git"},
	{name: "tasks of an editor", use: "move here", path: "{documents}/.vscode", code: "files.protected", control: "{documents}/vscode"},
	{name: "a known folder that is the home folder", use: "read", path: "{music}/plain.txt", code: "files.not_found", control: "{home}/plain.txt"},
	{name: "a known folder that is not there", use: "make", path: "{videos}/x", code: "files.not_found", control: "{pictures}/x"},
	{name: "deleting a root", use: "delete", path: "{documents}", code: "files.root", control: "{documents}/Reports"},
	{name: "moving a root", use: "move from", path: "{pictures}", code: "files.root", control: "{documents}/Reports"},
	{name: "something picked by somebody else", use: "read", path: "{picked-0123456789abcdef}", code: "files.not_found", control: "{documents}/a.txt"},
	{name: "below a picked file", use: "read", path: "{picked-00000000000000f1}/x", code: "files.not_folder", set: func(w *world) {
		w.picks.Add(Pick{Token: "picked-00000000000000f1", Path: w.at("outside/secret.txt")})
	}, control: "{documents}/a.txt"},

	// What changes between the check and the use.
	{name: "folder becomes a link before it is read", use: "read", path: "{documents}/Reports/b.txt", code: "files.changed", at: "checked", then: (*world).swap},
	{name: "folder becomes a link before it is written", use: "write", path: "{documents}/Reports/new", code: "files.changed", at: "checked", then: (*world).swap},
	{name: "folder becomes a link before it is listed", use: "list", path: "{documents}/Reports", code: "files.changed", at: "checked", then: (*world).swap},
	{name: "folder becomes a link before it is watched", use: "watch", path: "{documents}/Reports", code: "files.changed", at: "checked", then: (*world).swap},
	{name: "folder becomes a link before one is made in it", use: "make", path: "{documents}/Reports/new", code: "files.changed", at: "checked", then: (*world).swap},
	{name: "folder becomes a link before something in it is deleted", use: "delete", path: "{documents}/Reports/c", code: "files.changed", at: "checked", then: (*world).swap},
	{name: "folder becomes a link before something in it is moved", use: "move from", path: "{documents}/Reports/b.txt", code: "files.changed", at: "checked", then: (*world).swap},
	{name: "folder becomes a link before something is moved there", use: "move here", path: "{documents}/Reports/new", code: "files.changed", at: "checked", then: (*world).swap},
	{name: "folder becomes a link before it is copied", use: "copy from", path: "{documents}/Reports", code: "files.changed", at: "checked", then: (*world).swap},
	{name: "folder becomes a link before something is copied there", use: "copy here", path: "{documents}/Reports/new", code: "files.changed", at: "checked", then: (*world).swap},
	{name: "folder further up becomes a link before it is read", use: "read", path: "{documents}/Reports/deep/er/secret.txt", code: "files.changed", set: (*world).alike, at: "checked", then: (*world).swap},
	{name: "folder further up becomes a link before it is opened", use: "open", path: "{documents}/Reports/deep/er/secret.txt", code: "files.changed", set: (*world).alike, at: "checked", then: (*world).swap},
	{name: "folder further up becomes a link before it is written", use: "write", path: "{documents}/Reports/deep/er/secret.txt", code: "files.changed", set: (*world).alike, at: "checked", then: (*world).swap},
	{name: "folder further up becomes a link before it is listed", use: "list", path: "{documents}/Reports/deep/er", code: "files.changed", set: (*world).alike, at: "checked", then: (*world).swap},
	{name: "folder further up becomes a link before something in it is deleted", use: "delete", path: "{documents}/Reports/deep/er", code: "files.changed", set: (*world).alike, at: "checked", then: (*world).swap},
	{name: "folder above the known one becomes a link", use: "read", path: "{documents}/secret.txt", code: "files.changed", set: func(w *world) {
		w.file("home/Documents/secret.txt", "mine")
		w.file("else/Documents/secret.txt", "another home")
	}, at: "checked", then: func(w *world) {
		w.must(os.Rename(w.at("home"), w.at("old home")))
		w.linkTo("home", "else")
		w.restore = func() {
			w.must(os.Remove(w.at("home")))
			w.must(os.Rename(w.at("old home"), w.at("home")))
		}
	}},
	{name: "known folder becomes a link", use: "read", path: "{documents}/secret.txt", code: "files.changed", set: func(w *world) { w.file("home/Documents/secret.txt", "mine") }, at: "checked", then: func(w *world) {
		w.must(os.Rename(w.at("home/Documents"), w.at("home/Old")))
		w.linkTo("home/Documents", "outside")
		w.restore = func() {
			w.must(os.Remove(w.at("home/Documents")))
			w.must(os.Rename(w.at("home/Old"), w.at("home/Documents")))
		}
	}},
	{name: "file becomes a link before it is read", use: "read", path: "{documents}/a.txt", code: "files.changed", at: "opened", then: func(w *world) { w.swapFile("outside/secret.txt") }},
	{name: "file becomes a link before it is opened", use: "open", path: "{documents}/a.txt", code: "files.changed", at: "opened", then: func(w *world) { w.swapFile("home/.ssh/id") }},
	{name: "file becomes a link before it is written", use: "write", path: "{documents}/a.txt", code: "files.changed", at: "opened", then: func(w *world) { w.swapFile("outside/secret.txt") }},
	{name: "file becomes a link before it is copied", use: "copy from", path: "{documents}/a.txt", code: "files.changed", at: "opened", then: func(w *world) { w.swapFile("outside/secret.txt") }},
	{name: "file becomes a pipe before it is read", use: "read", path: "{documents}/a.txt", code: "files.not_regular", at: "opened", then: func(w *world) {
		w.must(os.Remove(w.at("home/Documents/a.txt")))
		w.must(syscall.Mkfifo(w.at("home/Documents/a.txt"), 0o666))
	}},
	{name: "file becomes a link to /proc before it is read", use: "read", path: "{documents}/a.txt", code: "files.changed", at: "opened", then: func(w *world) {
		w.must(os.Remove(w.at("home/Documents/a.txt")))
		w.link("home/Documents/a.txt", "/proc/self/environ")
	}},
	{name: "inner folder becomes a link before it is emptied", use: "delete", path: "{documents}/Reports", code: "", at: "surveyed", then: func(w *world) {
		w.must(os.Rename(w.at("home/Documents/Reports/c"), w.at("home/c")))
		w.linkTo("home/Documents/Reports/c", "outside")
	}},
	{name: "missing folder becomes a link before it is made", use: "make", path: "{documents}/new/er", code: "files.changed", at: "checked", then: func(w *world) { w.linkTo("home/Documents/new", "outside") }},
	{name: "picked folder becomes a link", use: "read", path: "{picked-00000000000000f2}/b.txt", code: "files.changed", set: func(w *world) {
		w.picks.Add(Pick{Token: "picked-00000000000000f2", Path: w.at("home/Documents/Reports"), Folder: true})
	}, at: "checked", then: (*world).swap},
}

// swap replaces the folder Reports by a link to what is outside.
func (w *world) swap() {
	w.must(os.Rename(w.at("home/Documents/Reports"), w.at("home/Aside")))
	w.linkTo("home/Documents/Reports", "outside")
}

// alike makes Reports hold the same names as what is outside.
func (w *world) alike() { w.file("home/Documents/Reports/deep/er/secret.txt", "mine") }

// swapFile replaces a.txt by a link.
func (w *world) swapFile(to string) {
	w.must(os.Remove(w.at("home/Documents/a.txt")))
	w.linkTo("home/Documents/a.txt", to)
}

func (w *world) socket() {
	// Its path is short enough only from where it is.
	l, err := net.Listen("unix", filepath.Join(w.at("home/Documents"), "s"))
	w.must(err)
	w.t.Cleanup(func() { l.Close() })
}

func TestNoHostilePathEscapes(t *testing.T) {
	for mode, old := range map[string]bool{"this kernel": false, "an old kernel": true} {
		for _, h := range hostiles {
			t.Run(mode+"/"+h.name, func(t *testing.T) {
				w := newWorld(t)
				w.space.oldKernel = old
				if h.set != nil {
					h.set(w)
				}
				if h.then != nil {
					done := false
					w.space.between = func(instant string) {
						if instant == h.at && !done {
							done = true
							h.then(w)
						}
					}
					defer func() {
						if !done {
							t.Errorf("the instant %q never came", h.at)
						}
					}()
				}
				got, err := uses[h.use].do(w, h.path)
				if w.restore != nil {
					w.restore()
				}
				if code := fault.Code(err); !strings.Contains("|"+h.code+"|", "|"+code+"|") {
					t.Errorf("%s of %q: got %v, want %s", h.use, h.path, err, h.code)
				}
				if strings.Contains(got, secret) || strings.Contains(got, "secret") {
					t.Errorf("told %q", got)
				}
				w.outsideIsWhole()
				w.noDrafts()
			})
			t.Run(mode+"/"+h.name+", control", func(t *testing.T) {
				w := newWorld(t)
				w.space.oldKernel = old
				path := h.control
				if path == "" {
					path = h.path
				}
				if h.set != nil {
					h.set(w)
				}
				if _, err := uses[h.use].do(w, path); err != nil {
					t.Errorf("%s of %q: %v", h.use, path, err)
				}
			})
		}
	}
	if n := len(hostiles); n < 60 {
		t.Errorf("only %d hostile paths", n)
	}
}
