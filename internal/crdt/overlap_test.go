package crdt

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// overlap is two devices with a table in each of two apps, and everything that
// they ever sent each other.
type overlap struct {
	*rand.Rand
	t    *testing.T
	now  Option
	all  []*replica
	sent [2][][]byte
	log  []string
}

const otherApp = "cd__lists__"

var overlapTables = []naiveTable{
	{"n", []func([]any) string{text(false, 1)}, nil},
	{"w", nil, nil},
	{"m", nil, []naiveParent{{text(false, 1), "m", text(false, 0)}}},
}

func newOverlap(t *testing.T, seed uint64) *overlap {
	o := &overlap{Rand: rand.New(rand.NewPCG(seed, 11)), t: t, now: stepping()}
	for range 2 {
		r := newReplica(t, o.now)
		createTracked(r, `CREATE TABLE n (id TEXT PRIMARY KEY, u UNIQUE, x)`)
		createTracked(r, `CREATE TABLE w (id TEXT PRIMARY KEY, x, y) WITHOUT ROWID`)
		createTrackedIn(r, otherApp, `CREATE TABLE m (id TEXT PRIMARY KEY, up TEXT REFERENCES m (id) ON DELETE SET NULL, x)`)
		o.all = append(o.all, r)
	}
	return o
}

// write lets a device change both apps in one transaction, as far as it can.
func (o *overlap) write(i int) {
	id := func() string { return fmt.Sprintf("'%c'", 'k'+rune(o.IntN(4))) }
	var list []string
	for range 1 + o.IntN(3) {
		list = append(list, []string{
			fmt.Sprintf("INSERT OR IGNORE INTO n VALUES (%s, %d, %d)", id(), o.IntN(3), o.IntN(9)),
			fmt.Sprintf("UPDATE OR IGNORE n SET u = %d, x = %d WHERE id = %s", o.IntN(3), o.IntN(9), id()),
			fmt.Sprintf("DELETE FROM n WHERE id = %s", id()),
			fmt.Sprintf("INSERT OR REPLACE INTO w VALUES (%s, %d, %d)", id(), o.IntN(9), o.IntN(9)),
			fmt.Sprintf("UPDATE w SET y = %d WHERE id = %s", o.IntN(9), id()),
			fmt.Sprintf("DELETE FROM w WHERE id = %s", id()),
			fmt.Sprintf("INSERT OR IGNORE INTO m SELECT %s, %s, %d", id(), []string{"NULL", "(SELECT min(id) FROM m)"}[o.IntN(2)], o.IntN(9)),
			fmt.Sprintf("UPDATE m SET x = %d WHERE id = %s", o.IntN(9), id()),
			fmt.Sprintf("DELETE FROM m WHERE id = %s", id()),
		}[o.IntN(9)])
	}
	o.note("%d writes %s: %v", i, strings.Join(list, "; "), o.all[i].try(list...))
}

func (o *overlap) note(format string, args ...any) {
	o.log = append(o.log, fmt.Sprintf(format, args...))
}

func (o *overlap) fail(format string, args ...any) {
	o.t.Helper()
	o.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), strings.Join(o.log, "\n"))
}

// send notes a changeset of a device that begins at any time that it can tell of.
func (o *overlap) send(i int) {
	r := o.all[i]
	var hs []int64
	for _, line := range strings.Fields(r.rows("SELECT h - 1 FROM alcove_crdt_tx")) {
		var h int64
		_, err := fmt.Sscan(line, &h)
		must(o.t, err)
		hs = append(hs, h)
	}
	if len(hs) == 0 {
		return
	}
	since := hs[o.IntN(len(hs))]
	if b, _ := bytesOf(r, since); len(b) > 0 {
		o.note("%d sends %d, from %d", i, len(o.sent[i]), since)
		o.sent[i] = append(o.sent[i], b)
	}
}

// take gives a device any changeset that was ever sent to it.
func (o *overlap) take(i int) {
	list := o.sent[1-i]
	if len(list) == 0 {
		return
	}
	n := o.IntN(len(list))
	report, err := o.all[i].apply(list[n])
	o.note("%d takes %d: %v %v", i, n, report.Duplicate, err)
	if code := codeOf(err); err != nil && code != "crdt.gap" && code != "crdt.behind" {
		o.fail("%v", err)
	}
}

func (o *overlap) check(i int) {
	o.t.Helper()
	if err := o.all[i].checkVisible(overlapTables); err != nil {
		o.fail("device %d: %v", i, err)
	}
}

// values are the rows of all tables, without clocks, which devices may collect
// in different ways.
func (o *overlap) values(i int) string {
	return o.all[i].rows("SELECT * FROM n ORDER BY id") + "\n" + o.all[i].rows("SELECT * FROM w ORDER BY id") + "\n" + o.all[i].rows("SELECT * FROM m ORDER BY id")
}

// meet lets both have everything. Then what was sent before changes nothing.
func (o *overlap) meet() {
	o.t.Helper()
	settleAll(o.t, o.all...)
	o.note("both meet")
	if a, b := o.values(0), o.values(1); a != b {
		o.fail("the devices differ:\n%s\n\n%s", a, b)
	}
}

// TestOldChangesetsChangeNothing lets two devices write, forget what both have
// seen, be restarted, and take changesets again that overlap with what they have
// seen. What was deleted, forgotten or removed does not come back.
func TestOldChangesetsChangeNothing(t *testing.T) {
	runs := uint64(4)
	if fullTests() {
		runs = 100
	}
	for seed := range runs {
		o := newOverlap(t, seed)
		for range 60 {
			i := o.IntN(2)
			switch o.IntN(12) {
			case 0, 1, 2, 3:
				o.write(i)
			case 4, 5:
				o.send(i)
			case 6, 7, 8:
				o.take(i)
			case 9:
				o.meet()
				h := horizon(t, o.all...)
				for _, r := range o.all {
					_, err := r.Collect(t.Context(), h)
					must(t, err)
				}
				o.note("both collect")
				before := o.values(0)
				for _, j := range []int{0, 1} {
					for range 5 {
						o.take(j)
						o.check(j)
					}
					if got := o.values(j); got != before {
						o.fail("device %d took what it had and has now\n%s\nbefore\n%s", j, got, before)
					}
				}
			case 10:
				o.all[i].restart(o.now)
				o.note("%d is restarted", i)
			case 11:
				if o.IntN(3) == 0 {
					app := []string{testApp, otherApp}[o.IntN(2)]
					o.all[i].removeAll(app)
					o.note("%d removes %s", i, app)
				}
			}
			o.check(i)
		}
		o.meet()
		for i := range o.all {
			o.check(i)
			must(t, o.all[i].Check(t.Context(), nil))
		}
		before := o.values(0)
		for i := range o.all {
			for range 20 {
				o.take(i)
			}
			if got := o.values(i); got != before {
				o.fail("device %d took what it had and has now\n%s\nbefore\n%s", i, got, before)
			}
			o.all[i].st.Close()
		}
	}
}

// A deletion that was seen and forgotten is not taken for news when it comes
// again with something new.
func TestAForgottenDeletionIsNoNews(t *testing.T) {
	for _, restart := range []bool{false, true} {
		now := stepping()
		a, b := newReplica(t, now), newReplica(t, now)
		for _, r := range []*replica{a, b} {
			createTracked(r, `CREATE TABLE n (id TEXT PRIMARY KEY, x)`)
		}
		a.exec(`INSERT INTO n VALUES ('k', 1), ('l', 1)`, `UPDATE n SET x = 2`)
		a.exec(`DELETE FROM n WHERE id = 'k'`)
		meet(a, b)
		_, err := b.Collect(t.Context(), horizon(t, a, b))
		must(t, err)
		if restart {
			b.restart(now)
		}
		a.exec(`UPDATE n SET x = 3`)
		all, _ := bytesOf(a, 0)
		for range 2 {
			_, err := b.apply(all)
			must(t, err)
		}
		same(t, `SELECT * FROM n`, "l 3", a, b)
		if n := len(b.stored("n")); n != 1 {
			t.Errorf("%d rows are known, dead ones included", n)
		}
	}
}
