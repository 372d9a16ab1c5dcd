package bridge

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/store"
)

// meters measure what an extension uses of what is the extension's and not a
// session's: all that happened within the last minute.
type meters struct {
	limits  atomic.Pointer[store.Limits]
	calls   minute
	traffic minute // bytes of calls and replies
	network minute // bytes on the wire
	files   minute // bytes of calls about files, and of their replies
}

// minute sums up numbers of the last 60 seconds.
type minute struct {
	mu      sync.Mutex
	seconds [60]int64
	last    int64 // second of the newest number, Unix time
	sum     int64
}

func (m *minute) add(n int64, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(now)
	m.seconds[m.last%60] += n
	m.sum += n
}

func (m *minute) total(now time.Time) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(now)
	return m.sum
}

// forget drops what is older than a minute. A clock that was put back changes
// nothing until it has caught up. The caller holds mu.
func (m *minute) forget(now time.Time) {
	second := now.Unix()
	if second-m.last >= 60 {
		m.seconds, m.sum, m.last = [60]int64{}, 0, second
	}
	for m.last < second {
		m.last++
		m.sum -= m.seconds[m.last%60]
		m.seconds[m.last%60] = 0
	}
}

func quota(code, what string, limit int64) *fault.Error {
	return fault.New(code, what+" Wait a moment, or let the person allow more in the app's details.").With("limit", limit)
}

// mayCall counts a call, and refuses it where there were too many, or where
// they moved too much.
func (m *meters) mayCall(now time.Time) error {
	l := m.limits.Load()
	switch {
	case m.calls.total(now) >= l.Calls:
		return quota("quota.rate", fmt.Sprintf("The app has called %d times within a minute, which is as often as it may.", l.Calls), l.Calls)
	case m.traffic.total(now) >= l.Traffic:
		return quota("quota.bytes", fmt.Sprintf("The app has moved %d MB within a minute, which is as much as it may.", l.Traffic/1_000_000), l.Traffic)
	}
	m.calls.add(1, now)
	return nil
}

// mayUse refuses what goes through something that was used too much.
func (m *meters) mayUse(resource string, now time.Time) error {
	l := m.limits.Load()
	switch {
	case (resource == "net" || resource == "storage") && m.network.total(now) >= l.Network:
		return quota("quota.network", fmt.Sprintf("The app has moved %d MB over the network within a minute, which is as much as it may.", l.Network/1_000_000), l.Network)
	case resource == "files" && m.files.total(now) >= l.Files:
		return quota("quota.files", fmt.Sprintf("The app has read and written %d MB of files within a minute, which is as much as it may.", l.Files/1_000_000), l.Files)
	}
	return nil
}

// moved counts what a call and its reply carried.
func (m *meters) moved(resource string, bytes int64, now time.Time) {
	m.traffic.add(bytes, now)
	if resource == "files" {
		m.files.add(bytes, now)
	}
}

// through is the resource that a call is about, also where it uses what was
// opened before. It is "" for what is not a call.
func (c *call) through() string {
	switch {
	case c.method == nil:
		return ""
	case len(c.work.about) > 0:
		return c.work.about[0].Resource
	default:
		return c.about().Resource
	}
}

// Meter is how much of a limit an extension uses.
type Meter struct {
	Name  string `json:"name"` // calls, traffic, network, files: in a minute; handles, storage: now
	Used  int64  `json:"used"`
	Limit int64  `json:"limit"`
}

// Meters returns what an open extension uses, nothing if it is not open.
func (b *Bridge) Meters(ctx context.Context, id manifest.ID) ([]Meter, error) {
	sessions := b.of(id)
	if len(sessions) == 0 {
		return []Meter{}, nil
	}
	used, err := b.apps.StorageUsed(ctx, sessions[0].Running.Row)
	if err != nil {
		return nil, err
	}
	handles := 0
	for _, s := range sessions {
		handles = max(handles, s.handles.count())
	}
	m, now := &sessions[0].network.meters, b.now()
	l := m.limits.Load()
	return []Meter{
		{"calls", m.calls.total(now), l.Calls},
		{"traffic", m.traffic.total(now), l.Traffic},
		{"network", m.network.total(now), l.Network},
		{"files", m.files.total(now), l.Files},
		{"handles", int64(handles), int64(l.Handles)},
		{"storage", used, l.Storage},
	}, nil
}
