package store

import (
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// checkpointPages is how long the log grows before a commit moves what it can
// into the database: 4 MB.
const checkpointPages = 1000

// quiet is how long nothing is written before the log is emptied.
const quiet = 300 * time.Millisecond

// busyPatience is how long a connection waits for a lock of another one.
const busyPatience = 5 * time.Second

// checkpoint moves the log into the database and empties it, unless a reader
// still needs it. The caller has the turn.
func (s *Store) checkpoint() error { return s.checkpointWithin(0) }

// checkpointWithin waits for readers, but no longer than patience. New ones do
// not need the log once all of it is in the database.
func (s *Store) checkpointWithin(patience time.Duration) error {
	return s.writer.raw(func(h handle) error {
		sqlite3.Xsqlite3_busy_timeout(h.tls, h.db, int32(patience.Milliseconds()))
		defer sqlite3.Xsqlite3_busy_timeout(h.tls, h.db, int32(busyPatience.Milliseconds()))
		rc := sqlite3.Xsqlite3_wal_checkpoint_v2(h.tls, h.db, 0, sqlite3.SQLITE_CHECKPOINT_TRUNCATE, 0, 0)
		switch rc & 0xff {
		case sqlite3.SQLITE_OK, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return nil // if a reader is in the way, the next gap comes
		}
		if s.volume.Retired() {
			return nil // the log stays, and is read
		}
		return h.failure(rc)
	})
}

// The log is begun anew only when nobody reads it, which does not happen by
// itself where readers follow each other without a gap. Beyond longLog frames
// who writes waits for them, the longer the longer the log is; beyond
// hugeLog queries of extensions that are older than oldQuery are ended.
const (
	longLog     = 4 * checkpointPages  // 16 MB
	hugeLog     = 64 * checkpointPages // 256 MB
	logPatience = 25 * time.Millisecond
	oldQuery    = time.Second
)

// relieve empties a log that has become long. The caller has the turn.
func (s *Store) relieve() {
	frames := s.volume.LogFrames()
	if frames <= longLog || s.closing.Load() {
		return
	}
	// An error is not told here: the next write meets it again.
	_ = s.checkpointWithin(min(time.Duration(frames/longLog)*logPatience, oldQuery))
}

// logTooLong reports whether a query that began then has to end for the log.
func (s *Store) logTooLong(began time.Time) bool {
	return s.volume.LogFrames() > s.hugeLog && time.Since(began) > oldQuery
}

// tidy empties the log in the gaps between writes, so that it stays small even
// if a long reader once kept it from being reused. It ends when stop closes.
func (s *Store) tidy() {
	defer s.done.Done()
	gap := time.NewTimer(0)
	<-gap.C
	for {
		select {
		case <-s.stop:
			gap.Stop()
			return
		case <-s.wrote:
			gap.Reset(quiet)
		case <-gap.C:
			if !s.checkpointInGap() {
				gap.Reset(quiet)
			}
		}
	}
}

// checkpointInGap empties the log if nobody writes now, and reports whether it
// is empty.
func (s *Store) checkpointInGap() bool {
	if !s.turns.tryTake() {
		return true // the writer will say when it is done
	}
	defer s.turns.give(host)
	s.emptying.Store(true)
	defer s.emptying.Store(false)
	// An error is not told here: the next write meets it again.
	return s.checkpoint() != nil || s.volume.LogFrames() == 0
}
