package web

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
)

const (
	listTable = `CREATE TABLE {{items}} (id TEXT PRIMARY KEY NOT NULL, what TEXT);`
	listName  = "items"
)

// withList installs an app that has a table, and writes two rows.
func withList(t *testing.T, c *client) (id string, run func(sql string)) {
	t.Helper()
	id, run = withEmptyList(t, c)
	run(`INSERT INTO items VALUES ('a', 'bread'), ('b', 'salt')`)
	return id, run
}

// withEmptyList installs an app that has a table, which run writes to.
func withEmptyList(t *testing.T, c *client) (id string, run func(sql string)) {
	t.Helper()
	id = c.install(map[string]string{"m/1.sql": listTable},
		bundletest.With("migrations", []string{"m/1.sql"}), bundletest.With("tables", []any{map[string]any{"name": listName, "description": "What to buy."}}))
	run = func(sql string) {
		t.Helper()
		app := c.open(id)
		prefix := app["context"].(map[string]any)["prefix"].(string)
		if got, code := c.relay(app["session"].(string), "db.execute", map[string]any{"sql": strings.ReplaceAll(sql, "items", `"`+prefix+`items"`)}); code != "" {
			t.Fatalf("%s: %s %v", sql, code, got)
		}
	}
	return id, run
}

func moments(t *testing.T, c *client, id string) []map[string]any {
	t.Helper()
	var list []map[string]any
	for _, m := range c.must("data.history", map[string]any{"id": id, "limit": 10})["moments"].([]any) {
		list = append(list, m.(map[string]any))
	}
	return list
}

func TestAnAppGoesBackOverHTTP(t *testing.T) {
	c := unlocked(t, Options{})
	id, run := withList(t, c)
	run(`DELETE FROM items WHERE id = 'a'`)
	list := moments(t, c, id)
	if len(list) != 2 {
		t.Fatalf("%v", list)
	}
	then := list[1]["moment"]
	d := c.must("data.difference", map[string]any{"id": id, "moment": then})
	if tables := d["tables"].([]any); len(tables) != 1 || tables[0].(map[string]any)["added"] != int64(1) || tables[0].(map[string]any)["name"] != listName {
		t.Fatalf("%v", d)
	}
	app := c.open(id)
	done := c.must("data.put_back", map[string]any{"id": id, "moment": then})
	if done["added"] != int64(1) || done["removed"] != int64(0) {
		t.Fatalf("%v", done)
	}
	if _, code := c.relay(app["session"].(string), "context.get", map[string]any{}); code != "session.ended" {
		t.Errorf("the app still runs on what it knew: %q", code)
	}
	if detail := c.must("ext.detail", map[string]any{"id": id}); detail["tables"].([]any)[0].(map[string]any)["rows"] != int64(2) {
		t.Errorf("%v", detail["tables"])
	}
	if done = c.must("data.put_back", map[string]any{"id": id, "moment": done["undo"]}); done["removed"] != int64(1) {
		t.Errorf("undone: %v", done)
	}
	now := c.must("data.difference", map[string]any{"id": id, "at": laterMillis()})
	if len(now["tables"].([]any)) != 0 {
		t.Errorf("now differs from now: %v", now)
	}
	for _, bad := range []map[string]any{
		{"id": id},
		{"id": id, "moment": then, "at": 5},
		{"id": id, "moment": "-1"},
		{"id": id, "moment": "soon"},
		{"id": id, "at": -5},
		{"id": id, "at": int64(1) << 62},
	} {
		if _, code := c.call("data.difference", bad); code != "request.malformed" {
			t.Errorf("%v: %q", bad, code)
		}
	}
	if _, code := c.call("data.put_back", map[string]any{"id": id}); code != "request.malformed" {
		t.Errorf("back to nothing: %q", code)
	}
}

func TestTheBoundsOfAHistoryAreSet(t *testing.T) {
	c := unlocked(t, Options{})
	id, _ := withList(t, c)
	then := moments(t, c, id)[0]["moment"]
	c.must("data.set_history", map[string]any{"id": id, "on": true, "days": 30, "share": 50})
	h := c.must("data.history", map[string]any{"id": id, "limit": 1})
	if h["on"] != true || h["days"] != int64(30) || h["share"] != int64(50) || h["usual_days"] != int64(90) || h["usual_share"] != int64(20) {
		t.Errorf("%v", h)
	}
	if _, code := c.call("data.set_history", map[string]any{"id": id, "on": true, "days": 0, "share": 50}); code != "request.malformed" {
		t.Errorf("no days: %q", code)
	}
	c.must("data.set_history", map[string]any{"id": id, "on": false, "days": 30, "share": 50})
	if _, code := c.call("data.put_back", map[string]any{"id": id, "moment": then}); code != "crdt.history_gone" {
		t.Errorf("switched off: %q", code)
	}
}

func TestConflictsOfAnAppWithoutAny(t *testing.T) {
	c := unlocked(t, Options{})
	id, _ := withList(t, c)
	if got := c.must("data.conflicts", map[string]any{"id": id, "limit": 10}); got["total"] != int64(0) || len(got["list"].([]any)) != 0 {
		t.Errorf("%v", got)
	}
	for _, method := range []string{"data.restore_conflict", "data.dismiss_conflict"} {
		if _, code := c.call(method, map[string]any{"id": id, "conflict": 1}); code != "crdt.no_conflict" {
			t.Errorf("%s: %q", method, code)
		}
	}
}

func (c *client) download(id, passphrase string) answer {
	c.t.Helper()
	body, err := msgpack.Marshal(map[string]any{"id": id, "passphrase": passphrase})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.do(http.MethodPost, "/_host/export", body, nil)
}

func TestABrowserDownloadsTheData(t *testing.T) {
	c := unlocked(t, Options{})
	id, _ := withList(t, c)
	if _, code := c.call("data.export", map[string]any{"id": id, "passphrase": passphrase}); code != "dialog.unavailable" {
		t.Errorf("a dialog in a browser: %q", code)
	}
	for name, a := range map[string]answer{
		"wrong": c.download(id, "wrong horse battery"), "none": c.download(id, ""),
	} {
		_, fail := unwrap(t, a.body)
		if fail["code"] != "vault.wrong_passphrase" {
			t.Errorf("%s passphrase: %v", name, fail)
		}
	}
	a := c.download(id, passphrase)
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/zip" || !strings.HasSuffix(a.header.Get("Content-Disposition"), time.Now().Format(time.DateOnly)+".zip") {
		t.Fatalf("%d %v %q", a.status, a.header, a.body)
	}
	if text := entry(t, a.body, "csv/items.csv"); string(text) != "\"id\",\"what\"\r\n\"a\",\"bread\"\r\n\"b\",\"salt\"\r\n" {
		t.Errorf("%q", text)
	}
	if a := c.do(http.MethodPost, "/_host/export", []byte("\x81\xa1x\x01"), nil); !bytes.Contains(a.body, []byte("request.malformed")) {
		t.Errorf("an unknown key: %q", a.body)
	}
	c.must("vault.lock", nil)
	if _, fail := unwrap(t, c.download(id, passphrase).body); fail["code"] != "vault.locked" {
		t.Errorf("locked: %v", fail)
	}
}

func TestNamesInAHeader(t *testing.T) {
	if got := leftNames([]string{"by day", "ü,b", "\xff\n"}); got != "by%20day,%C3%BC%2Cb,%EF%BF%BD%0A" {
		t.Error(got)
	}
	long := strings.Repeat("n", maxLeftNames-1)
	if got := leftNames([]string{long, "m", "o"}); got != long+",%E2%80%A6" {
		t.Errorf("%d bytes, …%s", len(got), got[len(got)-12:])
	}
}

func TestTheWindowExportsIntoAFolder(t *testing.T) {
	f := &fakeShell{}
	c := desktop(t, f)
	c.create("Home")
	id, _ := withList(t, c)
	if got, code := c.call("data.export", map[string]any{"id": id, "passphrase": passphrase}); got != nil || code != "" {
		t.Errorf("a cancelled dialog: %v %q", got, code)
	}
	f.folder = t.TempDir()
	if _, code := c.call("data.export", map[string]any{"id": id, "passphrase": "wrong horse battery"}); code != "vault.wrong_passphrase" {
		t.Errorf("a wrong passphrase: %q", code)
	}
	if left, err := os.ReadDir(f.folder); err != nil || len(left) != 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	first := c.must("data.export", map[string]any{"id": id, "passphrase": passphrase})["path"].(string)
	second := c.must("data.export", map[string]any{"id": id, "passphrase": passphrase})["path"].(string)
	if filepath.Dir(first) != f.folder || second != first+"-2" {
		t.Errorf("%s and %s", first, second)
	}
	for _, dir := range []string{first, second} {
		if text, err := os.ReadFile(filepath.Join(dir, "csv", "items.csv")); err != nil || !strings.Contains(string(text), "bread") {
			t.Errorf("%q, %v", text, err)
		}
	}
	u, err := c.server.gate.Vault()
	if err != nil {
		t.Fatal(err)
	}
	f.folder = u.Dir
	if _, code := c.call("data.export", map[string]any{"id": id, "passphrase": passphrase}); code != "export.inside_vault" {
		t.Errorf("into the vault: %q", code)
	}
}

// TestAConflictIsSettledOverHTTP: two vaults change one row without having heard
// of each other.
func TestAConflictIsSettledOverHTTP(t *testing.T) {
	here, there := unlocked(t, Options{}), unlocked(t, Options{})
	id, run := withList(t, here)
	other, elsewhere := withEmptyList(t, there)
	if other != id {
		t.Fatalf("%s is not %s", other, id)
	}
	pull(t, there, here)
	run(`UPDATE items SET what = 'rye' WHERE id = 'a'`)
	elsewhere(`UPDATE items SET what = 'toast' WHERE id = 'a'`)
	pull(t, here, there)

	list := here.must("data.conflicts", map[string]any{"id": id, "limit": 10})
	if list["total"] != int64(1) {
		t.Fatalf("%v", list)
	}
	first := list["list"].([]any)[0].(map[string]any)
	gone := first["gone"].([]any)[0].(map[string]any)
	if first["kind"] != "lost" || first["table"] != listName || first["restorable"] != true || gone["column"] != "what" || gone["text"] != "rye" {
		t.Fatalf("%v", first)
	}
	app := here.open(id)
	here.must("data.restore_conflict", map[string]any{"id": id, "conflict": first["id"]})
	if _, code := here.relay(app["session"].(string), "context.get", map[string]any{}); code != "session.ended" {
		t.Errorf("the app still runs on what it knew: %q", code)
	}
	if list := here.must("data.conflicts", map[string]any{"id": id, "limit": 10}); list["total"] != int64(0) {
		t.Errorf("%v", list)
	}
	if got := here.download(id, passphrase); !bytes.Contains(entry(t, got.body, "csv/items.csv"), []byte(`"a","rye"`)) {
		t.Error("the value is not back")
	}
}

// pull merges what the vault of from has and that of to has not.
func pull(t *testing.T, to, from *client) {
	t.Helper()
	if err := arrive(t.Context(), to, from); err != nil {
		t.Fatal(err)
	}
}

// entry is one file of the folder in an archive.
func entry(t *testing.T, archive []byte, name string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Open("hello-" + time.Now().Format(time.DateOnly) + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestDataThatWasKeptIsListedAndCanBeTakenOut after its app was removed.
func TestDataThatWasKeptIsListedAndCanBeTakenOut(t *testing.T) {
	c := unlocked(t, Options{})
	id, _ := withList(t, c)
	c.must("ext.remove", map[string]any{"id": id})
	kept := c.must("ext.kept", nil)["kept"].([]any)
	if len(kept) != 1 || kept[0].(map[string]any)["id"] != id || kept[0].(map[string]any)["version"] != "1.0.0" {
		t.Fatalf("%v", kept)
	}
	if text := entry(t, c.download(id, passphrase).body, "csv/items.csv"); !bytes.Contains(text, []byte("bread")) {
		t.Errorf("%q", text)
	}
	c.must("ext.remove", map[string]any{"id": id, "delete_data": true})
	if kept := c.must("ext.kept", nil)["kept"].([]any); len(kept) != 0 {
		t.Errorf("%v", kept)
	}
}

// laterMillis is the time in Unix milliseconds, after everything that was
// written before it was called.
func laterMillis() int64 {
	before := time.Now().UnixMilli()
	for {
		if now := time.Now().UnixMilli(); now > before {
			return now
		}
	}
}
