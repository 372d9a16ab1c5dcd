package cli

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// maxKeyFile bounds what is read of a key file.
const maxKeyFile = 16 << 10

// publisher is a key as answers show it.
type publisher struct {
	Key   string    `json:"key"`
	Words [6]string `json:"words"`
	Hex   string    `json:"hex"`
}

func publisherOf(key manifest.Key) publisher {
	f := bundle.FingerprintOf(key)
	return publisher{key.String(), f.Words, f.Hex}
}

func (p publisher) rows() [][]string {
	w := p.Words
	return [][]string{
		{"publisher", fmt.Sprintf("%s %s %s %s %s %s", w[0], w[1], w[2], w[3], w[4], w[5])},
		{"", p.Hex},
	}
}

// keygenCommand is `alcove ext keygen`.
type keygenCommand struct {
	Out string `required:"" placeholder:"FILE" help:"The key file, which must not exist. Keep it: it is what makes updates yours."`
	jsonFlag
}

// Run makes a key.
func (c *keygenCommand) Run(out *output) error {
	key, err := bundle.GenerateKey()
	if err != nil {
		return err
	}
	defer clear(key)
	file, err := bundle.MarshalKey(key)
	if err != nil {
		return err
	}
	defer clear(file)
	if err := writeNew(c.Out, file); err != nil {
		return badFile("The key cannot be written", err)
	}
	p := publisherOf(bundle.PublicKey(key))
	return out.print(fmt.Sprintf("Made a publisher key in %s.\n", c.Out)+table(p.rows()), struct {
		verdict
		File string `json:"file"`
		publisher
	}{good, c.Out, p})
}

// packCommand is `alcove ext pack`.
type packCommand struct {
	Dir string `arg:"" help:"The folder to pack, with alcove.json in it."`
	Key string `required:"" placeholder:"FILE" help:"The publisher key, made by 'alcove ext keygen'."`
	Out string `required:"" placeholder:"FILE.alcove" help:"The package. A file of this name is replaced."`
	jsonFlag
}

// Run packs, signs and verifies what came out.
func (c *packCommand) Run(out *output) error {
	file, err := readBounded(c.Key, maxKeyFile)
	if err != nil {
		return badFile("The key cannot be read", err)
	}
	defer clear(file)
	key, err := bundle.ParseKey(file)
	if err != nil {
		return err
	}
	defer clear(key)
	root, err := os.OpenRoot(c.Dir) // links cannot lead out of it
	if err != nil {
		return badFile("The folder cannot be read", err)
	}
	defer func() { _ = root.Close() }()
	var except []string
	if inside, ok := within(c.Dir, c.Out); ok {
		except = append(except, inside)
	}
	data, err := bundle.Pack(root.FS(), key, except...)
	if err != nil {
		return toAuthor(err)
	}
	b, err := bundle.Open(data)
	if err != nil {
		return toAuthor(err)
	}
	left, err := bundle.LeftOut(root.FS(), except...)
	if err != nil {
		return err
	}
	if err := writeWhole(c.Out, data, 0o644); err != nil {
		return badFile("The package cannot be written", err)
	}
	tellMissing(out, b)
	made := factsOf(b)
	rows := made.rows()
	for _, f := range b.Files {
		rows = append(rows, []string{"", f.Path})
	}
	for i, path := range left {
		rows = append(rows, []string{[]string{"left out", ""}[min(i, 1)], path})
	}
	return out.print(fmt.Sprintf("Packed %s.\n", c.Out)+table(rows), struct {
		facts
		LeftOut []string `json:"left_out,omitempty"`
	}{made, left})
}

// within is the path of file inside dir, as a package has it. It is false if it
// is not inside.
func within(dir, file string) (string, bool) {
	parent, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	path, err := filepath.Abs(file)
	if err != nil {
		return "", false
	}
	rel, err := filepath.Rel(parent, path)
	return filepath.ToSlash(rel), err == nil && filepath.IsLocal(rel)
}

// toAuthor says what to do to the author, who is who packs.
func toAuthor(err error) error {
	f := fault.Of(err)
	for _, advice := range []string{manifest.Advice, bundle.AdviceAuthor} {
		if what, ok := strings.CutSuffix(f.Message, advice); ok {
			own := fault.Wrap(f.Code, what+" Correct this and pack again; nothing was written.", err)
			own.Data = f.Data
			return own
		}
	}
	return err
}

// tellMissing names what the start page needs and the package does not have.
func tellMissing(out *output, b *bundle.Bundle) {
	for _, name := range b.Missing() {
		out.note("The start page needs %s, which is not in the package: the app may not start without it.", printable(name))
	}
}

// facts are what verify and pack print: fields that scripts rely on.
type facts struct {
	verdict
	Format  string `json:"format"`
	Lineage string `json:"lineage"`
	Signer  string `json:"signer"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Release string `json:"release"`
	Files   int    `json:"files"`
	Bytes   int64  `json:"bytes"` // of all signed files, unpacked
}

func factsOf(b *bundle.Bundle) facts {
	return facts{
		good, b.Format, b.Lineage.String(), b.Signer.String(), b.Manifest.Name, b.Manifest.Version,
		hex.EncodeToString(b.Release[:]), len(b.Files), b.Unpacked(),
	}
}

func (f facts) rows() [][]string {
	return [][]string{
		{"name", f.Name},
		{"version", f.Version},
		{"format", f.Format},
		{"release", f.Release},
		{"signer", f.Signer},
		{"files", fmt.Sprintf("%d, %d bytes", f.Files, f.Bytes)},
	}
}
