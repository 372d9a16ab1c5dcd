package web

import (
	"context"

	"github.com/alcove-vault/alcove/internal/items"
)

// accountMethods are about the vault's mail accounts. No answer has a password.
func accountMethods() map[string]apiMethod {
	return map[string]apiMethod{
		"accounts.list":   bind((*Server).listAccounts),
		"accounts.add":    bind((*Server).addAccount),
		"accounts.change": bind((*Server).changeAccount),
		"accounts.remove": bind((*Server).removeAccount),
	}
}

func (s *Server) listAccounts(ctx context.Context, _ none) (map[string][]items.AccountSummary, error) {
	all, err := s.items()
	if err != nil {
		return nil, err
	}
	list, err := all.Accounts(ctx)
	return map[string][]items.AccountSummary{"accounts": list}, err
}

func (s *Server) addAccount(ctx context.Context, p items.Account) (itemNamed, error) {
	all, err := s.items()
	if err != nil {
		return itemNamed{}, err
	}
	id, err := all.AddAccount(ctx, p)
	return itemNamed{id}, err
}

// changeAccount leaves the password as it is where none is given.
func (s *Server) changeAccount(ctx context.Context, p items.Account) (none, error) {
	all, err := s.items()
	if err != nil {
		return none{}, err
	}
	return none{}, all.ChangeAccount(ctx, p)
}

func (s *Server) removeAccount(ctx context.Context, p itemNamed) (none, error) {
	all, err := s.items()
	if err != nil {
		return none{}, err
	}
	return none{}, all.RemoveAccount(ctx, p.ID)
}
