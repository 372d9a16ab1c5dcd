package crdt

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// plan is a random list of migrations, and the tables after each of them.
type plan struct {
	r     *rand.Rand
	texts []string
	after [][]planned
	names int
}

// planned is a table of a plan. The first column is the key.
type planned struct {
	name    string
	columns []string
	without bool
}

func (p planned) clone() planned {
	p.columns = slices.Clone(p.columns)
	return p
}

func (p *plan) name(prefix string) string {
	p.names++
	return fmt.Sprintf("%s%d", prefix, p.names)
}

func (p *planned) define(name string) string {
	cols := p.columns[0] + " TEXT PRIMARY KEY NOT NULL"
	for _, c := range p.columns[1:] {
		cols += ", " + c
	}
	end := ")"
	if p.without {
		end = ") WITHOUT ROWID"
	}
	return "CREATE TABLE " + name + " (" + cols + end + ";"
}

// newPlan makes a plan of n migrations, the first of which makes tables.
func newPlan(r *rand.Rand, n int) *plan {
	p := &plan{r: r}
	tables := []planned{{p.name("t"), []string{p.name("k"), p.name("c"), p.name("c")}, false}, {p.name("t"), []string{p.name("k"), p.name("c")}, true}}
	text := tables[0].define("{"+tables[0].name+"}") + tables[1].define("{"+tables[1].name+"}")
	p.texts, p.after = []string{text}, [][]planned{tables}
	for len(p.texts) < n {
		var now []planned
		for _, t := range p.after[len(p.after)-1] {
			now = append(now, t.clone())
		}
		text := ""
		for range 1 + r.IntN(3) {
			text += p.change(&now) + "\n"
		}
		p.texts, p.after = append(p.texts, text), append(p.after, now)
	}
	return p
}

func (p *plan) change(tables *[]planned) string {
	i := p.r.IntN(len(*tables))
	t := &(*tables)[i]
	name, col := "{"+t.name+"}", t.columns[p.r.IntN(len(t.columns))]
	other := t.columns[1+p.r.IntN(len(t.columns)-1)]
	switch p.r.IntN(13) {
	case 0:
		c := p.name("c")
		t.columns = append(t.columns, c)
		return "ALTER TABLE " + name + " ADD COLUMN " + c + []string{"", " DEFAULT 7", " DEFAULT 'it''s' NOT NULL", " TEXT DEFAULT NULL"}[p.r.IntN(4)] + ";"
	case 1:
		if len(t.columns) < 3 {
			return ""
		}
		t.columns = slices.DeleteFunc(t.columns, func(c string) bool { return c == other })
		return "ALTER TABLE " + name + " DROP COLUMN " + other + ";"
	case 2:
		c := p.name("r")
		t.columns[slices.Index(t.columns, col)] = c
		return "ALTER TABLE " + name + " RENAME COLUMN " + col + " TO " + c + ";"
	case 3:
		t.name = p.name("t")
		return "ALTER TABLE " + name + " RENAME TO {" + t.name + "};"
	case 4, 5:
		return p.rebuild(t)
	case 6:
		return "UPDATE " + name + " SET " + other + " = ifnull(" + other + ", '') || 'm';"
	case 7:
		return fmt.Sprintf("UPDATE OR IGNORE %s SET %s = NULL WHERE %s > 'k%d';", name, other, t.columns[0], p.r.IntN(8))
	case 8:
		return fmt.Sprintf("DELETE FROM %s WHERE %s = 'k%d';", name, t.columns[0], p.r.IntN(8))
	case 9:
		return fmt.Sprintf("INSERT OR %s INTO %s (%s, %s) VALUES ('k%d', 'seed');", []string{"IGNORE", "REPLACE"}[p.r.IntN(2)], name, t.columns[0], other, p.r.IntN(8))
	case 10:
		return fmt.Sprintf("UPDATE OR IGNORE %s SET %s = 'k%d' WHERE %[2]s = 'k%d';", name, t.columns[0], p.r.IntN(8), p.r.IntN(8))
	case 11:
		*tables = append(*tables, planned{p.name("t"), []string{p.name("k"), p.name("c")}, p.r.IntN(2) == 0})
		t := &(*tables)[len(*tables)-1]
		return t.define("{"+t.name+"}") + "INSERT INTO {" + t.name + "} VALUES ('k1', 'seed'), ('k5', 1);"
	default:
		if len(*tables) < 2 {
			return ""
		}
		*tables = slices.Delete(*tables, i, i+1)
		return "DROP TABLE " + name + ";"
	}
}

// rebuild is one of the ways to make a table anew: with a column more or less,
// in another order.
func (p *plan) rebuild(t *planned) string {
	was := t.clone()
	if len(t.columns) > 2 && p.r.IntN(2) == 0 {
		t.columns = slices.Delete(t.columns, 1, 2)
	}
	kept := strings.Join(t.columns, ", ")
	extra := ""
	if p.r.IntN(2) == 0 {
		c := p.name("x")
		t.columns = append(t.columns, c)
		extra = []string{", 'made'", ", NULL", ", length(" + t.columns[0] + ")"}[p.r.IntN(3)]
	}
	rest := t.columns[1:]
	p.r.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	insert := func(into, from string) string {
		cols := kept
		if extra != "" {
			cols += ", " + t.columns[slices.IndexFunc(t.columns, func(c string) bool { return !slices.Contains(was.columns, c) })]
		}
		order := []string{"", " ORDER BY 1 DESC", " WHERE " + was.columns[0] + " <> 'k3'"}[p.r.IntN(3)]
		return "INSERT INTO " + into + " (" + cols + ") SELECT " + kept + extra + " FROM " + from + order + ";"
	}
	name, fresh := "{"+t.name+"}", "{__new_"+t.name+"}"
	if p.r.IntN(3) == 0 {
		old := "{" + p.name("old") + "}"
		return "ALTER TABLE " + name + " RENAME TO " + old + ";" + t.define(name) + insert(name, old) + "DROP TABLE " + old + ";"
	}
	return "PRAGMA foreign_keys=OFF;" + t.define(fresh) + insert(fresh, name) + "DROP TABLE " + name + ";ALTER TABLE " + fresh + " RENAME TO " + name + ";PRAGMA foreign_keys=ON;"
}

// edit is something an app does at a version.
func (p *plan) edit(version int, device int) string {
	t := p.after[version][p.r.IntN(len(p.after[version]))]
	name, other, key := "{"+t.name+"}", t.columns[1+p.r.IntN(len(t.columns)-1)], fmt.Sprintf("'k%d'", p.r.IntN(8))
	value := fmt.Sprintf("'d%d-%d'", device, p.r.IntN(1000))
	switch p.r.IntN(6) {
	case 0:
		return "DELETE FROM " + name + " WHERE " + t.columns[0] + " = " + key
	case 1, 2:
		return "UPDATE " + name + " SET " + other + " = " + value + " WHERE " + t.columns[0] + " = " + key
	case 3:
		return "INSERT OR IGNORE INTO " + name + " (" + t.columns[0] + ") VALUES (" + key + ")"
	default:
		return "INSERT OR REPLACE INTO " + name + " (" + t.columns[0] + ", " + other + ") VALUES (" + key + ", " + value + ")"
	}
}

func TestRandomMigrationsConverge(t *testing.T) {
	runs := 12
	if os.Getenv("ALCOVE_FULL") != "" {
		runs = 600
	}
	first := uint64(0)
	if s := os.Getenv("ALCOVE_SEED"); s != "" {
		fmt.Sscan(s, &first)
		runs = 1
	}
	for i := range runs {
		seed := first + uint64(i)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			p := newPlan(r, 3+r.IntN(5))
			list := devices(t, 2+r.IntN(2), p.texts[0])
			version := make([]int, len(list))
			advance := func(i int) {
				if version[i]+1 < len(p.texts) {
					version[i]++
					list[i].migrate(p.texts[version[i]])
				}
			}
			log := func(format string, args ...any) {
				if os.Getenv("ALCOVE_SEED") != "" {
					t.Logf(format, args...)
				}
			}
			for n, text := range p.texts {
				log("migration %d: %s", n+1, text)
			}
			for range 10 + r.IntN(40) {
				i := r.IntN(len(list))
				switch r.IntN(8) {
				case 0:
					advance(i)
					log("%d is at %d", i, version[i]+1)
				case 1:
					log("%d meets the next", i)
					gather(list[i], list[(i+1)%len(list)])
				case 2:
					list[i].restart()
				default:
					text := p.edit(version[i], i)
					log("%d: %s", i, text)
					list[i].do(text)
				}
			}
			for i := range list {
				for version[i]+1 < len(p.texts) {
					advance(i)
					if r.IntN(3) == 0 {
						gather(list...)
					}
				}
			}
			gather(list...)
			agree(t, list...)
		})
	}
}
