package crdt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/store"
)

// strangeSchema has columns and keys that do not take every value.
var strangeSchema = append([]string{
	`CREATE TABLE s (k INT NOT NULL, t TEXT NOT NULL, b BLOB, r REAL NOT NULL DEFAULT 2, x ANY, u INT UNIQUE, PRIMARY KEY (k)) STRICT`,
	`CREATE TABLE f (k COLLATE NOCASE PRIMARY KEY NOT NULL, v NOT NULL, g AS (v || 'g') UNIQUE, up REFERENCES f (k))`,
}, oracleSchema...)

var strangeTables = append([]naiveTable{
	{"s", []func([]any) string{text(false, 5)}, nil},
	{"f", []func([]any) string{func(r []any) string {
		switch v := r[1].(type) {
		case []byte:
			return "g" + string(v)
		case float64:
			return fmt.Sprintf("g%.1f", v)
		}
		return fmt.Sprint("g", r[1])
	}}, []naiveParent{{text(true, 2), "f", text(true, 0)}}},
}, oracleTables...)

// strangeChanges is a changeset of a site for a device that has the tables.
func strangeChanges(t testing.TB, r *replica, site SiteID, seed uint64, ops int, big bool) []byte {
	t.Helper()
	h := &header{kind: kindLog, site: site, upto: 1000, deps: []dep{{Site: site, Seen: 1000}}}
	var out bytes.Buffer
	w, err := newChangesetWriter(&out, h, []int64{0, 1})
	must(t, err)
	s := &strangeWriter{Rand: rand.New(rand.NewPCG(seed, uint64(site[0]))), w: w, site: site, big: big}
	var names []string
	must(t, r.st.ViewTx(t.Context(), func(tx *store.Tx) error {
		reg, err := loadRegistry(tx)
		must(t, err)
		for _, n := range strangeTables {
			x := reg.byName[n.name]
			d := tableDef{gid: x.gid, app: x.app, auto: x.auto}
			for _, c := range x.columns {
				d.columns = append(d.columns, c.gid)
			}
			for n, i := range x.key {
				d.key = append(d.key, keyPart{i, x.collations[n]})
			}
			names, s.defs = append(names, n.name), append(s.defs, d)
		}
		return nil
	}))
	for i := range s.defs {
		_, err := w.define(&s.defs[i])
		must(t, err)
	}
	for range ops {
		i := s.IntN(len(s.defs))
		must(t, s.one(names[i], i))
	}
	must(t, w.end())
	return out.Bytes()
}

func newStrange(t testing.TB) *replica {
	now := stepping()
	r := newReplica(t, now)
	for _, sql := range strangeSchema {
		createTracked(r, sql)
	}
	r.exec(oracleIndex)
	r.restart(now) // an index that no migration made is not known before
	return r
}

// TestMergeIsCommutativeAndIdempotent merges two arbitrary states, in either
// order and twice, with real tables.
func TestMergeIsCommutativeAndIdempotent(t *testing.T) {
	runs := uint64(8)
	if fullTests() {
		runs = 500
	}
	one, two := SiteID{1}, SiteID{2}
	for seed := range runs {
		a, b := newStrange(t), newStrange(t)
		x, y := strangeChanges(t, a, one, seed, 60, false), strangeChanges(t, a, two, seed, 60, false)
		for i, r := range []*replica{a, b} {
			for _, c := range [][2][]byte{{x, y}, {y, x}}[i] {
				_, err := r.apply(c)
				must(t, err)
				if err := r.checkVisible(strangeTables); err != nil {
					t.Fatalf("seed %d, device %d: %v", seed, i, err)
				}
			}
		}
		want := a.everything(strangeTables)
		if got := b.everything(strangeTables); got != want {
			t.Fatalf("seed %d: the order matters:\n%s", seed, difference(want, got))
		}
		// What each has, given to the other as a whole, changes nothing.
		a.exec(`INSERT INTO p VALUES ('zz', 99, NULL, NULL)`)
		give(a, b, true)
		if got, want := b.everything(strangeTables), a.everything(strangeTables); got != want {
			t.Fatalf("seed %d: merging twice matters:\n%s", seed, difference(want, got))
		}
		a.st.Close()
		b.st.Close()
	}
}

// difference is the lines that one of two texts has and the other has not.
func difference(a, b string) (out string) {
	for _, l := range strings.Split(a, "\n") {
		if !strings.Contains(b, l) {
			out += "- " + l + "\n"
		}
	}
	for _, l := range strings.Split(b, "\n") {
		if !strings.Contains(a, l) {
			out += "+ " + l + "\n"
		}
	}
	return out
}

// strangeOnce gives a device a changeset that may hold anything. It is merged,
// and then all rules hold, or refused, and then nothing has happened.
func strangeOnce(t testing.TB, r *replica, seed uint64) {
	t.Helper()
	var site SiteID
	site[0], site[1], site[2], site[3] = 9, byte(seed), byte(seed>>8), byte(seed>>16)
	before := r.everything(strangeTables)
	_, err := r.apply(strangeChanges(t, r, site, seed, 20, true))
	after := r.everything(strangeTables)
	switch code := codeOf(err); {
	case err == nil:
		if err := r.checkVisible(strangeTables); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	case code != "crdt.malformed":
		t.Fatalf("seed %d: %v", seed, err)
	case before != after:
		t.Fatalf("seed %d: what was refused changed something:\n%s", seed, difference(before, after))
	}
}

func TestStrangeChangesAreMergedOrRefused(t *testing.T) {
	runs := uint64(60)
	if fullTests() {
		runs = 2000
	}
	r := newStrange(t)
	for seed := range runs {
		strangeOnce(t, r, seed)
	}
	if got := r.rows("PRAGMA integrity_check"); got != "ok" {
		t.Error(got)
	}
	must(t, r.Check(t.Context(), nil))
	fresh := newStrange(t)
	give(r, fresh, true)
	if got, want := fresh.everything(strangeTables), r.everything(strangeTables); got != want {
		t.Errorf("the snapshot is another state:\n%s", difference(want, got))
	}
}

func FuzzApply(f *testing.F) {
	f.Add(uint64(1), []byte{})
	shared := newStrange(f)
	whole := strangeChanges(f, shared, SiteID{7}, 1, 20, false)
	f.Add(uint64(2), whole)
	f.Fuzz(func(t *testing.T, seed uint64, raw []byte) {
		r := *shared
		r.t = t
		strangeOnce(t, &r, seed)
		_, _ = r.apply(raw)
	})
}
