package bridge

import (
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/store"
)

func TestAMinuteForgetsWhatIsOlder(t *testing.T) {
	var m minute
	start := time.Unix(1_800_000_000, 0)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	for _, step := range []struct {
		seconds, add int
		want         int64
	}{
		{0, 5, 5},
		{0, 1, 6},
		{59, 10, 16},
		{60, 0, 10},  // the first second is a minute ago
		{30, 2, 12},  // a clock that was put back
		{118, 0, 12}, // both of the last ones, counted where the clock had been
		{119, 0, 2},
		{120, 0, 0},
		{1000, 7, 7},
	} {
		m.add(int64(step.add), at(step.seconds))
		if got := m.total(at(step.seconds)); got != step.want {
			t.Errorf("at %d: %d, want %d", step.seconds, got, step.want)
		}
	}
}

// limited changes the limits of an app that is open.
func (p *place) limited(s *Session, change func(*store.Limits)) {
	limits := store.DefaultLimits()
	change(&limits)
	p.bridge.Limit(s.Running.ID, limits)
}

func (p *place) meter(s *Session, name string) Meter {
	p.t.Helper()
	list, err := p.bridge.Meters(p.t.Context(), s.Running.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, m := range list {
		if m.Name == name {
			return m
		}
	}
	p.t.Fatalf("there is no meter %s", name)
	return Meter{}
}

// TestCallsAreCountedByTheMinute: at the limit the next one is refused, with a
// code and the limit, and a minute later it goes on.
func TestCallsAreCountedByTheMinute(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil)
	s, other := p.open(id), p.open(id)
	p.limited(s, func(l *store.Limits) { l.Calls = 6 })
	for range 3 {
		p.must(s, "kv.get", m{"key": "a"})
		p.must(other, "kv.get", m{"key": "a"})
	}
	if got := p.meter(s, "calls"); got != (Meter{"calls", 6, 6}) {
		t.Errorf("%+v", got)
	}
	r := p.send(s.Secret, envelope(t, 9, "kv.get", m{"key": "a"}))
	if r.code() != "quota.rate" || r.ID != 9 || r.Error["data"].(map[string]any)["limit"] != int64(6) {
		t.Errorf("%+v", r)
	}
	p.ahead.Add(int64(61 * time.Second))
	p.must(s, "kv.get", m{"key": "a"})
	if got := p.meter(s, "calls"); got.Used != 1 {
		t.Errorf("%+v", got)
	}
}

func TestBytesAreCountedByTheMinute(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	p.limited(s, func(l *store.Limits) { l.Traffic = 1_000_000 })
	p.must(s, "kv.set", m{"key": "a", "value": make([]byte, 600_000)})
	p.must(s, "kv.get", m{"key": "a"})
	if got := p.meter(s, "traffic"); got.Used < 1_200_000 || got.Used > 1_201_000 {
		t.Errorf("%+v", got)
	}
	if _, code := p.call(s, "kv.get", m{"key": "a"}); code != "quota.bytes" {
		t.Errorf("%q", code)
	}
}

// TestFilesHaveAMeterOfTheirOwn: also what is read through a handle.
func TestFilesHaveAMeterOfTheirOwn(t *testing.T) {
	p := newPlace(t)
	d := newDisk(p, t)
	s := p.open(p.install(nil, permissions(picker("file", nil))))
	result, code := p.picks(s, m{"kind": "file"}, func(shown *Picker) {
		if err := p.bridge.PickAnswer(shown.ID, []string{d.at("outside/o.md")}, false); err != nil {
			t.Fatal(err)
		}
	})
	path := first(p, result, code)
	before := p.meter(s, "files").Used
	p.must(s, "files.read", m{"path": path})
	handle := p.must(s, "files.open", m{"path": path})["handle"]
	opened := p.meter(s, "files").Used
	p.must(s, "handle.read", m{"handle": handle})
	if read := p.meter(s, "files").Used; opened <= before || read <= opened {
		t.Errorf("%d, %d, %d", before, opened, read)
	}
	if got := p.meter(s, "handles"); got.Used != 1 || got.Limit != 64 {
		t.Errorf("%+v", got)
	}
	p.limited(s, func(l *store.Limits) { l.Files = 1 })
	for method, params := range map[string]m{"files.read": {"path": path}, "handle.read": {"handle": handle}} {
		if _, code := p.call(s, method, params); code != "quota.files" {
			t.Errorf("%s: %q", method, code)
		}
	}
	p.must(s, "kv.get", m{"key": "a"})
	p.must(s, "handle.close", m{"handle": handle})
}
