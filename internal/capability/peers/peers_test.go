package peers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func value(t testing.TB, v any) wire.Value {
	t.Helper()
	out, err := wire.Encode(func(e *wire.Encoder) error { return wire.Tree(e, v) })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAQuestionIsTakenOnceAndAnsweredOnce(t *testing.T) {
	var x Exchange
	told := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		answer, err := x.Ask(t.Context(), "notes", Question{Kind: KindCall, Method: "find", CallerTitle: "Feeds"}, func() { close(told) })
		if got, _ := answer.Value.Text(); err != nil || got != "found" {
			t.Errorf("%q, %v", got, err)
		}
	})
	<-told
	if list := x.Take("other"); len(list) != 0 {
		t.Errorf("another session took %+v", list)
	}
	list := x.Take("notes")
	if len(list) != 1 || list[0].Method != "find" || list[0].CallerTitle != "Feeds" || len(x.Take("notes")) != 0 {
		t.Fatalf("%+v", list)
	}
	found := Answer{Value: value(t, "found")}
	if err := x.Answer("other", list[0].ID, found); fault.Code(err) != "peers.gone" {
		t.Errorf("answered by another session: %v", err)
	}
	if err := x.Answer("notes", list[0].ID, found); err != nil {
		t.Error(err)
	}
	wait.Wait()
	if err := x.Answer("notes", list[0].ID, found); fault.Code(err) != "peers.gone" {
		t.Errorf("twice: %v", err)
	}
}

// TestNothingStaysOpen: a question ends with who asked and with who was asked.
func TestNothingStaysOpen(t *testing.T) {
	var x Exchange
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	var wait sync.WaitGroup
	ask := func(ctx context.Context, to string, want func(error) bool) {
		told := make(chan struct{})
		wait.Go(func() {
			if _, err := x.Ask(ctx, to, Question{}, func() { close(told) }); !want(err) {
				t.Errorf("%s: %v", to, err)
			}
		})
		<-told
	}
	ask(ctx, "a", func(err error) bool { return errors.Is(err, why) })
	ask(t.Context(), "b", func(err error) bool { return fault.Code(err) == "peers.ended" })
	id := x.Take("b")[0].ID
	cancel(why)
	x.End("b")
	wait.Wait()
	if err := x.Answer("b", id, Answer{}); fault.Code(err) != "peers.gone" {
		t.Errorf("%v", err)
	}
	if len(x.open) != 0 {
		t.Errorf("%d are open", len(x.open))
	}
}

func TestOneExtensionIsAskedOnlySoMuch(t *testing.T) {
	var x Exchange
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	told := make(chan struct{}, MaxOpen)
	for range MaxOpen {
		wait.Go(func() { _, _ = x.Ask(ctx, "a", Question{}, func() { told <- struct{}{} }) })
	}
	for range MaxOpen {
		<-told
	}
	if _, err := x.Ask(ctx, "a", Question{}, func() { t.Error("told") }); fault.Code(err) != "peers.busy" {
		t.Errorf("%v", err)
	}
	if first, second := x.Take("a"), x.Take("a"); len(first) != MaxTake || len(second) != MaxOpen-MaxTake {
		t.Errorf("%d, then %d", len(first), len(second))
	}
	cancel()
	wait.Wait()
}

func TestItems(t *testing.T) {
	many := make([]map[string]string, MaxItems+1)
	for i := range many {
		many[i] = map[string]string{"id": fmt.Sprint(i), "label": "x"}
	}
	items, err := Items(value(t, []map[string]any{
		{"id": "1", "label": " a\u202eb\nc ", "detail": strings.Repeat("d", 200)}, {"id": "2", "label": "second", "more": 5},
	}))
	if err != nil || len(items) != 2 || items[0].Label != "ab c" || len([]rune(items[0].Detail)) != 121 || items[1] != (Item{ID: "2", Label: "second"}) {
		t.Errorf("%+v, %v", items, err)
	}
	if items, err := Items(value(t, []string{})); err != nil || len(items) != 0 {
		t.Errorf("%+v, %v", items, err)
	}
	for _, bad := range []any{
		"text", many,
		[]any{5},
		[]any{map[string]any{"id": "1"}},
		[]any{map[string]any{"id": 1, "label": "x"}},
		[]any{map[string]any{"id": "", "label": "x"}},
		[]any{map[string]any{"id": "1", "label": "\u200b"}},
		[]any{map[string]any{"id": "1", "label": "x"}, map[string]any{"id": "1", "label": "y"}},
		[]any{map[string]any{"id": strings.Repeat("i", maxID+1), "label": "x"}},
	} {
		if items, err := Items(value(t, bad)); fault.Code(err) != "peers.items" {
			t.Errorf("%.60v: %+v, %v", bad, items, err)
		}
	}
}
