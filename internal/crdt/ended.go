package crdt

import "github.com/alcove-vault/alcove/internal/store"

// stillWaiting is waiting without a row whose key has come to a longer life here,
// or to the end of one: that row has lost. It must not hold up what comes of the
// longer life, nor come back when the tombstone is settled.
func (g *merging) stillWaiting(k []byte) (*parkedRow, error) {
	p, err := g.waiting(k)
	if err != nil || p == nil || !p.whole || !g.keyFits(k, p) {
		return p, err
	}
	var f found
	if err := g.find(k, &f); err != nil || f.at == absent || f.life() <= p.cl {
		return p, err
	}
	if f.at == dead {
		if over, err := g.outlives(p.cl, g.reg.sites.inner(p.stamp), tomb{f.cl, f.birth}); err != nil || over {
			return p, err
		}
	}
	return nil, forgetParked(g.tx, g.t.gid, k)
}

// endWaiting is the same for a key that this device has given a life of length
// cl, or whose life it has ended.
func (t *table) endWaiting(tx *store.Tx, k []byte, cl int64) error {
	if !t.parked {
		return nil
	}
	p, err := parkedOf(tx, t.gid, k)
	if err != nil || p == nil || !p.whole || p.cl >= cl {
		return err
	}
	return forgetParked(tx, t.gid, k)
}

// forgetParked forgets what is parked of a row, and that it was refused.
func forgetParked(tx *store.Tx, gid GlobalID, k []byte) error {
	if err := dropParked(tx, gid, k); err != nil {
		return err
	}
	return dropRefused(tx, gid, k)
}
