package files

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// sealed are the places below the home folder that nobody gets at, not even
// by picking them: keys and passwords, what starts programs by itself, and the
// profiles of browsers. docs/extensions/files.md has the list in words.
var sealed = []string{
	// Alcove's own.
	".config/alcove", ".local/share/alcove", ".local/state/alcove", ".cache/alcove",
	// Keys, passwords and tokens.
	".ssh", ".gnupg", ".pki", ".password-store", ".netrc", ".git-credentials", ".pgpass", ".my.cnf",
	".aws", ".azure", ".kube", ".docker", ".npmrc", ".pypirc", ".config/gcloud", ".config/gh", ".config/rclone",
	".config/op", ".config/age", ".config/sops", ".local/share/keyrings", ".local/share/kwalletd", ".local/share/gnupg",
	".local/share/pass", ".electrum", ".bitcoin", ".ethereum",
	// What the session, a shell or an editor starts.
	".config/autostart", ".config/autostart-scripts", ".config/plasma-workspace", ".config/systemd",
	".config/environment.d", ".config/upstart", ".config/git", ".config/fish", ".config/nushell", ".config/nvim",
	".config/sway", ".config/hypr", ".config/i3", ".config/openbox", ".config/awesome", ".config/bspwm", ".config/sxhkd",
	".local/share/systemd", ".local/share/applications", ".local/share/dbus-1", ".local/share/gnome-shell",
	".local/share/nautilus", ".local/share/flatpak", ".local/bin", "bin", "Applications",
	".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".bash_completion", ".profile",
	".zshrc", ".zshenv", ".zprofile", ".zlogin", ".zlogout", ".kshrc", ".mkshrc", ".cshrc", ".tcshrc", ".login", ".logout",
	".inputrc", ".xinitrc", ".xprofile", ".xsession", ".xsessionrc", ".xserverrc", ".Xresources", ".pam_environment",
	".gitconfig", ".hgrc", ".vimrc", ".vim", ".gvimrc", ".emacs", ".emacs.d", ".i3", ".fluxbox", ".forward", ".procmailrc",
	".gdbinit", ".lldbinit", ".cargo", ".rustup", ".nvm", ".pyenv", ".rbenv",
	// Browsers and mail, and where packaged programs keep theirs.
	".mozilla", ".thunderbird", ".librewolf", ".waterfox", ".tor-browser", ".config/google-chrome",
	".config/google-chrome-beta", ".config/google-chrome-unstable", ".config/chromium", ".config/BraveSoftware",
	".config/microsoft-edge", ".config/vivaldi", ".config/opera", ".config/epiphany", ".local/share/epiphany",
	".cache/mozilla", ".cache/google-chrome", ".cache/chromium", ".var", "snap", "Library", "AppData",
}

// closedTrees are closed whatever token leads there. Below /run only what is
// plugged in or shared is open.
var (
	closedTrees = []string{"/proc", "/sys", "/dev", "/boot", "/run"}
	openInRun   = []string{"/run/media", "/run/user/*/gvfs", "/run/user/*/doc"}
)

// startsPrograms are names that editors, version control or the desktop take
// instructions from in whatever folder they are. They can be read, not written.
var startsPrograms = []string{
	".git", ".hg", ".svn", ".bzr", ".jj", ".vscode", ".idea", ".zed", ".husky", ".devcontainer", ".envrc", ".direnv",
	"autorun.inf", "desktop.ini", ".directory",
}

// sealedAge is how long the real paths of what is sealed are remembered.
const sealedAge = 10 * time.Second

// guard knows what nobody gets at.
type guard struct {
	closed func() []string
	marks  []string
	home   string // the home folder as configured

	mu        sync.Mutex
	cached    []wall // below cachedFor, as they were at found
	cachedFor string
	found     time.Time
	now       func() time.Time
}

func newGuard(o Options) *guard {
	g := &guard{closed: o.Closed, marks: o.Marks, home: o.Known[home], now: time.Now}
	if g.closed == nil {
		g.closed = func() []string { return nil }
	}
	return g
}

// wall is a place that is closed with all that is below it.
type wall struct{ path, folded string }

func wallAt(path string) wall { return wall{path: path, folded: spelling.Fold(path)} }

// walls are what is closed, as it is on the disk at the start of one operation.
type walls struct {
	home  string // the real home folder, or ""
	all   []wall
	ids   []os.FileInfo // the vaults again, by what they are and not by name
	marks []string
}

func (g *guard) walls() walls {
	w := walls{marks: g.marks}
	w.home, _ = realDir(g.home)
	w.all = append(w.all, g.sealed(w.home)...)
	for _, dir := range g.closed() {
		if !filepath.IsAbs(dir) {
			continue
		}
		w.all = append(w.all, wallAt(filepath.Clean(dir)))
		if real, err := filepath.EvalSymlinks(dir); err == nil && real != dir {
			w.all = append(w.all, wallAt(real))
		}
		if info, err := os.Stat(dir); err == nil {
			w.ids = append(w.ids, info)
		}
	}
	return w
}

// sealed returns what is sealed below home, under the names it has there and
// the real ones.
func (g *guard) sealed(home string) []wall {
	if home == "" {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if g.cachedFor == home && now.Sub(g.found) < sealedAge {
		return g.cached
	}
	list := make([]wall, 0, len(sealed))
	for _, name := range sealed {
		list = append(list, wallAt(filepath.Join(home, filepath.FromSlash(name))))
	}
	for _, w := range list[:len(sealed)] {
		if real, err := filepath.EvalSymlinks(w.path); err == nil && real != w.path {
			list = append(list, wallAt(real))
		}
	}
	g.cached, g.cachedFor, g.found = list, home, now
	return list
}

// closes reports whether nobody gets at a real path. Parents are the folders
// on the way that are there, by what they are.
func (w walls) closes(real string, parents []os.FileInfo) bool {
	return w.closesPath(real) || slices.ContainsFunc(parents, w.closesFolder)
}

// closesPath judges by name, without regard to case: there are file systems
// that have none.
func (w walls) closesPath(real string) bool {
	if inClosedTree(real) {
		return true
	}
	folded := spelling.Fold(real)
	return slices.ContainsFunc(w.all, func(wall wall) bool { return folded == wall.folded || inside(wall.folded, folded) })
}

// closesFolder judges a folder by what it is: another mount or another
// spelling of a vault's folder is still that folder.
func (w walls) closesFolder(info os.FileInfo) bool {
	return slices.ContainsFunc(w.ids, func(id os.FileInfo) bool { return os.SameFile(id, info) })
}

// marked reports whether a folder has all the files of a vault.
func (w walls) marked(has func(name string) bool) bool {
	if len(w.marks) == 0 {
		return false
	}
	for _, name := range w.marks {
		if !has(name) {
			return false
		}
	}
	return true
}

// holds reports whether something closed is below a real path, so that the
// path cannot be moved or deleted as a whole.
func (w walls) holds(real string) bool {
	folded := spelling.Fold(real)
	return slices.ContainsFunc(w.all, func(wall wall) bool {
		if !inside(folded, wall.folded) {
			return false
		}
		_, err := os.Lstat(wall.path)
		return err == nil
	})
}

// hides reports whether a real path is hidden configuration: what begins with
// a dot directly in the home folder. It is reached only through a root that is
// there itself, which takes the person's picking it.
func (w walls) hides(real, rootPath string) bool {
	if w.home == "" || !inside(w.home, real) {
		return false
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(real, w.home+string(filepath.Separator)), string(filepath.Separator))
	if !strings.HasPrefix(first, ".") {
		return false
	}
	top := filepath.Join(w.home, first)
	return rootPath != top && !inside(top, rootPath)
}

func inClosedTree(real string) bool {
	slash := filepath.ToSlash(real)
	for _, tree := range closedTrees {
		if slash != tree && !strings.HasPrefix(slash, tree+"/") {
			continue
		}
		return !slices.ContainsFunc(openInRun, func(pattern string) bool { return below(pattern, slash) })
	}
	return false
}

// below reports whether path is below a place whose segments may be "*".
func below(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(got) <= len(want) {
		return false
	}
	for i, segment := range want {
		if segment != "*" && segment != got[i] {
			return false
		}
	}
	return true
}

// instructs reports whether a path has a segment that programs take
// instructions from.
func instructs(segments []string) bool {
	return slices.ContainsFunc(segments, func(segment string) bool {
		return slices.Contains(startsPrograms, spelling.Fold(segment))
	})
}
