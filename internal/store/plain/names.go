package plain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// fileName turns a table's name, which may hold anything, into a name that is
// a file in this folder on every system. Bytes other than small letters,
// digits, "_" and "-" become %XX, so names that differ stay different where
// the system ignores case too.
func fileName(table string) string {
	var b strings.Builder
	for i := range len(table) {
		switch c := table[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '_', c == '-':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	name := b.String()
	if device(name) {
		name = fmt.Sprintf("%%%02X%s", name[0], name[1:])
	}
	if len(name) > maxFileName || name == "" {
		sum := sha256.Sum256([]byte(table))
		return longName + hex.EncodeToString(sum[:16])
	}
	return name
}

// maxFileName leaves room for an ending within what file systems allow.
const maxFileName = 200

// longName begins the name of a file whose table has too long a name; which
// one it is, data.json says.
const longName = "%long-"

// tableName undoes fileName. It fails for the file of a long name.
func tableName(file string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(file); i++ {
		if file[i] != '%' {
			b.WriteByte(file[i])
			continue
		}
		if i+3 > len(file) {
			return "", false
		}
		c, err := strconv.ParseUint(file[i+1:i+3], 16, 8)
		if err != nil {
			return "", false
		}
		b.WriteByte(byte(c))
		i += 2
	}
	return b.String(), b.Len() > 0
}

// device reports whether Windows takes the name for a device.
func device(name string) bool {
	switch name {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(name) == 4 && (strings.HasPrefix(name, "com") || strings.HasPrefix(name, "lpt")) && name[3] >= '0' && name[3] <= '9'
}
