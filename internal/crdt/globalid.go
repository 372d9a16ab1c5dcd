package crdt

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// tableGID is the GlobalID of a table: it follows from the app, the table's
// name without the prefix, and the migration that made it. Names are in lower
// case, as SQLite knows no other.
func tableGID(app, short string, migration [32]byte) GlobalID {
	return hashGID("alcove table 1", strings.ToLower(app)+strings.ToLower(short), hex.EncodeToString(migration[:]))
}

// columnGID is the GlobalID of a column of a table.
func columnGID(table GlobalID, name string, migration [32]byte) GlobalID {
	return hashGID("alcove column 1", hex.EncodeToString(table[:]), strings.ToLower(name), hex.EncodeToString(migration[:]))
}

// next is the GlobalID in the place of one that was used: a table that is made,
// dropped and made again by migrations of the same text is another table, on
// every device.
func (g GlobalID) next() GlobalID { return hashGID("alcove again 1", hex.EncodeToString(g[:])) }

func hashGID(lines ...string) (g GlobalID) {
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	copy(g[:], sum[:])
	return g
}

// appOf is the prefix of a table's full name, <64 hex digits>__<app>__, and ""
// if it has none. The host's own tables that are tracked have hostLineage for
// the digits.
func appOf(name string) string {
	lineage := 64 + len("__")
	if strings.HasPrefix(strings.ToLower(name), hostLineage) {
		lineage = len(hostLineage)
	}
	if len(name) <= lineage || name[lineage-2:lineage] != "__" {
		return ""
	}
	end := strings.Index(name[lineage:], "__")
	if end < 0 {
		return ""
	}
	return strings.ToLower(name[:lineage+end+2])
}

// hostLineage begins the names of tables of the host that are tracked. No app
// has it, for a lineage is 64 hexadecimal digits.
const hostLineage = "alcove__"
