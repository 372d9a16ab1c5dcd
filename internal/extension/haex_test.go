package extension_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// haex is one of the packages that another implementation made.
func haex(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../bundle/testdata/haex", name+".xt"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPackagesOfHaexVaultAreInstalledAndVerifiedAtEachStart(t *testing.T) {
	for _, tt := range []struct {
		name  string
		older bool
	}{{"v1-archived", true}, {"v2-good", false}} {
		t.Run(tt.name, func(t *testing.T) {
			v := newVault(t)
			review := v.stage(haex(t, tt.name))
			if review.OlderSignature != tt.older || review.Dialect != manifest.DialectHaex || review.Name != "haex-probe" {
				t.Errorf("review %+v", review)
			}
			id := v.install(haex(t, tt.name))
			v.sound()
			v = v.restart()
			run := v.start(id)
			want, _ := openPackage(t, haex(t, tt.name)).Content("index.html")
			if page, ok, err := run.Asset(t.Context(), "index.html"); err != nil || !ok || !bytes.Equal(page, want) {
				t.Errorf("%q, %v, %v", page, ok, err)
			}
			run.Close()
			list, err := v.List(t.Context())
			if err != nil || len(list) != 1 || list[0].Dialect != manifest.DialectHaex || list[0].Title != map[bool]string{true: "Haex Probe", false: "Probe"}[tt.older] {
				t.Errorf("%+v, %v", list, err)
			}
			v.exec(`UPDATE alcove_blob SET data = CAST('x' || data AS BLOB) WHERE sha256 = (SELECT sha256 FROM alcove_release_file WHERE path = '_nuxt/b.js')`)
			if _, err := v.Start(t.Context(), id); fault.Code(err) != extension.CodeQuarantined {
				t.Errorf("got %v", err)
			}
		})
	}
}

func openPackage(t *testing.T, data []byte) *bundle.Bundle {
	t.Helper()
	b, err := bundle.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestAPackageThatTheOlderSignatureCannotTellApartIsNotTheReviewedOne installs
// one of two packages that one signature fits, and offers the other.
func TestAPackageThatTheOlderSignatureCannotTellApartIsNotTheReviewedOne(t *testing.T) {
	v := newVault(t)
	v.install(haex(t, "v1-moved-contents"))
	review := v.stage(haex(t, "v1-renamed"))
	if review.Refusal == nil || review.Refusal.Code != extension.CodeSameVersionDiffers {
		t.Errorf("%+v", review.Refusal)
	}
}

func TestMigrationsOfAHaexPackageRunAtItsInstallation(t *testing.T) {
	v := newVault(t)
	id := v.install(haex(t, "v1-migrations"))
	if n := v.query(`SELECT count(*) FROM "` + id.Table("notes") + `" WHERE title IS NULL`); n != int64(0) {
		t.Errorf("%v rows", n)
	}
	if names := v.query(`SELECT group_concat(name) FROM (SELECT name FROM alcove_migration ORDER BY name)`); names != "a,b" {
		t.Errorf("applied %v", names)
	}
	v.sound()
}

// TestTablesOfAHaexPackageAreMadeAsDrizzleMakesThem has all that is known to be
// in migrations of published packages, and an update that adds a step.
func TestTablesOfAHaexPackageAreMadeAsDrizzleMakesThem(t *testing.T) {
	v := newVault(t)
	id := bundletest.ID(1, "haex-probe")
	table := func(name string) string { return "`" + id.Table(name) + "`" }
	first := "CREATE TABLE " + table("folders") + " (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`created_at` integer DEFAULT (unixepoch()) NOT NULL\n);\n" +
		"--> statement-breakpoint\nCREATE TABLE IF NOT EXISTS " + table("notes") + " (`id` text PRIMARY KEY NOT NULL, `folder_id` text, `title` text, `at` text DEFAULT CURRENT_TIMESTAMP, " +
		"FOREIGN KEY (`folder_id`) REFERENCES " + table("folders") + "(`id`) ON UPDATE no action ON DELETE cascade);\n" +
		"--> statement-breakpoint\nCREATE UNIQUE INDEX `" + id.Table("notes_title_unique") + "` ON " + table("notes") + " (`title`);--> statement-breakpoint\n" +
		"ALTER TABLE " + table("notes") + " ADD `more` text"
	rebuilt := "`__new_" + id.Table("notes") + "`"
	second := "PRAGMA foreign_keys=OFF;--> statement-breakpoint\nCREATE TABLE " + rebuilt + " (`id` text PRIMARY KEY NOT NULL, `title` text NOT NULL);\n--> statement-breakpoint\n" +
		"INSERT INTO " + rebuilt + "(\"id\", \"title\") SELECT \"id\", \"title\" FROM " + table("notes") + ";--> statement-breakpoint\n" +
		"DROP TABLE " + table("notes") + ";--> statement-breakpoint\nALTER TABLE " + rebuilt + " RENAME TO " + table("notes") + ";--> statement-breakpoint\nPRAGMA foreign_keys=ON;"
	release := func(version string, steps map[string]string) []byte {
		files := map[string]string{}
		for name, text := range steps {
			files["db/"+name+".sql"] = text
		}
		return bundletest.BuildHaex(t, files, bundletest.With("version", version), bundletest.With("migrationsDir", "db"))
	}
	v.install(release("1.0.0", map[string]string{"0000_a": first}))
	v.install(release("1.1.0", map[string]string{"0000_a": first, "0001_b": second}))
	if text := v.query(`SELECT sql FROM sqlite_schema WHERE name = ?`, id.Table("notes")); !strings.Contains(text.(string), "`title` text NOT NULL") {
		t.Errorf("%v", text)
	}
	v.sound()
}

// TestAMigrationOfAHaexPackageStaysInItsOwnTables tries what is checked for
// nothing but tables there.
func TestAMigrationOfAHaexPackageStaysInItsOwnTables(t *testing.T) {
	v := newVault(t)
	for _, text := range []string{
		"DELETE FROM alcove_grant",
		"CREATE TABLE `" + bundletest.ID(2, "haex-probe").Table("notes") + "` (id text PRIMARY KEY)",
		"CREATE TABLE `" + bundletest.ID(1, "haex-other").Table("notes") + "` (id text PRIMARY KEY)",
		"CREATE TABLE `" + bundletest.ID(1, "haex-probe").Table("notes") + "` AS SELECT * FROM alcove_publisher",
		"PRAGMA writable_schema=ON",
		"ATTACH 'x' AS y",
	} {
		review := v.stage(bundletest.BuildHaex(t, map[string]string{"db/0.sql": text, "a.js": bundletest.Lineage(1).String()}, bundletest.With("migrationsDir", "db")))
		_, err := v.Accept(t.Context(), review.ID, nil, true, nil)
		if fault.Code(err) != "db.migration_failed" {
			t.Errorf("%s: %v", text, err)
		}
		v.Cancel(review.ID)
	}
	v.sound()
}

// TestWhatAHaexPackageAsksForIsAskedOrSaidToBeMissing accepts with every choice
// on allow.
func TestWhatAHaexPackageAsksForIsAskedOrSaidToBeMissing(t *testing.T) {
	v := newVault(t)
	review := v.stage(haex(t, "v1-asks"))
	var choices []extension.Choice
	missing := 0
	for _, line := range review.Lines {
		switch {
		case line.Unavailable:
			missing++
			bad := extension.Choice{Resource: line.Resource, Action: line.Action, Target: line.Target, Decision: permission.Allow}
			if _, err := v.Accept(t.Context(), review.ID, []extension.Choice{bad}, false, nil); fault.Code(err) != extension.CodeChoiceUnknown {
				t.Errorf("a choice about %s: %v", line.Sentence, err)
			}
		case line.Choosable():
			if line.Decision == permission.Allow {
				t.Errorf("%s is allowed before anyone decided", line.Sentence)
			}
			choices = append(choices, extension.Choice{Resource: line.Resource, Action: line.Action, Target: line.Target, Decision: permission.Allow})
		}
	}
	if missing != 3 || len(choices) != 13 {
		t.Errorf("%d cannot be given, %d can be chosen", missing, len(choices))
	}
	id := v.install(haex(t, "v1-asks"), choices...)
	if n := v.query(`SELECT count(*) FROM alcove_grant`); n != int64(13) {
		t.Errorf("%v grants", n)
	}
	v.sound()
	d, err := v.Detail(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(d.Lines, func(l permission.Line) bool {
		return l.Unavailable && strings.Contains(l.Sentence, "“cloudStorage”")
	}) {
		t.Errorf("the details do not say what is missing: %+v", d.Lines)
	}
}

// TestFormatsOfOneExtensionUpdateEachOther installs a package of format 1, then
// one of format 2 by the same key.
func TestFormatsOfOneExtensionUpdateEachOther(t *testing.T) {
	v := newVault(t)
	first := v.install(haex(t, "v1-archived"))
	review := v.stage(haex(t, "v2-good"))
	if review.Kind != extension.KindUpdate || review.PreviousVersion != "1.2.3" || review.OlderSignature {
		t.Errorf("%+v", review)
	}
	if second := v.install(haex(t, "v2-good")); second != first {
		t.Errorf("%s is another extension than %s", second, first)
	}
	v.sound()
}

// TestAnUpdateDoesNotGoBackToTheOlderSignature offers a newer version with the
// older signature to an app that has a better one.
func TestAnUpdateDoesNotGoBackToTheOlderSignature(t *testing.T) {
	newer := bundletest.BuildHaex(t, nil, bundletest.With("version", "3.0.0"))
	for name, installed := range map[string][]byte{
		"format 2": haex(t, "v2-good"),
		"native":   bundletest.Build(t, nil, bundletest.With("name", "haex-probe")),
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			id := v.install(installed)
			before := v.query(`SELECT highest_version FROM alcove_extension`)
			review := v.stage(newer)
			if review.Kind != extension.KindUpdate || review.Refusal == nil || review.Refusal.Code != extension.CodeSignatureDowngrade {
				t.Fatalf("%s, %+v", review.Kind, review.Refusal)
			}
			if _, err := v.Accept(t.Context(), review.ID, nil, true, nil); fault.Code(err) != extension.CodeSignatureDowngrade {
				t.Errorf("accepted: %v", err)
			}
			v.Cancel(review.ID)
			if after := v.query(`SELECT highest_version FROM alcove_extension`); after != before {
				t.Errorf("%v became %v", before, after)
			}
			v.start(id).Close()
			if err := v.Remove(t.Context(), id, false); err != nil {
				t.Fatal(err)
			}
			v.install(newer) // what the person wanted, who removed it first
			v.sound()
		})
	}
}
