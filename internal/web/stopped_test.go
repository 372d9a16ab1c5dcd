package web

import (
	"slices"
	"testing"

	"github.com/alcove-vault/alcove/internal/bridge"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
)

func info(names ...string) (list []bridge.SessionInfo) {
	for _, name := range names {
		list = append(list, bridge.SessionInfo{ID: bundletest.ID(1, name), Title: name})
	}
	return list
}

func TestTheGuiltyOneIsFoundByStartingSuspectsOneAtATime(t *testing.T) {
	var a stoppedApps
	if got, found := a.judge(info("alone")); !found || got.Title != "alone" {
		t.Errorf("an app that was open alone: %v", got.Title)
	}
	if got, found := a.judge(info("a", "b", "c")); found {
		t.Errorf("one of three was named at once: %v", got.Title)
	}
	// The page came back with a alone, then b was started, and it hung again.
	if got, found := a.judge(info("a", "b")); !found || got.Title != "b" {
		t.Errorf("named %v, want b", got.Title)
	}
	// A hang much later is a new case.
	if got, found := a.judge(info("a", "c")); found {
		t.Errorf("named %v of an old case", got.Title)
	}
	if _, found := a.judge(nil); found {
		t.Error("somebody was named although nothing was open")
	}
}

func TestAHungPageComesBackWithTheGuiltyAppStopped(t *testing.T) {
	c := unlocked(t, Options{})
	id := c.install(nil)
	app := c.open(id)
	c.must("tabs.set", map[string]any{"open": []any{id}, "active": id})
	c.server.PageHung()
	if _, code := c.relay(app["session"].(string), "context.get", map[string]any{}); code != "session.ended" {
		t.Errorf("its session goes on: %q", code)
	}
	stopped := func() (ids []string) {
		for _, v := range c.must("app.state", nil)["stopped"].([]any) {
			e := v.(map[string]any)
			ids = append(ids, e["id"].(string)+" "+e["title"].(string)+" "+e["reason"].(string))
		}
		return ids
	}
	if got := stopped(); !slices.Equal(got, []string{id + " Hello hang"}) {
		t.Errorf("stopped %v", got)
	}
	c.open(id)
	if got := stopped(); len(got) != 0 {
		t.Errorf("still stopped after it was started again: %v", got)
	}
	c.server.PageFilled()
	if got := stopped(); !slices.Equal(got, []string{id + " Hello memory"}) {
		t.Errorf("stopped %v", got)
	}
	app = c.open(id)
	c.must("ext.failed", map[string]any{"session": app["session"], "reason": "crash"})
	if got := stopped(); !slices.Equal(got, []string{id + " Hello crash"}) {
		t.Errorf("stopped %v", got)
	}
	c.must("tabs.set", map[string]any{"open": []any{}, "active": ""})
	if got := stopped(); len(got) != 0 {
		t.Errorf("still stopped after its tab was closed: %v", got)
	}
	if _, code := c.call("ext.failed", map[string]any{"session": "x", "reason": "boredom"}); code != "request.malformed" {
		t.Errorf("a reason that is none: %q", code)
	}
}
