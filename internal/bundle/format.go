package bundle

import (
	"slices"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// The formats of packages. Each tag also starts what is hashed to name a
// release, so that no release of one format is one of another.
const (
	// Format is the native one.
	Format = "alcove/1"
	// FormatHaex1 is that of haex-vault up to 2.5, which has no tag of its own:
	// its signature is over the contents of all files in one piece.
	FormatHaex1 = "haextension-bundle/1"
	// FormatHaex2 is that of haex SDK 4: a signed list, like the native one.
	FormatHaex2 = "haextension-bundle/2"
)

// haexSignature is where a package of FormatHaex2 has its signature.
const haexSignature = "haextension/signature.json"

// format is what a package's format says about its container and its files.
type format struct {
	tag       string
	signature string // path of the signature file; "" if it is made of the manifest
	manifest  string
	// reserved are paths that no other may imitate.
	reserved []string
	// forbidden are paths that no package may have.
	forbidden []string
	// streamed says that the archive may list folders, and give sizes after the
	// contents too, as archivers do that write to a pipe.
	streamed bool
	// dotted says that a name in the archive may start with "./", which means
	// nothing: the signer's tool writes the folder as its configuration spells it.
	dotted bool
}

var (
	native = &format{
		tag: Format, signature: SignatureFile, manifest: manifest.FileName,
		reserved: []string{SignatureFile, manifest.FileName},
	}
	haex1 = &format{
		tag: FormatHaex1, manifest: manifest.HaexFileName, streamed: true, dotted: true,
		reserved:  []string{manifest.HaexFileName, haexSignature, SignatureFile},
		forbidden: []string{"haextension/private.key"},
	}
	haex2 = &format{
		tag: FormatHaex2, signature: haexSignature, manifest: manifest.HaexFileName,
		reserved:  []string{manifest.HaexFileName, haexSignature, SignatureFile},
		forbidden: []string{"haextension.config.json", "haextension/public.key", "haextension/private.key"},
	}
)

// formatOf returns the format with this tag.
func formatOf(tag string) (*format, bool) {
	for _, f := range []*format{native, haex1, haex2} {
		if f.tag == tag {
			return f, true
		}
	}
	return nil, false
}

// recognise tells the format of a package by the files it lists, never by its
// own name. What has none of the marks is judged as a native package without a
// signature. A mark with "./" before it counts, so that none can be hidden from
// this and appear where a format takes the "./" away.
func recognise(entries []entry) *format {
	lists := func(path string) bool {
		return slices.ContainsFunc(entries, func(e entry) bool { return e.name == path || e.name == "./"+path })
	}
	switch {
	case lists(SignatureFile):
		return native
	case lists(haexSignature):
		return haex2
	case lists(manifest.HaexFileName):
		return haex1
	}
	return native
}
