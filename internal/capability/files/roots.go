package files

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/adrg/xdg"
)

// Known are the absolute paths of the known folders by token. What is missing
// or "" is not there on this computer.
type Known map[string]string

// home is the token of the person's home folder.
const home = "home"

// tokens are the known folders, in the order in which two for the same place
// are preferred.
var tokens = []string{"documents", "downloads", "desktop", "pictures", "music", "videos", home}

// PersonsFolders returns the known folders of the person who runs Alcove.
func PersonsFolders() Known {
	u := xdg.UserDirs
	return Known{
		"documents": u.Documents, "downloads": u.Download, "desktop": u.Desktop,
		"pictures": u.Pictures, "music": u.Music, "videos": u.Videos, home: xdg.Home,
	}
}

const pickPrefix = "picked-"

// isToken reports whether a token is one that paths can begin with.
func isToken(token string) bool {
	return slices.Contains(tokens, token) || isPick(token)
}

func isPick(token string) bool {
	digits, ok := strings.CutPrefix(token, pickPrefix)
	return ok && len(digits) == 16 && strings.Trim(digits, "0123456789abcdef") == ""
}

// Pick is a file or folder that the person has picked for an app.
type Pick struct {
	Token    string // "picked-" and 16 hexadecimal digits
	Path     string // the real, absolute path
	Folder   bool   // what is below it was picked too
	Writable bool
}

// Target returns the pick's own path as apps write it.
func (p Pick) Target() string { return spell(p.Token, nil) }

// Picks are what the person has picked for one app. It is safe for use by
// several goroutines.
type Picks struct {
	mu  sync.RWMutex
	all map[string]Pick
}

// NewPicks returns picks with what was remembered.
func NewPicks(remembered ...Pick) *Picks {
	p := &Picks{all: make(map[string]Pick, len(remembered))}
	for _, pick := range remembered {
		p.Add(pick)
	}
	return p
}

// TokenOf returns the token of a pick whose 16 hexadecimal digits are known.
func TokenOf(digits string) string { return pickPrefix + digits }

// Digits are the pick's 16 hexadecimal digits.
func (p Pick) Digits() string { return strings.TrimPrefix(p.Token, pickPrefix) }

// NewToken returns a token for something that was picked just now.
func NewToken() string {
	var raw [8]byte
	rand.Read(raw[:]) // never fails: the runtime aborts where there is no randomness
	return pickPrefix + hex.EncodeToString(raw[:])
}

// Add takes a pick in. One with a token or a path that is none is left out.
func (p *Picks) Add(pick Pick) {
	if !isPick(pick.Token) || !filepath.IsAbs(pick.Path) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all[pick.Token] = pick
}

// Remove forgets a pick.
func (p *Picks) Remove(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, token)
}

// Get returns the pick with this token.
func (p *Picks) Get(token string) (Pick, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	pick, ok := p.all[token]
	return pick, ok
}

// All returns every pick in the order of their tokens.
func (p *Picks) All() []Pick {
	p.mu.RLock()
	defer p.mu.RUnlock()
	list := make([]Pick, 0, len(p.all))
	for _, pick := range p.all {
		list = append(list, pick)
	}
	slices.SortFunc(list, func(a, b Pick) int { return strings.Compare(a.Token, b.Token) })
	return list
}

// root is a folder that tokens stand for, as it is on the disk now.
type root struct {
	token string
	dir   string   // its real path
	below []string // what of dir is meant: nothing, or the one file that was picked
	only  bool     // nothing below it: a picked file
}

// segments takes a real path apart below the root.
func (r root) segments(real string) ([]string, bool) {
	at := filepath.Join(append([]string{r.dir}, r.below...)...)
	switch {
	case real == at:
		return nil, true
	case r.only || !inside(at, real):
		return nil, false
	}
	return strings.Split(filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(real, at), string(filepath.Separator))), "/"), true
}

// knownRoots returns the known folders that are there, the longest first. A
// known folder that is the home folder or above it is none: it would say a
// little and mean everything.
func (s *Space) knownRoots() []root {
	own, _ := realDir(s.known[home])
	var list []root
	for _, token := range tokens {
		dir, ok := realDir(s.known[token])
		if !ok || dir == filepath.Dir(dir) {
			continue
		}
		if token != home && own != "" && (dir == own || inside(dir, own)) {
			continue
		}
		list = append(list, root{token: token, dir: dir})
	}
	slices.SortStableFunc(list, func(a, b root) int { return len(b.dir) - len(a.dir) })
	return list
}

// pickRoot returns the root of a pick. A picked file is reached through the
// folder it is in, of which it is the only name that is meant.
func pickRoot(p Pick) root {
	if p.Folder {
		return root{token: p.Token, dir: filepath.Clean(p.Path)}
	}
	return root{token: p.Token, dir: filepath.Dir(p.Path), below: []string{filepath.Base(p.Path)}, only: true}
}

// realDir returns the real path of an absolute folder.
func realDir(path string) (string, bool) {
	if !filepath.IsAbs(path) {
		return "", false
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", false
	}
	info, err := os.Stat(real)
	return real, err == nil && info.IsDir()
}

// inside reports whether path is below dir, both clean and absolute.
func inside(dir, path string) bool {
	if dir == filepath.Dir(dir) {
		return path != dir && strings.HasPrefix(path, dir)
	}
	return strings.HasPrefix(path, dir+string(filepath.Separator))
}
