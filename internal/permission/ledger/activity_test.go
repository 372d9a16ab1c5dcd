package ledger

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/permission"
)

// TestActivityIsOneListOfCallsPromptsAndChanges.
func TestActivityIsOneListOfCallsPromptsAndChanges(t *testing.T) {
	p := newPlace(t, nil)
	at := func(seconds int64) int64 { return p.clock.UnixMilli() + seconds*1000 }
	record := func(e Entry, seconds int64) {
		e.At = at(seconds)
		p.ledger.Record(e)
	}
	record(query(1), 1)
	record(fetch(2, "https://a.example/"), 2)
	asked := fetch(2, "https://b.example/")
	asked.Asked, asked.Verdict = true, permission.Ask
	record(asked, 3)
	p.exec(`INSERT INTO alcove_ledger (at, extension, kind, detail) VALUES (?, 2, 'granted', 'net.fetch allow'), (?, NULL, 'unlocked', ''), (?, 1, 'refused', 'x')`, at(4), at(0), at(4))
	record(refused(fetch(1, "https://c.example/")), 5)
	// A call that began long ago ends only now.
	seen, err := p.ledger.Newest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	record(fetch(2, "https://slow.example/"), -60)

	words := func(lines []Line) (out []string) {
		for _, l := range lines {
			out = append(out, l.Kind+" "+l.Method+l.Detail+" "+l.Target)
		}
		return out
	}
	all := []string{
		"call net.fetch https://c.example", "granted net.fetch allow ", "asked net.fetch https://b.example",
		"call net.fetch https://a.example", "call db.query ", "unlocked  ", "call net.fetch https://slow.example",
	}
	for _, c := range []struct {
		f    Filter
		want []string
	}{
		{Filter{}, all},
		{Filter{Extension: 2}, []string{all[1], all[2], all[3], all[6]}},
		{Filter{Capability: permission.CapOwn}, []string{all[4]}},
		{Filter{Capability: permission.CapNet, Show: ShowAllowed}, []string{all[3], all[6]}},
		{Filter{Capability: permission.CapApps}, nil},
		{Filter{Show: ShowRefused}, []string{all[0]}},
		{Filter{Show: ShowAsked}, []string{all[2]}},
		{Filter{Show: ShowChanges}, []string{all[1], all[5]}},
	} {
		if diff := cmp.Diff(c.want, words(p.activity(c.f))); diff != "" {
			t.Errorf("%+v: %s", c.f, diff)
		}
	}
	later, err := p.ledger.After(context.Background(), Filter{}, seen, 10)
	if err != nil || !slices.Equal(words(later), all[6:]) {
		t.Errorf("after the rest came %v %v", words(later), err)
	}
}

// TestOldCallsAreCounted where their lines are gone: by the minute, later by the
// day, and at last only in the sums.
func TestOldCallsAreCounted(t *testing.T) {
	b := usual()
	b.lines, b.countDays = 3, 10
	p := newPlace(t, &b)
	ctx := context.Background()
	for range 10 {
		p.ledger.Record(fetch(1, "https://a.example/"))
	}
	p.ledger.Record(query(1)) // complete
	p.flush()
	earlier := func() []Counted {
		t.Helper()
		list, err := p.ledger.Earlier(ctx, Filter{}, EarlierCursor{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	check := func(span int64) {
		t.Helper()
		list := earlier()
		if len(list) != 1 || list[0].Span != span || list[0].Done != 10 || list[0].Target != "https://a.example" {
			t.Errorf("%+v", list)
		}
	}
	check(Minute)
	if list, err := p.ledger.Earlier(ctx, Filter{Show: ShowRefused}, EarlierCursor{}, 10); err != nil || len(list) != 0 {
		t.Errorf("refused: %v %v", list, err)
	}
	next := func(days int) {
		p.clock = p.clock.Add(time.Duration(days) * 24 * time.Hour)
		p.trim()
		p.ledger.Record(query(1))
		p.flush()
	}
	next(3)
	check(Day)
	since, err := p.ledger.Since(ctx, 1, p.clock.UnixMilli()-4*Day)
	if err != nil || len(since) != 2 || since[1].Done != 10 {
		t.Errorf("in the last days: %+v %v", since, err)
	}
	next(11)
	if list := earlier(); len(list) != 0 {
		t.Errorf("after the last day: %+v", list)
	}
	if s := p.sum(1, "net", "fetch"); s.Done != 10 || s.In != 1000 {
		t.Errorf("the sum is %+v", s)
	}
	targets, err := p.ledger.Targets(ctx, 1, "net", "fetch", 5)
	if err != nil || len(targets) != 1 || targets[0].Done != 10 || targets[0].LastUsed == 0 {
		t.Errorf("%+v %v", targets, err)
	}
	used, err := p.ledger.OnTarget(ctx, 1, permission.Key{Resource: "net", Action: "fetch", Target: "https://a.example/another/path"})
	if err != nil || used.Done != 10 {
		t.Errorf("%+v %v", used, err)
	}
}

// TestLinesOfOneMomentStayInOrder: whatever they crowd out, and over batches
// that are joined.
func TestLinesOfOneMomentStayInOrder(t *testing.T) {
	p := newPlace(t, nil)
	var want []string
	for range 5 {
		for _, e := range []Entry{query(1), fetch(2, "https://a.example/"), refused(fetch(1, "https://c.example/"))} {
			e.At = p.clock.UnixMilli()
			p.ledger.Record(e)
			want = append(want, e.Method+" "+e.Code)
		}
	}
	var got []string
	for _, l := range slices.Backward(p.activity(Filter{})) {
		got = append(got, l.Method+" "+l.Code)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
