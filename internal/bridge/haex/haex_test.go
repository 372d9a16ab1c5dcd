package haex

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write docs/haex-methods.md")

func TestTheTableOfMethodsIsWhatTheCodeSays(t *testing.T) {
	const path = "../../../docs/haex-methods.md"
	want := Markdown()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the table of methods says; run this test with -update", path)
	}
}

func TestEachMethodIsThereOnceAndDoesWhatItsStateSays(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Table {
		if seen[m.Name] || m.Name == "" || m.SDK == "" {
			t.Errorf("%q is there twice, or without a name", m.Name)
		}
		seen[m.Name] = true
		if (m.run != nil) != (m.State == Works) {
			t.Errorf("%s is %s", m.Name, m.State)
		}
	}
}

func TestNumbers(t *testing.T) {
	for code, want := range map[string]int{
		"permission.prompt": 1004, "permission.denied": 1002, "permission.undeclared": 1002, "db.denied": 2000,
		"files.not_found": 2004, "files.outside": 2001, "net.unreachable": 2005, "shell.too_many": 2003,
		"kv.key": 6000, "quota.rows": 7000, "request.malformed": 3001, "request.too_large": 7000,
		"items.not_found": 1001, "items.scope": 1002, "items.tag": 3001, "quota.items": 7000,
		"method.unknown": 8000, "internal": 8001, "session.ended": 8001, "": 8001,
	} {
		if got := Number(code); got != want {
			t.Errorf("%q is %d, want %d", code, got, want)
		}
	}
}

func TestTextIsCutBetweenCharacters(t *testing.T) {
	for text, want := range map[string]int{"": 0, "a": 1, "aä": 3, "a\xc3": 1, "\xe2\x82": 0, "€": 3, "\xf0\x9f\x98": 0, "a\xff": 2, "\x82": 1} {
		if got := wholeText([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
