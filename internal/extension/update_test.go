package extension_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

func (v *vault) detail() extension.Detail {
	v.Helper()
	d, err := v.Detail(v.Context(), bundletest.ID(1, "feed-reader"))
	if err != nil {
		v.Fatal(err)
	}
	return d
}

func decision(d extension.Detail, p perm) permission.Decision {
	c := choice(p, "")
	for _, l := range d.Lines {
		if l.Resource == c.Resource && l.Action == c.Action && l.Target == c.Target {
			return l.Decision
		}
	}
	return ""
}

// write adds a note the way the app does, as a row of its own table.
func (v *vault) write(text string) {
	v.exec(`INSERT INTO "`+bundletest.ID(1, "feed-reader").Table("notes")+`" (body) VALUES (?)`, text)
}

func (v *vault) notes() any {
	return v.query(`SELECT group_concat(body) FROM "` + bundletest.ID(1, "feed-reader").Table("notes") + `"`)
}

func TestAnAcceptedAppIsInstalledAsReviewedAndSurvivesARestart(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil, feeds, clip), choice(feeds, permission.Allow))
	v.write("first")
	v = v.restart()
	v.sound()
	list, err := v.List(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	got := list[0]
	if got.ID != id.String() || got.Title != "Feed Reader" || got.Version != "1.0.0" || got.Author != "Ada" || got.Hold != extension.HoldNone ||
		got.Files != 7 || got.Size == 0 || got.InstalledAt == 0 || got.Display != "tab" || !strings.HasPrefix(got.Icon, "data:image/svg+xml;base64,") {
		t.Errorf("%+v", got)
	}
	d := v.detail()
	if decision(d, feeds) != permission.Allow || decision(d, clip) != permission.Deny {
		t.Errorf("lines %+v", d.Lines)
	}
	if len(d.Tables) != 1 || d.Tables[0] != (extension.Table{Name: "notes", Description: "What you wrote.", Rows: 1}) || d.PackageBytes == 0 {
		t.Errorf("tables %+v, package of %d bytes", d.Tables, d.PackageBytes)
	}
	run := v.start(id)
	defer run.Close()
	if g, _ := run.Held.Get(permission.Key{Resource: "clipboard", Action: "read"}); run.Manifest.Version != "1.0.0" || g.Decision != permission.Deny {
		t.Errorf("running %+v", run)
	}
	for path, want := range map[string]string{"app.js": "// 1.0.0", "same.css": "body{}", "empty.txt": ""} {
		if data, ok, err := run.Asset(t.Context(), path); err != nil || !ok || string(data) != want {
			t.Errorf("%s: %q %v %v", path, data, ok, err)
		}
	}
	for _, path := range []string{"", "nothing.js", "../app.js", "APP.JS", "alcove.sig.json"} {
		if _, ok, err := run.Asset(t.Context(), path); ok || err != nil {
			t.Errorf("%q: %v %v", path, ok, err)
		}
	}
	if v.notes() != "first" {
		t.Errorf("notes %v", v.notes())
	}
	if kinds := v.query(`SELECT group_concat(kind || ' ' || detail) FROM alcove_ledger`); kinds != "installed 1.0.0" {
		t.Errorf("ledger %v", kinds)
	}
}

func TestAnUpdateKeepsDataAndUnchangedGrantsAndAsksForTheRest(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil, feeds, clip), choice(feeds, permission.Allow), choice(clip, permission.Allow))
	v.write("kept")
	wider := asks("net", "fetch", "https://*.example.com/*", false)
	more := map[string]string{"m/2.sql": `ALTER TABLE {{notes}} ADD COLUMN starred INTEGER NOT NULL DEFAULT 0;`, "new.js": "//"}
	review := v.stage(feedReader(t, "1.1.0", more, feeds, wider))
	changes := map[string]string{}
	for _, l := range review.Lines {
		changes[l.Sentence] = l.Change + " " + string(l.Held) + ">" + string(l.Decision)
	}
	if review.Kind != extension.KindUpdate || review.PreviousVersion != "1.0.0" ||
		changes["Reach feeds.example.com"] != "same allow>allow" || changes["Reach any host under example.com"] != "added >ask" || changes["Read the clipboard"] != "removed allow>deny" {
		t.Errorf("%s %s %v", review.Kind, review.PreviousVersion, changes)
	}
	if first := review.Threat[0].Text; !strings.HasPrefix(first, "Until now, Feed Reader could send") {
		t.Errorf("threat %+v", review.Threat)
	}
	_, err := v.Accept(t.Context(), review.ID, []extension.Choice{choice(clip, permission.Allow)}, false, nil)
	wantCode(t, err, extension.CodeChoiceUnknown)
	if _, err := v.Accept(t.Context(), review.ID, nil, false, nil); err != nil {
		t.Fatal(err)
	}
	v = v.restart()
	v.sound()
	d := v.detail()
	if d.Version != "1.1.0" || decision(d, feeds) != permission.Allow || decision(d, wider) != permission.Ask || decision(d, clip) != "" {
		t.Errorf("%s %+v", d.Version, d.Lines)
	}
	if n := v.query(`SELECT count(*) FROM alcove_grant`); n != int64(2) {
		t.Errorf("%v grants", n)
	}
	if starred := v.query(`SELECT body || starred FROM "` + id.Table("notes") + `"`); starred != "kept0" {
		t.Errorf("note %v", starred)
	}
	// Only the new release's bytes are there, each once.
	if n := v.query(`SELECT count(*) FROM alcove_blob`); n != int64(10) {
		t.Errorf("%v blobs", n)
	}
	run := v.start(id)
	defer run.Close()
	if data, ok, _ := run.Asset(t.Context(), "app.js"); !ok || string(data) != "// 1.1.0" {
		t.Errorf("app.js %q", data)
	}
}

func TestBytesThatTwoAppsShareAreStoredOnceAndStayWhileOneNeedsThem(t *testing.T) {
	v := newVault(t)
	v.install(feedReader(t, "1.0.0", nil))
	other := v.install(bundletest.Build(t, map[string]string{"theirs.css": "body{}"}, bundletest.WithKey(2), bundletest.With("name", "other")))
	shared := `SELECT count(*) FROM alcove_blob WHERE data = CAST('body{}' AS BLOB)`
	if n := v.query(shared); n != int64(1) {
		t.Errorf("stored %v times", n)
	}
	if err := v.Remove(t.Context(), bundletest.ID(1, "feed-reader"), true); err != nil {
		t.Fatal(err)
	}
	run := v.start(other)
	defer run.Close()
	if data, ok, err := run.Asset(t.Context(), "theirs.css"); !ok || string(data) != "body{}" || err != nil {
		t.Errorf("%q %v %v", data, ok, err)
	}
	v.sound()
	if err := v.Remove(t.Context(), other, true); err != nil {
		t.Fatal(err)
	}
	if n := v.query(`SELECT count(*) FROM alcove_blob`); n != int64(0) {
		t.Errorf("%v blobs stay", n)
	}
	v.sound()
}

func TestAFailedMigrationLeavesTheEarlierVersionUntouched(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil, feeds), choice(feeds, permission.Allow))
	v.write("safe")
	before := v.query(`SELECT group_concat(hex(sha256)) FROM (SELECT sha256 FROM alcove_blob ORDER BY 1)`)
	for name, sql := range map[string]string{
		"syntax":         `CREATE TABLE {{other}} (a); NOT SQL;`,
		"half of it":     `ALTER TABLE {{notes}} ADD COLUMN x; DELETE FROM {{notes}}; INSERT INTO {{missing}} VALUES (1);`,
		"foreign tables": `UPDATE alcove_grant SET decision = 'allow';`,
	} {
		review := v.stage(feedReader(t, "1.1.0", map[string]string{"m/2.sql": sql}, feeds, api))
		_, err := v.Accept(t.Context(), review.ID, nil, false, nil)
		wantCode(t, err, "db.migration_failed")
		if f := fault.Of(err); !strings.Contains(f.Message, "Feed Reader 1.1.0") || f.Data["migration"] != "m/2.sql" {
			t.Errorf("%s: %s %v", name, f.Message, f.Data)
		}
		v.Cancel(review.ID)
	}
	changed := v.stage(feedReader(t, "1.1.0", map[string]string{"m/1.sql": notesTable + " -- later"}))
	_, err := v.Accept(t.Context(), changed.ID, nil, false, nil)
	wantCode(t, err, "db.migration_changed")
	v = v.restart()
	v.sound()
	d := v.detail()
	if d.Version != "1.0.0" || decision(d, feeds) != permission.Allow || len(d.Tables) != 1 || v.notes() != "safe" {
		t.Errorf("%+v, notes %v", d, v.notes())
	}
	if after := v.query(`SELECT group_concat(hex(sha256)) FROM (SELECT sha256 FROM alcove_blob ORDER BY 1)`); after != before {
		t.Error("the stored files changed")
	}
	v.start(id).Close()
}

func TestVersionsThatCannotFollowAreRefusedInWords(t *testing.T) {
	v := newVault(t)
	v.install(feedReader(t, "1.10.0", nil))
	for _, c := range []struct{ version, file, kind, code string }{
		{"1.9.0", "", extension.KindDowngrade, extension.CodeDowngrade},
		{"1.10.0-beta.1", "", extension.KindDowngrade, extension.CodeDowngrade},
		{"1.10.0", "different.js", extension.KindReinstall, extension.CodeSameVersionDiffers},
		{"1.10.0+build.2", "", extension.KindReinstall, extension.CodeSameVersionDiffers},
	} {
		files := map[string]string{}
		if c.file != "" {
			files[c.file] = "//"
		}
		review := v.stage(feedReader(t, c.version, files))
		if review.Kind != c.kind || review.Refusal == nil || review.Refusal.Code != c.code || !strings.Contains(review.Refusal.Message, "1.10.0") {
			t.Errorf("%s: %s %+v", c.version, review.Kind, review.Refusal)
		}
		_, err := v.Accept(t.Context(), review.ID, nil, true, nil)
		wantCode(t, err, c.code)
		v.Cancel(review.ID)
	}
	if d := v.detail(); d.Version != "1.10.0" {
		t.Errorf("version %s", d.Version)
	}
}

func TestInstallingTheSamePackageAgainChangesOnlyTheChoices(t *testing.T) {
	v := newVault(t)
	data := feedReader(t, "1.0.0", nil, feeds)
	v.install(data, choice(feeds, permission.Allow))
	v.write("still here")
	review := v.stage(bytes.Clone(data))
	if review.Kind != extension.KindReinstall || review.Refusal != nil || review.PreviousVersion != "1.0.0" {
		t.Errorf("%s %+v", review.Kind, review.Refusal)
	}
	if i := slices.IndexFunc(review.Lines, func(l permission.Line) bool { return l.Resource == "net" }); review.Lines[i].Decision != permission.Allow || review.Lines[i].Change != "" {
		t.Errorf("line %+v", review.Lines[i])
	}
	if first := review.Threat[0].Text; !strings.HasPrefix(first, "If Feed Reader were malicious") {
		t.Errorf("threat %+v", review.Threat)
	}
	if _, err := v.Accept(t.Context(), review.ID, []extension.Choice{choice(feeds, permission.Deny)}, false, nil); err != nil {
		t.Fatal(err)
	}
	if d := v.detail(); decision(d, feeds) != permission.Deny || v.notes() != "still here" {
		t.Errorf("%+v %v", d.Lines, v.notes())
	}
	v.sound()
}
