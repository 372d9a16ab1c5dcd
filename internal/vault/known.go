package vault

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/keys"
)

const (
	knownFile     = "vaults.json"
	interfaceFile = "interface.json"
	maxKnown      = 100
	maxConfigSize = 64 << 10
)

// Known is a vault this user has made or opened.
type Known struct {
	ID      string `json:"id"` // stands for the path, not for what is in it
	Name    string `json:"name"`
	Path    string `json:"path"`
	Current bool   `json:"current"`
}

// knownList is the content of vaults.json: paths and nothing else of a vault.
type knownList struct {
	Vaults  []string `json:"vaults"` // absolute paths, the newest first
	Current string   `json:"current"`
}

func (l *knownList) add(path string) {
	if !slices.Contains(l.Vaults, path) {
		l.Vaults = slices.Insert(l.Vaults, 0, path)
	}
	if len(l.Vaults) > maxKnown {
		l.Vaults = l.Vaults[:maxKnown]
	}
	l.Current = path
}

// tidy drops what a hand-edited file could hold.
func (l *knownList) tidy() {
	l.Vaults = slices.DeleteFunc(l.Vaults, func(p string) bool { return !filepath.IsAbs(p) })
	if len(l.Vaults) > maxKnown {
		l.Vaults = l.Vaults[:maxKnown]
	}
	if !slices.Contains(l.Vaults, l.Current) {
		l.Current = ""
		if len(l.Vaults) > 0 {
			l.Current = l.Vaults[0]
		}
	}
}

// discover adds the vaults that lie in the folder where Alcove makes them, if
// none is known: they were made without a window.
func (l *knownList) discover(data string) {
	if len(l.Vaults) > 0 || data == "" {
		return
	}
	entries, err := os.ReadDir(data)
	if err != nil {
		return // there is none yet
	}
	for _, e := range entries {
		path := filepath.Join(data, e.Name())
		if _, err := os.Stat(filepath.Join(path, keys.PassphraseFile)); e.IsDir() && err == nil && len(l.Vaults) < maxKnown {
			l.Vaults = append(l.Vaults, path)
		}
	}
	l.tidy()
}

func (l *knownList) find(id string) (path string, ok bool) {
	for _, p := range l.Vaults {
		if knownID(p) == id {
			return p, true
		}
	}
	return "", false
}

func known(path, current string) Known {
	return Known{ID: knownID(path), Name: filepath.Base(path), Path: path, Current: path == current}
}

func knownID(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:8])
}

// Themes of the interface.
const (
	ThemeSystem = "system"
	ThemeLight  = "light"
	ThemeDark   = "dark"
)

// appearance is the content of interface.json: what must be known before a
// vault is open.
type appearance struct {
	Theme string `json:"theme"`
}

func checkTheme(theme string) error {
	if theme != ThemeSystem && theme != ThemeLight && theme != ThemeDark {
		return fault.New("request.malformed", "There is no such theme. Choose system, light or dark.")
	}
	return nil
}

// readConfig decodes a file of the configuration folder into into. A file that
// is missing or damaged counts as empty: it holds nothing that cannot be
// chosen again.
func readConfig(dir, name string, into any) {
	if dir == "" {
		return
	}
	path := filepath.Join(dir, name)
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxConfigSize {
		return
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return
	}
	_ = json.Unmarshal(data, into)
}

// writeConfig replaces a file of the configuration folder.
func writeConfig(dir, name string, content any) error {
	if dir == "" {
		return nil
	}
	data, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return keys.ReplaceFile(filepath.Join(dir, name), append(data, '\n'))
}
