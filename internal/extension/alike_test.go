package extension

import (
	"testing"

	"github.com/alcove-vault/alcove/internal/manifest"
)

func TestTitlesThatReadAlike(t *testing.T) {
	for _, other := range []string{"notes", "N o t e s", "Nótes", "Nоtes", "Ｎｏｔｅｓ", "N0tes", "Notes.", "Notes 📝", "Νotes"} {
		if !alike("Notes", other) {
			t.Errorf("%q was not noticed", other)
		}
	}
	for _, other := range []string{"Note", "Votes", "Notes 2", "記録", "C++"} {
		if alike("Notes", other) || alike("C", other) {
			t.Errorf("%q was taken for another", other)
		}
	}
	if alike("📝", "📷") || !alike("Bill", "Bi11") || !alike("Ill", "lIl") {
		t.Error("edge cases")
	}
}

// TestTitlesOfOtherLanguagesCount: a title in a language that is not shown
// must not be a way around the comparison.
func TestTitlesOfOtherLanguagesCount(t *testing.T) {
	installed := &manifest.Manifest{Name: "keeper", Locales: map[string]manifest.Locale{"de": {Title: "Merker"}}}
	id := manifest.ID{Name: "keeper"}
	for title, want := range map[string]bool{"Merker": true, "Keeper": true, "Other": false} {
		m := &manifest.Manifest{Name: "recipes", Locales: map[string]manifest.Locale{"fr": {Title: title}}}
		if anyAlike(id, installed, m) != want {
			t.Errorf("%s: %v", title, !want)
		}
	}
}
