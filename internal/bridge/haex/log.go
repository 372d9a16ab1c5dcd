package haex

import (
	"context"
	"sync"
	"time"

	"github.com/alcove-vault/alcove/internal/wire"
)

// Bounds of what an extension writes into its own log.
const (
	maxLines = 1000
	maxLine  = 4 << 10 // bytes of a message and of what goes with it, each
)

// log is what an extension writes for itself. It is kept as long as its frame,
// and nobody else reads it.
type log struct {
	mu    sync.Mutex
	lines []line
}

type line struct {
	Level     string `json:"level"`
	Message   string `json:"message"`
	Metadata  string `json:"metadata"` // JSON, or empty
	Timestamp int64  `json:"timestamp"`
}

var levels = map[string]bool{"debug": true, "info": true, "warn": true, "error": true}

func (t *turn) logWrite(context.Context) (Result, error) {
	l := line{Level: t.args.text("level"), Message: t.args.text("message"), Timestamp: time.Now().UnixMilli()}
	if v, ok := t.args.value("metadata"); ok {
		l.Metadata = string(v.JSON())
	}
	switch {
	case !levels[l.Level]:
		t.args.fail("The argument %q must be debug, info, warn or error.", "level")
	case len(l.Message) > maxLine || len(l.Metadata) > maxLine:
		t.args.fail("A line of the log is longer than %d bytes.", maxLine)
	}
	if t.args.err != nil {
		return nil, t.args.err
	}
	t.log.mu.Lock()
	defer t.log.mu.Unlock()
	t.log.lines = append(t.log.lines, l)
	if len(t.log.lines) > maxLines {
		t.log.lines = t.log.lines[1:]
	}
	return nothing, nil
}

// logRead answers lines, the newest first.
func (t *turn) logRead(context.Context) (Result, error) {
	level, limit := t.args.optionalText("level"), t.args.count("limit", maxLines)
	offset := t.args.count("offset", 0)
	if t.args.err != nil {
		return nil, t.args.err
	}
	t.log.mu.Lock()
	defer t.log.mu.Unlock()
	out := []line{}
	for i := len(t.log.lines) - 1; i >= 0 && len(out) < limit; i-- {
		if level != "" && t.log.lines[i].Level != level {
			continue
		}
		if offset > 0 {
			offset--
			continue
		}
		out = append(out, t.log.lines[i])
	}
	return func(e *wire.Encoder) error { return wire.Tree(e, out) }, nil
}
