package freedesktop

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/alcove-vault/alcove/internal/freedesktop/bustest"
)

func newNotices(t *testing.T) (*Notices, chan string) {
	clicked := make(chan string, 16)
	n := NewNotices(func(tag, name string) { clicked <- tag + name })
	t.Cleanup(n.Close)
	return n, clicked
}

func show(t *testing.T, n *Notices, tag, title, body string) {
	t.Helper()
	if err := n.Show(t.Context(), Notice{Tag: tag, Title: title, Body: body}); err != nil {
		t.Fatal(err)
	}
}

func TestANotificationIsPlainAndNotKept(t *testing.T) {
	for name, c := range map[string]struct {
		able    []string
		body    string
		actions []string
	}{
		"a service that reads markup":  {[]string{"body", "body-markup", "actions"}, "1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt;", []string{"default", "Show"}},
		"a service that reads it not":  {[]string{"body"}, "1 < 2 & <b>3</b>", nil},
		"a service that knows nothing": {nil, "1 < 2 & <b>3</b>", nil},
	} {
		t.Run(name, func(t *testing.T) {
			service := bustest.Start(t).Use().ServeNotifier(c.able...)
			n, _ := newNotices(t)
			show(t, n, "tag", "Notes: <i>x</i>", "1 < 2 & <b>3</b>")
			got := next(t, service.Shown)
			if got.App != "Alcove" || got.Title != "Notes: <i>x</i>" || got.Body != c.body || !slices.Equal(got.Actions, c.actions) || !got.Transient {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestAClickNamesWhatWasClickedOnce(t *testing.T) {
	service := bustest.Start(t).Use().ServeNotifier("actions")
	n, clicked := newNotices(t)
	var ids []uint32
	for _, tag := range []string{"a", "b", "c"} {
		show(t, n, tag, "t", "")
		ids = append(ids, next(t, service.Shown).ID)
	}
	service.Expire(ids[0])
	service.Click(ids[0])
	service.Click(99)
	service.Click(ids[1])
	service.Click(ids[1])
	service.Click(ids[2])
	if first, second := next(t, clicked), next(t, clicked); first != "b" || second != "c" || len(clicked) != 0 {
		t.Errorf("clicked %q, %q and %d more", first, second, len(clicked))
	}
}

func TestWithdrawTakesBackWhatIsShown(t *testing.T) {
	service := bustest.Start(t).Use().ServeNotifier("actions")
	n, clicked := newNotices(t)
	for range 4 {
		show(t, n, "tag", "t", "")
	}
	service.Expire(2)
	service.Click(1)
	next(t, clicked) // so the signal before it was heard too
	n.Withdraw()
	if a, b := next(t, service.Closed), next(t, service.Closed); a+b != 3+4 {
		t.Errorf("%d and %d were taken back", a, b)
	}
	show(t, n, "tag", "t", "")
	n.Close()
	if id := next(t, service.Closed); id != 5 {
		t.Errorf("at the end %d was taken back", id)
	}
	if err := n.Show(t.Context(), Notice{}); !errors.Is(err, ErrNone) {
		t.Errorf("after the end: %v", err)
	}
}

func TestOneIsTakenBackByWhoShowedIt(t *testing.T) {
	service := bustest.Start(t).Use().ServeNotifier("actions")
	n, clicked := newNotices(t)
	var ids []uint32
	for _, name := range []string{"1", "2", "3"} {
		if err := n.Show(t.Context(), Notice{Tag: "a", Name: name, Title: "t"}); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, next(t, service.Shown).ID)
	}
	if n.TakeBack("b", "2") || n.TakeBack("a", "4") {
		t.Error("another's was taken back, or one that never was")
	}
	if !n.TakeBack("a", "2") || n.TakeBack("a", "2") {
		t.Error("it is not taken back once")
	}
	if id := next(t, service.Closed); id != ids[1] || len(service.Closed) != 0 {
		t.Errorf("%d was taken back of %v", id, ids)
	}
	service.Click(ids[0])
	if got := next(t, clicked); got != "a1" {
		t.Error(got)
	}
	if n.TakeBack("a", "1") {
		t.Error("one that was clicked is taken back")
	}
	n.Close()
	if n.TakeBack("a", "3") {
		t.Error("one is taken back after the end")
	}
}

func TestWhereNobodyShowsNotifications(t *testing.T) {
	t.Run("no bus", func(t *testing.T) {
		bustest.None(t)
		n, _ := newNotices(t)
		if err := n.Show(t.Context(), Notice{Title: "t"}); !errors.Is(err, ErrNone) {
			t.Errorf("error %v", err)
		}
		n.Withdraw()
	})
	t.Run("no service, then one", func(t *testing.T) {
		bus := bustest.Start(t).Use()
		n, _ := newNotices(t)
		if err := n.Show(t.Context(), Notice{Title: "t"}); !errors.Is(err, ErrNone) {
			t.Errorf("error %v", err)
		}
		bus.ServeNotifier()
		show(t, n, "", "t", "")
		bus.Restart()
		service := bus.ServeNotifier()
		// The old connection breaks off some time after the bus is gone.
		for n.Show(t.Context(), Notice{Title: "again"}) != nil && t.Context().Err() == nil {
			continue
		}
		if got := next(t, service.Shown); got.Title != "again" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a call that is given up", func(t *testing.T) {
		bustest.Start(t).Use().ServeNotifier()
		n, _ := newNotices(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := n.Show(ctx, Notice{Title: "t"}); err == nil {
			t.Error("no error")
		}
	})
}
