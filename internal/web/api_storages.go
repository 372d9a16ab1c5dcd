package web

import (
	"context"

	"github.com/alcove-vault/alcove/internal/items"
)

// storageMethods are about the vault's storages. No answer has a secret.
func storageMethods() map[string]apiMethod {
	return map[string]apiMethod{
		"storages.list":   bind((*Server).listStorages),
		"storages.add":    bind((*Server).addStorage),
		"storages.change": bind((*Server).changeStorage),
		"storages.share":  bind((*Server).shareStorage),
		"storages.remove": bind((*Server).removeStorage),
		"storages.test":   bind((*Server).testStorage),
	}
}

func (s *Server) listStorages(ctx context.Context, _ none) (map[string][]items.StorageSummary, error) {
	all, err := s.items()
	if err != nil {
		return nil, err
	}
	list, err := all.Storages(ctx)
	return map[string][]items.StorageSummary{"storages": list}, err
}

// addStorage keeps a storage of the person's own.
func (s *Server) addStorage(ctx context.Context, p items.Storage) (itemNamed, error) {
	all, err := s.items()
	if err != nil {
		return itemNamed{}, err
	}
	p.Owner = ""
	id, err := all.AddStorage(ctx, p)
	return itemNamed{id}, err
}

// changeStorage leaves the secret key as it is where none is given.
func (s *Server) changeStorage(ctx context.Context, p items.Storage) (none, error) {
	all, err := s.items()
	if err != nil {
		return none{}, err
	}
	return none{}, all.ChangeStorage(ctx, p)
}

// shareStorage makes what an app added the person's own.
func (s *Server) shareStorage(ctx context.Context, p itemNamed) (none, error) {
	all, err := s.items()
	if err != nil {
		return none{}, err
	}
	return none{}, all.ShareStorage(ctx, p.ID)
}

func (s *Server) removeStorage(ctx context.Context, p itemNamed) (none, error) {
	all, err := s.items()
	if err != nil {
		return none{}, err
	}
	return none{}, all.RemoveStorage(ctx, p.ID)
}

// testStorage tries a storage as it is written, before or after it is kept.
func (s *Server) testStorage(ctx context.Context, p items.Storage) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	return none{}, u.Bridge.TestStorage(ctx, p)
}
