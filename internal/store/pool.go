package store

import (
	"context"
	"slices"
	"sync"
)

// pool lends out up to a number of connections of one role. The one that came
// back last goes out first, so that no more are open than are used at a time.
type pool struct {
	store *Store
	role  role
	free  chan struct{} // one for each connection that may be lent out

	mu   sync.Mutex
	idle []*conn
}

func newPool(s *Store, r role, size int) *pool {
	p := &pool{store: s, role: r, free: make(chan struct{}, size)}
	for range size {
		p.free <- struct{}{}
	}
	return p
}

// take waits for a connection. The caller gives it back with put.
func (p *pool) take(ctx context.Context) (*conn, error) {
	select {
	case <-p.free:
	case <-p.store.stop:
		return nil, closedError()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c, err := p.idleOrNew(ctx)
	if err == nil {
		if err = c.settle(); err != nil {
			p.put(c)
			return nil, err
		}
		return c, nil
	}
	p.free <- struct{}{}
	return nil, err
}

func (p *pool) idleOrNew(ctx context.Context) (*conn, error) {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	c, err := p.store.open(ctx, p.role)
	if err == nil {
		p.store.settleIdle()
	}
	return c, err
}

func (p *pool) put(c *conn) {
	p.mu.Lock()
	p.idle = append(p.idle, c)
	p.mu.Unlock()
	p.free <- struct{}{}
}

// close waits for every connection to come back and closes them.
func (p *pool) close() {
	for range cap(p.free) {
		<-p.free
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		_ = c.close() // it only read
	}
	p.idle = nil
}

// settle tells idle connections their part of the cache.
func (p *pool) settle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		_ = c.settle() // an error shows again when it is taken
	}
}

// closeIdle closes the connections that are not in use.
func (l *pools) closeIdle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.all {
		p.mu.Lock()
		for _, c := range p.idle {
			_ = c.close() // it only read
		}
		p.idle = nil
		p.mu.Unlock()
	}
}

// pools knows every pool of a store.
type pools struct {
	mu  sync.Mutex
	all []*pool
}

func (l *pools) add(p *pool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, p)
}

func (l *pools) remove(p *pool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = slices.DeleteFunc(l.all, func(other *pool) bool { return other == p })
}

// settleIdle tells all connections that are not in use their part of the
// cache, after the number of connections has changed. The others are told when
// they are used next.
func (s *Store) settleIdle() {
	s.pools.mu.Lock()
	for _, p := range s.pools.all {
		p.settle()
	}
	s.pools.mu.Unlock()
	if s.turns.tryTake() {
		_ = s.writer.settle() // an error shows again at the next write
		s.turns.give(host)
	}
}
