package extension

import (
	"fmt"
	"strconv"
	"time"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/fault"
)

// Moment is a hybrid time of the data engine. As text it is a decimal number:
// JSON's are too short for it in some readers.
type Moment int64

// endOfTimes bounds the times that are asked for: the year 9999 is the last.
var endOfTimes = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)

// MomentAt is the moment at which everything that was written until t, to the
// millisecond, had happened. Errors: request.malformed for a time before 1970
// or after the year 9999.
func MomentAt(t time.Time) (Moment, error) {
	if t.UnixMilli() < 0 || !t.Before(endOfTimes) {
		return 0, fault.New("request.malformed", "This time is out of bounds. Choose one between the years 1970 and 9999.")
	}
	return Moment(crdt.Moment(t)), nil
}

// At is when it was, in Unix milliseconds.
func (m Moment) At() int64 { return crdt.Time(int64(m)).UnixMilli() }

func (m Moment) String() string { return strconv.FormatInt(int64(m), 10) }

// MarshalText writes m as a decimal number.
func (m Moment) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (m *Moment) UnmarshalText(text []byte) error {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is no moment", text)
	}
	*m = Moment(n)
	return nil
}
