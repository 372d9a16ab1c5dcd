package bundle_test

import "testing"

func TestIconsByTheirFirstBytes(t *testing.T) {
	for name, content := range map[string]string{
		"image/png":     "\x89PNG\r\n\x1a\nrest",
		"image/jpeg":    "\xff\xd8\xff\xe0rest",
		"image/webp":    "RIFF\x10\x00\x00\x00WEBPrest",
		"image/svg+xml": "<?xml version=\"1.0\"?>\n<!-- drawn by hand -->\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
	} {
		for extension, mediaType := range map[string]string{
			".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".svg": "image/svg+xml",
		} {
			if mediaType != name {
				continue
			}
			r := goodRecipe()
			r.manifest["icon"], r.files["logo"+extension] = "logo"+extension, []byte(content)
			b := open(t, r.build(t))
			if data, got, ok := b.Icon(); !ok || got != mediaType || string(data) != content {
				t.Errorf("%s: %q, %v", extension, got, ok)
			}
		}
	}
}
