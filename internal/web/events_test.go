package web

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
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
