package store

import (
	"database/sql"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store/plain"
)

// An import is bound by the app's storage as the app itself is, and afterwards
// the meter knows what it brought.
func TestImportRespectsTheStorageOfTheApp(t *testing.T) {
	s, _ := twoExtensions(t)
	data := Data{Extension: 1, Rights: Rights{Own: notesPrefix}, App: plain.App{Name: "notes"}}
	tags := func(rows int) string {
		return file(t, "CREATE TABLE tags (tag)", fmt.Sprintf(
			"INSERT INTO tags WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT %d) SELECT hex(zeroblob(500)) FROM n", rows))
	}
	limit := func(bytes int64) {
		if err := s.Update(t.Context(), func(tx *sql.Tx) error { return SetLimit(t.Context(), tx, 1, "storage", bytes) }); err != nil {
			t.Fatal(err)
		}
	}
	limit(2_000_000)
	before := contents(t, s, data)
	for _, rows := range []int{3000, 200_000} { // 3 MB are refused when counted, 200 MB on the way
		if rows > 3000 && os.Getenv("ALCOVE_FULL") != "1" {
			continue
		}
		if _, err := s.Import(t.Context(), data, tags(rows), KeepExisting, nil); fault.Code(err) != "quota.storage" {
			t.Errorf("%d rows: %v", rows, err)
		}
		if diff := cmp.Diff(before, contents(t, s, data)); diff != "" {
			t.Errorf("%d rows: %s", rows, diff)
		}
	}
	// What was refused bounds nobody else.
	run(t, s, "INSERT INTO alcove_setting VALUES ('large', zeroblob(4000000))")

	limit(16_000_000)
	if _, err := s.Import(t.Context(), data, tags(3000), KeepExisting, nil); err != nil {
		t.Fatal(err)
	}
	if used, counted := usedAndCounted(t, s); used != counted || used < 3_000_000/pageBytes {
		t.Errorf("the meter says %d pages, there are %d", used, counted)
	}
	// A limit that was lowered below what is there lets in what adds nothing.
	limit(1_000_000)
	if _, err := s.Import(t.Context(), data, tags(0), KeepExisting, nil); err != nil {
		t.Error(err)
	}
	if _, err := s.Import(t.Context(), data, tags(100), KeepExisting, nil); fault.Code(err) != "quota.storage" {
		t.Errorf("more into a full one: %v", err)
	}
}
