package app

import (
	"os"
	"path/filepath"
	"testing"
)

func TestGeometryIsRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alcove", "window.json")
	want := geometry{Width: 1400, Height: 901, Maximised: true}
	if err := want.save(path); err != nil {
		t.Fatal(err)
	}
	if got := loadGeometry(path); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestGeometryThatCannotBeUsed(t *testing.T) {
	first := geometry{Width: firstWidth, Height: firstHeight}
	for name, c := range map[string]struct {
		text string
		want geometry
	}{
		"damaged":   {"{", first},
		"too large": {`{"width":99999999,"height":700}`, first},
		"too small": {`{"width":1,"height":-700}`, geometry{Width: minWidth, Height: minHeight}},
	} {
		path := filepath.Join(t.TempDir(), "window.json")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := loadGeometry(path); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
	if got := loadGeometry(filepath.Join(t.TempDir(), "none")); got != first {
		t.Errorf("no file: got %+v", got)
	}
}
