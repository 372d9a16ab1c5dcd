package permission

import (
	"strings"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// wanted is a call whose target was taken apart once.
type wanted struct {
	call   *Call
	url    address  // net
	ok     bool     // net: url is one
	picked bool     // files: below a root that a person picked
	inside bool     // files: and not that root itself
	parts  []string // what the target is looked up by
}

func newWanted(call *Call) *wanted {
	w := &wanted{call: call}
	switch call.Resource {
	case "net":
		w.url, w.ok = parseAddress(call.Target)
	case "files":
		if call.Action == "read" || call.Action == "readWrite" {
			_, w.inside, w.picked = pickedRoot(call.Target)
		}
	}
	w.parts = w.split()
	return w
}

// split returns the components of the target in the form they are looked up by,
// for an address those of its path.
func (w *wanted) split() []string {
	target := w.call.Target
	var parts []string
	form := spelling.Fold
	switch w.call.Resource {
	case "net":
		parts = append(parts, w.url.segments...)
	case "files":
		parts = strings.Split(target, "/")
	case "db":
		parts, form = strings.SplitN(target, "__", 3), spelling.LowerASCII
	case "peers":
		split, _ := splitPeer(target)
		return split[:]
	default:
		if !named(w.call.Resource) {
			return []string{target}
		}
		parts = []string{target}
	}
	for i, part := range parts {
		parts[i] = form(part)
	}
	return parts
}
