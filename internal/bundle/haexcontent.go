package bundle

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/manifest/strictjson"
)

// readHaexManifest parses a haex manifest and checks what it says about the
// package.
func (b *Bundle) readHaexManifest() error {
	data, _ := b.Content(b.format.manifest)
	m, err := parseHaex(b.format, data, b.Lineage, b.Content)
	if err != nil {
		return err
	}
	b.Manifest = m
	if b.format == haex1 {
		if err := b.checkConfig(); err != nil {
			return err
		}
		if err := b.checkBakedKey(); err != nil {
			return err
		}
	}
	if m.Migrations, err = b.haexMigrations(); err != nil {
		return err
	}
	return nil
}

// parseHaex parses a haex manifest and finds its icon among the files that
// content returns.
func parseHaex(f *format, data []byte, key manifest.Key, content func(path string) ([]byte, bool)) (*manifest.Manifest, error) {
	if f == haex2 {
		if err := restricted(data); err != nil {
			return nil, err
		}
	}
	m, err := manifest.ParseHaex(data, key)
	if err != nil {
		return nil, err
	}
	for _, name := range m.Haex.Icons {
		data, ok := content(name)
		if ok && iconFault(name, data) == nil {
			m.Icon = name
			break
		}
	}
	return m, nil
}

var integer = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// restricted accepts a manifest of FormatHaex2: canonical JSON (RFC 8785) with
// ASCII keys and no numbers but integers that a double holds exactly.
func restricted(data []byte) error {
	text, err := manifest.CanonicalHaex(data)
	if err != nil {
		return err
	}
	refused := manifest.Refuse(manifest.CodeNotCanonical, "The extension's "+manifest.HaexFileName+" is not in the canonical form it has to be signed in.")
	if !bytes.Equal(text, data) {
		return refused
	}
	const most = 1<<53 - 1
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	for decoder.More() || decoder.InputOffset() < int64(len(text)) {
		token, err := decoder.Token()
		if err != nil {
			return refused
		}
		if n, ok := token.(json.Number); ok {
			whole, err := n.Int64()
			if !integer.MatchString(n.String()) || err != nil || whole > most || whole < -most {
				return refused
			}
		}
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) == nil && fields["signature"] != nil {
		return manifest.Refuse(manifest.CodeUnknownKey, "The extension's "+manifest.HaexFileName+" has a signature in it, which belongs into "+haexSignature+".")
	}
	return manifest.EachKey(text, func(key string) error {
		if !isASCII(key) {
			return refused
		}
		return nil
	})
}

// checkConfig refuses a package whose tools would look for the manifest in
// another folder than this reader does.
func (b *Bundle) checkConfig() error {
	data, ok := b.Content("haextension.config.json")
	if !ok {
		return nil
	}
	refused := misbuilt(CodeConfigInvalid, "The package's haextension.config.json is no configuration that Alcove can read.")
	text, err := strictjson.Canonical(data, strictjson.Limits{Bytes: 64 << 10, Depth: 8})
	if err != nil {
		return refused
	}
	var config map[string]json.RawMessage
	if json.Unmarshal(text, &config) != nil {
		return refused
	}
	var dev map[string]any
	if json.Unmarshal(or(config["dev"]), &dev) != nil {
		return refused
	}
	if dir, there := dev["haextension_dir"]; there {
		text, _ := dir.(string)
		if strings.TrimSuffix(strings.TrimPrefix(text, "./"), "/") != "haextension" {
			return misbuilt(CodeConfigInvalid, fmt.Sprintf("The package says that its manifest is in the folder %.60q, and a manifest is in haextension.", dir))
		}
	}
	return nil
}

// haexMigrations are the migrations in the order they run: as the journal in
// their folder has it, or without one by name.
func (b *Bundle) haexMigrations() ([]string, error) {
	dir := b.Manifest.Haex.MigrationsDir
	if dir == "" {
		return nil, nil
	}
	if err := b.format.checkPath(dir); err != nil {
		return nil, manifest.Refuse(manifest.CodeFieldInvalid, fmt.Sprintf("The extension's migrationsDir, %.100q, is no path in the package.", dir))
	}
	journal, ok := b.Content(dir + "/meta/_journal.json")
	if !ok {
		var list []string
		for _, f := range b.Files {
			if path.Dir(f.Path) == dir && path.Ext(f.Path) == ".sql" {
				list = append(list, f.Path)
			}
		}
		return list, nil
	}
	return journaled(dir, journal)
}

// maxMigrations bounds the migrations of one extension.
const maxMigrations = 500

// journaled reads the journal of a folder of migrations.
func journaled(dir string, journal []byte) ([]string, error) {
	refused := manifest.Refuse(manifest.CodeMigrationJournal, fmt.Sprintf("The extension's %.100q is no list of migrations, each with a number and a name of its own.", dir+"/meta/_journal.json"))
	text, err := strictjson.Canonical(journal, strictjson.Limits{Bytes: 1 << 20, Depth: 8})
	if err != nil {
		return nil, refused
	}
	var says struct {
		Entries []struct {
			Index *int64  `json:"idx"`
			Tag   *string `json:"tag"`
		} `json:"entries"`
	}
	if json.Unmarshal(text, &says) != nil || says.Entries == nil || len(says.Entries) > maxMigrations {
		return nil, refused
	}
	for _, e := range says.Entries {
		if e.Index == nil || *e.Index < 0 || e.Tag == nil || *e.Tag == "" || strings.Contains(*e.Tag, "/") {
			return nil, refused
		}
	}
	slices.SortFunc(says.Entries, func(a, b struct {
		Index *int64  `json:"idx"`
		Tag   *string `json:"tag"`
	},
	) int {
		return cmp.Compare(*a.Index, *b.Index)
	})
	var list []string
	for i, e := range says.Entries {
		name := dir + "/" + *e.Tag + ".sql"
		if i > 0 && *says.Entries[i-1].Index == *e.Index || slices.Contains(list, name) {
			return nil, refused
		}
		list = append(list, name)
	}
	return list, nil
}
