package spelling_test

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/alcove-vault/alcove/internal/spelling"
)

func TestLowerASCIIKnowsTwentySixLetters(t *testing.T) {
	for given, want := range map[string]string{
		"": "", "abc-1": "abc-1", "AZ@[`{": "az@[`{", "ÄK\u212a": "Äk\u212a", "A\xff\xccZ": "a\xff\xccz",
	} {
		if got := spelling.LowerASCII(given); got != want {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
}

func TestOwnTableComparesAsSQLiteDoes(t *testing.T) {
	const prefix = "0a__kit__"
	for full, want := range map[string]string{
		"0a__kit__pages": "pages", "0A__KIT__Pages": "Pages", "0a__kit___": "_", "0a__kit__\u212a": "\u212a",
		"": "", "pages": "", "0a__kit__": "", "0a__kit_pages": "", "0a__kits__pages": "", "0b__kit__pages": "",
		"0a__\u212ait__pages": "", "__new_0a__kit__pages": "",
	} {
		if short, own := spelling.OwnTable(prefix, full); short != want || own != (want != "") {
			t.Errorf("%q is %q, %v, want %q", full, short, own, want)
		}
	}
	if short, own := spelling.OwnTable("0A__Kit__", "0a__kit__pages"); short != "pages" || !own {
		t.Errorf("a prefix in capital letters: %q, %v", short, own)
	}
}

func TestFoldJoinsWhatAFileSystemMay(t *testing.T) {
	for _, same := range [][2]string{
		{"Notes.TXT", "notes.txt"}, {"É", "e\u0301"}, {"ﬁle", "FILE"}, {"\u212a", "k"}, {"ſ", "S"}, {"ΣΣ", "σς"},
	} {
		if a, b := spelling.Fold(same[0]), spelling.Fold(same[1]); a != b {
			t.Errorf("%q and %q stay apart: %q, %q", same[0], same[1], a, b)
		}
	}
	if spelling.Fold("a") == spelling.Fold("á") {
		t.Error("a letter is one with its accent")
	}
}

// FuzzFold holds the short way of ASCII against the long one.
func FuzzFold(f *testing.F) {
	f.Add("Notes.TXT")
	f.Add("\x00\xffA")
	f.Fuzz(func(t *testing.T, s string) {
		if want := strings.ToLower(strings.ToUpper(norm.NFKC.String(s))); spelling.Fold(s) != want {
			t.Errorf("%q folds to %q, want %q", s, spelling.Fold(s), want)
		}
	})
}

func TestIsDeviceKnowsWhatWindowsKeeps(t *testing.T) {
	for _, name := range []string{"con", "NUL.txt", "aux .tar.gz", "Com1", "lpt9.log", "COM¹", "com0", "CONIN$", "clock$"} {
		if !spelling.IsDevice(name) {
			t.Errorf("%q is no device", name)
		}
	}
	for _, name := range []string{"", "console", "com", "com10", "COM⁴", "xcon", ".con", "lpt1x"} {
		if spelling.IsDevice(name) {
			t.Errorf("%q is a device", name)
		}
	}
}
