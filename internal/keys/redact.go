package keys

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// redaction makes the type that embeds it print as "[redacted]" in every way.
// It is not enough alone: fmt prints an unexported field of a foreign struct
// by reflection, without asking. So secret types also keep their content
// behind a function, of which reflection shows only an address.
type redaction struct{}

// Format prints "[redacted]" for every verb.
func (redaction) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String returns "[redacted]".
func (redaction) String() string { return redacted }

// LogValue returns "[redacted]".
func (redaction) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]", also as a JSON value.
func (redaction) MarshalText() ([]byte, error) { return []byte(redacted), nil }
