package crdt

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// sampleChangeset has one op of every kind.
func sampleChangeset(t testing.TB) []byte {
	t.Helper()
	h := &header{kind: kindLog, site: SiteID{1}, from: 5, upto: 1000, deps: []dep{{SiteID{1}, 1000, 0}, {SiteID{2}, 70, 60}}}
	var out bytes.Buffer
	w, err := newChangesetWriter(&out, h, []int64{0, 1, 0, 2}) // site 1 is number 1 here, site 2 number 3
	must(t, err)
	def := tableDef{gid: GlobalID{7}, app: "ab__notes__", generation: 1, key: []keyPart{{0, sqlvalue.NoCase}}, columns: []GlobalID{{1}, {2}, {3}}}
	n, err := w.define(&def)
	must(t, err)
	key := sqlvalue.AppendText(nil, []byte("key"))
	row := sqlvalue.AppendNull(sqlvalue.AppendInteger(sqlvalue.AppendText(nil, []byte("Key")), 9))
	must(t, w.row(n, 1, stamp{1000, 1, 0}, []stamped{{2, stamp{70, 3, 2}}}, row))
	must(t, w.cells(n, key, 3, stamp{60, 3, 0}, []stamped{{4, stamp{1000, 1, 0}}}, sqlvalue.AppendFloat(nil, 1.5)))
	must(t, w.tomb(n, key, tomb{2, stamp{0, 0, 4}}))
	must(t, w.parked(GlobalID{8}, key, []byte("state")))
	must(t, w.purge(GlobalID{7}, make([]byte, 32), purgeLife, 50, stamp{70, 3, 0}))
	must(t, w.generation("ab__notes__", 2))
	must(t, w.floor(GlobalID{9}, 4))
	must(t, w.level("ab__notes__", stamp{990, 1, 3}))
	must(t, w.end())
	return out.Bytes()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// readAll reads a changeset and returns copies of its ops.
func readAll(r io.Reader) (*changesetReader, []op, error) {
	c, err := newChangesetReader(r)
	if err != nil {
		return nil, nil, err
	}
	var list []op
	for {
		o, err := c.next()
		if errors.Is(err, io.EOF) {
			return c, list, nil
		}
		if err != nil {
			return c, list, err
		}
		x := *o
		x.k, x.values, x.data, x.cells = bytes.Clone(o.k), bytes.Clone(o.values), bytes.Clone(o.data), append([]stamped(nil), o.cells...)
		list = append(list, x)
	}
}

func TestChangesetRoundTrips(t *testing.T) {
	c, ops, err := readAll(bytes.NewReader(sampleChangeset(t)))
	must(t, err)
	if c.site != (SiteID{1}) || c.from != 5 || c.upto != 1000 || c.vector()[SiteID{2}] != 70 || len(c.defs) != 1 || c.deps[1].Stable != 60 || c.defs[0].app != "ab__notes__" || c.defs[0].key[0].collation != sqlvalue.NoCase {
		t.Fatalf("header %+v, tables %+v", c.header, c.defs)
	}
	key := sqlvalue.AppendText(nil, []byte("key"))
	if len(ops) != 8 {
		t.Fatalf("%d ops", len(ops))
	}
	row, cells, dead, parked, purge, gen := ops[0], ops[1], ops[2], ops[3], ops[4], ops[5]
	if row.kind != opRow || !bytes.Equal(row.k, key) || row.cl != 1 || row.birth != (stamp{1000, 1, 0}) || len(row.cells) != 1 || row.cells[0] != (stamped{2, stamp{70, 2, 2}}) || len(row.values) == 0 {
		t.Errorf("row %+v", row)
	}
	if cells.kind != opCells || !bytes.Equal(cells.k, key) || cells.cl != 3 || cells.birth != (stamp{60, 2, 0}) || cells.set() != 4 || !bytes.Equal(cells.values, sqlvalue.AppendFloat(nil, 1.5)) {
		t.Errorf("cells %+v", cells)
	}
	if dead.kind != opTomb || dead.cl != 2 || dead.birth != (stamp{0, 0, 4}) {
		t.Errorf("tomb %+v", dead)
	}
	if parked.kind != opParked || parked.gid != (GlobalID{8}) || string(parked.data) != "state" {
		t.Errorf("parked %+v", parked)
	}
	if purge.kind != opPurge || purge.upto != 50 || purge.cl != purgeLife || purge.birth != (stamp{70, 2, 0}) {
		t.Errorf("purge %+v", purge)
	}
	if floor := ops[6]; floor.kind != opFloor || floor.gid != (GlobalID{9}) || floor.cl != 4 {
		t.Errorf("floor %+v", floor)
	}
	if level := ops[7]; level.kind != opLevel || level.app != "ab__notes__" || level.birth != (stamp{990, 1, 3}) {
		t.Errorf("level %+v", level)
	}
	if gen.kind != opGeneration || gen.app != "ab__notes__" || gen.generation != 2 {
		t.Errorf("generation %+v", gen)
	}
}

func TestDamagedChangesetIsRefused(t *testing.T) {
	whole := sampleChangeset(t)
	for n := range whole {
		_, _, err := readAll(bytes.NewReader(whole[:n]))
		if code := fault.Code(err); code != "crdt.truncated" {
			t.Fatalf("cut at %d of %d: %v", n, len(whole), err)
		}
	}
	for i := range whole {
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[i] ^= 1 << bit
			_, _, err := readAll(bytes.NewReader(b))
			switch fault.Code(err) {
			case "crdt.malformed", "crdt.truncated", "crdt.newer_format":
			default:
				t.Fatalf("byte %d bit %d: %v", i, bit, err)
			}
		}
	}
	if _, _, err := readAll(bytes.NewReader(append(bytes.Clone(whole), 0))); fault.Code(err) != "crdt.malformed" {
		t.Fatalf("a byte behind it: %v", err)
	}
	later := bytes.Replace(whole, []byte("changes 1"), []byte("changes 2"), 1)
	if _, _, err := readAll(bytes.NewReader(later)); fault.Code(err) != "crdt.newer_format" {
		t.Fatalf("a later format: %v", err)
	}
}

func FuzzReadChangeset(f *testing.F) {
	f.Add(sampleChangeset(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, err := readAll(bytes.NewReader(b))
		switch fault.Code(err) {
		case "", "crdt.malformed", "crdt.truncated", "crdt.newer_format":
		default:
			t.Fatal(err)
		}
	})
}
