package app

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// page answers beats while it is alive.
type page struct {
	dog   *watchdog
	alive bool
	hangs int
}

func watch(t *testing.T) (*page, func()) {
	beats := make(chan struct{}, 1)
	p := &page{alive: true}
	p.dog = &watchdog{
		ask: func() {
			if p.alive {
				beats <- struct{}{}
			}
		},
		beats: beats,
		hung:  func() { p.hangs++ },
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); p.dog.run(ctx) }()
	return p, func() { cancel(); <-done }
}

func TestWatchdog(t *testing.T) {
	for name, c := range map[string]struct {
		scene func(p *page)
		hangs int
	}{
		"a page that answers is left alone": {func(p *page) {
			p.dog.started()
			time.Sleep(time.Minute)
		}, 0},
		"nothing is asked before a page has loaded": {func(p *page) {
			p.alive = false
			time.Sleep(time.Minute)
		}, 0},
		"four seconds of silence are forgiven": {func(p *page) {
			p.dog.started()
			p.alive = false
			time.Sleep(patience)
			p.alive = true
			time.Sleep(time.Minute)
		}, 0},
		"a page that hangs is reported once": {func(p *page) {
			p.dog.started()
			p.alive = false
			time.Sleep(time.Minute)
		}, 1},
		"the page after it is watched again": {func(p *page) {
			p.dog.started()
			p.alive = false
			time.Sleep(10 * time.Second)
			p.alive = true
			p.dog.started()
			time.Sleep(10 * time.Second)
			p.alive = false
			time.Sleep(10 * time.Second)
		}, 2},
		"no page, no hang": {func(p *page) {
			p.dog.started()
			p.dog.stopped()
			p.alive = false
			time.Sleep(time.Minute)
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, stop := watch(t)
				c.scene(p)
				synctest.Wait()
				stop()
				if p.hangs != c.hangs {
					t.Errorf("%d hangs reported, want %d", p.hangs, c.hangs)
				}
			})
		})
	}
}
