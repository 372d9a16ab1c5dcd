package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// sealStep is how far ahead the count of seals is written: 64 MB of pages. A
// process that dies loses up to so many from the key's budget, not from the
// count. Only a single transaction that seals more than this, in a process
// that dies in it, is not counted in full; that is what the half of the budget
// behind sealvfs.SealLimit is for.
const sealStep = 1 << 14

// counted is what the database says of the active key. The turn guards it.
type counted struct {
	key   uint32
	ahead int64 // number in the table: no fewer seals were made
}

// loadSeals tells the volume how many seals the active key has made before.
func (s *Store) loadSeals(ctx context.Context) error {
	id, _ := s.volume.ActiveKey()
	err := s.writer.sql.QueryRowContext(ctx, "SELECT seals FROM alcove_seal WHERE key_id = ?", id).Scan(&s.counted.ahead)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	s.counted.key = id
	s.volume.AddSeals(id, s.counted.ahead)
	return nil
}

// noteSeals writes the count ahead, as part of a transaction that writes
// anyway, once three quarters of the last step are used up.
func (s *Store) noteSeals(h handle) error {
	if h.autocommit() {
		return errors.New("the transaction has ended already") // an error inside it was ignored
	}
	id, made := s.volume.ActiveKey()
	if id == s.counted.key && made+sealStep/4 <= s.counted.ahead {
		return nil
	}
	return s.putSeals(h, id, made+sealStep)
}

// saveSeals writes the exact count at closing. The few seals this write and
// the last checkpoint make are added in advance.
func (s *Store) saveSeals() error {
	id, made := s.volume.ActiveKey()
	if s.volume.Retired() || id == s.counted.key && made == s.counted.ahead {
		return nil // nothing may be written, or nothing was
	}
	return s.writer.raw(func(h handle) error {
		return s.putSeals(h, id, made+2*int64(s.volume.LogFrames())+64)
	})
}

func (s *Store) putSeals(h handle, id uint32, seals int64) error {
	err := h.exec(fmt.Sprintf("INSERT INTO alcove_seal (key_id, seals) VALUES (%d, %d) "+
		"ON CONFLICT (key_id) DO UPDATE SET seals = excluded.seals", id, seals))
	if err == nil {
		s.counted = counted{id, seals}
	}
	return err
}
