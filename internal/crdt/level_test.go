package crdt

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/store"
)

// levelsHere is what a device knows of where sites stood, in words that are the
// same on every device.
func (m *migrated) levelsHere() (list []string) {
	m.t.Helper()
	must(m.t, m.st.ViewTx(m.t.Context(), func(tx *store.Tx) error {
		s, err := loadSites(tx)
		if err != nil {
			return err
		}
		q := tx.Query("SELECT site, h, m, app FROM alcove_crdt_level")
		for q.Step() {
			list = append(list, fmt.Sprintf("%x %d %d %s", s.ids[q.ColumnInt(0)], q.ColumnInt(1), q.ColumnInt(2), q.ColumnBytes(3)))
		}
		return q.Err()
	}))
	slices.Sort(list)
	return list
}

func TestTheLevelOfAStamp(t *testing.T) {
	l := &levels{sites: map[int64][]levelAt{1: {{10, 2}, {20, 3}, {30, 1}}}}
	for st, want := range map[stamp]uint32{
		{9, 1, 0}: 0, {10, 1, 0}: 2, {19, 1, 0}: 2, {20, 1, 0}: 3, {30, 1, 0}: 1, {99, 1, 0}: 1, {99, 1, 4}: 4, {25, 1, 2}: 3, {25, 2, 0}: 0, {0, 0, 7}: 7,
	} {
		if got := l.of(st); got != want {
			t.Errorf("%+v: %d", st, got)
		}
	}
	if l.highest() != 1 || (&levels{}).highest() != 0 {
		t.Error("a site that was set back counts as it was")
	}
}

func TestLevelsMergeInAnyOrder(t *testing.T) {
	list := devices(t, 3, prices)
	for i, m := range list {
		for range i {
			m.do("INSERT INTO {a} VALUES (hex(randomblob(8)), 1, NULL)")
			m.migrate("SELECT 1")
		}
	}
	must(t, list[1].NewIncarnation(t.Context()))
	gather(list...)
	for _, m := range list[1:] {
		if diff := cmp.Diff(list[0].levelsHere(), m.levelsHere()); diff != "" {
			t.Error(diff)
		}
	}
	late := newMigrated(t)
	relay(list[2], late)
	relay(list[0], late)
	gather(late, list[0])
	if diff := cmp.Diff(list[0].levelsHere(), late.levelsHere()); diff != "" || len(late.levelsHere()) != 7 {
		t.Errorf("%s %v", diff, late.levelsHere())
	}
}

func TestMigrationsWithNothingBetweenTellOneLevel(t *testing.T) {
	m := newMigrated(t, prices, "SELECT 1", "ALTER TABLE {a} ADD COLUMN more")
	if list := m.levelsHere(); len(list) != 1 {
		t.Error(list)
	}
}

func TestAVaultOfBeforeNotesWhereItStands(t *testing.T) {
	list := devices(t, 2, prices)
	a, b := list[0], list[1]
	a.do("INSERT INTO {a} VALUES ('x', 1, NULL), ('y', 1, NULL)")
	gather(list...)
	a.migrate(toCents)
	a.exec("DELETE FROM alcove_crdt_level", "DELETE FROM alcove_crdt_tx")
	a.restart()
	if list := a.levelsHere(); len(list) != 1 {
		t.Fatal(list)
	}
	a.do("UPDATE {a} SET price = 200 WHERE id = 'x'")
	relay(a, b)
	b.migrate(toCents)
	want(t, map[string]string{"x": "200", "y": "100"}, list...)
	before := a.levelsHere()
	a.restart()
	if diff := cmp.Diff(before, a.levelsHere()); diff != "" {
		t.Error(diff)
	}
}

func TestAnAppUnderDevelopmentTellsNoLevel(t *testing.T) {
	m := newMigrated(t)
	m.options.Development = true
	m.migrate(prices)
	m.restart()
	if list := m.levelsHere(); list != nil {
		t.Error(list)
	}
	m.options.Development = false
	m.migrate("SELECT 1")
	if list := m.levelsHere(); len(list) != 1 {
		t.Error(list)
	}
}

// A snapshot can say what it wants of its reader's own level: that one knows
// better. What it says of others only makes values wait or not.
func TestALevelOfOnesOwnIsNotTaken(t *testing.T) {
	m := newMigrated(t, prices)
	m.do("INSERT INTO {a} VALUES ('x', 1, NULL)")
	v, err := m.Vector(t.Context())
	must(t, err)
	before := m.levelsHere()
	other, self := SiteID{9}, m.Self()
	h := &header{kind: kindSnapshot, site: other, upto: 5, deps: []dep{{other, 5, 0}, {self, v[self], 0}}}
	var out bytes.Buffer
	w, err := newChangesetWriter(&out, h, []int64{0, 1, 2})
	must(t, err)
	must(t, w.level(migratedApp, stamp{5, 1, 7}))
	must(t, w.level(migratedApp, stamp{1, 2, 99}))
	must(t, w.end())
	_, err = m.Apply(t.Context(), &out, ApplyOptions{})
	must(t, err)
	after := append(slices.Clone(before), fmt.Sprintf("%x 5 7 %s", other, migratedApp))
	if diff := cmp.Diff(sortedStrings(after), m.levelsHere()); diff != "" {
		t.Error(diff)
	}
}

func TestTooManyLevelsAreRefused(t *testing.T) {
	c := &changesetReader{header: header{kind: kindSnapshot}, told: told{count: maxLevels}}
	c.last = stamp{1, 1, 1}
	if c.tellsLevel("p__a__") {
		t.Error("one more is taken")
	}
}

// What is held back keeps its levels when a row is taken out of it.
func TestLevelsOfHeldChangesAreKept(t *testing.T) {
	h := &header{kind: kindLog, site: SiteID{1}, upto: 9, deps: []dep{{SiteID{1}, 9, 0}}}
	var out, again bytes.Buffer
	w, err := newChangesetWriter(&out, h, []int64{0, 1})
	must(t, err)
	must(t, w.level("p__a__", stamp{9, 1, 2}))
	must(t, w.end())
	c, ops, err := readAll(bytes.NewReader(out.Bytes()))
	must(t, err)
	w, err = newChangesetWriter(&again, &c.header, []int64{0, 1})
	must(t, err)
	for i := range ops {
		must(t, w.again(&ops[i]))
	}
	must(t, w.end())
	if !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Error("it is written otherwise")
	}
}
