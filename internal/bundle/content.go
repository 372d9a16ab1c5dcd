package bundle

import (
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// maxMigration bounds the text of one migration, in bytes.
const maxMigration = 1 << 20

// readManifest parses the manifest and checks what it says about the package.
func (b *Bundle) readManifest() error {
	if err := b.parseManifest(); err != nil {
		return err
	}
	m := b.Manifest
	if _, ok := b.find(m.Entry); !ok {
		return manifest.Refuse(manifest.CodeEntryMissing, fmt.Sprintf("The extension's entry, %.100q, is no file of the package.", m.Entry))
	}
	if path.Ext(m.Entry) != ".html" {
		return manifest.Refuse(manifest.CodeEntryType, fmt.Sprintf("The extension's entry, %.100q, is no .html file.", m.Entry))
	}
	if err := b.checkIcon(); err != nil {
		return err
	}
	return b.checkMigrations()
}

// StoredManifest parses the manifest of a stored package without verifying the
// rest: for what is shown of it, never to run it. Format and signer are those of
// the Bundle it was, and content returns a stored file. What depends on many
// files, its migrations, is left empty in a haex manifest.
func StoredManifest(tag string, signer manifest.Key, content func(path string) ([]byte, bool)) (*manifest.Manifest, error) {
	f, ok := formatOf(tag)
	if !ok {
		return nil, misbuilt(CodeUnknownFormat, "The package has a format Alcove does not know.")
	}
	data, ok := content(f.manifest)
	if !ok {
		return nil, misbuilt(CodeNoManifest, "The package has no "+f.manifest+".")
	}
	if f != native {
		return parseHaex(f, data, signer, content)
	}
	return manifest.Parse(data, manifest.HostVersion)
}

func (b *Bundle) parseManifest() (err error) {
	if b.format != native {
		return b.readHaexManifest()
	}
	data, _ := b.Content(b.format.manifest)
	b.Manifest, err = manifest.Parse(data, manifest.HostVersion)
	return err
}

var iconTypes = map[string]string{
	".png": "image/png", ".svg": "image/svg+xml", ".webp": "image/webp", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
	icoName: icoType, // of haex packages only
}

// Icon returns the icon and its media type. It is false if there is none.
func (b *Bundle) Icon() (data []byte, mediaType string, ok bool) {
	data, ok = b.Content(b.Manifest.Icon)
	return data, iconTypes[path.Ext(b.Manifest.Icon)], ok
}

func (b *Bundle) checkIcon() error {
	name := b.Manifest.Icon
	if name == "" {
		return nil
	}
	data, ok := b.Content(name)
	if !ok {
		return manifest.Refuse(manifest.CodeIconMissing, fmt.Sprintf("The extension's icon, %.100q, is no file of the package.", name))
	}
	if b.format == native && path.Ext(name) == icoName {
		return notAnIcon(name)
	}
	return iconFault(name, data)
}

func notAnIcon(name string) error {
	return manifest.Refuse(manifest.CodeIconType, fmt.Sprintf("The extension's icon, %.100q, is no PNG, SVG, WebP or JPEG image, or not of the kind its name says.", name))
}

// iconFault is why an image cannot be an icon, or nil.
func iconFault(name string, data []byte) error {
	if len(data) > manifest.MaxIcon {
		return manifest.Refuse(manifest.CodeIconTooLarge, "The extension's icon is larger than 256 KiB.")
	}
	mediaType := iconTypes[path.Ext(name)]
	if !isImage(data, mediaType) {
		return notAnIcon(name)
	}
	if why := iconProblem(data, mediaType); why != "" {
		return manifest.Refuse(manifest.CodeIconType, fmt.Sprintf("The extension's icon, %.100q, %s. It is shown before anybody accepts the extension, so it has to be a plain picture.", name, why))
	}
	return nil
}

func (b *Bundle) checkMigrations() error {
	for _, name := range b.Manifest.Migrations {
		f, ok := b.find(name)
		if !ok {
			return manifest.Refuse(manifest.CodeMigrationMissing, fmt.Sprintf("The extension's migration %.100q is no file of the package.", name))
		}
		if path.Ext(name) != ".sql" {
			return manifest.Refuse(manifest.CodeMigrationType, fmt.Sprintf("The extension's migration %.100q is no .sql file.", name))
		}
		if f.Size > maxMigration {
			return manifest.Refuse(manifest.CodeMigrationText, fmt.Sprintf("The extension's migration %.100q is larger than 1 MiB.", name))
		}
		data, ok := b.Content(name)
		if text := string(data); !ok || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return manifest.Refuse(manifest.CodeMigrationText, fmt.Sprintf("The extension's migration %.100q is not UTF-8 text.", name))
		}
		if b.format != native {
			continue // its author knew the key, and wrote whole names
		}
		if _, err := manifest.ExpandMigration(b.ID(), string(data)); err != nil {
			return err
		}
	}
	return nil
}
