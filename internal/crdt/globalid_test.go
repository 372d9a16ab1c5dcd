package crdt

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// The vectors of SPEC.md, "Migrations".
func TestGlobalIDs(t *testing.T) {
	migration := sha256.Sum256([]byte("CREATE TABLE {{a}} (id TEXT PRIMARY KEY NOT NULL, v)"))
	table := tableGID(migratedApp, "A", migration)
	column := columnGID(table, "V", migration)
	for _, tt := range []struct {
		got  GlobalID
		want string
	}{
		{table, "d0b0d63d920f2e87eeea64d80e403ff4"},
		{column, "56e3f2614a0f529d8eb3094590a6e4dd"},
		{table.next(), "87ffe5180591e2a3d4c531940bcdbbdb"},
	} {
		if hex.EncodeToString(tt.got[:]) != tt.want {
			t.Errorf("%x, want %s", tt.got, tt.want)
		}
	}
}

func TestAppOfATable(t *testing.T) {
	for name, want := range map[string]string{
		migratedApp + "a":            migratedApp,
		migratedApp + "a__b":         migratedApp,
		migratedApp:                  migratedApp,
		"alcove_setting":             "",
		"alcove_crdt_r_1":            "",
		"alcove__items__item":        "alcove__items__",
		"alcove__items":              "",
		"x__notes__a":                "",
		migratedApp[:66] + "no_name": "",
	} {
		if got := appOf(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
