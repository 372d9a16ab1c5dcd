package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// FuzzSplicedStatements mutates the corpus by whole tokens, so that most of
// what comes out is understood by SQLite, and holds each statement against what
// it really read and changed: the secrets that its answer shows, and the tables
// before and after. The grants are drawn, too.
func FuzzSplicedStatements(f *testing.F) {
	entries := corpus(f)
	for i := range len(entries) {
		f.Add(uint64(i), uint16(i))
	}
	words := vocabulary(entries)
	w := newWorld(f)
	w.limits.Time = 30 * time.Millisecond
	before := w.state(f)
	fresh := w.copies(f)
	f.Fuzz(func(t *testing.T, seed uint64, pick uint16) {
		r := rand.New(rand.NewPCG(seed, uint64(pick)))
		e := entries[int(pick)%len(entries)]
		if len(e.text) > 5000 {
			t.Skip("nothing is left of a long statement")
		}
		text := splice(r, tokensOf(e.text), tokensOf(entries[r.IntN(len(entries))].text), words)
		grants := slices.Clone(e.grants)
		for range r.IntN(3) {
			grants = append(grants, randomGrant(r))
		}
		way := []string{"query", "execute", "migration"}[r.IntN(3)]
		a := w.send(t, way, text, grants)
		after := w.state(t)
		for _, what := range w.broken(before, after, a, grants, reachable(grants), text) {
			t.Errorf("%s %v\n%s\n%s", way, grants, text, what)
		}
		if code := fault.Code(a.err); code == fault.CodeInternal && !errors.Is(a.err, context.DeadlineExceeded) {
			t.Errorf("%s %v\n%s\nhas no code: %v", way, grants, text, a.err)
		}
		if changed(before, after) {
			fresh(t)
			before = w.state(t)
		}
	})
}

// copies closes the world and returns what puts it back to how it is now.
func (w *world) copies(f *testing.F) func(testing.TB) {
	f.Helper()
	root, place := f.TempDir(), dirOf(w.Store)
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	vault, err := os.ReadFile(filepath.Join(place, FileName))
	if err != nil {
		f.Fatal(err)
	}
	again := func(t testing.TB) {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		dir, err := os.MkdirTemp(root, "")
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, FileName), vault, 0o600)
		}
		if err == nil {
			w.Store, err = Open(context.Background(), dir, testKeys{name: "ada"})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	again(f)
	f.Cleanup(func() { _ = w.Close() })
	return again
}

func changed(before, after map[string]string) bool {
	if len(before) != len(after) {
		return true
	}
	for key, v := range before {
		if after[key] != v {
			return true
		}
	}
	return false
}

// reachable are the tables that views, triggers and foreign keys of their owner
// reach for who was granted some other table: see newWorld.
func reachable(grants []Grant) (tables []string) {
	rights := Rights{Own: notesPrefix, Grants: grants}
	may := func(table string, actions ...Action) bool {
		return slices.ContainsFunc(actions, func(a Action) bool { return rights.May(a, otherPrefix+table) })
	}
	add := func(names ...string) {
		for _, name := range names {
			tables = append(tables, otherPrefix+name)
		}
	}
	if may("view", ActionRead) {
		add("secrets")
	}
	if may("shown", ActionRead) {
		add("open")
	}
	if may("open", ActionReadWrite) || may("shown", ActionReadWrite) {
		add("open", "log")
	}
	if may("open", ActionDelete, ActionReadWrite, ActionAlterDrop) {
		add("child") // it refers to it
	}
	if may("child", ActionAlterDrop, ActionReadWrite, ActionDelete) {
		add("child")
	}
	return tables
}

func randomGrant(r *rand.Rand) Grant {
	targets := []string{"secrets", "open", "open2", "log", "child", "view", "shown", "secret*", "*", "new", "o*"}
	target := otherPrefix + targets[r.IntN(len(targets))]
	switch r.IntN(8) {
	case 0:
		target = otherPrefix[:66] + "*"
	case 1:
		target = []string{"*", "alcove_*", "sqlite_schema", otherPrefix[:40] + "*"}[r.IntN(4)]
	}
	return Grant{Action: actions[r.IntN(len(actions))], Target: target, Deny: r.IntN(6) == 0}
}

// tokensOf cuts a statement into words, quoted things, and single characters,
// each with the blanks before it.
func tokensOf(text string) (list []string) {
	begin := 0
	for at := 0; at < len(text); {
		if strings.IndexByte(" \t\n", text[at]) >= 0 {
			at++
			continue
		}
		n, _ := token(text[at:])
		at += n
		list = append(list, text[begin:at])
		begin = at
	}
	return list
}

// vocabulary is every token of the corpus once, and what SQL has besides.
func vocabulary(entries []entry) []string {
	seen := map[string]bool{}
	for _, e := range entries {
		for _, t := range tokensOf(e.text) {
			if len(t) < 200 {
				seen[strings.TrimSpace(t)] = true
			}
		}
	}
	for w := range strings.FieldsSeq("INDEXED NOT MATERIALIZED WINDOW FILTER OVER PARTITION GROUPS RETURNING EXCLUDED NEW OLD GENERATED ALWAYS STRICT WITHOUT ROWID COLLATE RAISE rowid IS DISTINCT FROM ISNULL GLOB -> ->> || ; ( ) , . * ?1 :a $b @c NULL x'00' 1.5e3 CAST") {
		seen[w] = true
	}
	words := make([]string, 0, len(seen))
	for w := range seen {
		words = append(words, w)
	}
	slices.Sort(words)
	return words
}

// splice changes a statement in a few places: a token is dropped, doubled,
// swapped, replaced or quoted otherwise, or a part of another statement comes
// in, sometimes as a subquery.
func splice(r *rand.Rand, list, other, words []string) string {
	list = slices.Clone(list)
	for range 1 + r.IntN(4) {
		if len(list) == 0 {
			break
		}
		at := r.IntN(len(list))
		switch r.IntN(9) {
		case 0:
			list = slices.Delete(list, at, at+1)
		case 1:
			list = slices.Insert(list, at, list[at])
		case 2:
			to := r.IntN(len(list))
			list[at], list[to] = list[to], list[at]
		case 3, 4:
			list[at] = " " + words[r.IntN(len(words))]
		case 5:
			list = slices.Insert(list, at, " "+words[r.IntN(len(words))])
		case 6:
			list = slices.Insert(list, at, []string{"/**/", "--\n", byteOrderMark, "/* ' */", "\t", "\x00", "--'\n"}[r.IntN(7)])
		case 7:
			if len(other) > 0 {
				from := r.IntN(len(other))
				part := other[from : from+r.IntN(len(other)-from)+1]
				list = slices.Insert(list, at, part...)
			}
		case 8:
			if bare := strings.Trim(strings.TrimSpace(list[at]), "\"'`[]"); strings.Contains(bare, "__") || r.IntN(3) == 0 {
				list[at] = []string{" " + bare, ` "` + bare + `"`, " '" + bare + "'", " [" + bare + "]", " `" + bare + "`", " main." + bare, " " + strings.ToUpper(bare), " (SELECT * FROM " + bare + ")"}[r.IntN(8)]
			} else {
				list[at] = " (" + strings.Join(other, "") + ")"
			}
		}
	}
	return strings.Join(list, "")
}
