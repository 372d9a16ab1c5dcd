package bundle_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"
)

func smallJPEG(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestIconsByTheirFirstBytes(t *testing.T) {
	for name, content := range map[string]string{
		"image/png":     "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x20\x00\x00\x00\x20",
		"image/jpeg":    smallJPEG(t),
		"image/webp":    "RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x1f\x00\x00\x1f\x00\x00",
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
