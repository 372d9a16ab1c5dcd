package crdt

import (
	"bytes"
	"testing"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// TestOnlyDefaultsAreFromNoTime: (0, reserved, 0) is what a column has that did
// not come. Nothing that anybody did has it.
func TestOnlyDefaultsAreFromNoTime(t *testing.T) {
	site := SiteID{1}
	good := stamp{5, 1, 0}
	text := func(s string) []byte { return sqlvalue.AppendText(nil, []byte(s)) }
	k := text("k")
	row := append(bytes.Clone(k), text("v")...)
	gid := GlobalID{9}
	cases := []struct {
		name  string
		ok    bool
		write func(w *changesetWriter, def int) error
	}{
		{"default in a whole row", true, func(w *changesetWriter, d int) error {
			return w.row(d, 1, good, []stamped{{2, stamp{}}}, row)
		}},
		{"birth by a migration", true, func(w *changesetWriter, d int) error {
			return w.row(d, 1, stamp{m: 1}, nil, row)
		}},
		{"birth", false, func(w *changesetWriter, d int) error { return w.row(d, 1, stamp{}, nil, row) }},
		{"birth of cells", false, func(w *changesetWriter, d int) error {
			return w.cells(d, k, 1, stamp{}, []stamped{{2, good}}, text("v"))
		}},
		{"cell", false, func(w *changesetWriter, d int) error {
			return w.cells(d, k, 1, good, []stamped{{2, stamp{}}}, text("v"))
		}},
		{"deletion", false, func(w *changesetWriter, d int) error { return w.tomb(d, k, tomb{2, stamp{}}) }},
		{"birth of a parked row", false, func(w *changesetWriter, _ int) error {
			return w.parked(gid, k, appendParked(nil, []byte(testApp), 0, true, appendState(nil, &state{cl: 1})))
		}},
		{"default in a parked row", true, func(w *changesetWriter, _ int) error {
			s := state{cl: 1, stamp: Stamp{5, site, 0}, cells: []cell{{column: GlobalID{1}, value: text("v")}}}
			return w.parked(gid, k, appendParked(nil, []byte(testApp), 0, true, appendState(nil, &s)))
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := newReplica(t)
			var b bytes.Buffer
			h := &header{kind: kindLog, site: site, upto: 5, deps: []dep{{Site: site, Seen: 5}}}
			w, err := newChangesetWriter(&b, h, []int64{0, 1})
			must(t, err)
			def, err := w.define(&tableDef{gid: GlobalID{8}, app: testApp, columns: []GlobalID{{1}, {2}}, key: []keyPart{{}}})
			must(t, err)
			must(t, c.write(w, def))
			must(t, w.end())
			_, err = r.Apply(t.Context(), &b, ApplyOptions{})
			if got := codeOf(err); c.ok && err != nil || !c.ok && got != "crdt.malformed" {
				t.Errorf("%v", err)
			}
		})
	}
}
