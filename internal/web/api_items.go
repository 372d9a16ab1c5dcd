package web

import (
	"context"

	"github.com/alcove-vault/alcove/internal/items"
)

// itemMethods are about the vault's own password items, all of them: this is
// the person's page.
func itemMethods() map[string]apiMethod {
	return map[string]apiMethod{
		"items.list":     bind((*Server).listItems),
		"items.deleted":  bind((*Server).deletedItems),
		"items.get":      bind((*Server).getItem),
		"items.code":     bind((*Server).itemCode),
		"items.create":   bind((*Server).createItem),
		"items.update":   bind((*Server).updateItem),
		"items.delete":   bind((*Server).deleteItem),
		"items.restore":  bind((*Server).restoreItem),
		"items.remove":   bind((*Server).removeItem),
		"items.generate": bind((*Server).generatePassword),
		"items.copy":     bind((*Server).copyItem),
	}
}

// itemNamed names one item or account.
type itemNamed struct {
	ID string `json:"id"`
}

// itemChange is what an item is to be. What is missing stays as it is.
type itemChange struct {
	ID       string         `json:"id"` // of update
	Title    *string        `json:"title"`
	Username *string        `json:"username"`
	Password *string        `json:"password"`
	URLs     *[]string      `json:"urls"`
	Note     *string        `json:"note"`
	Tags     *[]string      `json:"tags"`
	TOTP     *string        `json:"totp"` // otpauth address or secret; "" takes it away
	Fields   *[]items.Field `json:"fields"`
}

func (p itemChange) change() (items.Change, error) {
	c := items.Change{Title: p.Title, Username: p.Username, Password: p.Password, URLs: p.URLs, Note: p.Note, Tags: p.Tags, Fields: p.Fields}
	if p.TOTP == nil {
		return c, nil
	}
	var codes *items.TOTP
	if *p.TOTP != "" {
		var err error
		if codes, err = items.ParseTOTP(*p.TOTP); err != nil {
			return c, err
		}
	}
	c.TOTP = &codes
	return c, nil
}

// items are those of the open vault.
func (s *Server) items() (*items.Items, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return nil, err
	}
	return u.Items, nil
}

type itemList struct {
	Items []items.Summary `json:"items"`
	Tags  []items.Tag     `json:"tags"`
}

func (s *Server) listItems(ctx context.Context, _ none) (itemList, error) {
	all, err := s.items()
	if err != nil {
		return itemList{}, err
	}
	list, err := all.List(ctx, nil)
	return itemList{list, items.TagsOf(list)}, err
}

func (s *Server) deletedItems(ctx context.Context, _ none) (map[string][]items.Summary, error) {
	all, err := s.items()
	if err != nil {
		return nil, err
	}
	list, err := all.Deleted(ctx)
	return map[string][]items.Summary{"items": list}, err
}

func (s *Server) getItem(ctx context.Context, p itemNamed) (map[string]items.Item, error) {
	all, err := s.items()
	if err != nil {
		return nil, err
	}
	i, err := all.Get(ctx, p.ID, nil)
	return map[string]items.Item{"item": i}, err
}

func (s *Server) itemCode(ctx context.Context, p itemNamed) (items.Code, error) {
	all, err := s.items()
	if err != nil {
		return items.Code{}, err
	}
	return all.Code(ctx, p.ID, nil)
}

func (s *Server) createItem(ctx context.Context, p itemChange) (itemNamed, error) {
	all, err := s.items()
	if err != nil {
		return itemNamed{}, err
	}
	c, err := p.change()
	if err != nil {
		return itemNamed{}, err
	}
	id, err := all.Create(ctx, c, nil)
	return itemNamed{id}, err
}

func (s *Server) updateItem(ctx context.Context, p itemChange) (none, error) {
	all, err := s.items()
	if err != nil {
		return none{}, err
	}
	c, err := p.change()
	if err != nil {
		return none{}, err
	}
	return none{}, all.Update(ctx, p.ID, c, nil)
}

func (s *Server) deleteItem(ctx context.Context, p itemNamed) (none, error) {
	all, err := s.items()
	if err != nil {
		return none{}, err
	}
	return none{}, all.Delete(ctx, p.ID, nil)
}

func (s *Server) restoreItem(ctx context.Context, p itemNamed) (none, error) {
	all, err := s.items()
	if err != nil {
		return none{}, err
	}
	return none{}, all.Restore(ctx, p.ID)
}

func (s *Server) removeItem(ctx context.Context, p itemNamed) (none, error) {
	all, err := s.items()
	if err != nil {
		return none{}, err
	}
	return none{}, all.Remove(ctx, p.ID)
}

func (s *Server) generatePassword(_ context.Context, p items.Recipe) (map[string]string, error) {
	password, err := items.Generate(p)
	return map[string]string{"password": password}, err
}

// copyItem puts something of an item on the desktop's clipboard for 30 seconds.
// In a browser the page copies by itself. Error: capability.unavailable there.
func (s *Server) copyItem(ctx context.Context, p copied) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	return none{}, u.Bridge.Copy(ctx, p.Text)
}
