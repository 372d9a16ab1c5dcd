package bridge

import (
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/permission"
)

// TestARefusalNamesThePolicy by the words of its switch in the settings.
func TestARefusalNamesThePolicy(t *testing.T) {
	p := newPlace(t)
	newDisk(p, t)
	s := p.open(p.install(nil, permissions(
		m{"resource": "net", "action": "fetch", "target": "https://h.example/*", "reason": "r"},
		m{"resource": "clipboard", "action": "read", "reason": "r"},
		m{"resource": "shell", "action": "terminal", "target": "git", "reason": "r"},
		m{"resource": "background", "action": "run", "reason": "r"},
		wants("readWrite", "{documents}/*", nil),
	)))
	for _, c := range []struct {
		forbidden, method string
		params            m
		want, named       string
	}{
		{"net", "net.fetch", m{"url": "https://h.example/"}, "“No network”", "net.fetch"},
		{"clipboard.read", "clipboard.read", m{}, "“No reading of the clipboard”", "clipboard.read"},
		{"shell", "shell.terminal", m{"program": "git"}, "“No programs”", "shell.terminal"},
		{"shell.run", "shell.terminal", m{"program": "git"}, "“shell.run”", "shell.terminal"},
		{"background", "background.run", m{}, "“Nothing in the background”", "background.run"},
		{"files.read", "files.write", m{"path": "{documents}/new.md", "data": "x"}, "“files.read”", "files.readWrite"},
		{"files", "files.read", m{"path": "{documents}/a.md"}, "“No files outside”", "files.read"},
	} {
		p.bridge.Forbid(permission.Policy{c.forbidden: true})
		r := p.send(s.Secret, envelope(t, 1, c.method, c.params))
		data, _ := r.Error["data"].(map[string]any)
		if said, _ := r.Error["message"].(string); r.code() != "permission.policy" || !strings.Contains(said, c.want) ||
			data["policy"] != c.forbidden || data["permission"] != c.named {
			t.Errorf("%s while %s is forbidden: %v", c.method, c.forbidden, r.Error)
		}
	}
}
