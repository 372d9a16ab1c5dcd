package store

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

const (
	counting  = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
	countSome = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) "
)

const longValues = "WITH v (x, y) AS MATERIALIZED (SELECT printf('%%.*c', 3900000, '1'), printf('%%.*c', 3900000, '1')) SELECT %s FROM v"

// many is the sum of 4096 times the expression, of little depth.
func many(expression string) string {
	sum := expression
	for range 12 {
		sum = "(" + sum + "+" + sum + ")"
	}
	return sum
}

// runaways would go on for minutes, or for ever.
var runaways = map[string]string{
	"recursion":      counting + "SELECT count(*) FROM n",
	"union":          "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT (i * 7919 + 1) % 100000007 FROM n) SELECT count(*) FROM n",
	"cross join":     countSome + "SELECT count(*) FROM n AS a, n AS b",
	"sort":           counting + "SELECT i FROM n ORDER BY i % 1000, i",
	"distinct":       counting + "SELECT count(DISTINCT i) FROM n",
	"aggregate":      counting + "SELECT group_concat(i % 10, '') FROM n WHERE i % 100000 = 0",
	"json aggregate": counting + "SELECT json_group_array(1) FROM n WHERE i % 100000 = 0",
	"window":         counting + "SELECT sum(i) OVER (ORDER BY i ROWS BETWEEN 1000 PRECEDING AND CURRENT ROW) FROM n",
	"not in":         counting + "SELECT 1 WHERE 0 IN (SELECT i FROM n)",
	"LIKE":           "SELECT printf('%.*c', 8000000, 'a') LIKE '%" + strings.Repeat("a", 200) + "b'",
	"LIKE with _":    "SELECT printf('%.*c', 8000000, 'a') LIKE '%" + strings.Repeat("_a", 100) + "b'",
	"GLOB":           "SELECT printf('%.*c', 8000000, 'a') GLOB '*" + strings.Repeat("[a-z]", 40) + "b'",
	"random blobs":   counting + "SELECT count(randomblob(8000000)) FROM n",
	"zero blobs":     counting + "SELECT count(hex(zeroblob(4000000))) FROM n",
	"json":           counting + "SELECT count(json_extract('[' || replace(printf('%.*c', 400000, 'a'), 'a', '1,') || '1]', '$[399999]')) FROM n",
	"dates":          counting + "SELECT count(strftime('%Y %j', i, '+1 month')) FROM n",
	"lengths":        fmt.Sprintf(longValues, many("length(x)")),
	"comparisons":    fmt.Sprintf(longValues, many("(x < y)")),
	"sums":           fmt.Sprintf(longValues, many("x")),
	"joined":         fmt.Sprintf(longValues, many("length(x || y)")),
	"text":           counting + "SELECT count(upper(printf('%.*c', 8000000, 'a')) < printf('%.*c', 8000000, 'b')) FROM n",
}

// TestRunawayQueriesEndAtTheirDeadline allows them far more than the 100 ms
// that they take on an idle machine: what it finds is what does not end at all.
func TestRunawayQueriesEndAtTheirDeadline(t *testing.T) {
	s, _ := twoExtensions(t)
	l := DefaultLimits()
	l.Time = 100 * time.Millisecond
	c := s.Confine(Rights{Own: notesPrefix}, l)
	defer c.Close()
	for name, text := range runaways {
		began := time.Now()
		_, err := c.Query(t.Context(), Statement{SQL: text})
		took := time.Since(began)
		if fault.Code(err) != "quota.time" {
			t.Errorf("%s: %v", name, err)
		}
		if took > long {
			t.Errorf("%s: took %v", name, took)
		}
		t.Logf("%-15s ended %v after its deadline", name, (took - l.Time).Round(time.Millisecond))
		if rows, err := c.Query(t.Context(), Statement{SQL: "SELECT 1"}); err != nil || rows.Rows[0][0] != int64(1) {
			t.Errorf("after %s: %v", name, err)
		}
		if _, err := c.Execute(t.Context(), Statement{SQL: expand("INSERT INTO {tags} (tag) " + text)}); fault.Code(err) != "quota.time" {
			t.Errorf("%s, writing: %v", name, err)
		}
		if out, err := c.Execute(t.Context(), Statement{SQL: expand("SELECT count(*) FROM {tags}")}); err != nil || out.Rows[0][0] != int64(0) {
			t.Errorf("after writing %s: %v %v", name, out.Rows, err)
		}
	}
}

// TestReadersAndAWriterLeaveTheLogBounded: four readers that leave no gap. With
// ALCOVE_FULL=1 it takes a minute.
func TestReadersAndAWriterLeaveTheLogBounded(t *testing.T) {
	period := 3 * time.Second
	if os.Getenv("ALCOVE_FULL") == "1" {
		period = time.Minute
	}
	s, c := twoExtensions(t)
	other := s.Confine(Rights{Own: otherPrefix}, DefaultLimits())
	defer other.Close()
	execute(t, c, "INSERT INTO {tags} (tag) "+countSome+"SELECT hex(randomblob(50)) FROM n LIMIT 20000")
	var stop atomic.Bool
	var done sync.WaitGroup
	var reads, writes atomic.Int64
	for i := range 4 {
		done.Go(func() {
			for !stop.Load() {
				reader, text := c, "SELECT count(*), max(tag) FROM {tags}"
				if i%2 == 1 {
					reader, text = other, "SELECT count(*) FROM {{secrets}}, json_each('["+strings.Repeat("1,", 5000)+"1]')"
				}
				if _, err := reader.Query(t.Context(), Statement{SQL: expand(text)}); err != nil {
					t.Error(err)
					return
				}
				reads.Add(1)
			}
		})
	}
	var largest int64
	log := filepath.Join(dirOf(s), FileName+"-wal")
	enough := func() bool { return reads.Load() >= 10 && writes.Load() >= 10 }
	for end := time.Now().Add(period); (time.Now().Before(end) || !enough()) && !t.Failed(); {
		execute(t, c, "UPDATE {tags} SET tag = hex(randomblob(50)) WHERE rowid % 20 = abs(random() % 20)")
		writes.Add(1)
		if info, err := os.Stat(log); err == nil {
			largest = max(largest, info.Size())
		}
	}
	stop.Store(true)
	done.Wait()
	t.Logf("%d reads beside %d writes, the log had at most %d MB", reads.Load(), writes.Load(), largest>>20)
	if most := int64(4*longLog) * pageBytes; largest > most {
		t.Errorf("the log had %d MB", largest>>20)
	}
}

// TestAQueryThatKeepsAHugeLogIsEnded, and the host's own readers are not.
func TestAQueryThatKeepsAHugeLogIsEnded(t *testing.T) {
	s, c := twoExtensions(t)
	s.hugeLog = 300
	result := make(chan error, 1)
	go func() {
		_, err := c.Query(t.Context(), Statement{SQL: endless})
		result <- err
	}()
	until(t, func() bool { return len(c.readers.free) < confinedReaders })
	err := s.View(t.Context(), func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRow("SELECT count(*) FROM alcove_setting").Scan(&n); err != nil {
			return err
		}
		for i := 0; ; i++ {
			run(t, s, "INSERT INTO alcove_setting VALUES (?, zeroblob(100000))", fmt.Sprint("large ", i))
			select {
			case err := <-result:
				if fault.Code(err) != "db.busy" {
					t.Errorf("the query: %v", err)
				}
				return tx.QueryRow("SELECT count(*) FROM alcove_setting").Scan(&n)
			default:
			}
		}
	})
	if err != nil {
		t.Errorf("the host's reader: %v", err)
	}
}

// TestCompilingEndsAtTheDeadline: what SQLite rewrites again and again before it
// runs, without looking whether it was interrupted.
func TestCompilingEndsAtTheDeadline(t *testing.T) {
	s, _ := twoExtensions(t)
	l := DefaultLimits()
	l.Time = 100 * time.Millisecond
	c := s.Confine(Rights{Own: notesPrefix}, l)
	defer c.Close()
	var windows strings.Builder
	for i := range 450 {
		fmt.Fprintf(&windows, ", sum(i + %d) OVER (ORDER BY i + %d)", i, i)
	}
	if _, err := c.Query(t.Context(), Statement{SQL: "WITH n (i) AS (SELECT 1) SELECT 1" + windows.String() + " FROM n"}); fault.Code(err) != "quota.time" {
		t.Error(err)
	}
}
