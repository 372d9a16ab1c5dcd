package permission

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// How long uses wait to be written, and how many grants may wait.
const (
	usesDelay = 5 * time.Second
	maxWaits  = 10_000
)

// Uses counts what grants are used and refused for in the background, so that
// no call waits for the disk. It is safe for use by several goroutines. What is
// counted between two writes is lost when the process dies.
type Uses struct {
	update func(context.Context, func(*sql.Tx) error) error
	log    *slog.Logger

	mu     sync.Mutex
	counts map[useKey]count
	timer  *time.Timer // nil unless a write is due
	closed bool

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	writes sync.WaitGroup
}

type useKey struct {
	extension int64
	key       Key
}

type count struct{ used, denied, last int64 }

// NewUses returns an empty count. Update runs a transaction. Close ends it.
func NewUses(update func(context.Context, func(*sql.Tx) error) error, log *slog.Logger) *Uses {
	ctx, cancel := context.WithCancel(context.Background())
	return &Uses{update: update, log: log, counts: map[useKey]count{}, ctx: ctx, cancel: cancel}
}

// Note counts one call that a stored grant allowed or denied. At is in Unix
// milliseconds. It never waits.
func (u *Uses) Note(extension int64, key Key, verdict Verdict, at int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	k := useKey{extension, key}
	c, known := u.counts[k]
	if u.closed || !known && len(u.counts) >= maxWaits {
		return
	}
	if verdict == Allowed {
		c.used, c.last = c.used+1, max(c.last, at)
	} else {
		c.denied++
	}
	u.counts[k] = c
	if u.timer == nil {
		u.writes.Add(1)
		u.timer = time.AfterFunc(usesDelay, u.write)
	}
}

func (u *Uses) write() {
	defer u.writes.Done()
	u.mu.Lock()
	u.timer = nil
	u.mu.Unlock()
	if err := u.Flush(u.ctx); err != nil && u.ctx.Err() == nil {
		u.log.Warn("the uses of grants could not be written", "error", err)
	}
}

// Flush writes what was counted until now. What cannot be written is counted
// on.
func (u *Uses) Flush(ctx context.Context) error {
	u.mu.Lock()
	counts := u.counts
	u.counts = make(map[useKey]count, len(counts))
	u.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	err := u.update(ctx, func(tx *sql.Tx) error {
		for k, c := range counts {
			if _, err := tx.ExecContext(ctx,
				`UPDATE alcove_grant SET used = used + ?, denied = denied + ?, last_used = max(last_used, ?)
				 WHERE extension = ? AND resource = ? AND action = ? AND target = ?`,
				c.used, c.denied, c.last, k.extension, k.key.Resource, k.key.Action, k.key.Target); err != nil {
				return fmt.Errorf("count uses: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		u.mu.Lock()
		for k, c := range counts {
			now := u.counts[k]
			u.counts[k] = count{now.used + c.used, now.denied + c.denied, max(now.last, c.last)}
		}
		u.mu.Unlock()
	}
	return err
}

// Close ends the counting and writes what is left.
func (u *Uses) Close(ctx context.Context) error {
	u.mu.Lock()
	u.closed = true
	if u.timer != nil && u.timer.Stop() {
		u.writes.Done()
	}
	u.mu.Unlock()
	u.cancel()
	u.writes.Wait()
	return u.Flush(ctx)
}
