package vault

import (
	"bytes"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/alcove-vault/alcove/internal/bridge"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// heard is a page that keeps what frames are told.
type heard struct {
	mu    sync.Mutex
	items []map[string]any
}

func (h *heard) Tell(kind, _ string, item any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if fields, ok := item.(map[string]any); ok && kind == "frame.event" {
		h.items = append(h.items, fields)
	}
}

// of are the events that a frame was told.
func (h *heard) of(s *bridge.Session) (list []map[string]any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, i := range h.items {
		if i["session"] == s.ID {
			list = append(list, i)
		}
	}
	return list
}

// device is a vault with the same apps as the others: two of Alcove's own, of
// which the second may read the first one's notes, and one of haex-vault.
type device struct {
	*Unlocked
	heard                  heard
	notes, reader, haex    manifest.ID
	writes, reads, foreign *bridge.Session
}

func newDevice(t *testing.T) *device {
	t.Helper()
	u, _ := created(t)
	d := &device{Unlocked: u}
	install := func(data []byte, choices ...extension.Choice) manifest.ID {
		t.Helper()
		review, err := u.Extensions.Stage(t.Context(), data, extension.Source{Kind: "cli", FileName: "a.alcove"})
		if err != nil {
			t.Fatal(err)
		}
		id, err := u.Extensions.Accept(t.Context(), review.ID, choices, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	steps := func(tables ...string) (map[string]string, bundletest.Option) {
		var sql string
		for _, name := range tables {
			sql += "CREATE TABLE {{" + name + "}} (id TEXT PRIMARY KEY NOT NULL, body TEXT);"
		}
		return map[string]string{"1.sql": sql}, bundletest.With("migrations", []string{"1.sql"})
	}
	files, migrations := steps("notes", "drafts", "drafts_no_sync")
	d.notes = install(bundletest.Build(t, files, migrations))
	target := d.notes.Table("notes")
	files, migrations = steps("own")
	d.reader = install(bundletest.Build(t, files, migrations, bundletest.WithKey(2), bundletest.With("name", "reader"),
		bundletest.With("permissions", []any{map[string]any{"resource": "db", "action": "read", "target": target, "reason": "To show them."}})),
		extension.Choice{Resource: "db", Action: "read", Target: target, Decision: permission.Allow})
	d.haex = bundletest.ID(1, "haex-probe")
	d.haex = install(bundletest.BuildHaex(t, map[string]string{
		"db/0.sql": "CREATE TABLE `" + d.haex.Table("tasks") + "` (id text PRIMARY KEY NOT NULL, title text);--> statement-breakpoint\n" +
			"CREATE TABLE `" + d.haex.Table("tags") + "` (id text PRIMARY KEY NOT NULL)",
		"a.js": bundletest.Lineage(1).String(),
	}, bundletest.With("migrationsDir", "db")))
	u.Bridge.Attach(&d.heard)
	for id, s := range map[manifest.ID]**bridge.Session{d.notes: &d.writes, d.reader: &d.reads, d.haex: &d.foreign} {
		var err error
		if *s, err = u.Bridge.Open(t.Context(), id, bridge.Environment{Theme: "light", Locale: "en"}); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func (d *device) must(t *testing.T, s *bridge.Session, method string, params map[string]any) map[string]any {
	t.Helper()
	a := call(t, d.Unlocked, s, method, params)
	if a.Error != nil {
		t.Fatalf("%s: %s", method, a.Error.Code)
	}
	return a.OK
}

// news is what another device has and this one has not.
func (d *device) news(t *testing.T, other *device) []byte {
	t.Helper()
	seen, err := d.Tracking.Vector(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var changes bytes.Buffer
	if _, err := other.Tracking.Changes(t.Context(), seen, &changes); err != nil {
		t.Fatal(err)
	}
	return changes.Bytes()
}

func (d *device) arrive(t *testing.T, changes []byte) crdt.Report {
	t.Helper()
	report, err := d.Arrive(t.Context(), bytes.NewReader(changes), crdt.ApplyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestAppsHearOfWhatArrives has a real vault beside this one, in which the same
// apps write.
func TestAppsHearOfWhatArrives(t *testing.T) {
	here, there := newDevice(t), newDevice(t)
	there.must(t, there.writes, "db.execute", map[string]any{"sql": `INSERT INTO "` + there.notes.Table("notes") + `" VALUES ('a', 'from there')`, "params": []any{}})
	there.must(t, there.writes, "db.execute", map[string]any{"sql": `INSERT INTO "` + there.notes.Table("drafts_no_sync") + `" VALUES ('a', 'stays there')`, "params": []any{}})
	there.must(t, there.foreign, "extension_database_execute", map[string]any{"sql": "INSERT INTO `" + there.haex.Table("tasks") + "` VALUES ('t', 'task')", "params": []any{}})
	changes := here.news(t, there)
	report := here.arrive(t, changes)

	if want := []string{here.notes.Table("notes"), here.haex.Table("tasks")}; !sameNames(report.Changed(), want) {
		t.Errorf("changed %v", report.Changed())
	}
	notes := []map[string]any{{"name": "sync.tablesUpdated", "data": map[string]any{"tables": []string{here.notes.Table("notes")}}}}
	for name, s := range map[string]*bridge.Session{"the app": here.writes, "the one that may read it": here.reads} {
		for i, e := range notes {
			e["session"] = s.ID
			notes[i] = e
		}
		if got := here.heard.of(s); !reflect.DeepEqual(got, notes) {
			t.Errorf("%s heard %v", name, got)
		}
	}
	events := here.must(t, here.foreign, "events.take", map[string]any{})["events"].([]any)
	want := []any{map[string]any{"type": "haextension:sync:tables-updated", "data": map[string]any{"tables": []any{here.haex.Table("tasks")}}}}
	if !reflect.DeepEqual(events, want) {
		t.Errorf("the haex app heard %v", events)
	}
	rows := here.must(t, here.writes, "db.query", map[string]any{"sql": `SELECT body FROM "` + here.notes.Table("notes") + `"`, "params": []any{}})["rows"]
	if !reflect.DeepEqual(rows, []any{[]any{"from there"}}) {
		t.Errorf("it reads %v", rows)
	}
	if got := there.heard.items; len(got) != 0 {
		t.Errorf("the writer itself heard %v", got)
	}

	// What is known already tells nobody anything.
	before := len(here.heard.items)
	if report := here.arrive(t, changes); !report.Duplicate || len(report.Changed()) != 0 || len(here.heard.items) != before {
		t.Errorf("%v, %v", report, here.heard.items[before:])
	}
}

func sameNames(got, want []string) bool {
	slices.Sort(want)
	return slices.Equal(got, want)
}
