package crdt

import (
	"bytes"
	"testing"
)

// TestTheDataBeforeAnUpdateElsewhereCanBePutBack: what another device's migration
// did is in the past of one that heard of it before it ran the migration too.
func TestTheDataBeforeAnUpdateElsewhereCanBePutBack(t *testing.T) {
	list := devices(t, 2, prices)
	a, b := list[0], list[1]
	a.do("INSERT INTO {a} VALUES ('x', 1, NULL), ('gone', 3, NULL)")
	gather(list...)
	before := a.mark()
	const change = "UPDATE {a} SET price = price * 100 WHERE id <> 'gone'; DELETE FROM {a} WHERE id = 'gone'"
	b.migrate(change)
	gather(list...)
	between := a.mark()
	a.migrate(change)
	_, err := a.Restore(t.Context(), Scope{App: migratedApp}, before)
	must(t, err)
	want(t, map[string]string{"x": "1", "gone": "3"}, a)
	_, err = a.Restore(t.Context(), Scope{App: migratedApp}, between)
	must(t, err)
	want(t, map[string]string{"x": "100"}, a)
}

// TestEditsAfterAnUpdateElsewhereComeAfterIt: though what the update did to them came under their old times.
func TestEditsAfterAnUpdateElsewhereComeAfterIt(t *testing.T) {
	list := devices(t, 2, prices)
	a, b := list[0], list[1]
	a.do("INSERT INTO {a} VALUES ('x', 1, NULL), ('y', 2, NULL)")
	gather(list...)
	before := a.mark()
	b.migrate("UPDATE {a} SET price = price * 100")
	migrated := b.mark()
	seen, err := a.Vector(t.Context())
	must(t, err)
	update := b.changes(seen)
	b.do("UPDATE {a} SET price = 7 WHERE id = 'x'") // before the update has come
	_, err = a.Apply(t.Context(), bytes.NewReader(update), ApplyOptions{})
	must(t, err)
	gather(list...)
	for _, at := range []struct {
		moment int64
		x, y   string
	}{{migrated, "100", "200"}, {before, "1", "2"}} {
		_, err := a.Restore(t.Context(), Scope{App: migratedApp}, at.moment)
		must(t, err)
		want(t, map[string]string{"x": at.x, "y": at.y}, a)
	}
}
