package store

import (
	"context"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
)

const countMany = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) "

// largeSorts need more than a sort keeps before it goes to a temporary file.
var largeSorts = map[string]string{
	"order":  countMany + "SELECT i FROM n ORDER BY i * 7919 % 1000003, hex(i)",
	"group":  countMany + "SELECT count(*) FROM (SELECT 1 FROM n GROUP BY hex(i * 7919 % 1000003))",
	"window": countMany + "SELECT max(r) FROM (SELECT rank() OVER (ORDER BY hex(i * 7919 % 1000003)) AS r FROM n)",
}

// TestSortsLeaveTheirBuffers holds the setting that bounds how long a step of a
// sort takes, and that a sort ends in the middle of its last step.
func TestSortsLeaveTheirBuffers(t *testing.T) {
	s, _ := twoExtensions(t)
	l := DefaultLimits()
	l.Time = time.Minute
	c := s.Confine(Rights{Own: notesPrefix}, l)
	defer c.Close()
	for name, text := range largeSorts {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := c.Query(ctx, Statement{SQL: text})
			ended <- err
		}()
		for s.volume.TempBytes() < 4*sortPiece {
			select {
			case err := <-ended:
				t.Fatalf("%s: no temporary file (%v)", name, err)
			case <-time.After(time.Millisecond):
			}
		}
		cancel()
		if err := <-ended; err == nil {
			t.Errorf("%s went on to its end", name)
		}
		if n := s.volume.TempBytes(); n != 0 {
			t.Errorf("%s left %d bytes", name, n)
		}
	}
}

// TestASortOfTooMuchIsRefused: what temporary files may hold is bounded.
func TestASortOfTooMuchIsRefused(t *testing.T) {
	s := create(t, func(o *options) { o.volume.TempLimit = 8 << 20 })
	l := DefaultLimits()
	l.Time = 5 * time.Minute
	c := s.Confine(Rights{Own: notesPrefix}, l)
	defer c.Close()
	_, err := c.Query(t.Context(), Statement{SQL: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) " +
		"SELECT i FROM n ORDER BY randomblob(10000)"})
	if fault.Code(err) != "quota.bytes" {
		t.Errorf("got %v", err)
	}
	if n := s.volume.TempBytes(); n != 0 {
		t.Errorf("%d bytes are left", n)
	}
	if out, err := c.Query(t.Context(), Statement{SQL: "SELECT 1"}); err != nil || out.Rows[0][0] != int64(1) {
		t.Errorf("afterwards: %v", err)
	}
}
