package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/extension"
)

func TestMomentsAreReadAsPrintedOrAsTimes(t *testing.T) {
	at := time.Date(2026, 11, 29, 14, 30, 0, 0, time.Local)
	want, err := extension.MomentAt(at)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{want.String(), "2026-11-29 14:30:00", "2026-11-29 14:30", "2026-11-29T14:30", localTime(at.UnixMilli())} {
		if got, err := readMoment(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	if got, err := readMoment("2026-11-29"); err != nil || got.At() >= want.At() {
		t.Errorf("a day: %v, %v", got, err)
	}
	for _, bad := range []string{"yesterday", "-5", "1.5", "2026-13-01", "14:30", "0001-01-01", "9223372036854775808"} {
		if got, err := readMoment(bad); err == nil {
			t.Errorf("%s is %v", bad, got)
		}
	}
}

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
