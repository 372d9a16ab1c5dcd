package extension_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/permission"
)

// Whoever can write into the open database could change packages; encryption
// keeps others out. Start notices all the same.
var tampering = map[string]string{
	"a changed byte":           `UPDATE alcove_blob SET data = CAST('// evil!' AS BLOB) WHERE data = CAST('// 1.0.0' AS BLOB)`,
	"a shorter file":           `UPDATE alcove_blob SET data = CAST('//' AS BLOB) WHERE data = CAST('// 1.0.0' AS BLOB)`,
	"a missing file":           `DELETE FROM alcove_blob WHERE data = CAST('// 1.0.0' AS BLOB)`,
	"a missing manifest":       `DELETE FROM alcove_blob WHERE sha256 = (SELECT sha256 FROM alcove_release_file WHERE path = 'alcove.json')`,
	"a missing signature":      `DELETE FROM alcove_blob WHERE sha256 = (SELECT sha256 FROM alcove_release_file WHERE path = 'alcove.sig.json')`,
	"an unlisted file":         `INSERT INTO alcove_release_file SELECT release, 'extra.js', size, sha256 FROM alcove_release_file WHERE path = 'app.js'`,
	"a file that is gone":      `DELETE FROM alcove_release_file WHERE path = 'app.js'`,
	"two files swapped":        `UPDATE alcove_release_file SET sha256 = (SELECT sha256 FROM alcove_release_file WHERE path = 'same.css') WHERE path = 'app.js'`,
	"another version's label":  `UPDATE alcove_release SET version = '9.0.0'`,
	"another extension's name": `UPDATE alcove_extension SET name = 'feed-reader' || 's'`,
	"another publisher's key":  `UPDATE alcove_extension SET lineage = zeroblob(32)`,
}

func TestAPackageIsVerifiedWholeAtEveryStartAndQuarantinedIfBad(t *testing.T) {
	for name, change := range tampering {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			data := feedReader(t, "1.0.0", nil, feeds)
			id := v.install(data, choice(feeds, permission.Allow))
			v.write("kept")
			v.start(id).Close()
			v.exec(change)
			wantCode(t, v.Check(t.Context(), nil), extension.CodeDamaged)
			if strings.HasPrefix(name, "another extension") || strings.HasPrefix(name, "another publisher") {
				list, err := v.List(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				id = parse(t, list[0].ID)
			}
			for range 2 {
				_, err := v.Start(t.Context(), id)
				wantCode(t, err, extension.CodeQuarantined)
			}
			v = v.restart()
			wantCode(t, v.Enable(t.Context(), id), extension.CodeQuarantined)
			wantCode(t, v.Disable(t.Context(), id), extension.CodeQuarantined)
			if list, err := v.List(t.Context()); err != nil || len(list) != 1 || list[0].Hold != extension.HoldQuarantined || list[0].Title == "" {
				t.Errorf("list %+v %v", list, err)
			}
			if _, err := v.Detail(t.Context(), id); err != nil {
				t.Errorf("its page: %v", err)
			}
			if n := v.query(`SELECT count(*) FROM alcove_ledger WHERE kind = 'quarantined'`); n != int64(1) {
				t.Errorf("%v lines in the ledger", n)
			}
			if v.notes() != "kept" {
				t.Errorf("notes %v", v.notes())
			}
			if strings.HasPrefix(name, "another ") {
				return // installing the package does not mend the vault's own rows
			}
			v.install(data)
			v.sound()
			v.start(id).Close()
			if d := v.detail(); decision(d, feeds) != permission.Allow {
				t.Errorf("mending lost the grant: %+v", d.Lines)
			}
		})
	}
}

func TestAnUpdateOverADamagedManifestAsksForEverythingAnew(t *testing.T) {
	v := newVault(t)
	v.install(feedReader(t, "1.0.0", nil, feeds), choice(feeds, permission.Allow))
	v.exec(tampering["a missing manifest"])
	review := v.stage(feedReader(t, "1.1.0", nil, feeds))
	if l := review.Lines[2]; review.Kind != extension.KindUpdate || l.Change != permission.Added || l.Decision != permission.Ask {
		t.Errorf("%s %+v", review.Kind, l)
	}
	if _, err := v.Accept(t.Context(), review.ID, nil, false, nil); err != nil {
		t.Fatal(err)
	}
	if d := v.detail(); decision(d, feeds) != permission.Ask {
		t.Errorf("%+v", d.Lines)
	}
	v.sound()
}

// TestAFileThatChangesWhileTheAppRunsIsNotHandedOut has one file that was kept
// when the app started, and one that is too large for that and is read again.
func TestAFileThatChangesWhileTheAppRunsIsNotHandedOut(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", map[string]string{"large.js": "// large" + strings.Repeat("!", 3<<20)}))
	run := v.start(id)
	defer run.Close()
	v.exec(tampering["a changed byte"])
	if data, ok, err := run.Asset(t.Context(), "app.js"); string(data) != "// 1.0.0" || !ok || err != nil {
		t.Errorf("%q %v %v", data, ok, err)
	}
	v.exec(`UPDATE alcove_blob SET data = CAST('// evil!' AS BLOB) WHERE length(data) > 3000000`)
	_, _, err := run.Asset(t.Context(), "large.js")
	wantCode(t, err, extension.CodeQuarantined)
	_, err = v.Start(t.Context(), id)
	wantCode(t, err, extension.CodeQuarantined)
}

func TestAnAppThatWasReplacedWhileItRanGetsNoMixOfFiles(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil))
	run := v.start(id)
	defer run.Close()
	if _, ok, err := run.Asset(t.Context(), "same.css"); !ok || err != nil { // one that was handed out before, too
		t.Fatal(err)
	}
	v.install(feedReader(t, "1.1.0", nil))
	for _, path := range []string{"app.js", "same.css"} {
		_, ok, err := run.Asset(t.Context(), path)
		if ok {
			t.Errorf("%s of the replaced version is handed out", path)
		}
		wantCode(t, err, extension.CodeReplaced)
	}
	if d := v.detail(); d.Hold != extension.HoldNone {
		t.Errorf("the update is %s", d.Hold)
	}
}

func TestFilesComeTheSameFromManyReadersAtOnce(t *testing.T) {
	v := newVault(t)
	files := map[string]string{}
	for i := range 12 {
		files[fmt.Sprintf("f%d.bin", i)] = strings.Repeat(fmt.Sprint(i%10), 1<<20)
	}
	id := v.install(feedReader(t, "1.0.0", files))
	run := v.start(id)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for path, want := range files {
				if data, ok, err := run.Asset(t.Context(), path); !ok || err != nil || !bytes.Equal(data, []byte(want)) {
					t.Errorf("%s: %d bytes, %v, %v", path, len(data), ok, err)
				}
			}
		})
	}
	wg.Wait()
	run.Close()
	_, ok, err := run.Asset(t.Context(), "f1.bin")
	if ok {
		t.Error("a closed app is still served")
	}
	wantCode(t, err, extension.CodeReplaced)
}

func TestOfTwoWhoAcceptOneReviewOnlyOneInstalls(t *testing.T) {
	v := newVault(t)
	review := v.stage(feedReader(t, "1.0.0", nil))
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { _, errs[i] = v.Accept(t.Context(), review.ID, nil, false, nil) })
	}
	wg.Wait()
	good := 0
	for _, err := range errs {
		if err == nil {
			good++
		}
	}
	if good != 1 {
		t.Errorf("%d succeeded: %v", good, errs)
	}
	if n := v.query(`SELECT count(*) FROM alcove_ledger`); n != int64(1) {
		t.Errorf("%v lines in the ledger", n)
	}
	v.sound()
}

func TestCheckFindsRowsThatBelongToNothing(t *testing.T) {
	for name, change := range map[string]string{
		"blob":      `INSERT INTO alcove_blob VALUES (zeroblob(32), x'00')`,
		"value":     `INSERT INTO alcove_kv VALUES (77, 'k', x'00', 0)`,
		"migration": `INSERT INTO alcove_migration VALUES (77, 'm', x'00', 0)`,
		"grant":     `INSERT INTO alcove_grant (extension, resource, action, target, decision, decided_at) SELECT id, 'shell', 'run', 'sh', 'allow', 0 FROM alcove_extension`,
		"publisher": `DELETE FROM alcove_publisher`,
		"release":   `UPDATE alcove_extension SET release = NULL`,
	} {
		v := newVault(t)
		v.install(feedReader(t, "1.0.0", nil))
		var done, total int64
		if err := v.Check(t.Context(), func(d, n int64) { done, total = d, n }); err != nil || done != total || total == 0 {
			t.Fatalf("before: %v, %d of %d", err, done, total)
		}
		v.exec(change)
		if err := v.Check(t.Context(), nil); err == nil {
			t.Errorf("%s: not found", name)
		}
	}
}
