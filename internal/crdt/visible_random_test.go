package crdt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

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
