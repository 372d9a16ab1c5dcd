package extension_test

import (
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/permission"
)

func TestRemovingKeepsTheDataUnlessAsked(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.1.0", nil, feeds), choice(feeds, permission.Allow))
	v.write("precious")
	v.exec(`INSERT INTO alcove_kv (extension, key, value, updated_at) SELECT id, 'k', x'01', 0 FROM alcove_extension`)
	like := id
	like.Name += "2"
	v.exec(`INSERT INTO alcove__spaces__row (tbl, pks) VALUES (?, 'a'), (?, 'b')`, id.Table("notes"), like.Table("notes"))
	if err := v.Remove(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	v = v.restart()
	v.sound()
	if list, _ := v.List(t.Context()); len(list) != 0 {
		t.Errorf("still listed: %+v", list)
	}
	_, err := v.Start(t.Context(), id)
	wantCode(t, err, extension.CodeNotFound)
	wantCode(t, v.Remove(t.Context(), id, false), extension.CodeNotFound)
	wantCode(t, v.Disable(t.Context(), id), extension.CodeNotFound)
	if n := v.query(`SELECT (SELECT count(*) FROM alcove_blob) + (SELECT count(*) FROM alcove_grant)`); n != int64(0) {
		t.Errorf("%v files and grants stay", n)
	}
	kept, err := v.Kept(t.Context())
	if err != nil || len(kept) != 1 || kept[0].ID != id.String() || kept[0].Version != "1.1.0" {
		t.Errorf("kept %+v %v", kept, err)
	}

	older := v.stage(feedReader(t, "1.0.0", nil, feeds))
	if older.Refusal == nil || older.Refusal.Code != extension.CodeDataFromOtherVersion {
		t.Errorf("an older version: %+v", older.Refusal)
	}
	v.Cancel(older.ID)
	review := v.stage(feedReader(t, "1.2.0", nil, feeds))
	if review.Kind != extension.KindInstall || !review.KeptData || review.KeptVersion != "1.1.0" || !review.Publisher.Seen || review.Lines[2].Decision == permission.Allow {
		t.Errorf("%+v", review)
	}
	if _, err := v.Accept(t.Context(), review.ID, nil, false, nil); err != nil {
		t.Fatal(err)
	}
	if v.notes() != "precious" || v.detail().KVBytes != 2 {
		t.Errorf("notes %v, %d bytes of values", v.notes(), v.detail().KVBytes)
	}
	if n := v.query(`SELECT count(*) FROM alcove__spaces__row`); n != int64(2) {
		t.Errorf("%v assigned rows", n)
	}

	if err := v.Remove(t.Context(), id, true); err != nil {
		t.Fatal(err)
	}
	v = v.restart()
	v.sound()
	if n := v.query(`SELECT (SELECT count(*) FROM alcove_extension) + (SELECT count(*) FROM alcove_kv) + (SELECT count(*) FROM alcove_migration) + (SELECT count(*) FROM sqlite_schema WHERE name LIKE '%__notes')`); n != int64(0) {
		t.Errorf("%v rows and tables stay", n)
	}
	if left := v.query(`SELECT group_concat(pks) FROM alcove__spaces__row`); left != "b" {
		t.Errorf("assigned rows %v stay, want that of another app", left)
	}
	if review := v.stage(feedReader(t, "1.0.0", nil)); review.Refusal != nil || !review.Publisher.Seen {
		t.Errorf("after deleting: %+v", review)
	}
}

func TestDataKeptByARemovalCanBeDeletedLater(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "2.0.0", nil))
	v.write("x")
	for _, deleteData := range []bool{false, true} {
		if err := v.Remove(t.Context(), id, deleteData); err != nil {
			t.Fatal(err)
		}
	}
	if kept, _ := v.Kept(t.Context()); len(kept) != 0 {
		t.Errorf("kept %+v", kept)
	}
	v.install(feedReader(t, "1.0.0", nil))
	v.sound()
}

func TestRemovingOneAppLeavesOthersOfLikeNamesAlone(t *testing.T) {
	v := newVault(t)
	table := func(name string, key byte) []byte {
		return bundletest.Build(t, map[string]string{"m/1.sql": notesTable}, bundletest.WithKey(key), bundletest.With("name", name), bundletest.With("migrations", []string{"m/1.sql"}))
	}
	gone := v.install(table("feed", 1))
	var stay []string
	for _, other := range []struct {
		name string
		key  byte
	}{{"feed-reader", 1}, {"feed2", 1}, {"feed", 2}} {
		id := v.install(table(other.name, other.key))
		v.exec(`INSERT INTO "` + id.Table("notes") + `" (body) VALUES ('stays')`)
		stay = append(stay, id.Table("notes"))
	}
	if err := v.Remove(t.Context(), gone, true); err != nil {
		t.Fatal(err)
	}
	for _, name := range stay {
		if got := v.query(`SELECT body FROM "` + name + `"`); got != "stays" {
			t.Errorf("%s: %v", name, got)
		}
	}
	v.sound()
}

func TestALaterAppNeverInheritsTheLedgerOfARemovedOne(t *testing.T) {
	v := newVault(t)
	first := v.install(feedReader(t, "1.0.0", nil))
	row := v.query(`SELECT id FROM alcove_extension`)
	if err := v.Remove(t.Context(), first, true); err != nil {
		t.Fatal(err)
	}
	v.install(bundletest.Build(t, nil, bundletest.WithKey(2), bundletest.With("name", "other")))
	if again := v.query(`SELECT id FROM alcove_extension`); again == row {
		t.Errorf("row %v is used again", row)
	}
}

func TestADisabledAppDoesNotStartAndStaysOffThroughAnUpdate(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil))
	if err := v.Disable(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := v.Disable(t.Context(), id); err != nil {
		t.Errorf("twice: %v", err)
	}
	_, err := v.Start(t.Context(), id)
	wantCode(t, err, extension.CodeDisabled)
	v.install(feedReader(t, "1.1.0", nil))
	_, err = v.Start(t.Context(), id)
	wantCode(t, err, extension.CodeDisabled)
	if !strings.Contains(err.Error(), "Feed Reader") {
		t.Errorf("%v", err)
	}
	if err := v.Enable(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	v.start(id).Close()
	if kinds := v.query(`SELECT group_concat(kind) FROM alcove_ledger`); kinds != "installed,disabled,updated,enabled" {
		t.Errorf("ledger %v", kinds)
	}
}

func TestAGrantCanBeChangedLaterButOnlyForWhatTheAppAsks(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil, feeds))
	if err := v.SetGrant(t.Context(), id, choice(feeds, permission.Allow)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []extension.Choice{choice(api, permission.Allow), choice(feeds, "maybe"), {Resource: "net", Action: "fetch", Target: "*", Decision: permission.Allow}, {}} {
		wantCode(t, v.SetGrant(t.Context(), id, c), extension.CodeChoiceUnknown)
	}
	wantCode(t, v.SetGrant(t.Context(), bundletest.ID(9, "nobody"), choice(feeds, permission.Allow)), extension.CodeNotFound)
	run := v.start(id)
	defer run.Close()
	want := permission.Key{Resource: "net", Action: "fetch", Target: "https://feeds.example.com/a"}
	if verdict := permission.Judge(nil, run.Manifest.Permissions, run.Held, permission.Call{Key: want}, 0).Verdict; verdict != permission.Allowed {
		t.Errorf("verdict %s", verdict)
	}
	v.sound()
}

func TestTheLedgerKeepsItsNewestTenThousandLines(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil))
	v.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10500) INSERT INTO alcove_ledger (at, kind, detail) SELECT i, 'refused', 'x' FROM n`)
	if err := v.Note(t.Context(), id, "crashed", "hang"); err != nil {
		t.Fatal(err)
	}
	if n := v.query(`SELECT count(*) FROM alcove_ledger`); n != int64(10_000) {
		t.Errorf("%v lines", n)
	}
	if last := v.query(`SELECT kind || ' ' || detail || ' ' || (extension IS NOT NULL) FROM alcove_ledger ORDER BY id DESC`); last != "crashed hang 1" {
		t.Errorf("the newest is %v", last)
	}
}
