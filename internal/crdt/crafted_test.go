package crdt

import (
	"bytes"
	"testing"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// crafted is a changeset of a site that no device has, of what write writes.
func crafted(t *testing.T, kind byte, write func(w *changesetWriter)) []byte {
	t.Helper()
	return craftedBy(t, SiteID{9}, kind, write)
}

// craftedBy is crafted of another site.
func craftedBy(t *testing.T, site SiteID, kind byte, write func(w *changesetWriter)) []byte {
	t.Helper()
	h := &header{kind: kind, site: site, upto: 1000, deps: []dep{{Site: site, Seen: 1000}}}
	var out bytes.Buffer
	w, err := newChangesetWriter(&out, h, []int64{0, 1})
	must(t, err)
	write(w)
	must(t, w.end())
	return out.Bytes()
}

func textOf(s string) []byte { return sqlvalue.AppendText(nil, []byte(s)) }

// What is parked of a row cannot move it, and is not of a key that the table
// would write in another way.
func TestParkedRowsHaveTheirKeys(t *testing.T) {
	gid := testID("n", "")
	at := Stamp{5, SiteID{9}, 0}
	for name, c := range map[string]struct {
		k    []byte
		key  []byte // value of the key column
		want string
	}{
		"as it should be":      {textOf("k"), textOf("K"), "K x"},
		"another value":        {textOf("k"), textOf("l"), "k x"},
		"in capitals":          {textOf("K"), textOf("K"), ""},
		"a number":             {sqlvalue.AppendInteger(nil, 1), sqlvalue.AppendInteger(nil, 1), ""},
		"more than one column": {append(textOf("k"), textOf("k")...), textOf("k"), ""},
	} {
		r := newReplica(t)
		createTracked(r, `CREATE TABLE n (id TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID`)
		s := state{cl: 1, stamp: at, cells: []cell{{testID("n", "id"), at, c.key}, {testID("n", "v"), at, textOf("x")}}}
		s.sortCells()
		_, err := r.apply(crafted(t, kindSnapshot, func(w *changesetWriter) {
			must(t, w.parked(gid, c.k, appendParked(nil, []byte(testApp), 0, true, appendState(nil, &s))))
		}))
		must(t, err)
		if got := r.rows(`SELECT * FROM n`); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
		must(t, r.Check(t.Context(), nil))
		var out bytes.Buffer
		_, err = r.Snapshot(t.Context(), &out)
		must(t, err)
	}
}

// A row with an automatic key was born when its key says.
func TestCellsOfAnAutomaticKeyHaveItsBirth(t *testing.T) {
	d := tableDef{gid: testID("n", ""), app: testApp, auto: true, columns: []GlobalID{testID("n", "id"), testID("n", "v")}, key: []keyPart{{0, sqlvalue.Binary}}}
	for _, h := range []int64{5, 6} {
		r := newReplica(t)
		createTracked(r, `CREATE TABLE n (id INTEGER PRIMARY KEY, v) /*auto*/`)
		k := appendAutoKey(sqlvalue.AppendInteger(nil, 1), Stamp{5, SiteID{9}, 0})
		_, err := r.apply(crafted(t, kindLog, func(w *changesetWriter) {
			_, err := w.define(&d)
			must(t, err)
			must(t, w.cells(0, k, 1, stamp{h, 1, 0}, []stamped{{2, stamp{7, 1, 0}}}, textOf("x")))
		}))
		want, rows := "", "1 x"
		if h != 5 {
			want, rows = "crdt.malformed", ""
		}
		if codeOf(err) != want {
			t.Errorf("%v", err)
		}
		same(t, `SELECT * FROM n`, rows, r)
	}
}

// A definition does not outlive the data that it is of.
func TestRowsBehindAHigherGenerationAreDiscarded(t *testing.T) {
	d := tableDef{gid: testID("n", ""), app: testApp, columns: []GlobalID{testID("n", "id"), testID("n", "v")}, key: []keyPart{{0, sqlvalue.Binary}}}
	changes := crafted(t, kindLog, func(w *changesetWriter) {
		_, err := w.define(&d)
		must(t, err)
		must(t, w.row(0, 1, stamp{5, 1, 0}, nil, append(textOf("k"), textOf("x")...)))
		must(t, w.row(0, 1, stamp{6, 1, 0}, []stamped{{2, stamp{7, 1, 0}}}, append(textOf("k"), textOf("y")...)))
		must(t, w.generation(testApp, 1))
		must(t, w.row(0, 1, stamp{8, 1, 0}, nil, append(textOf("l"), textOf("x")...)))
	})
	early, late := newReplica(t), newReplica(t)
	for _, r := range []*replica{early, late} {
		createTracked(r, `CREATE TABLE n (id TEXT PRIMARY KEY, v)`)
	}
	late.removeAll(testApp)
	for _, r := range []*replica{early, late} {
		_, err := r.apply(changes)
		must(t, err)
		must(t, r.Check(t.Context(), nil))
	}
	same(t, `SELECT * FROM n`, "", early, late)
	same(t, `SELECT count(*) FROM alcove_crdt_history`, "0", early, late)
}

// A device that lies about lives makes a key useless, not what this device sends.
func TestALifeThatCannotBeToldDoesNotBegin(t *testing.T) {
	d := tableDef{gid: testID("n", ""), app: testApp, columns: []GlobalID{testID("n", "id"), testID("n", "v")}, key: []keyPart{{0, sqlvalue.Binary}}}
	for _, without := range []string{"", " WITHOUT ROWID"} {
		a, b := pair(t, `CREATE TABLE n (id TEXT PRIMARY KEY, v)`+without)
		_, err := a.apply(crafted(t, kindLog, func(w *changesetWriter) {
			_, err := w.define(&d)
			must(t, err)
			must(t, w.tomb(0, textOf("k"), tomb{maxLife, stamp{5, 1, 0}}))
			must(t, w.row(0, maxLife-1, stamp{5, 1, 0}, nil, append(textOf("l"), textOf("x")...)))
		}))
		must(t, err)
		for _, text := range []string{`INSERT INTO n VALUES ('k', 1)`, `INSERT OR REPLACE INTO n VALUES ('l', 1)`} {
			if err := a.try(text); codeOf(err) != "crdt.worn_out" {
				t.Errorf("%s: %v", text, err)
			}
		}
		if err := a.Purge(t.Context(), testApp, "n", textOf("k"), a.present()); err != nil {
			t.Errorf("what is as long as a purge cannot be purged: %v", err)
		}
		a.exec(`UPDATE n SET v = 2 WHERE id = 'l'`, `INSERT INTO n VALUES ('m', 3)`)
		a.exec(`DELETE FROM n WHERE id = 'l'`)
		give(a, b, true)
		same(t, `SELECT * FROM n`, "m 3", a, b)
	}
}

// A parked row is of the app that has its table, and of no time that the sender
// does not vouch for.
func TestParkedRowsAreVouchedFor(t *testing.T) {
	for name, c := range map[string]struct {
		app         string
		birth, cell Stamp
		want        string
	}{
		"as it should be":     {testApp, Stamp{5, SiteID{9}, 0}, Stamp{6, SiteID{9}, 0}, ""},
		"another app":         {otherApp, Stamp{5, SiteID{9}, 0}, Stamp{6, SiteID{9}, 0}, "crdt.malformed"},
		"a late birth":        {testApp, Stamp{1001, SiteID{9}, 0}, Stamp{6, SiteID{9}, 0}, "crdt.malformed"},
		"a late cell":         {testApp, Stamp{5, SiteID{9}, 0}, Stamp{1001, SiteID{9}, 0}, "crdt.malformed"},
		"another site":        {testApp, Stamp{5, SiteID{8}, 0}, Stamp{6, SiteID{9}, 0}, "crdt.malformed"},
		"the reserved site":   {testApp, Stamp{5, SiteID{}, 1}, Stamp{6, SiteID{9}, 0}, "crdt.malformed"},
		"born at no time":     {testApp, Stamp{}, Stamp{6, SiteID{9}, 0}, "crdt.malformed"},
		"a default is a cell": {testApp, Stamp{5, SiteID{9}, 0}, Stamp{}, ""},
	} {
		r := newReplica(t)
		createTracked(r, `CREATE TABLE n (id TEXT PRIMARY KEY, v)`)
		s := state{cl: 1, stamp: c.birth, cells: []cell{{testID("n", "v"), c.cell, textOf("x")}}}
		_, err := r.apply(crafted(t, kindSnapshot, func(w *changesetWriter) {
			must(t, w.parked(testID("n", ""), textOf("k"), appendParked(nil, []byte(c.app), 0, true, appendState(nil, &s))))
		}))
		if codeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
