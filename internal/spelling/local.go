package spelling

import "strings"

// LocalSuffix ends the names of tables that stay on their device.
const LocalSuffix = "_no_sync"

// StaysHere reports whether a table stays on its device because of its name.
func StaysHere(table string) bool { return strings.HasSuffix(LowerASCII(table), LocalSuffix) }
