package cli

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// language of what commands say about a package.
const language = "en"

// verifyCommand is `alcove ext verify`.
type verifyCommand struct {
	File string `arg:"" help:"The package."`
	jsonFlag
}

// Run verifies the package in memory. As JSON a refusal has the same fields as
// a good answer, empty where nothing is known.
func (c *verifyCommand) Run(out *output) error {
	b, err := openPackage(c.File)
	if err != nil {
		f := fault.Of(err)
		if out.json {
			out.failed = true
			if err := out.line(facts{verdict: verdict{Code: f.Code, Message: f.Message}}); err != nil {
				return err
			}
		}
		return err
	}
	tellMissing(out, b)
	tellOlder(out, b)
	result := factsOf(b)
	rows := append(result.rows(), publisherOf(b.Lineage).rows()...)
	return out.print("The package is good.\n"+table(rows), result)
}

// tellOlder says what an older signature leaves open.
func tellOlder(out *output, b *bundle.Bundle) {
	if b.OlderSignature() {
		out.note("The package has an older signature (haex SDK before 4): it is over the contents of all files in one piece, so it fits other packages with the same contents in other files too. Release is the name of exactly this one.")
	}
}

func openPackage(path string) (*bundle.Bundle, error) {
	data, err := readPackage(path)
	if err != nil {
		return nil, err
	}
	return bundle.Open(data)
}

// inspectCommand is `alcove ext inspect`.
type inspectCommand struct {
	File string `arg:"" help:"The package."`
	jsonFlag
}

type inspection struct {
	facts
	Title     string               `json:"title"`
	Publisher publisher            `json:"publisher"`
	Archive   string               `json:"archive_sha256"`
	Size      int64                `json:"archive_size"`
	Manifest  *manifest.Manifest   `json:"manifest"`
	Lines     []permission.Line    `json:"lines"`
	Threat    []permission.Segment `json:"threat"`
	Content   []listedFile         `json:"content"`
}

type listedFile struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Run shows what the review would.
func (c *inspectCommand) Run(out *output) error {
	b, err := openPackage(c.File)
	if err != nil {
		return err
	}
	tellOlder(out, b)
	title := b.Manifest.Title(language)
	lines := permission.Describe(b.Manifest, title, nil, nil)
	r := inspection{
		facts: factsOf(b), Title: title, Publisher: publisherOf(b.Lineage),
		Archive: hex.EncodeToString(b.Archive[:]), Size: b.ArchiveSize, Manifest: b.Manifest,
		Lines: lines, Threat: permission.Threat(title, lines), Content: []listedFile{},
	}
	for _, f := range b.Files {
		r.Content = append(r.Content, listedFile{f.Path, f.Size, hex.EncodeToString(f.SHA256[:])})
	}
	return out.print(r.text(), r)
}

func (r inspection) text() string {
	rows := [][]string{{"title", r.Title}, {"author", r.Manifest.Author}, {"says", r.Manifest.Describe(language)}}
	rows = append(append(rows, r.rows()...), r.Publisher.rows()...)
	var b strings.Builder
	b.WriteString(table(rows))
	b.WriteString("\nIt asks for:\n")
	b.WriteString(lineText(r.Lines))
	b.WriteString("\nThe worst it could do:\n")
	for _, s := range r.Threat {
		b.WriteString(printable(s.Text))
	}
	b.WriteString("\n\nIts files:\n")
	var files [][]string
	for _, f := range r.Content {
		files = append(files, []string{fmt.Sprintf("%d", f.Size), f.SHA256[:16], f.Path})
	}
	b.WriteString(table(files))
	return b.String()
}

func lineText(lines []permission.Line) string {
	rows := make([][]string, 0, 2*len(lines))
	for _, l := range lines {
		decision := string(l.Decision)
		if l.Unavailable {
			decision = "never"
		}
		rows = append(rows, []string{"  " + decision, l.Sentence})
		if l.Unavailable {
			rows = append(rows, []string{"", l.Detail})
		}
		if l.Reason != "" {
			rows = append(rows, []string{"", "it says: " + l.Reason})
		}
	}
	return table(rows)
}
