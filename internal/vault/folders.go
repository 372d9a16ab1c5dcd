package vault

import (
	"slices"

	"github.com/alcove-vault/alcove/internal/bridge"
	"github.com/alcove-vault/alcove/internal/keys"
)

// folders is what the bridge has to know of this computer: no app gets at
// Alcove's own folders or at a vault, whether it is known or only looks like
// one.
func (g *Gate) folders() bridge.Folders {
	return bridge.Folders{Closed: g.closedFolders, Marks: []string{databaseFile, keys.PassphraseFile}}
}

func (g *Gate) closedFolders() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := slices.Clone(g.known.Vaults)
	if g.open != nil {
		list = append(list, g.open.Dir)
	}
	return append(list, g.config, g.data)
}
