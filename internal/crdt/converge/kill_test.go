package converge

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// childEnv is the folder of the vault that a child process works on until it is
// killed.
const childEnv = "ALCOVE_CONVERGE_CHILD"

// exiting is the reporter of a child process.
type exiting struct{}

func (exiting) Helper() {}
func (exiting) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	os.Exit(1)
}
func (e exiting) Fatalf(format string, args ...any) { e.Fatal(fmt.Sprintf(format, args...)) }

var killedSchema = &schemaDef{tables: []*tableDef{{
	name: "t0", rowid: true, key: []int{0}, columnKey: true,
	columns: []columnDef{{name: "k", decl: "TEXT", pool: "text", notNull: true}, {name: "c0", decl: "TEXT"}, {name: "c1", decl: "TEXT"}},
	uniques: []uniqueDef{{columns: []int{1}, collations: []sqlvalue.Collation{sqlvalue.Binary}, where: -1}},
}}}

// writeUntilKilled merges what lies in the folder inbox and commits changes of
// its own in turn, and says each commit once it is done.
func writeUntilKilled(dir string) {
	d := &device{t: exiting{}, name: "child", dir: dir, now: time.Now, schema: killedSchema}
	d.openStore()
	d.openEngine()
	inbox, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "inbox", "*"))
	d.must(err)
	rng := rand.New(rand.NewSource(time.Now().UnixNano()))
	last, err := strconv.Atoi(d.rows("SELECT coalesce(max(CAST(substr(k, 5) AS INTEGER)), -1) FROM {t0} WHERE k LIKE 'mine%'")[0])
	d.must(err)
	for n := last + 1; ; n++ {
		d.exec("INSERT INTO {t0} VALUES (?, ?, ?)", fmt.Sprintf("mine%06d", n), nil, "first")
		fmt.Println(n)
		switch rng.Intn(4) {
		case 0:
			d.exec("REPLACE INTO {t0} VALUES (?, ?, ?)", fmt.Sprintf("mine%06d", rng.Intn(n+1)), fmt.Sprint(rng.Intn(9)), "second")
		case 1:
			d.exec("UPDATE {t0} SET c1 = ? WHERE k LIKE '%' || ?", fmt.Sprint(n), int64(rng.Intn(10)))
		case 2:
			d.exec("DELETE FROM {t0} WHERE k LIKE 'theirs%' || ?", int64(rng.Intn(10)))
		}
		data, err := os.ReadFile(inbox[rng.Intn(len(inbox))])
		d.must(err)
		_, _ = d.engine.Apply(testContext, bytes.NewReader(data), crdt.ApplyOptions{}) // or a gap, or seen already
	}
}

func TestKilledDevicesConverge(t *testing.T) {
	kills := 8
	if long() {
		kills = 200
	}
	w := newWorld(t)
	defer w.close()
	w.now = time.Now()
	a, b := w.add(0, killedSchema), w.add(0, killedSchema)
	inbox := filepath.Join(w.root, "inbox")
	a.must(os.Mkdir(inbox, 0o700))
	// What the other device writes, in consecutive changesets.
	for i := range 60 {
		w.now = time.Now()
		for j := range 5 {
			w.local(b, []statement{{sql: "INSERT OR REPLACE INTO {t0} VALUES (?, ?, ?)", params: []any{fmt.Sprintf("theirs%02d", (i*7+j*3)%40), fmt.Sprint(rand.Intn(9)), fmt.Sprint(i)}}})
		}
		w.publish(b)
		last := w.log[b.self()][len(w.log[b.self()])-1]
		a.must(os.WriteFile(filepath.Join(inbox, fmt.Sprintf("%03d", i)), last.data, 0o600))
	}
	a.must(a.close())
	acknowledged := -1
	for range kills {
		acknowledged = runAndKill(t, a.dir, acknowledged)
		w.now = time.Now()
		a.openStore()
		a.openEngine()
		a.held = w.look(a)
		w.all.Merge(a.held.state)
		rows := a.held.state[a.held.tables["t0"].id]
		for n := range acknowledged + 1 {
			key := sqlvalue.AppendText(nil, fmt.Appendf(nil, "mine%06d", n))
			if _, ok := rows[string(key)]; !ok { // alive, hidden or dead
				t.Fatalf("commit %d of %d was acknowledged and is not there", n, acknowledged)
			}
		}
		a.must(a.close())
	}
	a.openStore()
	a.openEngine()
	w.meet()
	t.Logf("%d kills, %d commits", kills, acknowledged+1)
}

// runAndKill runs a child on the vault, kills it somewhere within its work, and
// returns the number of the last commit that it has acknowledged.
func runAndKill(t *testing.T, dir string, acknowledged int) int {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childEnv+"="+dir)
	var complaints strings.Builder
	child.Stderr = &complaints
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	text := bufio.NewScanner(out)
	left := 1 + rand.Intn(20)
	for text.Scan() {
		if acknowledged, err = strconv.Atoi(text.Text()); err != nil {
			t.Fatal(err)
		}
		if left--; left == 0 {
			time.AfterFunc(time.Duration(rand.Intn(2000))*time.Microsecond, func() { _ = child.Process.Kill() })
		}
	}
	_ = child.Wait() // it was killed
	if complaints.Len() > 0 {
		t.Fatal(complaints.String())
	}
	return acknowledged
}
