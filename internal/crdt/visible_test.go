package crdt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/store"
)

// naiveTable says which rows of a table exclude one another, and which rows
// they need, in Go and by going through all of them.
type naiveTable struct {
	name    string
	uniques []func(row []any) string // "" takes no part
	parents []naiveParent
}

type naiveParent struct {
	child  func(row []any) string
	table  string
	parent func(row []any) string
}

type naiveRow struct {
	id     []byte
	birth  Stamp
	values []any
	life   int64
	stamps []Stamp
	seen   bool // in the table
	should bool
}

// text makes a key of columns, or "" if one is NULL.
func text(fold bool, cols ...int) func([]any) string {
	return func(row []any) string {
		out := ""
		for _, c := range cols {
			if row[c] == nil {
				return ""
			}
			s := fmt.Sprint(row[c]) // 1 and 1.0 are the same
			switch v := row[c].(type) {
			case string:
				if s = "t" + v; fold {
					s = strings.ToLower(s)
				}
			case []byte:
				s = "b" + string(v)
			}
			out += "|" + s
		}
		return out
	}
}

// everyRow reads the rows of a table that are alive, hidden or not.
func everyRow(t testing.TB, e *Engine, tx *store.Tx, name string) (list []*naiveRow) {
	t.Helper()
	m, err := e.newMerger(tx)
	must(t, err)
	g, err := m.of(m.reg.byName[name])
	must(t, err)
	read := func(f *found) {
		values, err := g.readRow(f)
		must(t, err)
		r := &naiveRow{id: bytes.Clone(f.id), birth: m.reg.sites.outer(f.birth), seen: f.at == visible, life: f.life()}
		for _, c := range g.t.columns {
			r.values = append(r.values, values[c.bit].Go())
			r.stamps = append(r.stamps, m.reg.sites.outer(f.stampOf(c.bit)))
		}
		list = append(list, r)
	}
	var keys [][]byte
	q := tx.Query("SELECT " + g.merged.keysVisible + " FROM " + quote(name) + " x")
	for q.Step() {
		keys = append(keys, g.t.appendRowKey(nil, q, 1))
	}
	must(t, q.Err())
	for _, k := range keys {
		f := found{id: k}
		if there, err := g.findVisible(k, &f); err != nil || !there {
			t.Fatalf("%s: the row of key %x is not found: %v", name, k, err)
		}
		must(t, g.loadRow(&f))
		if g.t.auto {
			f.id = appendAutoKey(k, m.reg.sites.outer(f.birth))
		}
		read(&f)
	}
	if !g.t.hides {
		return list
	}
	keys = nil
	q = tx.Query("SELECT alcove_k FROM " + g.t.of(kindHidden))
	for q.Step() {
		keys = append(keys, bytes.Clone(q.ColumnBytes(0)))
	}
	must(t, q.Err())
	for _, k := range keys {
		f := found{id: k}
		if there, err := g.findHidden(k, &f); err != nil || !there || f.why == whyPending {
			t.Fatalf("%s: hidden row %x: %v %s", name, k, err, f.why)
		}
		f.id = k
		read(&f)
	}
	return list
}

// checkVisible holds what is visible against the pure function of the state.
func (r *replica) checkVisible(tables []naiveTable) error {
	r.t.Helper()
	all := map[string][]*naiveRow{}
	must(r.t, r.st.UpdateTx(r.t.Context(), func(tx *store.Tx) error {
		for _, n := range tables {
			all[n.name] = everyRow(r.t, r.Engine, tx, n.name)
		}
		return nil
	}))
	for _, n := range tables {
		list := all[n.name]
		sort.Slice(list, func(i, j int) bool {
			if c := list[i].birth.Compare(list[j].birth); c != 0 {
				return c > 0
			}
			return bytes.Compare(list[i].id, list[j].id) < 0
		})
		taken := map[string]bool{}
		for _, row := range list {
			row.should = true
			var keys []string
			for i, u := range n.uniques {
				if k := u(row.values); k != "" {
					keys = append(keys, fmt.Sprint(i, k))
					row.should = row.should && !taken[fmt.Sprint(i, k)]
				}
			}
			for _, k := range keys {
				if row.should {
					taken[k] = true
				}
			}
		}
	}
	for again := true; again; {
		again = false
		for _, n := range tables {
			for _, p := range n.parents {
				there := map[string]bool{}
				for _, row := range all[p.table] {
					if row.should {
						there[p.parent(row.values)] = true
					}
				}
				for _, row := range all[n.name] {
					if k := p.child(row.values); row.should && k != "" && !there[k] {
						row.should, again = false, true
					}
				}
			}
		}
	}
	for _, n := range tables {
		for _, row := range all[n.name] {
			if row.seen != row.should {
				return fmt.Errorf("%s: row %x %v: visible is %v, should be %v", n.name, row.id, row.values, row.seen, row.should)
			}
		}
	}
	return nil
}

// everything is the state of a device, row by row.
func (r *replica) everything(tables []naiveTable) string {
	var out []string
	must(r.t, r.st.UpdateTx(r.t.Context(), func(tx *store.Tx) error {
		for _, n := range tables {
			for _, row := range everyRow(r.t, r.Engine, tx, n.name) {
				line := fmt.Sprintf("%s %x life %d born %d/%x visible %v:", n.name, row.id, row.life, row.birth.H, row.birth.Site[:2], row.seen)
				for i, v := range row.values {
					line += fmt.Sprintf(" %T %v %d/%x", v, v, row.stamps[i].H, row.stamps[i].Site[:2])
				}
				out = append(out, line)
			}
			m, err := r.newMerger(tx)
			must(r.t, err)
			q := tx.Query("SELECT k, cl, h, site FROM " + m.reg.byName[n.name].of(kindTomb))
			for q.Step() {
				out = append(out, fmt.Sprintf("%s %x dead %d %d/%x", n.name, q.ColumnBytes(0), q.ColumnInt(1), q.ColumnInt(2), m.reg.sites.ids[q.ColumnInt(3)][:2]))
			}
			must(r.t, q.Err())
		}
		return nil
	}))
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// oracleSchema has every kind of unique constraint and foreign key.
var oracleSchema = []string{
	`CREATE TABLE p (id TEXT PRIMARY KEY, a UNIQUE, b TEXT, c TEXT, UNIQUE (b, c COLLATE NOCASE))`,
	`CREATE TABLE c (id TEXT PRIMARY KEY, p TEXT REFERENCES p (id) ON DELETE CASCADE, pa REFERENCES p (a) ON DELETE SET NULL, up TEXT REFERENCES c (id) ON DELETE SET NULL, u UNIQUE)`,
	`CREATE TABLE w (k1 TEXT, k2 INT, u INT UNIQUE, r1 TEXT, r2 INT, PRIMARY KEY (k2, k1), FOREIGN KEY (r2, r1) REFERENCES w (k2, k1) ON DELETE CASCADE ON UPDATE CASCADE) WITHOUT ROWID`,
	`CREATE TABLE n (id INTEGER PRIMARY KEY, u INT UNIQUE, r INT REFERENCES n (id) ON DELETE SET NULL) /*auto*/`,
}

const oracleIndex = `CREATE UNIQUE INDEX p_i ON p (lower(b)) WHERE c >= 'b'`

var oracleTables = []naiveTable{
	{"p", []func([]any) string{text(false, 1), func(r []any) string {
		b, c := text(false, 2)(r), text(true, 3)(r)
		if b == "" || c == "" {
			return ""
		}
		return b + c
	}, func(r []any) string {
		c, isText := r[3].(string)
		if r[2] == nil || r[3] == nil || isText && c < "b" {
			return ""
		}
		if b, ok := r[2].([]byte); ok {
			return "l" + strings.ToLower(string(b))
		}
		return "l" + strings.ToLower(r[2].(string))
	}}, nil},
	{"c", []func([]any) string{text(false, 4)}, []naiveParent{
		{text(false, 1), "p", text(false, 0)}, {text(false, 2), "p", text(false, 1)}, {text(false, 3), "c", text(false, 0)},
	}},
	{"w", []func([]any) string{text(false, 2)}, []naiveParent{{text(false, 4, 3), "w", text(false, 1, 0)}}},
	{"n", []func([]any) string{text(false, 0), text(false, 1)}, []naiveParent{{text(false, 2), "n", text(false, 0)}}},
}

// randomWrite is a statement over few keys and values, so that they meet.
func randomWrite(r *rand.Rand) string {
	id := func() string { return fmt.Sprintf("'%c'", 'k'+rune(r.IntN(5))) }
	val := func() string {
		return []string{"NULL", "'a'", "'A'", "'b'", "'B'", "'c'"}[r.IntN(6)]
	}
	num := func() string { return []string{"NULL", "1", "2", "3", "4"}[r.IntN(5)] }
	key := func() int { return 1 + r.IntN(3) }
	or := []string{"", "OR REPLACE ", "OR IGNORE "}[r.IntN(3)]
	null := func(s string) string {
		if r.IntN(2) == 0 {
			return "NULL"
		}
		return s
	}
	switch r.IntN(16) {
	case 0, 1:
		return fmt.Sprintf("INSERT %sINTO p VALUES (%s, %s, %s, %s)", or, id(), num(), val(), val())
	case 2:
		return fmt.Sprintf("UPDATE p SET a = %s, c = %s WHERE id = %s", num(), val(), id())
	case 3:
		return fmt.Sprintf("UPDATE p SET b = %s WHERE id = %s", val(), id())
	case 4:
		return fmt.Sprintf("DELETE FROM p WHERE id = %s", id())
	case 5, 6:
		return fmt.Sprintf("INSERT %sINTO c VALUES (%s, %s, %s, %s, %s)", or, id(), null(id()), null(num()), null(id()), num())
	case 7:
		return fmt.Sprintf("UPDATE c SET up = %s, u = %s WHERE id = %s", null(id()), num(), id())
	case 8:
		return fmt.Sprintf("UPDATE c SET id = %s WHERE id = %s", id(), id())
	case 9:
		return fmt.Sprintf("DELETE FROM c WHERE id = %s", id())
	case 10:
		return fmt.Sprintf("INSERT %sINTO w VALUES (%s, %d, %s, %s, %d)", or, id(), key(), num(), null(id()), key())
	case 11:
		return fmt.Sprintf("UPDATE w SET u = %s, r1 = %s WHERE k2 = %d", num(), null(id()), key())
	case 12:
		return fmt.Sprintf("DELETE FROM w WHERE k2 = %d AND k1 = %s", key(), id())
	case 13:
		return fmt.Sprintf("INSERT %sINTO n (u, r) VALUES (%s, %s)", or, num(), null(fmt.Sprint(key())))
	case 14:
		return fmt.Sprintf("UPDATE n SET u = %s, r = %s WHERE id = %d", num(), null(fmt.Sprint(key())), key())
	}
	return fmt.Sprintf("DELETE FROM n WHERE id = %d", key())
}

// TestVisibleIsAFunctionOfTheState lets devices write and meet at random, and
// holds what each of them sees, at every step, against the function that goes
// through all rows; in the end all have the same state.
func TestVisibleIsAFunctionOfTheState(t *testing.T) {
	runs := uint64(12)
	if os.Getenv("ALCOVE_FULL") != "" {
		runs = 400
	}
	for seed := range runs {
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) { oracleRun(t, seed) }) {
			return
		}
	}
}

func oracleRun(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 7))
	now := stepping()
	var all []*replica
	logs := newLogs()
	for range 3 {
		d := newReplica(t, now)
		for _, sql := range oracleSchema {
			createTracked(d, sql)
		}
		d.exec(oracleIndex)
		d.restart(now)
		all = append(all, d)
	}
	var log []string
	check := func(i int) {
		t.Helper()
		if err := all[i].checkVisible(oracleTables); err != nil {
			t.Fatalf("device %d: %v\n%s", i, err, strings.Join(log, "\n"))
		}
	}
	for range 60 {
		i := r.IntN(len(all))
		if r.IntN(4) == 0 {
			j := (i + 1 + r.IntN(len(all)-1)) % len(all)
			log = append(log, fmt.Sprintf("%d pulls %d", i, j))
			logs.deliver(all[j], all[i])
			check(i)
			continue
		}
		var list []string
		for range 1 + r.IntN(3) {
			list = append(list, randomWrite(r))
		}
		err := all[i].try(list...)
		log = append(log, fmt.Sprintf("%d: %s: %v", i, strings.Join(list, "; "), err))
		check(i)
	}
	for range 4 {
		for _, a := range all {
			for _, b := range all {
				logs.deliver(a, b)
			}
		}
	}
	for i := range all {
		check(i)
		if a, b := all[0].everything(oracleTables), all[i].everything(oracleTables); a != b {
			t.Fatalf("devices 0 and %d differ:\n%s\n\n%s\n%s", i, a, b, strings.Join(log, "\n"))
		}
	}
}

// logs are the changesets that devices have written, which are not made anew:
// so what one needs was always written before it.
type logs struct {
	written map[*replica][][]byte
	upto    map[*replica]int64
	given   map[[2]*replica]int
}

func newLogs() *logs {
	return &logs{map[*replica][][]byte{}, map[*replica]int64{}, map[[2]*replica]int{}}
}

// deliver gives to what from has written and to has not had, until something
// before it is missing.
func (l *logs) deliver(from, to *replica) {
	if from == to {
		return
	}
	from.t.Helper()
	var b bytes.Buffer
	info, err := from.Changes(from.t.Context(), Vector{from.Self(): l.upto[from]}, &b)
	must(from.t, err)
	if l.upto[from] = info.Upto; b.Len() > 0 {
		l.written[from] = append(l.written[from], b.Bytes())
	}
	for way := [2]*replica{from, to}; l.given[way] < len(l.written[from]); l.given[way]++ {
		b := l.written[from][l.given[way]]
		if _, err := to.Apply(to.t.Context(), bytes.NewReader(b), ApplyOptions{}); codeOf(err) == "crdt.gap" {
			return
		} else if err != nil {
			from.t.Fatal(err)
		}
	}
}
