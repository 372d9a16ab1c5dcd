package bridge

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/network"
	"github.com/alcove-vault/alcove/internal/capability/storage"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/permission"
)

const (
	readStorage   = "read"
	changeStorage = "readWrite"

	testTime = 30 * time.Second // that a person waits for a server
)

var errNotOwn = fault.New("storage.not_own", "There is no such storage that the app added itself. What the person added only they change, in Passwords, Storage.")

// storageReach is which storages one call may use, found out while it is judged.
// A permission is about the place of a storage, so that one which is given
// another place is another storage. One that an app added is its own: nobody is
// asked about it again, and no other app sees it.
type storageReach struct {
	session *Session
	action  string
	places  []permission.Key // that the call wants
	near    []string         // addresses of the own network that the call wants
}

func (s *Session) reachingStorage(action string) *storageReach {
	return &storageReach{session: s, action: action}
}

func storageKey(action, place string) permission.Key {
	return permission.Key{Resource: "storage", Action: action, Target: place}
}

func nearKey(endpoint string) permission.Key {
	return permission.Key{Resource: "net", Action: "private", Target: endpoint + "/"}
}

func (r *storageReach) verdict(key permission.Key) permission.Verdict {
	return r.session.judge(permission.Call{Key: key}).Verdict
}

// own reports whether the app added what has this owner.
func (r *storageReach) own(owner string) bool { return owner == r.session.Context.ID }

// sees reports whether the app can know of what has this owner.
func (r *storageReach) sees(owner string) bool { return owner == "" || r.own(owner) }

// calls is what it takes to use a storage. Where the app brought it and it is
// written as one of the own network, that takes a permission besides.
func (r *storageReach) calls(one items.StorageSummary, fresh bool) []permission.Call {
	key, own := storageKey(r.action, one.Place()), r.own(one.Owner)
	r.places = append(r.places, key)
	list := []permission.Call{{Key: key, Item: one.Name, Fresh: fresh, Chosen: own && !fresh}}
	if near := nearKey(one.Endpoint); own && permission.OwnNetwork(near.Target) {
		r.near = append(r.near, near.Target)
		list = append(list, permission.Call{Key: near})
	}
	return list
}

// none is what a call wants that finds nothing to use: what the manifest
// mentions of this kind, about which nobody is asked.
func (r *storageReach) none() []permission.Call {
	key := storageKey(r.action, "*")
	for _, p := range r.session.Running.Manifest.Permissions {
		if p.Resource == "storage" && (p.Action == r.action || p.Action == changeStorage) {
			key.Target = p.Target
			break
		}
	}
	return []permission.Call{{Key: key, Chosen: true}}
}

// want wants a storage. One that the app cannot reach is told apart from one that
// is not there by nothing.
func (r *storageReach) want(id string) func(context.Context) ([]permission.Call, error) {
	return func(ctx context.Context) ([]permission.Call, error) {
		one, err := r.session.bridge.items.Storage(ctx, id)
		gone := errors.Is(err, items.ErrNoStorage)
		switch {
		case err != nil && !gone:
			return nil, err
		case gone, !r.sees(one.Owner), r.verdict(storageKey(r.action, one.Place())) == permission.Undeclared:
			return r.none(), nil
		}
		return r.calls(one.Summary(), false), nil
	}
}

// wantAny wants every storage that is allowed, or else those that the person can
// be asked about.
func (r *storageReach) wantAny(ctx context.Context) ([]permission.Call, error) {
	all, err := r.session.bridge.items.Storages(ctx)
	if err != nil {
		return nil, err
	}
	var allowed, asked []items.StorageSummary
	for _, one := range all {
		if !r.sees(one.Owner) {
			continue
		}
		switch v := r.verdict(storageKey(r.action, one.Place())); {
		case v == permission.Allowed, v == permission.Ask && r.own(one.Owner):
			allowed = append(allowed, one)
		case v == permission.Ask:
			asked = append(asked, one)
		}
	}
	if len(allowed) == 0 {
		allowed = asked
	}
	var list []permission.Call
	for _, one := range allowed {
		// Nothing is connected to, so the own network does not matter.
		list = append(list, r.calls(one, false)[0])
	}
	if len(list) == 0 {
		return r.none(), nil
	}
	return list, nil
}

// usableStorage is a storage that an app may use. Nothing of it opens anything.
type usableStorage struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Endpoint string `json:"endpoint"`
	Region   string `json:"region"`
	Bucket   string `json:"bucket"`
	Prefix   string `json:"prefix"`
	Own      bool   `json:"own"`   // the app added it
	Write    bool   `json:"write"` // it may change what is there without being asked about
	Created  int64  `json:"created"`
}

func (r *storageReach) usable(one items.StorageSummary) usableStorage {
	v := r.verdict(storageKey(changeStorage, one.Place()))
	return usableStorage{
		one.ID, one.Name, one.Endpoint, one.Region, one.Bucket, one.Prefix, r.own(one.Owner),
		v == permission.Allowed || v == permission.Ask && r.own(one.Owner), one.Created,
	}
}

// list are the storages that the call reaches.
func (r *storageReach) list(ctx context.Context) ([]usableStorage, error) {
	all, err := r.session.bridge.items.Storages(ctx)
	list := []usableStorage{}
	for _, one := range all {
		if r.sees(one.Owner) && slices.Contains(r.places, storageKey(r.action, one.Place())) {
			list = append(list, r.usable(one))
		}
	}
	return list, err
}

// server is a storage and the way to it, if it is still where it was judged to
// be. Where a person typed, it may be anywhere; an app leads nobody into the own
// network without the permission for that. Error: items.no_storage.
func (r *storageReach) server(ctx context.Context, id string) (storage.Server, error) {
	one, err := r.session.bridge.items.Storage(ctx, id)
	if err == nil && (!r.sees(one.Owner) || !slices.Contains(r.places, storageKey(r.action, one.Place()))) {
		err = items.ErrNoStorage
	}
	if err != nil {
		return storage.Server{}, err
	}
	private := mayBeAnywhere(&one) || r.mayBeNear(ctx, one.Endpoint)
	return storage.Server{Storage: one, Dial: r.session.network.Dial(private), Caller: r.session.Context.ID}, nil
}

// mayBeAnywhere reports whether a storage may turn out to be in the own network
// without the app's permission for that: where a person typed the address, and
// where one that an app wrote says so itself and the person shared it.
func mayBeAnywhere(one *items.Storage) bool {
	return one.Typed() || one.Owner == "" && permission.OwnNetwork(nearKey(one.Endpoint).Target)
}

// mayBeNear reports whether the app may reach its own storage also where that
// turns out to be in the own network. Whoever takes that back ends the call.
func (r *storageReach) mayBeNear(ctx context.Context, endpoint string) bool {
	near := nearKey(endpoint)
	if slices.Contains(r.near, near.Target) {
		return true
	}
	if r.verdict(near) != permission.Allowed {
		return false
	}
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		r.session.running.also(c, permission.Call{Key: near})
	}
	return r.verdict(near) == permission.Allowed // it may have been taken back before it was noted
}

// TestStorage tries for the person whether a storage can be read. Where an app
// added it under a public name, it is not looked for in the own network. Errors:
// storage.*, items.*.
func (b *Bridge) TestStorage(ctx context.Context, one items.Storage) error {
	one, err := b.items.Draft(ctx, one)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, testTime, storage.ErrUnreachable)
	defer cancel()
	defer context.AfterFunc(b.ctx, cancel)()
	client := network.New(network.Options{})
	defer client.Close()
	private := mayBeAnywhere(&one) || permission.OwnNetwork(nearKey(one.Endpoint).Target)
	return b.storage.Test(ctx, storage.Server{Storage: one, Dial: client.Dial(private)})
}
