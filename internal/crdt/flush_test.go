package crdt

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// flushShape is a table of the property test. Its columns after the key are a
// and b; %s is its name.
type flushShape struct {
	name, sql string
	key       []string
	values    func(r *rand.Rand) []string // SQL of a key
}

func shortText(r *rand.Rand) string { return fmt.Sprintf("'%c'", 'a'+r.IntN(9)) }
func smallInt(r *rand.Rand) string  { return fmt.Sprint(r.IntN(12) - 2) }

var flushShapes = []flushShape{
	{"words", `CREATE TABLE words (id TEXT PRIMARY KEY NOT NULL, a, b INT UNIQUE)`, []string{"id"}, func(r *rand.Rand) []string { return []string{shortText(r)} }},
	{"folded", `CREATE TABLE folded (id TEXT COLLATE NOCASE PRIMARY KEY NOT NULL, a, b)`, []string{"id"}, func(r *rand.Rand) []string {
		s := shortText(r)
		if r.IntN(2) == 0 {
			s = strings.ToUpper(s)
		}
		return []string{s}
	}},
	{"given", `CREATE TABLE given (id INTEGER PRIMARY KEY, a, b UNIQUE)`, []string{"id"}, func(r *rand.Rand) []string { return []string{smallInt(r)} }},
	{"auto", `CREATE TABLE auto /*auto*/ (id INTEGER PRIMARY KEY, a, b)`, []string{"id"}, func(r *rand.Rand) []string {
		if r.IntN(2) == 0 {
			return []string{"NULL"}
		}
		return []string{smallInt(r)}
	}},
	{"pairs", `CREATE TABLE pairs (a, id INT NOT NULL, sub TEXT NOT NULL, b UNIQUE, PRIMARY KEY (sub, id)) WITHOUT ROWID`, []string{"id", "sub"}, func(r *rand.Rand) []string {
		return []string{fmt.Sprint(r.IntN(3)), shortText(r)}
	}},
	{"loose", `CREATE TABLE loose (id NOT NULL PRIMARY KEY, a, b)`, []string{"id"}, func(r *rand.Rand) []string {
		return []string{[]string{"1", "1.0", "'1'", "x'31'", "0.0", "-0.0", "0", "1.5"}[r.IntN(8)]}
	}},
}

// observed is a table's rows by what tells them apart: the rowid, or the key.
type observed map[string]seenRow

type seenRow struct {
	key    string // key form, without a birth
	values []string
}

func observe(tx *store.Tx, t *table) (observed, error) {
	cols := make([]string, len(t.columns))
	for i, c := range t.columns {
		cols[i] = quote(c.name)
	}
	id := "NULL"
	if t.rowid {
		id = t.rowidName
	}
	q := tx.Query("SELECT " + id + ", " + strings.Join(cols, ", ") + " FROM " + quote(t.name))
	out := observed{}
	for q.Step() {
		var s seenRow
		for n, i := range t.key {
			s.key += string(sqlvalue.AppendKey(nil, columnValue(q, 1+i), t.collations[n]))
		}
		for i := range t.columns {
			s.values = append(s.values, string(sqlvalue.Append(nil, columnValue(q, 1+i))))
		}
		at := s.key
		if t.rowid {
			at = fmt.Sprint(q.ColumnInt(0))
		}
		out[at] = s
	}
	return out, q.Err()
}

// modelTx follows one transaction by looking at the table after each statement.
type modelTx struct {
	t       *table
	before  observed
	now     observed
	deleted map[string]bool         // places whose row was deleted at some time
	touched map[string]map[int]bool // places and the columns written in place
}

// saw takes in what a statement has done. replaced is the place of a row that
// it deleted and made again without another sign of it.
func (m *modelTx) saw(next observed, replaced string) {
	for at, old := range m.now {
		s, still := next[at]
		if !still || s.key != old.key || at == replaced {
			m.deleted[at] = true
			continue
		}
		for i := range s.values {
			if s.values[i] != old.values[i] {
				if m.touched[at] == nil {
					m.touched[at] = map[int]bool{}
				}
				m.touched[at][i] = true
			}
		}
	}
	m.now = next
}

// commit brings a state to the end of the transaction, which has stamp st.
func (m *modelTx) commit(state map[string]*oracleRow, identity map[string]string, st Stamp) {
	ended := map[string]int64{} // lives that ended, by key
	for at := range m.before {
		if _, still := m.now[at]; !still || m.deleted[at] {
			k := identity[at]
			ended[k] = state[k].cl
			state[k] = &oracleRow{cl: state[k].cl + 1, birth: st}
			delete(identity, at)
		}
	}
	for at, s := range m.now {
		if _, was := m.before[at]; was && !m.deleted[at] {
			row := state[identity[at]]
			for i := range m.touched[at] {
				row.stamps[i], row.values[i] = st, s.values[i]
			}
			continue
		}
		k := s.key
		if m.t.auto {
			k = string(appendAutoKey([]byte(k), st))
		}
		row := &oracleRow{cl: 1, birth: st, stamps: map[int]Stamp{}, values: map[int]string{}}
		if cl, ok := ended[k]; ok {
			row.cl = cl + 2
		} else if old := state[k]; old != nil {
			row.cl = old.cl + 1
		}
		for i, v := range s.values {
			row.values[i] = v
		}
		state[k], identity[at] = row, k
	}
}

// randomStatement returns a statement and, if it replaces, whether it does so.
func (s *flushShape) randomStatement(r *rand.Rand) (sql string, replaces bool) {
	keys := s.values(r)
	where := func() string {
		var parts []string
		for i, v := range s.values(r) {
			parts = append(parts, s.key[i]+" IS "+v)
		}
		return strings.Join(parts, " AND ")
	}
	value := func() string { return []string{"1", "1.0", "'x'", "x'00'", "NULL", "2", "3"}[r.IntN(7)] }
	insert := func(verb string) string {
		return fmt.Sprintf("%s INTO %s (%s, a, b) VALUES (%s, %s, %s)", verb, s.name, strings.Join(s.key, ", "), strings.Join(keys, ", "), value(), value())
	}
	switch r.IntN(12) {
	case 0, 1, 2:
		return insert("INSERT"), false
	case 3:
		return insert("INSERT OR IGNORE"), false
	case 4, 5:
		return insert("REPLACE"), true
	case 6:
		return insert("INSERT") + fmt.Sprintf(" ON CONFLICT (%s) DO UPDATE SET a = excluded.a, b = NULL", strings.Join(s.key, ", ")), false
	case 7:
		return fmt.Sprintf("UPDATE OR IGNORE %s SET a = %s WHERE %s", s.name, value(), where()), false
	case 8:
		return fmt.Sprintf("UPDATE OR IGNORE %s SET %s = %s WHERE %s", s.name, s.key[0], strings.ReplaceAll(keys[0], "NULL", "7"), where()), false
	case 9:
		if r.IntN(2) == 0 { // many rows at once
			key := map[string]string{"id": "x", "sub": "'k' || x"}
			list := make([]string, len(s.key))
			for i, k := range s.key {
				list[i] = key[k]
			}
			if shortKeys := s.name == "words" || s.name == "folded"; shortKeys {
				list[0] = "char(97 + x)"
			}
			return fmt.Sprintf("WITH RECURSIVE n (x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < 11) INSERT OR IGNORE INTO %s (%s, a) SELECT %s, x FROM n",
				s.name, strings.Join(s.key, ", "), strings.Join(list, ", ")), false
		}
		return fmt.Sprintf("UPDATE %s SET b = %s", s.name, value()), false // fails where b is unique
	case 10:
		return fmt.Sprintf("DELETE FROM %s WHERE %s", s.name, where()), false
	default:
		if r.IntN(4) == 0 {
			return "DELETE FROM " + s.name, false
		}
		return fmt.Sprintf("DELETE FROM %s WHERE a IS %s", s.name, value()), false
	}
}

// fullTests reports whether the long form of the tests is wanted.
func fullTests() bool { return os.Getenv("ALCOVE_FULL") == "1" }

var errGiveUp = errors.New("this transaction is undone")

// TestFlushIsWhatAPlainModelSays runs random transactions and compares the
// clocks with a model that looks at the whole table after every statement. What
// Changes sends must lead from any earlier state to the present one.
func TestFlushIsWhatAPlainModelSays(t *testing.T) {
	runs, each := 4, 25
	if fullTests() {
		runs, each = 100, 60
	}
	for _, s := range flushShapes {
		t.Run(s.name, func(t *testing.T) {
			for seed := range runs {
				flushRun(t, &s, uint64(seed), each)
			}
		})
	}
}

func flushRun(t *testing.T, s *flushShape, seed uint64, transactions int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	dev := newReplica(t)
	createTracked(dev, s.sql)
	state, identity := map[string]*oracleRow{}, map[string]string{}
	type moment struct {
		h     int64
		state map[string]*oracleRow
	}
	moments := []moment{{0, map[string]*oracleRow{}}}
	var log []string
	fail := func(format string, args ...any) {
		t.Helper()
		t.Fatalf("seed %d: %s\n%s", seed, fmt.Sprintf(format, args...), strings.Join(log[max(0, len(log)-30):], "\n"))
	}
	gid := testID(s.name, "")
	for range transactions {
		var m *modelTx
		log = append(log, "--")
		err := dev.st.UpdateTx(t.Context(), func(tx *store.Tx) error {
			tab := dev.reg.byName[s.name]
			if dev.stale {
				reg, err := dev.writing(tx)
				if err != nil {
					return err
				}
				tab = reg.byName[s.name]
			}
			now, err := observe(tx, tab)
			if err != nil {
				return err
			}
			m = &modelTx{tab, maps.Clone(now), now, map[string]bool{}, map[string]map[int]bool{}}
			for range 1 + r.IntN(5) {
				sql, replaces := s.randomStatement(r)
				execErr := tx.Exec(sql)
				log = append(log, fmt.Sprintf("%s -- %v", sql, execErr))
				next, err := observe(tx, tab)
				if err != nil {
					return err
				}
				replaced := ""
				if replaces && execErr == nil {
					if tab.rowid {
						replaced = fmt.Sprint(tx.LastInsertID())
					} else {
						replaced = replacedKey(m.now, next, sql, tab, tx)
					}
				}
				m.saw(next, replaced)
			}
			if r.IntN(6) == 0 {
				return errGiveUp
			}
			return nil
		})
		if errors.Is(err, errGiveUp) {
			log = append(log, "ROLLBACK")
			continue
		}
		if err != nil {
			fail("%v", err)
		}
		v, err := dev.Vector(t.Context())
		must(t, err)
		m.commit(state, identity, Stamp{H: v[dev.Self()], Site: dev.Self()})
		if err := sameState(state, dev.stored(s.name), 5); err != nil {
			fail("the model against the clocks: %v", err)
		}
		if r.IntN(8) == 0 {
			dev.restart()
		}
		if r.IntN(4) > 0 {
			continue
		}
		from := moments[r.IntN(len(moments))]
		states := map[GlobalID]map[string]*oracleRow{gid: from.state}
		copied := map[string]*oracleRow{}
		for k, x := range from.state {
			copied[k] = x.clone()
		}
		states[gid] = copied
		if b := dev.changesOf(from.h); len(b) > 0 {
			if _, err := mergeInto(states, bytes.NewReader(b)); err != nil {
				fail("changes: %v", err)
			}
		}
		if err := sameState(state, states[gid], 5); err != nil {
			fail("the model against the changes since %x: %v", from.h, err)
		}
		copied = map[string]*oracleRow{}
		for k, x := range state {
			copied[k] = x.clone()
		}
		moments = append(moments, moment{v[dev.Self()], copied})
	}
	snap := map[GlobalID]map[string]*oracleRow{}
	var b bytes.Buffer
	_, err := dev.Snapshot(t.Context(), &b)
	must(t, err)
	_, err = mergeInto(snap, &b)
	must(t, err)
	if err := sameState(state, snap[gid], 5); err != nil {
		fail("the model against the snapshot: %v", err)
	}
	must(t, dev.st.Close())
}

// replacedKey is the key that a REPLACE of one row into a WITHOUT ROWID table
// was about: the table is asked for the values in the statement.
func replacedKey(before, after observed, sql string, t *table, tx *store.Tx) string {
	values := sql[strings.Index(sql, "VALUES (")+len("VALUES ("):]
	parts := strings.SplitN(values, ", ", 3) // id, sub
	q := tx.Query("SELECT CAST(" + parts[0] + " AS INT), " + parts[1])
	q.Step()
	k := sqlvalue.AppendKey(sqlvalue.AppendKey(nil, columnValue(q, 1), sqlvalue.Binary), columnValue(q, 0), sqlvalue.Binary)
	q.Reset()
	return string(k)
}
