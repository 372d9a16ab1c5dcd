package arming_test

import (
	"errors"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/arming"
)

func TestAQuestionIsAnsweredOnlyOnceItCouldBeRead(t *testing.T) {
	var s arming.Seen
	start := time.Unix(1, 0)
	if err := s.Check(start.Add(time.Hour)); !errors.Is(err, arming.ErrEarly) || s.Shown() {
		t.Errorf("before it is painted: %v, shown %v", err, s.Shown())
	}
	s.Painted(start)
	if err := s.Check(start.Add(arming.Time - 1)); !errors.Is(err, arming.ErrEarly) || !s.Shown() {
		t.Errorf("just painted: %v, shown %v", err, s.Shown())
	}
	s.Painted(start.Add(arming.Time - 1)) // again, as after a reload of the page
	if err := s.Check(start.Add(arming.Time)); err != nil {
		t.Error("painting it again disarmed it:", err)
	}
}
