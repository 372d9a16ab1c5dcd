package extension_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if got := fault.Code(err); got != code {
		t.Errorf("code %q, want %q (%v)", got, code, err)
	}
}

func sizes(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			info, err := d.Info()
			if err != nil {
				return err
			}
			out[path] = info.Size()
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAReviewOfANewAppSaysAllThatAPersonNeeds(t *testing.T) {
	v := newVault(t)
	data := feedReader(t, "1.0.0", nil, feeds, clip)
	review := v.stage(data)
	if review.Kind != extension.KindInstall || review.Title != "Feed Reader" || review.Version != "1.0.0" || review.PreviousVersion != "" {
		t.Errorf("review %+v", review)
	}
	if review.Extension != bundletest.ID(1, "feed-reader").String() || review.Refusal != nil || review.Warning != nil {
		t.Errorf("review %+v", review)
	}
	if p := review.Publisher; p.Seen || p.FirstSeen != 0 || len(p.Apps) != 0 || p.Words[5] == "" || len(p.Hex) != 24 {
		t.Errorf("publisher %+v", p)
	}
	if f := review.File; f.Name != "app.alcove" || f.Size != int64(len(data)) || f.Files != 7 || len(f.SHA256) != 64 || len(f.Release) != 64 {
		t.Errorf("file %+v", f)
	}
	if !strings.HasPrefix(review.Icon, "data:image/svg+xml;base64,") {
		t.Errorf("icon %q", review.Icon)
	}
	for _, line := range review.Lines {
		if line.Group != permission.Stays && line.Decision == permission.Allow {
			t.Errorf("%s starts on allow", line.Sentence)
		}
		if line.Group != permission.Stays && line.Reason != "To do its work." {
			t.Errorf("%s has the reason %q", line.Sentence, line.Reason)
		}
	}
	if len(review.Lines) != 4 || len(review.Threat) == 0 {
		t.Errorf("lines %+v threat %+v", review.Lines, review.Threat)
	}
	text, err := json.Marshal(review)
	if err != nil || !strings.Contains(string(text), `"warning":null`) || !strings.Contains(string(text), `"refusal":null`) || !strings.Contains(string(text), `"apps":[]`) || !strings.Contains(string(text), `"first_seen":0`) {
		t.Errorf("%s %v", text, err)
	}
}

func TestStagingAndCancellingLeavesNoTrace(t *testing.T) {
	v := newVault(t)
	count := func() (n int64) {
		for _, table := range []string{"alcove_extension", "alcove_publisher", "alcove_release", "alcove_blob", "alcove_release_file", "alcove_grant", "alcove_migration", "alcove_ledger"} {
			n += v.query("SELECT count(*) FROM " + table).(int64)
		}
		return n
	}
	before := sizes(t, v.dir)
	review := v.stage(feedReader(t, "1.0.0", nil, feeds))
	v.Cancel(review.ID)
	if n := count(); n != 0 {
		t.Errorf("%d rows were written", n)
	}
	after := sizes(t, v.dir)
	for path, size := range after {
		if before[path] != size {
			t.Errorf("%s has changed from %d to %d bytes", filepath.Base(path), before[path], size)
		}
	}
	_, err := v.Review(review.ID)
	wantCode(t, err, extension.CodeReviewUnknown)
	_, err = v.Accept(t.Context(), review.ID, nil, true, nil)
	wantCode(t, err, extension.CodeReviewUnknown)
}

func TestABadPackageIsRefusedWithItsOwnCode(t *testing.T) {
	v := newVault(t)
	data := feedReader(t, "1.0.0", nil)
	data[len(data)/2] ^= 1
	if _, err := v.Stage(t.Context(), data, extension.Source{}); !strings.HasPrefix(fault.Code(err), "bundle.") {
		t.Errorf("staged: %v", err)
	}
	if _, err := v.Stage(t.Context(), nil, extension.Source{}); !strings.HasPrefix(fault.Code(err), "bundle.") {
		t.Errorf("staged nothing: %v", err)
	}
	if list := v.Reviews(); len(list) != 0 {
		t.Errorf("%d reviews wait", len(list))
	}
}

func TestAtMostFourFilesWaitForReview(t *testing.T) {
	v := newVault(t)
	var last *extension.Review
	for _, version := range []string{"1.0.0", "1.0.1", "1.0.2", "1.0.3"} {
		last = v.stage(feedReader(t, version, nil))
	}
	_, err := v.Stage(t.Context(), feedReader(t, "1.0.4", nil), extension.Source{})
	wantCode(t, err, extension.CodeTooManyReviews)
	if again := v.stage(feedReader(t, "1.0.3", nil)); again.ID != last.ID {
		t.Error("the same file, opened twice, has two reviews")
	}
	v.Cancel(last.ID)
	v.stage(feedReader(t, "1.0.4", nil))
}

func TestThePreviewFollowsTheChoices(t *testing.T) {
	v := newVault(t)
	review := v.stage(feedReader(t, "1.0.0", nil, feeds, clip))
	strong := func(d permission.Decision) []string {
		list, err := v.Preview(review.ID, []extension.Choice{choice(feeds, d)})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, s := range list {
			if s.Strong {
				out = append(out, s.Text)
			}
		}
		return out
	}
	if got := strong(permission.Allow); !slices.Contains(got, "feeds.example.com") {
		t.Errorf("allowed: %v", got)
	}
	if got := strong(permission.Deny); len(got) != 0 {
		t.Errorf("denied: %v", got)
	}
	kept, err := v.Review(review.ID)
	if err != nil || kept.Lines[2].Decision != permission.Ask {
		t.Errorf("the preview changed the review: %+v %v", kept.Lines[2], err)
	}
}

func TestChoicesThatAreNotInTheReviewAreRefused(t *testing.T) {
	v := newVault(t)
	review := v.stage(feedReader(t, "1.0.0", nil, feeds))
	good := choice(feeds, permission.Allow)
	for name, choices := range map[string][]extension.Choice{
		"not asked for":      {good, choice(api, permission.Allow)},
		"wider":              {{Resource: "net", Action: "fetch", Target: "*", Decision: permission.Allow}},
		"no decision":        {{Resource: "net", Action: "fetch", Target: "https://feeds.example.com/*"}},
		"unknown decision":   {choice(feeds, "always")},
		"twice":              {good, choice(feeds, permission.Deny)},
		"own tables":         {{Resource: "db", Action: "own", Decision: permission.Deny}},
		"another's tables":   {{Resource: "db", Action: "read", Target: "*", Decision: permission.Allow}},
		"everything is zero": {{}},
	} {
		_, err := v.Accept(t.Context(), review.ID, choices, true, nil)
		wantCode(t, err, extension.CodeChoiceUnknown)
		_, err = v.Preview(review.ID, choices)
		wantCode(t, err, extension.CodeChoiceUnknown)
		if n := v.query("SELECT count(*) FROM alcove_extension"); n != int64(0) {
			t.Fatalf("%s: installed", name)
		}
	}
	if _, err := v.Accept(t.Context(), review.ID, []extension.Choice{good}, false, nil); err != nil {
		t.Errorf("good choices after bad ones: %v", err)
	}
}

func TestTheSameNameFromAnotherKeyNeedsAConfirmationAndIsAnotherApp(t *testing.T) {
	v := newVault(t)
	first := v.install(feedReader(t, "1.0.0", nil))
	for name, opts := range map[string][]bundletest.Option{
		"same name":  {bundletest.WithKey(2), bundletest.With("name", "feed-reader"), bundletest.With("locales", map[string]any{"en": map[string]any{"title": "Weather"}})},
		"same title": {bundletest.WithKey(3), bundletest.With("name", "feeds2"), bundletest.With("locales", map[string]any{"en": map[string]any{"title": "FeedReader"}})},
	} {
		review := v.stage(bundletest.Build(t, nil, opts...))
		if review.Kind != extension.KindInstall || review.Warning == nil || review.Warning.Code != extension.WarningNameTaken || review.Warning.Title != "Feed Reader" {
			t.Fatalf("%s: warning %+v", name, review.Warning)
		}
		if review.Warning.Hex == review.Publisher.Hex || review.Warning.Hex == "" {
			t.Errorf("%s: the warning shows the wrong key", name)
		}
		_, err := v.Accept(t.Context(), review.ID, nil, false, nil)
		wantCode(t, err, extension.CodeNeedsAcknowledgement)
		second, err := v.Accept(t.Context(), review.ID, nil, true, nil)
		if err != nil || second == first {
			t.Errorf("%s: %v %v", name, second, err)
		}
	}
	list, err := v.List(t.Context())
	if err != nil || len(list) != 3 {
		t.Errorf("%d apps, %v", len(list), err)
	}
	v.sound()
}

func TestAReviewKnowsThePublisherOfEarlierApps(t *testing.T) {
	v := newVault(t)
	v.install(feedReader(t, "1.0.0", nil))
	review := v.stage(bundletest.Build(t, nil, bundletest.With("name", "podcasts")))
	if p := review.Publisher; !p.Seen || p.FirstSeen == 0 || !slices.Equal(p.Apps, []string{"Feed Reader"}) {
		t.Errorf("publisher %+v", p)
	}
	if review := v.stage(bundletest.Build(t, nil, bundletest.WithKey(2), bundletest.With("name", "other"))); review.Publisher.Seen {
		t.Error("another key counts as seen")
	}
}

func TestAReviewThatTheVaultHasOutrunIsStale(t *testing.T) {
	release := func(t *testing.T) []byte { return feedReader(t, "2.0.0", nil, feeds, api) }
	for name, meanwhile := range map[string]func(*vault){
		"updated": func(v *vault) { v.install(feedReader(v.T, "1.5.0", nil)) },
		"removed": func(v *vault) {
			if err := v.Remove(v.Context(), bundletest.ID(1, "feed-reader"), false); err != nil {
				v.Fatal(err)
			}
		},
		"disabled": func(v *vault) {
			if err := v.Disable(v.Context(), bundletest.ID(1, "feed-reader")); err != nil {
				v.Fatal(err)
			}
		},
		"a grant changed": func(v *vault) {
			if err := v.SetGrant(v.Context(), bundletest.ID(1, "feed-reader"), choice(feeds, permission.Deny)); err != nil {
				v.Fatal(err)
			}
		},
		"a namesake came": func(v *vault) {
			v.install(bundletest.Build(v.T, nil, bundletest.WithKey(2), bundletest.With("name", "feed-reader")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			v.install(feedReader(t, "1.0.0", nil, feeds))
			review := v.stage(release(t))
			meanwhile(v)
			_, err := v.Accept(t.Context(), review.ID, nil, true, nil)
			wantCode(t, err, extension.CodeReviewStale)
			if again := v.stage(release(t)); again.ID == review.ID {
				t.Error("opening the file again gives the stale review")
			} else if _, err := v.Accept(t.Context(), again.ID, nil, true, nil); err != nil {
				t.Errorf("accept the fresh review: %v", err)
			}
			v.sound()
		})
	}
}

func TestBytesThatChangeAfterTheReviewAreNotInstalled(t *testing.T) {
	v := newVault(t)
	noise := make([]byte, 1<<16) // does not get smaller, so it is stored as it is
	rand.NewChaCha8([32]byte{1}).Read(noise)
	data := feedReader(t, "1.0.0", map[string]string{"noise.bin": string(noise)})
	review := v.stage(data)
	if at := bytes.Index(data, noise); at < 0 {
		t.Fatal("the package does not hold the file as it is, so this test proves nothing")
	} else {
		data[at] ^= 1
	}
	if _, err := v.Accept(t.Context(), review.ID, nil, false, nil); err == nil {
		t.Error("installed")
	}
	if n := v.query("SELECT count(*) FROM alcove_blob"); n != int64(0) {
		t.Errorf("%v blobs", n)
	}
}

func TestACancelledInstallationLeavesTheVaultAsItWas(t *testing.T) {
	v := newVault(t)
	review := v.stage(feedReader(t, "1.0.0", map[string]string{"big1.bin": strings.Repeat("a", 1<<20), "big2.bin": strings.Repeat("b", 1<<20)}))
	ctx, cancel := context.WithCancel(t.Context())
	steps := 0
	_, err := v.Accept(ctx, review.ID, nil, false, func(done, total int64) {
		if steps++; done > total {
			t.Errorf("progress %d of %d", done, total)
		}
		if steps == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || steps != 3 {
		t.Errorf("after %d steps: %v", steps, err)
	}
	if n := v.query("SELECT count(*) FROM alcove_blob"); n != int64(0) {
		t.Errorf("%d blobs stay", n)
	}
	var last, whole int64
	if _, err := v.Accept(t.Context(), review.ID, nil, false, func(done, total int64) { last, whole = done, total }); err != nil || last != whole || whole < 2<<20 {
		t.Errorf("the second try: %d of %d, %v", last, whole, err)
	}
	v.sound()
}
