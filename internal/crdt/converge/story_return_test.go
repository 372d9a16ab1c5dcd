package converge

import (
	"bytes"
	"testing"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// A device that was away while the others forgot what it had not seen is not
// merged, in neither direction: it could bring back what they deleted. It begins
// again with a snapshot.
func TestADeviceThatWasAwayTooLongBeginsAgain(t *testing.T) {
	w, d := story(t, 3, notes())
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'first', 1), ('l', 'second', 2)")
	w.exchange()
	away := d[2]
	w.do(away, "UPDATE {t0} SET c0 = 'offline' WHERE k = 'k'")
	w.devices = d[:2:2]
	w.do(d[0], "DELETE FROM {t0} WHERE k = 'k'")
	w.do(d[1], "UPDATE {t0} SET c0 = 'online' WHERE k = 'l'")
	w.exchange()
	w.agree()
	for _, m := range w.devices {
		w.collect(m)
	}
	w.do(d[0], "INSERT INTO {t0} VALUES ('m', 'after', 3)")
	w.exchange()

	w.publish(away)
	late := w.log[away.self()][1]
	delete(w.log, away.self())
	w.refuses(d[0], late.data, "crdt.behind")
	snap := w.snapshot(d[0])
	w.refuses(away, snap.data, "crdt.behind")
	w.refuses(away, w.log[d[0].self()][2].data, "crdt.gap")

	again := w.begin(0, snap, 0)
	w.devices = []*member{d[0], d[1], again}
	w.do(again, "INSERT INTO {t0} VALUES ('k', 'by hand', 4)")
	w.meet()
	w.shows("SELECT k, c0 FROM {t0} ORDER BY k", `"k" "by hand"`, `"l" "online"`, `"m" "after"`)
	_ = away.close()
}

// A device that has not collected sends again what another one has, together
// with what is new.
func TestWhatWasCollectedDoesNotComeBack(t *testing.T) {
	w, d := story(t, 3, notes())
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'first', 1), ('l', 'second', 2)")
	w.exchange()
	w.do(d[0], "DELETE FROM {t0} WHERE k = 'k'")
	w.exchange()
	w.agree()
	w.collect(d[1])
	w.do(d[0], "INSERT INTO {t0} VALUES ('m', 'third', 3)")
	w.publish(d[0])
	c := w.writeAnew(d[0], 0)
	if c == nil || !w.deliver(d[1], c) {
		t.Fatal("the changes were not taken")
	}
	w.meet()
	w.shows("SELECT k FROM {t0} ORDER BY k", `"l"`, `"m"`)
}

// refuses: a device takes nothing of data.
func (w *world) refuses(m *member, data []byte, code string) {
	w.t.Helper()
	before := m.held
	if _, err := m.engine.Apply(testContext, bytes.NewReader(data), crdt.ApplyOptions{}); fault.Code(err) != code {
		w.fail(m, "after a collection: %v", err)
	}
	m.held = w.look(m)
	w.same(m, "after something that was refused", m.held.state, before.state)
}

// The person prefers the row that was hidden: it is the newest then, everywhere.
func TestAHiddenRowThatIsRestoredTakesThePlace(t *testing.T) {
	def := notes()
	def.uniques = []uniqueDef{unique(1)}
	w, d := story(t, 3, def)
	w.do(d[0], "INSERT INTO {t0} VALUES ('a', 'same', 1)")
	w.do(d[1], "INSERT INTO {t0} VALUES ('b', 'same', 2)")
	w.exchange()
	w.shows("SELECT * FROM {t0}", `"b" "same" 2`)
	list, err := d[2].engine.Conflicts(testContext, prefix, 0, 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	d[2].must(d[2].engine.RestoreHidden(testContext, list[0].ID))
	d[2].held = w.look(d[2])
	w.all.Merge(d[2].held.state)
	w.meet()
	w.shows("SELECT * FROM {t0}", `"a" "same" 1`)
}

// What was forgotten for good stays so, whoever edited it meanwhile, and a row
// that is made under its key afterwards is an ordinary one.
func TestWhatIsForgottenForGoodStaysForgotten(t *testing.T) {
	w, d := story(t, 3, notes())
	w.do(d[0], "INSERT INTO {t0} VALUES ('k', 'secret', 1), ('l', 'other', 2)")
	w.exchange()
	w.do(d[1], "UPDATE {t0} SET c0 = 'secret, edited' WHERE k = 'k'")
	w.now = w.now.Add(1_000_000)
	key := sqlvalue.AppendText(nil, []byte("k"))
	d[0].must(d[0].engine.Purge(testContext, prefix, prefix+"t0", key, w.now.UnixMilli()<<15))
	d[0].held = w.look(d[0])
	meet := func() {
		for again := true; again; {
			again = false
			for _, from := range d {
				var data bytes.Buffer
				_, err := from.engine.Snapshot(testContext, &data)
				from.must(err)
				for _, to := range d {
					before := lines(w.canonical(to, to.observe().state))
					_, err := to.engine.Apply(testContext, bytes.NewReader(data.Bytes()), crdt.ApplyOptions{})
					to.must(err)
					to.held = w.look(to)
					again = again || lines(w.canonical(to, to.held.state)) != before
				}
			}
		}
		for _, m := range d[1:] {
			w.same(m, "when all have met", m.held.state, d[0].held.state)
		}
	}
	meet()
	w.shows("SELECT * FROM {t0}", `"l" "other" 2`)
	d[2].exec("INSERT INTO {t0} VALUES ('k', 'new', 3)")
	meet()
	w.shows("SELECT * FROM {t0} ORDER BY k", `"k" "new" 3`, `"l" "other" 2`)
}
