package extension_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/store"
)

// crashVault names the variable that makes this test program the child that
// installs a package into the vault of that folder, and is killed on the way.
const crashVault = "ALCOVE_TEST_CRASH_VAULT"

// crashChild opens the vault, installs package.alcove, and tells the outcome
// by its exit status.
func crashChild(dir string) int {
	err := func() error {
		st, err := store.Open(context.Background(), dir, keys("ada"))
		if err != nil {
			return err
		}
		defer st.Close()
		reg, err := extension.New(context.Background(), st, track(st), slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, "package.alcove"))
		if err != nil {
			return err
		}
		review, err := reg.Stage(context.Background(), data, extension.Source{Kind: "cli"})
		if err != nil {
			return err
		}
		_, err = reg.Accept(context.Background(), review.ID, nil, false, nil)
		return err
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// failpoints finds the points in the sources, so that none is forgotten here.
func failpoints(t *testing.T) []string {
	t.Helper()
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var points []string
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`fail\.Point\("([^"]+)"\)`).FindAllStringSubmatch(string(text), -1) {
			points = append(points, m[1])
		}
	}
	return points
}

func TestAKillAtAnyStepOfAnInstallationLeavesItWholeOrNotThere(t *testing.T) {
	points := failpoints(t)
	if len(points) < 10 {
		t.Fatalf("only %v", points)
	}
	if testing.Short() {
		t.Skip("builds a test program")
	}
	program := filepath.Join(t.TempDir(), "crash.test")
	build := exec.Command("go", "test", "-c", "-tags", "failpoint", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for _, update := range []bool{false, true} {
		for _, point := range points {
			t.Run(fmt.Sprintf("%s update=%v", point, update), func(t *testing.T) { crash(t, program, point, update) })
		}
	}
}

// crash kills the installation of a package at point and judges the vault.
func crash(t *testing.T, program, point string, update bool) {
	v := newVault(t)
	if update {
		v.install(feedReader(t, "1.0.0", nil, feeds, clip), choice(feeds, permission.Allow))
		v.write("acknowledged")
	}
	before := state(v)
	v.Close()
	if err := v.st.Close(); err != nil {
		t.Fatal(err)
	}
	fresh := feedReader(t, "1.1.0", map[string]string{"m/2.sql": `CREATE TABLE {{more}} (a TEXT PRIMARY KEY); ALTER TABLE {{notes}} ADD COLUMN x;`, "new.js": "//"}, feeds, api)
	if err := os.WriteFile(filepath.Join(v.dir, "package.alcove"), fresh, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, program)
	child.Env = append(os.Environ(), crashVault+"="+v.dir, "ALCOVE_FAILPOINT="+point)
	out, err := child.CombinedOutput()
	exit := &exec.ExitError{}
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child was not killed at %s: %v\n%s", point, err, out)
	}

	st, err := store.Open(t.Context(), v.dir, keys("ada"))
	if err != nil {
		t.Fatal(err)
	}
	v = with(t, v.dir, st)
	v.sound()
	if after := state(v); point != "install.committed" && after != before {
		t.Errorf("before %s\nafter  %s", before, after)
	} else if point == "install.committed" && !strings.HasPrefix(after, "1.1.0") {
		t.Errorf("committed and gone: %s", after)
	}
	if point != "install.committed" {
		v.install(fresh)
		v.sound()
	}
	id := bundletest.ID(1, "feed-reader")
	v.start(id).Close()
	var tables []string
	for _, table := range v.detail().Tables {
		tables = append(tables, table.Name)
	}
	if slices.Sort(tables); !slices.Equal(tables, []string{"more", "notes"}) {
		t.Errorf("tables %v", tables)
	}
	if update && v.notes() != "acknowledged" {
		t.Errorf("notes %v", v.notes())
	}
}

// state is everything that an installation changes, in words.
func state(v *vault) string {
	v.Helper()
	return fmt.Sprint(v.query(`SELECT coalesce((SELECT version FROM alcove_release), 'none') || ' ' ||
		(SELECT count(*) FROM alcove_extension) || ' ' || (SELECT count(*) FROM alcove_publisher) || ' ' ||
		coalesce((SELECT group_concat(hex(sha256)) FROM (SELECT sha256 FROM alcove_blob ORDER BY 1)), '') || ' ' ||
		coalesce((SELECT group_concat(path) FROM (SELECT path FROM alcove_release_file ORDER BY 1)), '') || ' ' ||
		coalesce((SELECT group_concat(target || decision) FROM (SELECT target, decision FROM alcove_grant ORDER BY 1)), '') || ' ' ||
		coalesce((SELECT group_concat(name) FROM (SELECT name FROM alcove_migration ORDER BY 1)), '') || ' ' ||
		coalesce((SELECT group_concat(sql) FROM (SELECT sql FROM sqlite_schema WHERE name LIKE '%\_\_%' ESCAPE '\' ORDER BY 1)), '') || ' ' ||
		(SELECT count(*) FROM alcove_ledger)`))
}
