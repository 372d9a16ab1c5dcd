package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

// TestTurnsAreFair: who waits gets the turn before those that come again and
// again, and the host before all.
func TestTurnsAreFair(t *testing.T) {
	q := &turns{stop: make(chan struct{})}
	if err := q.take(t.Context(), "greedy", 0); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []string
	var done sync.WaitGroup
	for i, who := range []string{"greedy", "greedy", "greedy", "a", "greedy", "b", "a", host, host} {
		done.Go(func() {
			if err := q.take(t.Context(), who, 0); err != nil {
				t.Error(err)
			}
			mu.Lock()
			order = append(order, who)
			mu.Unlock()
			q.give(who)
		})
		until(t, func() bool { return waitingIn(q) == i+1 })
	}
	q.give("greedy")
	done.Wait()
	if want := []string{host, host, "greedy", "a", "b", "greedy", "a", "greedy", "greedy"}; !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
	if q.taken || len(q.calls) != 0 {
		t.Errorf("left: %+v", q)
	}
}

func TestWhoStopsWaitingForTheTurnLosesNone(t *testing.T) {
	q := &turns{stop: make(chan struct{})}
	for round := range 200 {
		if err := q.take(t.Context(), host, 0); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		for who := range 3 {
			done.Go(func() {
				name := fmt.Sprint(who)
				if err := q.take(ctx, name, 0); err == nil {
					q.give(name)
				} else if !errors.Is(err, errWaiting) {
					t.Error(err)
				}
			})
		}
		until(t, func() bool { return waitingIn(q) == 3 })
		if round%2 == 0 { // both orders, and whatever lies between
			go cancel()
			q.give(host)
		} else {
			go q.give(host)
			cancel()
		}
		done.Wait()
		cancel()
		until(t, func() bool { q.mu.Lock(); defer q.mu.Unlock(); return !q.taken })
	}
}

func waitingIn(q *turns) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := len(q.host)
	for _, w := range q.ring {
		n += len(w.turns)
	}
	return n
}

// until waits for something that another goroutine is about to do.
func until(t testing.TB, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatal("it did not happen")
		}
		time.Sleep(100 * time.Microsecond)
	}
}

// TestAnAppThatWritesWithoutPauseHoldsNobodyUp: one that keeps its calls coming
// makes the host and another app wait for one of them.
func TestAnAppThatWritesWithoutPauseHoldsNobodyUp(t *testing.T) {
	s, greedy := twoExtensions(t)
	other := s.Confine(Rights{Own: otherPrefix}, DefaultLimits())
	defer other.Close()
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			for ctx.Err() == nil {
				_, err := greedy.Execute(ctx, Statement{SQL: expand("INSERT INTO {tags} (tag) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000) SELECT i FROM n")})
				if err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	until(t, func() bool { return waitingIn(&s.turns) >= 4 })
	count := func() int64 { return query(t, greedy, "SELECT count(*) FROM {tags}").Rows[0][0].(int64) / 2000 }
	for range 5 {
		before := count()
		if _, err := other.Execute(t.Context(), Statement{SQL: expand("INSERT INTO {{secrets}} (secret) VALUES ('x')")}); err != nil {
			t.Error(err)
		}
		if err := s.Update(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec("UPDATE alcove_setting SET value = value"); return err }); err != nil {
			t.Error(err)
		}
		if n := count() - before; n > 8 {
			t.Errorf("two writes waited for %d of the other app", n)
		}
	}
	stop()
	done.Wait()
}

func TestCallsThatWaitAreBounded(t *testing.T) {
	s, _ := twoExtensions(t)
	l := DefaultLimits()
	l.Waiting = 2
	c := s.Confine(Rights{Own: notesPrefix}, l)
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	if err := s.Update(t.Context(), func(*sql.Tx) error {
		for range 2 {
			done.Go(func() { _, _ = c.Execute(ctx, Statement{SQL: expand("DELETE FROM {notes}")}) })
		}
		until(t, func() bool { return waitingIn(&s.turns) == 2 })
		if _, err := c.Execute(t.Context(), Statement{SQL: expand("DELETE FROM {notes}")}); fault.Code(err) != "quota.waiting" {
			t.Errorf("a third call: %v", err)
		}
		if _, err := c.Migrate(t.Context(), nil, MigrateOptions{}); fault.Code(err) != "quota.waiting" {
			t.Errorf("a migration: %v", err)
		}
		if _, err := c.Query(t.Context(), Statement{SQL: expand("SELECT 1 FROM {notes}")}); err != nil {
			t.Errorf("reading: %v", err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	cancel()
	done.Wait()
	if _, err := c.Execute(t.Context(), Statement{SQL: expand("DELETE FROM {notes}")}); err != nil {
		t.Error(err)
	}
}

// TestAnAppsQueriesHoldNobodyUp: the host and another app read and write while
// all that one app may run at a time goes on for ever.
func TestAnAppsQueriesHoldNobodyUp(t *testing.T) {
	s, c := twoExtensions(t)
	other := s.Confine(Rights{Own: otherPrefix}, DefaultLimits())
	defer other.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	for range 2 * confinedReaders {
		done.Go(func() { _, _ = c.Query(ctx, Statement{SQL: endless}) })
	}
	until(t, func() bool { return len(c.readers.free) == 0 })
	for range 20 {
		run(t, s, "UPDATE alcove_setting SET value = value")
		query(t, other, "SELECT count(*) FROM {{secrets}}")
		if _, err := other.Execute(t.Context(), Statement{SQL: expand("INSERT INTO {{secrets}} (secret) VALUES ('x')")}); err != nil {
			t.Error(err)
		}
		execute(t, c, "INSERT INTO {tags} (tag) VALUES ('x')")
	}
	cancel()
	done.Wait()
}

func TestAMigrationOfARunningAppIsBoundedLikeACall(t *testing.T) {
	s, _ := twoExtensions(t)
	l := DefaultLimits()
	l.Time = 50 * time.Millisecond
	c := s.Confine(Rights{Own: notesPrefix, Extension: 1}, l)
	defer c.Close()
	_, err := c.Migrate(t.Context(), []Migration{migration("slow", "CREATE TABLE {t} (x); INSERT INTO {t} "+endless)}, MigrateOptions{})
	if fault.Code(err) != "quota.time" {
		t.Errorf("error %v", err)
	}
	if _, err := c.Query(t.Context(), Statement{SQL: expand("SELECT * FROM {t}")}); fault.Code(err) != "db.syntax" {
		t.Errorf("half of it was kept: %v", err)
	}
}
