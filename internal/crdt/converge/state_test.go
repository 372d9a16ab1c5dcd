package converge

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/crdt/model"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// observed is all that a device holds of its tables, read from the file without
// the engine's code: by the description in SPEC.md, that is.
type observed struct {
	state   model.State
	visible map[model.ID]map[string][]string // exact values by identity
	hidden  map[model.ID]map[string][]string
	floors  map[model.ID]int64      // causal lengths of what was collected, at most
	tables  map[string]trackedTable // by name without the prefix
	flaws   []string                // contradictions within the file
}

type trackedTable struct {
	number  int64
	id      model.ID
	auto    bool
	columns []trackedColumn // by name, sorted as the schema has them
}

type trackedColumn struct {
	id   model.ID
	bit  int
	name string
}

// observe reads a device. The schema tells the keys of its tables.
func observe(tx *store.Tx, s *schemaDef, prefix string) (*observed, error) {
	o := &observed{model.State{}, map[model.ID]map[string][]string{}, map[model.ID]map[string][]string{}, map[model.ID]int64{}, map[string]trackedTable{}, nil}
	sites := map[int64]model.Site{}
	err := each(tx, "SELECT id, uuid FROM alcove_crdt_site", func(q *store.Query) error {
		sites[q.ColumnInt(0)] = model.Site(q.ColumnBytes(1))
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = each(tx, "SELECT tbl, cl FROM alcove_crdt_floor", func(q *store.Query) error {
		o.floors[model.ID(q.ColumnBytes(0))] = q.ColumnInt(1)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, t := range s.tables {
		found, err := readTracked(tx, prefix+t.name)
		if err != nil {
			return nil, err
		}
		if err := o.columnsInOrder(t, &found); err != nil {
			return nil, err
		}
		o.tables[t.name] = found
		r := tableReader{o, tx, t, found, sites, quoted(prefix + t.name), model.Table{}}
		if err := r.read(); err != nil {
			return nil, fmt.Errorf("table %s: %w", t.name, err)
		}
		o.state[found.id] = r.rows
	}
	return o, nil
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func each(tx *store.Tx, sql string, row func(*store.Query) error) error {
	q := tx.Query(sql)
	for q.Step() {
		if err := row(q); err != nil {
			q.Reset()
			return err
		}
	}
	return q.Err()
}

func readTracked(tx *store.Tx, name string) (t trackedTable, err error) {
	q := tx.Query("SELECT id, gid, flags FROM alcove_crdt_table WHERE name = ?")
	q.Text(1, []byte(name))
	if !q.Step() {
		return t, fmt.Errorf("%s is not tracked: %w", name, q.Err())
	}
	t.number, t.id, t.auto = q.ColumnInt(0), model.ID(q.ColumnBytes(1)), q.ColumnInt(2)&1 != 0
	q.Reset()
	q = tx.Query("SELECT gid, bit, name FROM alcove_crdt_column WHERE tbl = ? AND name IS NOT NULL")
	q.Int(1, t.number)
	for q.Step() {
		t.columns = append(t.columns, trackedColumn{model.ID(q.ColumnBytes(0)), int(q.ColumnInt(1)), string(q.ColumnBytes(2))})
	}
	return t, q.Err()
}

// columnsInOrder puts the columns of found in the order of t's synced ones.
func (o *observed) columnsInOrder(t *tableDef, found *trackedTable) error {
	var ordered []trackedColumn
	for _, i := range t.synced() {
		at := slices.IndexFunc(found.columns, func(c trackedColumn) bool { return c.name == t.columns[i].name })
		if at < 0 {
			return fmt.Errorf("column %s.%s is not tracked", t.name, t.columns[i].name)
		}
		ordered = append(ordered, found.columns[at])
	}
	if len(ordered) != len(found.columns) {
		return fmt.Errorf("table %s: %d columns are tracked, it has %d", t.name, len(found.columns), len(ordered))
	}
	found.columns = ordered
	return nil
}

// tableReader reads one table.
type tableReader struct {
	o     *observed
	tx    *store.Tx
	def   *tableDef
	table trackedTable
	sites map[int64]model.Site
	name  string // quoted
	rows  model.Table
}

func (r *tableReader) flaw(format string, args ...any) {
	r.o.flaws = append(r.o.flaws, r.def.name+": "+fmt.Sprintf(format, args...))
}

// births are ranges of rowids and the stamp of all rows in each.
type births []birthRange

type birthRange struct {
	lo, hi int64
	stamp  model.Stamp
	life   int64
}

func (r *tableReader) read() error {
	ranges, err := r.ranges()
	if err != nil {
		return err
	}
	clocks := map[int64][]byte{}
	if err := each(r.tx, fmt.Sprintf(`SELECT rid, data FROM "alcove_crdt_o_%d"`, r.table.number), func(q *store.Query) error {
		clocks[q.ColumnInt(0)] = bytes.Clone(q.ColumnBytes(1))
		return nil
	}); err != nil {
		return err
	}
	if err := r.visible(ranges, clocks); err != nil {
		return err
	}
	for rid := range clocks {
		r.flaw("clocks of row %d, which is not there", rid)
	}
	if err := r.hidden(); err != nil {
		return err
	}
	return r.tombs()
}

func (r *tableReader) ranges() (list births, err error) {
	err = each(r.tx, fmt.Sprintf(`SELECT lo, hi, h, site, m, cl FROM "alcove_crdt_r_%d" ORDER BY lo`, r.table.number), func(q *store.Query) error {
		b := birthRange{q.ColumnInt(0), q.ColumnInt(1), model.Stamp{H: q.ColumnInt(2), Site: r.sites[q.ColumnInt(3)], M: uint32(q.ColumnInt(4))}, q.ColumnInt(5)}
		if b.lo > b.hi || len(list) > 0 && list[len(list)-1].hi >= b.lo {
			r.flaw("range %d to %d meets another", b.lo, b.hi)
		}
		list = append(list, b)
		return nil
	})
	return list, err
}

// visible reads the app's table. It takes the clocks of its rows out of clocks.
func (r *tableReader) visible(ranges births, clocks map[int64][]byte) error {
	names := make([]string, len(r.table.columns))
	for i, c := range r.table.columns {
		names[i] = "t." + quoted(c.name)
	}
	sql := fmt.Sprintf("SELECT t.rowid, x'', %s FROM %s AS t", strings.Join(names, ", "), r.name)
	var numbers map[string]int64
	if !r.def.rowid {
		numbers = map[string]int64{}
		if err := each(r.tx, fmt.Sprintf(`SELECT rid, k FROM "alcove_crdt_k_%d"`, r.table.number), func(q *store.Query) error {
			numbers[string(q.ColumnBytes(1))] = q.ColumnInt(0)
			return nil
		}); err != nil {
			return err
		}
		sql = fmt.Sprintf("SELECT 0, x'', %s FROM %s AS t", strings.Join(names, ", "), r.name)
	}
	seen := map[string][]string{}
	err := each(r.tx, sql, func(q *store.Query) error {
		values, key := r.values(q)
		rid := q.ColumnInt(0)
		if !r.def.rowid {
			n, ok := numbers[key]
			if !ok {
				r.flaw("row %x has no number", key)
			}
			rid = n
			delete(numbers, key)
		}
		row := model.Row{Life: 1}
		if at := slices.IndexFunc(ranges, func(b birthRange) bool { return b.lo <= rid && rid <= b.hi }); at >= 0 {
			row.Stamp, row.Life = ranges[at].stamp, ranges[at].life
		}
		if err := r.decode(clocks[rid], &row, values); err != nil {
			return err
		}
		delete(clocks, rid)
		if row.Stamp == (model.Stamp{}) {
			r.flaw("row %x has no birth", key)
		}
		r.add(r.identity(key, row), row)
		seen[r.identity(key, row)] = values
		return nil
	})
	for key := range numbers {
		r.flaw("a number for row %x, which is not there", key)
	}
	r.o.visible[r.table.id] = seen
	return err
}

func (r *tableReader) identity(key string, row model.Row) string {
	if !r.table.auto {
		return key
	}
	b := binary.BigEndian.AppendUint64([]byte(key), uint64(row.Stamp.H))
	b = append(b, row.Stamp.Site[:]...)
	return string(binary.BigEndian.AppendUint32(b, row.Stamp.M))
}

func (r *tableReader) add(id string, row model.Row) {
	if _, twice := r.rows[id]; twice {
		r.flaw("row %x is there twice: seen, hidden or dead", id)
	}
	r.rows[id] = row
}

// values reads the columns behind the first two, and the key form.
func (r *tableReader) values(q *store.Query) (values []string, key string) {
	for i := range r.table.columns {
		values = append(values, exact(q, i+2))
	}
	return values, r.def.keyOf(values)
}

// keyOf is the key form of the primary key.
func (t *tableDef) keyOf(values []string) string {
	var key []byte
	at := t.synced()
	for _, k := range t.key {
		v, _, err := sqlvalue.Read([]byte(values[slices.Index(at, k)]))
		if err != nil {
			panic(err)
		}
		key = sqlvalue.AppendKey(key, v, t.columns[k].collation)
	}
	return string(key)
}

func exact(q *store.Query, column int) string {
	return string(sqlvalue.Append(nil, sqlvalue.Of(q.ColumnValue(column))))
}

// decode reads the clocks of a row, which SPEC.md describes.
func (r *tableReader) decode(data []byte, row *model.Row, values []string) error {
	own := map[int]model.Stamp{}
	for len(data) > 0 {
		raw, n := binary.Uvarint(data)
		data = data[n:]
		site, n := binary.Uvarint(data)
		st := model.Stamp{Site: r.sites[int64(site)], H: int64(binary.BigEndian.Uint64(data[n:]))}
		data = data[n+8:]
		set := bits.RotateLeft64(raw, -2)
		if set&(1<<62) != 0 {
			m, n := binary.Uvarint(data)
			st.M, data = uint32(m), data[n:]
		}
		if set&(1<<63) != 0 {
			life, n := binary.Uvarint(data)
			row.Life, row.Stamp, data = int64(life), st, data[n:]
			continue
		}
		for bit := range 61 {
			if set&(1<<bit) != 0 {
				own[bit] = st
			}
		}
	}
	row.Cells = map[model.ID]model.Cell{}
	for i, c := range r.table.columns {
		st, ok := own[c.bit]
		if !ok {
			st = row.Stamp
		}
		delete(own, c.bit)
		row.Cells[c.id] = model.Cell{Stamp: st, Value: values[i]}
	}
	if len(own) > 0 {
		r.flaw("clocks of columns that are not there: %v", slices.Collect(maps.Keys(own)))
	}
	return nil
}

func (r *tableReader) hidden() error {
	seen := map[string][]string{}
	r.o.hidden[r.table.id] = seen
	name := fmt.Sprintf("alcove_crdt_h_%d", r.table.number)
	q := r.tx.Query("SELECT 1 FROM sqlite_schema WHERE name = ?")
	q.Text(1, []byte(name))
	there := q.Step()
	q.Reset()
	if !there {
		return q.Err()
	}
	names := make([]string, len(r.table.columns))
	for i, c := range r.table.columns {
		names[i] = quoted(c.name)
	}
	return each(r.tx, fmt.Sprintf("SELECT alcove_k, alcove_clocks, %s FROM %s", strings.Join(names, ", "), quoted(name)), func(q *store.Query) error {
		row := model.Row{Life: 1}
		values, key := r.values(q)
		if err := r.decode(q.ColumnBytes(1), &row, values); err != nil {
			return err
		}
		id := string(q.ColumnBytes(0))
		if want := r.identity(key, row); id != want {
			r.flaw("hidden row %x is kept as %x", want, id)
		}
		r.add(id, row)
		seen[id] = values
		return nil
	})
}

func (r *tableReader) tombs() error {
	return each(r.tx, fmt.Sprintf(`SELECT k, cl, h, site, m FROM "alcove_crdt_d_%d"`, r.table.number), func(q *store.Query) error {
		row := model.Row{Life: q.ColumnInt(1), Stamp: model.Stamp{H: q.ColumnInt(2), Site: r.sites[q.ColumnInt(3)], M: uint32(q.ColumnInt(4))}}
		if row.Alive() {
			r.flaw("tombstone %x of a living row", q.ColumnBytes(0))
		}
		r.add(string(q.ColumnBytes(0)), row)
		return nil
	})
}
