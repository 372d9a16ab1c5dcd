package web

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alcove-vault/alcove/internal/wire"
)

func seqs(b batch) []uint64 {
	var out []uint64
	for _, e := range b.events {
		out = append(out, e.seq)
	}
	return out
}

func TestPollIsHeldUntilSomethingHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newEventLog()
		got := make(chan batch)
		go func() { got <- l.poll(t.Context(), 0) }()
		synctest.Wait()
		select {
		case b := <-got:
			t.Fatalf("answered with nothing to tell: %+v", b)
		default:
		}
		l.post("state", struct{}{})
		if b := <-got; len(b.events) != 1 || b.cursor != 1 || b.gap {
			t.Errorf("batch %+v", b)
		}
	})
}

func TestPollEndsAfterTheHoldTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		b := newEventLog().poll(t.Context(), 0)
		if held := time.Since(start); held != 25*time.Second || len(b.events) != 0 || b.cursor != 0 {
			t.Errorf("held %v, %+v", held, b)
		}
	})
}

func TestPollEndsAtClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newEventLog()
		done := make(chan batch)
		go func() { done <- l.poll(t.Context(), 0) }()
		synctest.Wait()
		start := time.Now()
		l.close()
		<-done
		if time.Since(start) != 0 {
			t.Error("the poll outlived the log")
		}
	})
}

// Readers poll while writers post, the page reloads now and then, and every
// event still arrives once and in order for a page that goes on from where the
// confirmed ones end.
func TestPollLosesNothingUnderConcurrentPosts(t *testing.T) {
	l := newEventLog()
	const writers, each = 4, 200
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				l.post("e", fmt.Sprintf("%d/%d", w, i))
			}
		})
	}
	seen := make(map[string]bool)
	cursor, polls := uint64(0), 0
	for len(seen) < writers*each {
		b := l.poll(t.Context(), cursor)
		if b.gap {
			t.Fatal("a gap although the ring is larger than what was posted")
		}
		if polls++; polls%5 == 0 {
			// The answer is lost with the page; the next page asks again.
			l.reload()
			cursor = l.start()
			continue
		}
		for _, e := range b.events {
			text, _ := e.data.Text()
			if e.seq <= cursor || seen[text] {
				t.Fatalf("event %d came twice or out of order behind %d", e.seq, cursor)
			}
			seen[text], cursor = true, e.seq
		}
	}
	wg.Wait()
}

func TestARingThatOverflowsSaysSo(t *testing.T) {
	l := newEventLog()
	for i := range ringSize + 10 {
		l.post("e", i)
	}
	b := l.poll(t.Context(), 3)
	if !b.gap || len(b.events) != batchSize || b.events[0].seq != 11 {
		t.Errorf("gap %v, first %v", b.gap, seqs(b)[:1])
	}
	if b = l.poll(t.Context(), b.cursor); b.gap || b.events[0].seq != 11+batchSize {
		t.Errorf("gap %v, first %v", b.gap, seqs(b)[:1])
	}
}

func TestACursorOfAnEarlierLaunchStartsOver(t *testing.T) {
	l := newEventLog()
	l.post("e", 1)
	if b := l.poll(t.Context(), 999); !b.gap || len(b.events) != 1 {
		t.Errorf("%+v", b)
	}
	if got := l.start(); got != 0 {
		t.Errorf("a foreign cursor confirmed %d", got)
	}
}

func TestReloadKeepsReviewsAndDropsKeys(t *testing.T) {
	l := newEventLog()
	l.post("review", "a")
	l.postBrief("native_key", "palette")
	l.post("review_failed", "b")
	l.reload()
	b := l.poll(t.Context(), l.start())
	if len(b.events) != 2 || b.events[0].kind != "review" || b.events[1].kind != "review_failed" || b.gap {
		t.Errorf("%+v", b)
	}
}

func TestReloadEndsThePollOfThePageBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newEventLog()
		done := make(chan batch)
		go func() { done <- l.poll(context.Background(), 0) }()
		synctest.Wait()
		l.reload()
		if b := <-done; len(b.events) != 0 {
			t.Errorf("%+v", b)
		}
	})
}

func TestAnEventGathersUntilAPageHasSeenIt(t *testing.T) {
	l := newEventLog()
	say := func(b batch) (out []string) {
		for _, e := range b.events {
			data, err := wire.Encode(func(enc *wire.Encoder) error {
				if e.many == nil {
					return wire.Raw(enc, e.data)
				}
				return e.many.encode(enc)
			})
			if err != nil {
				t.Fatal(err)
			}
			v, err := wire.Parse(data, wire.Limits{Bytes: 1 << 20, Depth: 4, Items: 1000})
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprintf("%s %v", e.kind, v.Any()))
		}
		return out
	}
	l.gather("call.done", "a", 1)
	l.post("state", 2)
	l.gather("call.done", "b", 3)
	first := l.poll(t.Context(), 0)
	if got, want := say(first), []string{"call.done [1 3]", "state 2"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	l.gather("call.done", "c", 4)
	if got, want := say(l.poll(t.Context(), first.cursor)), []string{"call.done [4]"}; !slices.Equal(got, want) {
		t.Errorf("what comes later: %q, want %q", got, want)
	}
	// An answer that was lost is given again as it was.
	l.gather("call.done", "d", 5)
	if got, want := say(l.poll(t.Context(), 0)), []string{"call.done [1 3]", "state 2", "call.done [4]", "call.done [5]"}; !slices.Equal(got, want) {
		t.Errorf("asked again: %q, want %q", got, want)
	}
	l.reload()
	if got, want := say(l.poll(t.Context(), 0)), []string{"state 2"}; !slices.Equal(got, want) {
		t.Errorf("after a reload: %q, want %q", got, want)
	}
}

func TestASlowPageMissesTheOldestOfTheSame(t *testing.T) {
	l := newEventLog()
	l.gather("frame.event", "other", -1)
	for i := range 3 * maxSame {
		l.gather("frame.event", "same", i)
	}
	if len(l.ring) != 1 || len(l.ring[0].many.items) != maxSame+1 {
		t.Fatalf("%d events, the first with %d items", len(l.ring), len(l.ring[0].many.items))
	}
	items := l.ring[0].many.items
	if items[0].key != "other" || string(items[maxSame].data) != string(encoded(3*maxSame-1)) {
		t.Error("the wrong items are left")
	}
	large := strings.Repeat("x", 1<<20)
	for i := range 40 {
		l.gather("frame.event", fmt.Sprint(i), large)
	}
	if l.ring[0].many.bytes > maxGathered {
		t.Errorf("%d bytes are kept", l.ring[0].many.bytes)
	}
}
