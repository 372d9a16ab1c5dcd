package converge

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/crdt/model"
)

// world is some devices and what they have published. After every step the
// model says what the device that did it must hold.
type world struct {
	t         rapid.TB
	root      string
	first     *prepared
	now       time.Time
	devices   []*member
	log       map[model.Site][]*changeset // consecutive, by site
	snapshots []*snapshot
	all       model.State // of every device after every local change
	floor     int64       // greatest time that some horizon has reached
	horizon   *horizon
	collected crdt.Vector                    // below which somebody has collected
	mixed     bool                           // devices have run different migrations
	list      []evolution                    // the migrations of the app behind the first, as far as a device knows them
	seeded    map[model.ID]map[string]uint32 // rows that migrations made, and the latest that did
	died      map[model.ID]map[string]bool   // rows that people deleted
	retyped   bool                           // in which a column has different types, so that values change on arrival
	named     int                            // devices that were ever made
	trace     []string
	counts    map[string]int // how often something happened, for the report
}

// member is a device of the world and what it held after its last step.
type member struct {
	*device
	held      *observed
	skew      time.Duration
	lives     int   // incarnations before this one
	published int64 // up to where its own changes are in the log
}

// changeset is a published one and what the model reads out of it.
type changeset struct {
	site       model.Site
	from, upto int64
	needs      crdt.Vector // what its maker had seen
	state      model.State // what its maker wrote in that time
	whole      model.State // all that its maker had
	data       []byte
	version    int // how many migrations its maker had run
}

type snapshot struct {
	maker  *member
	vector crdt.Vector
	state  model.State
	data   []byte
}

func newWorld(t rapid.TB) *world {
	return &world{t: t, root: folder(t), now: time.UnixMilli(1_800_000_000_000), log: map[model.Site][]*changeset{}, all: model.State{}, counts: map[string]int{}, collected: crdt.Vector{}, seeded: map[model.ID]map[string]uint32{}, died: map[model.ID]map[string]bool{}}
}

// schema counts what is particular about s.
func (w *world) schema(s *schemaDef) *schemaDef {
	for _, f := range s.features() {
		w.counts[f]++
	}
	return s
}

func (w *world) close() {
	for _, m := range w.devices {
		_ = m.close() // after a failure it may complain too
	}
	_ = os.RemoveAll(w.root)
}

func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf(format, args...))
}

// fail ends the run and tells how it came to this.
func (w *world) fail(m *member, format string, args ...any) {
	w.t.Helper()
	for _, line := range w.trace {
		w.t.Logf("%s", line)
	}
	w.t.Fatalf("device %s: %s", m.name, fmt.Sprintf(format, args...))
}

// look reads a device and holds what it shows against what the model says.
func (w *world) look(m *member) *observed {
	w.t.Helper()
	o := m.observe()
	for _, flaw := range o.flaws {
		w.fail(m, "%s", flaw)
	}
	w.noteDeaths(o.state)
	shape := shapeOf(m.schema, o.tables)
	for i, seen := range model.Visible(o.state, shape) {
		if len(seen.Hidden) > 0 {
			w.counts["looks with hidden rows"]++
		}
		if want, got := sorted(seen.Rows), sorted(o.visible[shape[i].ID]); !slices.Equal(want, got) {
			w.fail(m, "table %d shows\n%q\nthe model\n%q\nof state\n%s", i, got, want, lines(canonical(o.state, shape, 0)))
		}
		if want, got := sorted(seen.Hidden), sorted(o.hidden[shape[i].ID]); !slices.Equal(want, got) {
			w.fail(m, "table %d hides\n%q\nthe model\n%q", i, got, want)
		}
	}
	return o
}

func sorted(rows map[string][]string) (out []string) {
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		out = append(out, fmt.Sprintf("%x %q", id, rows[id]))
	}
	return out
}

func lines(list []string) string {
	var b bytes.Buffer
	for _, l := range list {
		b.WriteString(l + "\n")
	}
	return b.String()
}

// canonical is the state of m, or another state as m would write it.
func (w *world) canonical(m *member, s model.State) []string {
	return canonical(s, shapeOf(m.schema, m.held.tables), w.floor)
}

// same fails unless two states are.
func (w *world) same(m *member, what string, got, want model.State) {
	w.t.Helper()
	if g, x := w.canonical(m, got), w.canonical(m, want); !slices.Equal(g, x) {
		w.fail(m, "%s: it has\n%swant\n%s", what, lines(g), lines(x))
	}
}

// between fails unless a state has all of least, and nothing that least and
// most together do not have.
func (w *world) between(m *member, what string, got, least, most model.State) {
	w.t.Helper()
	lower := got.Clone()
	lower.Merge(least)
	w.same(m, what+" something is missing", got, lower)
	upper := least.Clone()
	upper.Merge(most)
	both := upper.Clone()
	both.Merge(got)
	w.same(m, what+" something is there that nobody wrote", both, upper)
}

// publish puts what a device has changed since the last time into the log.
func (w *world) publish(m *member) {
	w.t.Helper()
	site := m.self()
	since := m.vector()
	needs := maps.Clone(since)
	since[crdt.SiteID(site)] = m.published
	var data bytes.Buffer
	info, err := m.engine.Changes(testContext, since, &data)
	m.must(err)
	if info.Upto == m.published {
		if data.Len() > 0 || m.published != needs[crdt.SiteID(site)] {
			w.fail(m, "nothing new since %d, but %d bytes, and it is at %d", m.published, data.Len(), needs[crdt.SiteID(site)])
		}
		return
	}
	if info.From != m.published || info.Upto != needs[crdt.SiteID(site)] {
		w.fail(m, "published %d to %d, asked from %d, its vector says %d", info.From, info.Upto, m.published, needs[crdt.SiteID(site)])
	}
	c := &changeset{site, info.From, info.Upto, needs, part(m.held.state, site, info.From, info.Upto), m.held.state, data.Bytes(), len(m.applied)}
	w.log[site] = append(w.log[site], c)
	w.note("%s publishes %s", m.name, c)
	m.published = info.Upto
}

func (c *changeset) String() string {
	return fmt.Sprintf("%x (%s, %s]", c.site[:2], short(c.from), short(c.upto))
}

func short(h int64) string {
	if h == 0 {
		return "0"
	}
	return fmt.Sprintf("%d.%d", h>>15-1_800_000_000_000, h&0x7fff)
}

// part is what of a state the site wrote within (from, upto].
func part(s model.State, site model.Site, from, upto int64) model.State {
	in := func(st model.Stamp) bool { return st.Site == site && st.H > from && st.H <= upto }
	out := model.State{}
	for id, rows := range s {
		out[id] = model.Table{}
		for key, row := range rows {
			if !row.Alive() {
				if in(row.Stamp) {
					out[id][key] = row
				}
				continue
			}
			piece := model.Row{Life: row.Life, Stamp: row.Stamp, Cells: map[model.ID]model.Cell{}}
			for c, cell := range row.Cells {
				if in(cell.Stamp) {
					piece.Cells[c] = cell
				}
			}
			if in(row.Stamp) || len(piece.Cells) > 0 {
				out[id][key] = piece
			}
		}
	}
	return out
}
