package bridge

import (
	"context"

	"github.com/alcove-vault/alcove/internal/bridge/haex"
	"github.com/alcove-vault/alcove/internal/capability/spaces"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

var errNoSpace = fault.New("spaces.not_found", "There is no such space. A vault is one space; spaces.list says which.")

// UseName gives the bridge what the vault is called. Call it before Open.
func (b *Bridge) UseName(name string) { b.name = name }

// spaceMethods are about the vault as the one space there is, for dialects that
// know several.
func spaceMethods() map[string]*method {
	return map[string]*method{
		haex.MethodSpace:    {name: haex.MethodSpace, deadline: deadlineKV, parse: parseSpace},
		haex.MethodAssign:   {name: haex.MethodAssign, deadline: deadlineDB, parse: parseAssign},
		haex.MethodUnassign: {name: haex.MethodUnassign, deadline: deadlineDB, parse: parseUnassign},
		haex.MethodAssigned: {name: haex.MethodAssigned, deadline: deadlineDB, parse: parseAssigned},
	}
}

func ofSpaces(action string) func(context.Context) ([]permission.Call, error) {
	return wanting(permission.Call{Key: permission.Key{Resource: "spaces", Action: action}})
}

// spaceName names the vault to one app, and to no other; on all devices alike.
func (s *Session) spaceName() string {
	vault := s.bridge.keys.VaultID()
	return s.nameOf("space", vault[:])
}

// parseSpace answers {id, name, created}: of the vault, and since when it is on
// this device, in Unix milliseconds.
func parseSpace(s *Session, _ *args) work {
	return work{wants: ofSpaces("read"), run: func(ctx context.Context, _ grantedTerms) (result, error) {
		since, err := s.spaces.Since(ctx)
		return tree(map[string]any{"id": s.spaceName(), "name": s.bridge.name, "created": since.UnixMilli()}), err
	}}
}

// parseAssign answers {count}: how many rows are new in the space.
func parseAssign(s *Session, a *args) work {
	return s.assigning(a, (*spaces.Space).Assign)
}

// parseUnassign answers {count}: how many rows were in the space.
func parseUnassign(s *Session, a *args) work {
	return s.assigning(a, (*spaces.Space).Unassign)
}

func (s *Session) assigning(a *args, do func(*spaces.Space, context.Context, []spaces.Row) (int, error)) work {
	rows := s.readRows(a)
	return work{wants: ofSpaces("readWrite"), run: func(ctx context.Context, _ grantedTerms) (result, error) {
		count, err := do(s.spaces, ctx, rows)
		return tree(map[string]any{"count": count}), err
	}}
}

// readRows reads rows as {space, table, key, group, type, label}, of which the
// last three may be left out.
func (s *Session) readRows(a *args) (rows []spaces.Row) {
	here := s.spaceName()
	a.maps("rows", spaces.MaxAtOnce, func(each *args) {
		row := spaces.Row{
			Key:   each.text("key", MaxEnvelope),
			Group: each.optionalText("group", MaxEnvelope), Type: each.optionalText("type", MaxEnvelope), Label: each.optionalText("label", MaxEnvelope),
		}
		row.Table = s.ownTable(each)
		if each.text("space", MaxEnvelope) != here {
			each.refuse(errNoSpace)
		}
		if err := row.Check(); err != nil {
			each.refuse(err)
		}
		rows = append(rows, row)
	})
	return rows
}

// ownTable reads the full name of one of the app's tables.
func (s *Session) ownTable(a *args) string {
	table, err := spaces.Own(s.Context.Prefix, a.text("table", MaxEnvelope))
	if err != nil {
		a.refuse(err)
	}
	return table
}

// parseAssigned answers {space, rows}: those of a table that are in the space, or
// of some rows those that are.
func parseAssigned(s *Session, a *args) work {
	table, keys := s.ownTable(a), a.optionalTexts("keys", spaces.MaxAtOnce, MaxEnvelope)
	for _, key := range keys {
		if err := spaces.CheckKey(key); err != nil {
			a.refuse(err)
		}
	}
	return work{wants: ofSpaces("read"), run: func(ctx context.Context, _ grantedTerms) (result, error) {
		rows, err := s.spaces.Rows(ctx, table, keys)
		return tree(map[string]any{"space": s.spaceName(), "rows": rows}), err
	}}
}
