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
	holds atomic.Int64
	hangs int
	fills int
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
		beats:  beats,
		memory: p.holds.Load,
		hung:   func() { p.hangs++ },
		filled: func() { p.fills++ },
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
		fills int
	}{
		"a page that answers is left alone": {func(p *page) {
			p.dog.started()
			time.Sleep(time.Minute)
		}, 0, 0},
		"nothing is asked before a page has loaded": {func(p *page) {
			p.alive.Store(false)
			time.Sleep(time.Minute)
		}, 0, 0},
		"a silence that ends in time is forgiven": {func(p *page) {
			p.dog.started()
			p.alive.Store(false)
			time.Sleep(patience - beatEvery/2)
			p.alive.Store(true)
			time.Sleep(time.Minute)
		}, 0, 0},
		"a page that hangs is reported once": {func(p *page) {
			p.dog.started()
			p.alive.Store(false)
			time.Sleep(time.Minute)
		}, 1, 0},
		"the page after it is watched again": {func(p *page) {
			p.dog.started()
			p.alive.Store(false)
			time.Sleep(10 * time.Second)
			p.alive.Store(true)
			p.dog.started()
			time.Sleep(10 * time.Second)
			p.alive.Store(false)
			time.Sleep(10 * time.Second)
		}, 2, 0},
		"no page, no hang": {func(p *page) {
			p.dog.started()
			p.dog.stopped()
			p.alive.Store(false)
			time.Sleep(time.Minute)
		}, 0, 0},
		"a page that fills its memory is reported once": {func(p *page) {
			p.dog.started()
			p.holds.Store(mostMemory + 1)
			time.Sleep(time.Minute)
		}, 0, 1},
		"as much as it may have is not too much": {func(p *page) {
			p.dog.started()
			p.holds.Store(mostMemory)
			time.Sleep(time.Minute)
		}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, stop := watch(t)
				c.scene(p)
				synctest.Wait()
				stop()
				if p.hangs != c.hangs || p.fills != c.fills {
					t.Errorf("reported %d hangs and %d times too much memory, want %d and %d", p.hangs, p.fills, c.hangs, c.fills)
				}
			})
		})
	}
}
