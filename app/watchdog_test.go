package app

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// page answers beats while it is alive.
type page struct {
	dog   *watchdog
	alive atomic.Bool
	hangs int
}

func watch(t *testing.T) (*page, func()) {
	beats := make(chan struct{}, 1)
	p := &page{}
	p.alive.Store(true)
	p.dog = &watchdog{
		ask: func() {
			if p.alive.Load() {
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
			p.alive.Store(false)
			time.Sleep(time.Minute)
		}, 0},
		"a silence that ends in time is forgiven": {func(p *page) {
			p.dog.started()
			p.alive.Store(false)
			time.Sleep(patience - beatEvery/2)
			p.alive.Store(true)
			time.Sleep(time.Minute)
		}, 0},
		"a page that hangs is reported once": {func(p *page) {
			p.dog.started()
			p.alive.Store(false)
			time.Sleep(time.Minute)
		}, 1},
		"the page after it is watched again": {func(p *page) {
			p.dog.started()
			p.alive.Store(false)
			time.Sleep(10 * time.Second)
			p.alive.Store(true)
			p.dog.started()
			time.Sleep(10 * time.Second)
			p.alive.Store(false)
			time.Sleep(10 * time.Second)
		}, 2},
		"no page, no hang": {func(p *page) {
			p.dog.started()
			p.dog.stopped()
			p.alive.Store(false)
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
