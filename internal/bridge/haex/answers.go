package haex

import (
	"time"

	"github.com/alcove-vault/alcove/internal/wire"
)

// addText adds a text that is not empty: the SDK leaves out what there is not.
func addText(to map[string]any, key string, v wire.Value) {
	if text, _ := v.Text(); text != "" {
		to[key] = text
	}
}

// addTime adds a time as ISO 8601, where there is one.
func addTime(to map[string]any, key string, v wire.Value) {
	if at, ok := v.Int64(); ok && at > 0 {
		to[key] = isoTime(at)
	}
}

// isoTime writes Unix milliseconds as JavaScript does.
func isoTime(millis int64) string {
	return time.UnixMilli(millis).UTC().Format("2006-01-02T15:04:05.000Z")
}
