package cli

import (
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/extension"
)

func TestConflictsAreToldInWords(t *testing.T) {
	if got := conflictsText("x", extension.Conflicts{}); got != "There are no conflicts in x.\n" {
		t.Errorf("%q", got)
	}
	list := extension.Conflicts{Total: 9, More: true, List: []extension.Conflict{
		{ID: 9, Kind: "lost", Table: "notes", Gone: []extension.Cell{{Column: "title", Type: "text", Text: "Lisbon\x1b[2J"}}},
		{ID: 4, Kind: "unique", Table: "tags", Hidden: true, Row: []extension.Cell{{Column: "id", Type: "number", Text: "7"}, {Column: "icon", Type: "blob", Size: 12}, {Column: "a", Type: "null"}, {Column: "b", Type: "text", Text: strings.Repeat("b", 99)}}},
	}}
	got := conflictsText("x", list)
	for _, want := range []string{
		"Conflicts in x: 9.\n", "a newer change of another device won over: title = Lisbon", "tags", "--before 4",
		"hidden, because a newer row has the same unique value: id = 7, icon = 12 bytes, a = nothing, b = " + strings.Repeat("b", 40) + "…\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	if strings.Contains(got, "\x1b") {
		t.Errorf("it steers the terminal: %q", got)
	}
}
