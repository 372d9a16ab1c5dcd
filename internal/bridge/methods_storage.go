package bridge

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/alcove-vault/alcove/internal/capability/storage"
	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/wire"
)

// deadlineStorage leaves room for a turn before the client's own time begins.
const deadlineStorage = storage.MaxTime + 30*time.Second

// storageMethods read and write objects in the storages of the vault.
func storageMethods() []method {
	here := func(name string, parse func(*Session, *args) work) method {
		return method{name: name, deadline: deadlineItems, parse: parse}
	}
	there := func(name string, parse func(*Session, *args) work) method {
		return method{name: name, outside: true, deadline: deadlineStorage, parse: parse}
	}
	return []method{
		here("storage.places", parseStoragePlaces),
		here("storage.add", parseStorageAdd), here("storage.change", parseStorageChange), here("storage.remove", parseStorageRemove),
		there("storage.test", parseStorageTest), there("storage.list", parseStorageList), there("storage.get", parseStorageGet),
		there("storage.put", parseStoragePut), there("storage.delete", parseStorageDelete),
	}
}

// parseStoragePlaces answers {storages}: those that the app may use.
func parseStoragePlaces(s *Session, _ *args) work {
	r := s.reachingStorage(readStorage)
	return work{wants: r.wantAny, run: func(ctx context.Context, _ grantedTerms) (result, error) {
		list, err := r.list(ctx)
		return tree(map[string]any{"storages": list}), err
	}}
}

// readStorageChange reads what is to become of a storage; what is left out or
// empty stays as it is.
func readStorageChange(a *args) func(items.Storage) (items.Storage, error) {
	const longest = items.MaxToken
	var given items.Storage
	texts := func(s *items.Storage) []*string {
		return []*string{&s.Name, &s.Endpoint, &s.Region, &s.Bucket, &s.Prefix, &s.AccessKey, &s.Secret, &s.Token}
	}
	to := texts(&given)
	for i, key := range []string{"name", "endpoint", "region", "bucket", "prefix", "accessKey", "secret", "token"} {
		*to[i] = a.optionalText(key, longest)
	}
	_, styled := a.value("pathStyle")
	given.PathStyle = a.optionalTruth("pathStyle")
	return func(was items.Storage) (items.Storage, error) {
		now := was
		if given.Secret != "" {
			now.Token = "" // it goes with its secret
		}
		for i, text := range texts(&now) {
			if *to[i] != "" {
				*text = *to[i]
			}
		}
		if styled {
			now.PathStyle = given.PathStyle
		}
		return items.CheckStorage(now)
	}
}

// parseStorageAdd answers {storage}. The person is asked each time.
func parseStorageAdd(s *Session, a *args) work {
	r, change := s.reachingStorage(changeStorage), readStorageChange(a)
	var one items.Storage
	return work{
		wants: func(context.Context) (_ []permission.Call, err error) {
			if one, err = change(items.Storage{Owner: s.Context.ID}); err != nil {
				return nil, err
			}
			return r.calls(one.Summary(), true), nil
		},
		run: func(ctx context.Context, _ grantedTerms) (result, error) {
			id, err := s.bridge.items.AddStorage(ctx, one)
			if err != nil {
				return nil, err
			}
			return r.answer(ctx, id)
		},
	}
}

// answer is {storage}.
func (r *storageReach) answer(ctx context.Context, id string) (result, error) {
	one, err := r.session.bridge.items.Storage(ctx, id)
	return tree(map[string]any{"storage": r.usable(one.Summary())}), err
}

// parseStorageChange answers {storage}. The person is asked about another place
// as about a new storage.
func parseStorageChange(s *Session, a *args) work {
	r, id, change := s.reachingStorage(changeStorage), a.text("id", maxItemID), readStorageChange(a)
	changed := func(ctx context.Context) (was, now items.Storage, err error) {
		if was, err = r.findOwn(ctx, id); err == nil {
			now, err = change(was)
		}
		return was, now, err
	}
	return work{
		wants: func(ctx context.Context) ([]permission.Call, error) {
			was, now, err := changed(ctx)
			switch {
			case errors.Is(err, errNotOwn):
				return r.none(), nil
			case err != nil:
				return nil, err
			}
			return r.calls(now.Summary(), now.Place() != was.Place()), nil
		},
		run: func(ctx context.Context, _ grantedTerms) (result, error) {
			_, now, err := changed(ctx)
			if err == nil && !slices.Contains(r.places, storageKey(changeStorage, now.Place())) {
				err = errNotOwn // it has become another one meanwhile
			}
			if err == nil {
				err = s.bridge.items.ChangeStorage(ctx, now)
			}
			if err != nil {
				return nil, err
			}
			return r.answer(ctx, id)
		},
	}
}

// findOwn is a storage that the app added itself. Error: storage.not_own.
func (r *storageReach) findOwn(ctx context.Context, id string) (items.Storage, error) {
	one, err := r.session.bridge.items.Storage(ctx, id)
	if errors.Is(err, items.ErrNoStorage) || err == nil && !r.own(one.Owner) {
		return items.Storage{}, errNotOwn
	}
	return one, err
}

// parseStorageRemove forgets a storage that the app added. What is in it stays.
func parseStorageRemove(s *Session, a *args) work {
	r, id := s.reachingStorage(changeStorage), a.text("id", maxItemID)
	return work{
		wants: func(context.Context) ([]permission.Call, error) { return r.none(), nil },
		run: func(ctx context.Context, _ grantedTerms) (result, error) {
			if _, err := r.findOwn(ctx, id); err != nil {
				return nil, err
			}
			return empty, s.bridge.items.RemoveStorage(ctx, id)
		},
	}
}

// onStorage is a call that goes to the server of a storage.
func (s *Session) onStorage(a *args, action string, check func() error, run func(context.Context, storage.Server) (result, error)) work {
	r, id := s.reachingStorage(action), a.text("storage", maxItemID)
	return work{wants: r.want(id), quota: check, run: func(ctx context.Context, _ grantedTerms) (result, error) {
		server, err := r.server(ctx, id)
		if err != nil {
			return nil, err
		}
		return run(ctx, server)
	}}
}

func parseStorageTest(s *Session, a *args) work {
	return s.onStorage(a, readStorage, nil, func(ctx context.Context, at storage.Server) (result, error) {
		return empty, s.bridge.storage.Test(ctx, at)
	})
}

// parseStorageList answers {objects, more}.
func parseStorageList(s *Session, a *args) work {
	prefix, after := a.optionalText("prefix", storage.MaxKey), a.optionalText("after", storage.MaxKey)
	limit := a.optionalCount("limit", 1_000, storage.MaxList)
	check := func() error { return errors.Join(storage.CheckPrefix(prefix), storage.CheckPrefix(after)) }
	return s.onStorage(a, readStorage, check, func(ctx context.Context, at storage.Server) (result, error) {
		list, more, err := s.bridge.storage.List(ctx, at, prefix, after, limit)
		return tree(map[string]any{"objects": list, "more": more}), err
	})
}

// parseStorageGet answers {data}.
func parseStorageGet(s *Session, a *args) work {
	key := a.text("key", storage.MaxKey)
	return s.onStorage(a, readStorage, func() error { return storage.CheckKey(key) }, func(ctx context.Context, at storage.Server) (result, error) {
		data, err := s.bridge.storage.Get(ctx, at, key)
		return func(e *wire.Encoder) error {
			return errors.Join(e.EncodeMapLen(1), e.EncodeString("data"), e.EncodeBytes(data))
		}, err
	})
}

func parseStoragePut(s *Session, a *args) work {
	key := a.text("key", storage.MaxKey)
	data, text, isText := a.bytesOrText("data", storage.MaxUpload)
	if isText {
		data = []byte(text)
	}
	return s.onStorage(a, changeStorage, func() error { return storage.CheckKey(key) }, func(ctx context.Context, at storage.Server) (result, error) {
		return empty, s.bridge.storage.Put(ctx, at, key, data)
	})
}

func parseStorageDelete(s *Session, a *args) work {
	key := a.text("key", storage.MaxKey)
	return s.onStorage(a, changeStorage, func() error { return storage.CheckKey(key) }, func(ctx context.Context, at storage.Server) (result, error) {
		return empty, s.bridge.storage.Delete(ctx, at, key)
	})
}
