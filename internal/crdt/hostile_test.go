package crdt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
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

// strangeWriter writes changesets that no device would: what is in them goes
// together in no way, but every stamp is the writer's.
type strangeWriter struct {
	*rand.Rand
	w    *changesetWriter
	defs []tableDef
	site SiteID
	big  bool // values and keys may be anything
}

func (s *strangeWriter) value() []byte {
	texts := []string{"a", "A", "b", "1", "2.5", "", "k", "l"}
	kinds := 8
	if !s.big {
		kinds = 6
	}
	switch s.IntN(kinds) {
	case 0:
		return sqlvalue.AppendNull(nil)
	case 1, 2:
		return sqlvalue.AppendInteger(nil, s.Int64N(4))
	case 3:
		return sqlvalue.AppendFloat(nil, float64(s.IntN(4))/2)
	case 4, 5:
		return sqlvalue.AppendText(nil, []byte(texts[s.IntN(len(texts))]))
	case 6:
		return sqlvalue.AppendBlob(nil, []byte(texts[s.IntN(len(texts))]))
	}
	return sqlvalue.AppendText(nil, []byte("\xff\x00'\""))
}

// key is a value of a key column: one that its table takes, unless big.
func (s *strangeWriter) key(table string, n int) []byte {
	if s.big && s.IntN(4) == 0 {
		return s.value()
	}
	switch {
	case table == "n", table == "s", table == "w" && n == 0:
		return sqlvalue.AppendInteger(nil, s.Int64N(3))
	case table == "f" && s.IntN(2) == 0:
		return sqlvalue.AppendFloat(nil, float64(s.IntN(3)))
	}
	return sqlvalue.AppendText(nil, []byte([]string{"k", "K", "l"}[s.IntN(3)]))
}

func (s *strangeWriter) stamp() stamp {
	if s.IntN(12) == 0 {
		return stamp{0, reservedSite, 1 + uint32(s.IntN(2))}
	}
	return stamp{1 + s.Int64N(4), 1, uint32(s.IntN(8) / 7)}
}

func (s *strangeWriter) life() int64 {
	if s.big && s.IntN(9) == 0 {
		return maxLife - 1
	}
	return 1 + 2*s.Int64N(2)
}

// stamps are the stamps of some of n columns; all: of each of want.
func (s *strangeWriter) stamps(want columns, all bool) (list []stamped, set columns) {
	for rest := want; rest != 0; {
		part := rest & columns(s.Uint64())
		if all && s.IntN(2) == 0 {
			part = rest
		}
		if part != 0 {
			list, set = append(list, stamped{part, s.stamp()}), set|part
		}
		if rest &^= part; !all && s.IntN(2) == 0 {
			break
		}
	}
	return list, set
}

func (s *strangeWriter) one(name string, i int) error {
	d := &s.defs[i]
	values := make([][]byte, len(d.columns))
	for c := range values {
		values[c] = s.value()
	}
	var k []byte
	for n, part := range d.key {
		v := s.key(name, n)
		values[part.column] = v
		x, _, err := sqlvalue.Read(v)
		if err != nil {
			return err
		}
		k = sqlvalue.AppendKey(k, x, part.collation)
	}
	birth := s.stamp()
	if d.auto {
		site := SiteID{}
		if birth.site != reservedSite {
			site = s.site
		}
		k = appendAutoKey(k, Stamp{birth.h, site, birth.m})
	}
	whole := columns(1)<<len(d.columns) - 1
	if s.big && s.IntN(4) == 0 {
		return s.other(d, k, values)
	}
	switch s.IntN(5) {
	case 0:
		return s.w.tomb(i, k, tomb{s.life() + 1, s.stamp()})
	case 1, 2:
		list, set := s.stamps(whole, false)
		if set == 0 {
			return nil
		}
		var b []byte
		for c, v := range values {
			if set.has(c) {
				b = append(b, v...)
			}
		}
		return s.w.cells(i, k, s.life(), birth, list, b)
	}
	list, _ := s.stamps(whole, false)
	return s.w.row(i, s.life(), birth, list, bytes.Join(values, nil))
}

// other is an operation that is not about a row of a table.
func (s *strangeWriter) other(d *tableDef, k []byte, values [][]byte) error {
	switch s.IntN(8) {
	case 0:
		return s.w.floor(d.gid, 2+2*s.Int64N(2))
	case 1:
		h := hashKey(d.gid, k)
		return s.w.purge(d.gid, h[:], purgeLife*s.Int64N(2), s.Int64N(5), stamp{1 + s.Int64N(4), 1, 0})
	case 2:
		return s.w.generation("zz__other__", s.Int64N(3))
	}
	outer := func() Stamp {
		st := s.stamp()
		if st.site == reservedSite {
			return Stamp{M: st.m}
		}
		return Stamp{st.h, s.site, st.m}
	}
	p := state{cl: s.life(), stamp: outer()}
	if s.IntN(6) == 0 {
		p.cl++
	}
	for i, gid := range d.columns {
		if p.alive() && s.IntN(2) == 0 {
			v := values[i]
			if s.IntN(4) == 0 {
				v = s.value()
			}
			p.cells = append(p.cells, cell{gid, outer(), v})
		}
	}
	p.sortCells()
	if s.IntN(4) == 0 {
		k = append(s.value(), k...)[:len(k)]
	}
	return s.w.parked(d.gid, k, appendParked(nil, []byte(d.app), 0, s.IntN(2) == 0, appendState(nil, &p)))
}

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
	r := newReplica(t, stepping())
	for _, sql := range strangeSchema {
		createTracked(r, sql)
	}
	r.exec(oracleIndex)
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
