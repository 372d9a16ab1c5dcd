package vault

import (
	"database/sql"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/alcove-vault/alcove/internal/crdt"
)

// seenHere is the time of the last change of this device.
func seenHere(t *testing.T, u *Unlocked) int64 {
	t.Helper()
	v, err := u.Tracking.Vector(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v[u.Tracking.Self()]
}

// opsOf counts the changes that this device has for others, without those that
// tell which migrations it has run: a vault that has none of these yet gets them
// when it is opened.
func opsOf(t *testing.T, u *Unlocked) int64 {
	t.Helper()
	info, err := u.Tracking.Changes(t.Context(), crdt.Vector{}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var levels int64
	err = u.Store.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM alcove_crdt_level").Scan(&levels)
	})
	if err != nil {
		t.Fatal(err)
	}
	if levels == 0 {
		t.Error("no level is noted")
	}
	return info.Ops - levels
}

// pastOf is a table at a moment, one line for each row. Columns are told by their
// place, because they are renamed later.
func pastOf(t *testing.T, u *Unlocked, table string, moment int64) (list []string) {
	t.Helper()
	app := table[:len(table)-len("notes")]
	err := u.Tracking.At(t.Context(), app, moment, table, nil, func(r *crdt.PastRow) error {
		list = append(list, fmt.Sprintf("%v", r.Values))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}
