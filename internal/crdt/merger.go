package crdt

import (
	"fmt"
	"strings"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// merger changes rows as the state says, inside one transaction and with the
// host's hands: no trigger fires, no foreign key acts, nothing is captured.
type merger struct {
	e      *Engine
	tx     *store.Tx
	reg    *registry
	tables map[int64]*merging
	order  []*merging
	linked map[string]bool // apps whose foreign keys are in links
	links  []*link
	// Foreign keys are left out of account: tables are in the middle of a migration.
	unlinked bool

	judging   map[*merging]*candidates // rows to be judged; see unique.go
	orphaning orphaning                // see foreign.go

	flushing bool // the store does not capture anyway
	// What waited for a migration is merged: what has an M replaces what the
	// migration made of it, or instead of it, just now.
	unparking bool
	moved     map[*table][]int64 // rows that came back under another number

	sender *sender // of the changeset that is merged; nil for anything else
	stable []int64 // see settled; nil if it is not known yet
	report Report
	noted  map[string]int // conflicts added, by app
	old    recollection   // what was replaced and is not written yet
}

// merging is what a merger keeps of one table.
type merging struct {
	*merger
	*mergeShape
	t    *table
	edge *edge
	open span // rows that were added and whose range is not written; lo 0: none
	// gained are rows that became visible, or whose foreign keys, or columns that
	// others refer to, changed; recent, those of them that have brought none back.
	gained, recent rows
	again          [][]byte // hidden rows whose foreign keys, or columns that others refer to, changed
	linkSet        columns  // see linkedColumns
	refSet         columns  // see referenced
	tally          *TableReport
	aside          columns // of the row at hand: what SQLite refused; see bear
}

// mergeShape is what merging needs to know of a table's shape. It is kept as
// long as the registry is.
type mergeShape struct {
	cols    []columnShape // of table.columns, in their order
	every   []columnShape // generated ones too, in the order of the table
	merged  mergedTexts
	uniques []*uniqueText
	picky   columns // that do not take every value
	updates map[columns]string
	shadow  map[columns]string // updates of hidden rows
}

// newMerger makes the merger of a transaction.
func (e *Engine) newMerger(tx *store.Tx) (*merger, error) {
	reg, err := e.writing(tx)
	if err != nil {
		return nil, err
	}
	return e.mergerOf(tx, reg), nil
}

// mergerOf makes the merger of a transaction that knows the registry reg. In one
// that reads, what reads may be used of it.
func (e *Engine) mergerOf(tx *store.Tx, reg *registry) *merger {
	return &merger{
		e: e, tx: tx, reg: reg,
		tables: map[int64]*merging{}, linked: map[string]bool{}, noted: map[string]int{}, moved: map[*table][]int64{},
	}
}

// run lets fn change rows with the host's hands.
func (m *merger) run(fn func() error) (err error) {
	if !m.flushing {
		m.tx.Capture(false)
		defer m.tx.Capture(true)
	}
	if err := m.tx.Triggers(false); err != nil {
		return err
	}
	defer func() {
		if on := m.tx.Triggers(true); err == nil {
			err = on
		}
	}()
	if err := m.tx.ForeignKeys(false); err != nil {
		return err
	}
	defer func() {
		if on := m.tx.ForeignKeys(true); err == nil {
			err = on
		}
	}()
	if err := m.tx.Exec("PRAGMA ignore_check_constraints = ON"); err != nil {
		return err
	}
	defer func() {
		if off := m.tx.Exec("PRAGMA ignore_check_constraints = OFF"); err == nil {
			err = off
		}
	}()
	return fn()
}

// of returns what the merger keeps of t.
func (m *merger) of(t *table) (*merging, error) {
	if g := m.tables[t.id]; g != nil {
		return g, nil
	}
	edge, err := t.edgeOf(m.tx)
	if err != nil {
		return nil, err
	}
	g := &merging{merger: m, mergeShape: t.mergeShape, t: t, edge: edge}
	if g.mergeShape == nil {
		if err := g.loadShape(); err != nil {
			return nil, fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	m.tables[t.id] = g
	m.order = append(m.order, g)
	return g, m.loadLinks(t.app)
}

func (g *merging) loadShape() (err error) {
	g.mergeShape = &mergeShape{updates: map[columns]string{}, shadow: map[columns]string{}}
	if g.every, err = loadColumnShapes(g.tx, g.t.name); err != nil {
		return err
	}
	for _, c := range g.t.columns {
		i := shapeNamed(g.every, c.name)
		if i < 0 {
			return errDamaged
		}
		shape := g.every[i]
		if c.fallback != nil {
			v, _, err := sqlvalue.Read(c.fallback)
			if err != nil {
				return err
			}
			if shape.fits(v) {
				shape.empty = v
			}
		}
		if shape.notNull || shape.strict != "" {
			g.picky |= 1 << c.bit
		}
		g.cols = append(g.cols, shape)
	}
	g.makeTexts()
	g.t.mergeShape = g.mergeShape
	return nil
}

// mergedTexts are the statements for merging into one table. Those about one
// visible row begin with the parameters of table.isRow.
type mergedTexts struct {
	params                            int // of isRow
	insert, delete, read, ridAndKey   string
	hide, show, hiddenAdd, hiddenRead string
	hiddenFind, hiddenAt, hiddenWhy   string
	hiddenTake, hiddenClocks, waiting string
	keysVisible                       string // the columns that name a visible row: rowid and key
}

func (g *merging) makeTexts() {
	t, name, h := g.t, quote(g.t.name), g.t.of(kindHidden)
	cols, marks := make([]string, len(t.columns)), make([]string, len(t.columns))
	for i, c := range t.columns {
		cols[i], marks[i] = quote(c.name), "?"
	}
	list := strings.Join(cols, ", ")
	keys := make([]string, len(t.key))
	for n, i := range t.key {
		keys[n] = "x." + cols[i]
	}
	rid, params := "NULL", len(t.key)
	if t.rowid {
		rid, params = "x."+t.rowidName, 1
	}
	g.merged = mergedTexts{
		params:       params,
		insert:       "INSERT OR ABORT INTO " + name + " (" + list + ") VALUES (" + strings.Join(marks, ", ") + ") ON CONFLICT DO NOTHING",
		hiddenAdd:    "INSERT INTO " + h + " (alcove_k, alcove_clocks, alcove_why, alcove_by, " + list + ") VALUES (?, ?, ?, ?, " + strings.Join(marks, ", ") + ")",
		hiddenRead:   "SELECT " + list + " FROM " + h + " WHERE alcove_rid = ?",
		hiddenFind:   "SELECT alcove_rid, alcove_clocks, alcove_why FROM " + h + " WHERE alcove_k = ?",
		hiddenAt:     "SELECT alcove_k, alcove_clocks, alcove_why FROM " + h + " WHERE alcove_rid = ?",
		hiddenWhy:    "UPDATE " + h + " SET alcove_why = ?, alcove_by = ? WHERE alcove_rid = ?",
		hiddenClocks: "UPDATE " + h + " SET alcove_clocks = ? WHERE alcove_rid = ?",
		hiddenTake:   "DELETE FROM " + h + " WHERE alcove_rid = ?",
		waiting:      "SELECT alcove_k, alcove_clocks FROM " + h + " WHERE alcove_by = ?",
		keysVisible:  rid + ", " + strings.Join(keys, ", "),
		show:         "INSERT OR ABORT INTO " + name + " (" + list + ") SELECT " + list + " FROM " + h + " WHERE alcove_rid = ?",
	}
	where, next := " WHERE "+t.isRow("x.", 1), params
	g.merged.read = "SELECT " + list + " FROM " + name + " x" + where
	g.merged.delete = "DELETE FROM " + name + " AS x" + where
	g.merged.ridAndKey = "SELECT " + g.merged.keysVisible + " FROM " + name + " x" + where
	g.merged.hide = fmt.Sprintf("INSERT INTO %s (alcove_k, alcove_clocks, alcove_why, alcove_by, %s) SELECT ?%d, ?%d, ?%d, ?%d, %s FROM %s x%s",
		h, list, next+1, next+2, next+3, next+4, list, name, where)
	g.uniques = g.uniqueTexts()
}

// maxTexts is how many statements for sets of columns a table keeps.
const maxTexts = 256

// updateText returns the statement that writes the columns of set into a
// visible row: first the row's parameters, then the columns by rising bit.
func (g *merging) updateText(set columns) string {
	if text, ok := g.updates[set]; ok {
		return text
	}
	if len(g.updates) >= maxTexts {
		clear(g.updates)
	}
	text := "UPDATE OR ABORT " + quote(g.t.name) + " AS x SET " + g.assignments(set, g.merged.params) + " WHERE " + g.t.isRow("x.", 1)
	g.updates[set] = text
	return text
}

// shadowText is updateText for a hidden row, whose one parameter is its number.
func (g *merging) shadowText(set columns) string {
	if text, ok := g.shadow[set]; ok {
		return text
	}
	if len(g.shadow) >= maxTexts {
		clear(g.shadow)
	}
	text := "UPDATE " + g.t.of(kindHidden) + " SET " + g.assignments(set, 1) + " WHERE alcove_rid = ?1"
	g.shadow[set] = text
	return text
}

func (g *merging) assignments(set columns, after int) string {
	var parts []string
	for bit := range maxColumns {
		if set.has(bit) {
			after++
			parts = append(parts, fmt.Sprintf("%s = ?%d", quote(g.t.columns[g.t.columnOf(bit)].name), after))
		}
	}
	return strings.Join(parts, ", ")
}

// finish writes what is still kept.
func (m *merger) finish() error {
	if err := m.writeOld(); err != nil {
		return err
	}
	for _, g := range m.order {
		if err := g.closeRange(); err != nil {
			return err
		}
	}
	for t, rids := range m.moved {
		if err := t.noteMoved(m.tx, rids); err != nil {
			return err
		}
	}
	for app := range m.noted {
		if err := trimConflicts(m.tx, app); err != nil {
			return err
		}
	}
	return nil
}
