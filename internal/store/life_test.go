package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/fault"
)

const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

func TestSecondOpenerIsRefused(t *testing.T) {
	s := create(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dirOf(s), link); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dirOf(s), link} {
		if _, err := Open(t.Context(), dir, testKeys{name: "ada"}); fault.Code(err) != "vault.open_elsewhere" {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), link, testKeys{name: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestCreateNeverReplacesAVault(t *testing.T) {
	s := create(t)
	run(t, s, "INSERT INTO alcove_setting VALUES ('a', 'b')")
	if _, err := Create(t.Context(), dirOf(s), testKeys{name: "ada"}); !errors.Is(err, os.ErrExist) {
		t.Errorf("error %v", err)
	}
}

func TestFolderWithoutADatabase(t *testing.T) {
	if _, err := Open(t.Context(), t.TempDir(), testKeys{name: "ada"}); fault.Code(err) != "vault.missing" {
		t.Errorf("error %v", err)
	}
}

func TestNewerSchemaIsRefusedAndUntouched(t *testing.T) {
	for name, change := range map[string]string{
		"vault.newer_schema":   "INSERT INTO alcove_schema VALUES (999, 'future', x'00', 0)",
		"vault.unknown_schema": "UPDATE alcove_schema SET sha256 = x'00' WHERE version = 1",
	} {
		s := create(t)
		run(t, s, change)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(filepath.Join(dirOf(s), FileName))
		if _, err := Open(t.Context(), dirOf(s), testKeys{name: "ada"}); fault.Code(err) != name {
			t.Errorf("%s: %v", name, err)
		}
		if after, _ := os.ReadFile(filepath.Join(dirOf(s), FileName)); string(after) != string(before) {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func TestFailedSchemaStepLeavesNothing(t *testing.T) {
	s := create(t)
	files := fstest.MapFS{}
	names, err := fs.Glob(schemaFiles, "schema/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := schemaFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = &fstest.MapFile{Data: data}
	}
	bad := fmt.Sprintf("%04d_bad.sql", len(names)+1)
	gap := fmt.Sprintf("%04d_gap.sql", len(names)+3)
	before := dump(t, s)
	files[bad] = &fstest.MapFile{Data: []byte("CREATE TABLE alcove_new (x); INSERT INTO alcove_new VALUES (1, 2);")}
	if err := s.applySteps(t.Context(), files); err == nil || !strings.Contains(err.Error(), "_bad") {
		t.Errorf("error %v", err)
	}
	if after := dump(t, s); after != before {
		t.Errorf("something was left:\n%s", after)
	}
	files[bad] = &fstest.MapFile{Data: []byte("CREATE TABLE alcove_new (x);")}
	if err := s.applySteps(t.Context(), files); err != nil {
		t.Error(err)
	}
	files[gap] = &fstest.MapFile{Data: []byte("SELECT 1")}
	if err := s.applySteps(t.Context(), files); err == nil {
		t.Error("a gap in the numbers passed")
	}
}

func TestLongReaderBlocksNobody(t *testing.T) {
	s, c := twoExtensions(t)
	execute(t, c, "INSERT INTO {notes} (title) VALUES ('a')")
	reading, finish := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Add(2)
	go func() { // the host reads for long
		defer done.Done()
		err := s.View(t.Context(), func(tx *sql.Tx) error {
			count := func() (n int) {
				if err := tx.QueryRow("SELECT count(*) FROM " + own("{notes}")).Scan(&n); err != nil {
					t.Error(err)
				}
				return n
			}
			before := count()
			close(reading)
			<-finish
			if after := count(); after != before {
				t.Errorf("the reader saw %d rows, then %d", before, after)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { // and so does the extension
		defer done.Done()
		if _, err := c.Query(ctx, Statement{SQL: endless}); !errors.Is(err, context.Canceled) {
			t.Errorf("endless query: %v", err)
		}
	}()
	<-reading
	for range 50 {
		execute(t, c, "INSERT INTO {notes} (title) VALUES ('b' || ifnull((SELECT max(id) FROM {notes}), 0))")
	}
	if n := query(t, c, "SELECT count(*) FROM {notes}").Rows[0][0]; n != int64(51) {
		t.Errorf("%v rows", n)
	}
	close(finish)
	cancel()
	done.Wait()
}

func TestLogIsEmptiedInTheGaps(t *testing.T) {
	s := create(t)
	run(t, s, "INSERT INTO alcove_setting VALUES ('a', zeroblob(100000))")
	log := filepath.Join(dirOf(s), FileName+"-wal")
	until(t, func() bool {
		info, err := os.Stat(log)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size() == 0
	})
}

func TestCloseEndsWhatRuns(t *testing.T) {
	s, c := twoExtensions(t)
	errs := make(chan error, 3)
	started := make(chan struct{}, 3)
	go func() {
		started <- struct{}{}
		_, err := c.Query(context.Background(), Statement{SQL: endless})
		errs <- err
	}()
	go func() {
		started <- struct{}{}
		errs <- s.View(context.Background(), func(tx *sql.Tx) error {
			var n int
			return tx.QueryRow(endless).Scan(&n)
		})
	}()
	go func() {
		errs <- s.Update(context.Background(), func(tx *sql.Tx) error {
			if _, err := tx.Exec("INSERT INTO alcove_setting VALUES ('x', 'y')"); err != nil {
				return err
			}
			started <- struct{}{}
			var n int
			return tx.QueryRow(endless).Scan(&n)
		})
	}()
	for range 3 {
		<-started
	}
	start := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if d := time.Since(start); d > long {
		t.Errorf("closing took %v", d)
	}
	for range 3 {
		if err := <-errs; fault.Code(err) != "vault.locked" {
			t.Errorf("what was running: %v", err)
		}
	}
	if _, err := c.Query(context.Background(), Statement{SQL: "SELECT 1"}); fault.Code(err) != "vault.locked" {
		t.Errorf("afterwards: %v", err)
	}
	c.Close()
	if _, err := reopen(t, dirOf(s)); err != nil {
		t.Error(err)
	}
}

// TestCloseWaitsAsLongAsItsContext for what runs, and says what that was.
func TestCloseWaitsAsLongAsItsContext(t *testing.T) {
	for name, c := range map[string]struct {
		run  func(s *Store, began, release chan struct{}) error
		what string
	}{
		"a write": {func(s *Store, began, release chan struct{}) error {
			return s.Update(context.Background(), func(tx *sql.Tx) error {
				close(began)
				<-release
				return nil
			})
		}, "a write of Alcove's"},
		"a write of an app": {func(s *Store, began, release chan struct{}) error {
			return s.writeAs(context.Background(), notesPrefix, 0, func(*conn) error {
				close(began)
				<-release
				return nil
			})
		}, "a write of an app"},
		"a read": {func(s *Store, began, release chan struct{}) error {
			return s.View(context.Background(), func(*sql.Tx) error {
				close(began)
				<-release
				return nil
			})
		}, "a read"},
	} {
		for _, ends := range []string{"what runs", "the context"} {
			t.Run(name+" until "+ends+" ends", func(t *testing.T) {
				s := create(t)
				patience := make(chan time.Time)
				s.patience = func() <-chan time.Time { return patience }
				began, release, ended, closed := make(chan struct{}), make(chan struct{}), make(chan error, 1), make(chan error, 1)
				go func() { ended <- c.run(s, began, release) }()
				<-began
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go func() { closed <- s.CloseWithin(ctx) }()
				patience <- time.Now() // the half second that there is in any case
				patience <- time.Now() // and it is still waiting
				if ends == "what runs" {
					close(release)
					if err := <-closed; err != nil {
						t.Errorf("closed with %v", err)
					}
					<-ended
					return
				}
				cancel()
				var unfinished *Unfinished
				if err := <-closed; !errors.As(err, &unfinished) || unfinished.What != c.what {
					t.Errorf("given up with %v", err)
				}
				close(release)
				<-ended
				until(t, func() bool {
					s.conns.mu.Lock()
					defer s.conns.mu.Unlock()
					return len(s.conns.all) == 0
				})
			})
		}
	}
}

func TestCloseDoesNotWaitForATransactionThatHangs(t *testing.T) {
	s := create(t)
	hanging, release, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		ended <- s.Update(context.Background(), func(tx *sql.Tx) error {
			_, err := tx.Exec("INSERT INTO alcove_setting VALUES ('x', 'y')")
			close(hanging)
			<-release
			return err
		})
	}()
	<-hanging
	if err := s.ViewTx(t.Context(), func(tx *Tx) error { return tx.Exec("SELECT * FROM alcove_setting") }); err != nil {
		t.Fatal(err)
	}
	open := func() int {
		s.conns.mu.Lock()
		defer s.conns.mu.Unlock()
		return len(s.conns.all)
	}
	start := time.Now()
	if err := s.Close(); err == nil {
		t.Error("no word of the transaction that did not end")
	}
	if d := time.Since(start); d > long {
		t.Errorf("closing took %v", d)
	}
	if n := open(); n != 1 {
		t.Errorf("%d connections are open", n)
	}
	close(release)
	if err := <-ended; err == nil {
		t.Error("a transaction was committed without keys")
	}
	until(t, func() bool { return open() == 0 })
	again, err := Open(t.Context(), dirOf(s), testKeys{name: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	var n int
	if err := again.View(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow("SELECT count(*) FROM alcove_setting").Scan(&n) }); err != nil || n != 0 {
		t.Errorf("%d rows, %v", n, err)
	}
	if err := again.Check(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestCancelledTransactionLeavesTheStoreInOrder(t *testing.T) {
	s := create(t)
	for _, use := range []func(context.Context, func(*sql.Tx) error) error{s.Update, s.View} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		err := use(ctx, func(tx *sql.Tx) error {
			var n int
			return tx.QueryRowContext(ctx, endless).Scan(&n)
		})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	}
	err := s.Update(t.Context(), func(tx *sql.Tx) error {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		if _, err := tx.Exec("INSERT INTO alcove_setting VALUES ('a', 'b')"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO alcove_setting WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, i FROM n")
		if err == nil {
			t.Error("an endless insert ended well")
		}
		return nil // SQLite has rolled back; committing the rest must not work
	})
	if err == nil {
		t.Error("half a transaction was committed")
	}
	run(t, s, "INSERT INTO alcove_setting VALUES ('c', 'd')")
	var keys string
	if err := s.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT group_concat(key) FROM alcove_setting").Scan(&keys)
	}); err != nil || keys != "c" {
		t.Errorf("keys %q, %v", keys, err)
	}
}

func TestPanicInATransactionUndoesIt(t *testing.T) {
	s := create(t)
	func() {
		defer func() { _ = recover() }()
		_ = s.Update(t.Context(), func(tx *sql.Tx) error {
			if _, err := tx.Exec("INSERT INTO alcove_setting VALUES ('a', 'b')"); err != nil {
				t.Error(err)
			}
			panic("on purpose")
		})
	}()
	run(t, s, "INSERT INTO alcove_setting VALUES ('a', 'c')") // which the first would make fail
}

func TestClosingAnAppEndsItsCalls(t *testing.T) {
	_, c := twoExtensions(t)
	result := make(chan error)
	go func() {
		_, err := c.Query(context.Background(), Statement{SQL: endless})
		result <- err
	}()
	until(t, func() bool { return len(c.readers.free) < confinedReaders })
	c.Close()
	if err := <-result; fault.Code(err) != "session.ended" {
		t.Errorf("error %v", err)
	}
	if _, err := c.Query(t.Context(), Statement{SQL: "SELECT 1"}); fault.Code(err) != "session.ended" {
		t.Errorf("afterwards: %v", err)
	}
}

func TestClosedStoreLeavesNoGoroutine(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s, err := Create(t.Context(), t.TempDir(), testKeys{name: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	c := s.Confine(Rights{Own: notesPrefix}, DefaultLimits())
	query(t, c, "SELECT 1")
	c.Close()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestCheckTellsProgressAndCanBeCancelled(t *testing.T) {
	s := create(t)
	if err := prepareWorkload(s); err != nil {
		t.Fatal(err)
	}
	run(t, s, "INSERT INTO noise SELECT value, randomblob(3000) FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 3000) SELECT value FROM n)")
	var last, calls, whole int64
	err := s.Check(t.Context(), func(done, total int64) {
		if done < last || done > total {
			t.Errorf("progress went from %d to %d of %d", last, done, total)
		}
		last, whole = done, total
		calls++
	})
	if err != nil || last != whole || calls < 10 {
		t.Errorf("%d calls, %d of %d, %v", calls, last, whole, err)
	}
	for _, at := range []int64{1, calls / 2, calls - 2} {
		ctx, cancel := context.WithCancel(t.Context())
		n := int64(0)
		err := s.Check(ctx, func(int64, int64) {
			if n++; n == at {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at call %d: %v", at, err)
		}
		cancel()
	}
}
