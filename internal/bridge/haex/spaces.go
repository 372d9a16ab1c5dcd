package haex

import (
	"context"

	"github.com/alcove-vault/alcove/internal/wire"
)

// Methods of Alcove's own about the vault as the one space there is.
const (
	MethodSpace    = "spaces.list"
	MethodAssign   = "spaces.assign"
	MethodUnassign = "spaces.unassign"
	MethodAssigned = "spaces.assigned"
)

// maxAssignments is how many rows one call can be about.
const maxAssignments = 10_000

// capabilities are what a person can do with their own vault, in the words that
// a space has for it.
var capabilities = []string{"space/read", "space/write"}

// listSpaces answers the one space: the vault.
func (t *turn) listSpaces(ctx context.Context) (Result, error) {
	fields, err := t.call(ctx, MethodSpace, nil)
	if err != nil {
		return nil, err
	}
	at, _ := fields["created"].Int64()
	return tree([]any{map[string]any{
		"id": fields["id"].Any(), "name": fields["name"].Any(), "originUrl": "",
		"createdAt": isoTime(at), "capabilities": capabilities,
	}}), nil
}

func (t *turn) assign(ctx context.Context) (Result, error) { return t.assigning(ctx, MethodAssign) }

func (t *turn) unassign(ctx context.Context) (Result, error) { return t.assigning(ctx, MethodUnassign) }

// assigning makes a call about rows, and answers how many it changed anything
// about.
func (t *turn) assigning(ctx context.Context, method string) (Result, error) {
	rows := []any{}
	for _, v := range t.args.list("assignments", maxAssignments) {
		fields, ok := v.Fields()
		if !ok {
			t.args.fail("The argument %q must be a list of objects with tableName, rowPks and spaceId.", "assignments")
			break
		}
		each := &args{fields: fields}
		rows = append(rows, Params{
			"space": each.text("spaceId"), "table": each.text("tableName"), "key": each.text("rowPks"),
			"group": each.optionalText("groupId"), "type": each.optionalText("type"), "label": each.optionalText("label"),
		})
		t.args.adopt(each)
	}
	if t.args.err != nil {
		return nil, t.args.err
	}
	fields, err := t.call(ctx, method, Params{"rows": rows})
	return func(e *wire.Encoder) error { return wire.Raw(e, fields["count"]) }, err
}

// getAssignments answers what is assigned of a table, or of some of its rows.
func (t *turn) getAssignments(ctx context.Context) (Result, error) {
	p := Params{"table": t.args.text("tableName"), "keys": t.args.texts("rowPks", maxAssignments)}
	if t.args.err != nil {
		return nil, t.args.err
	}
	fields, err := t.call(ctx, MethodAssigned, p)
	if err != nil {
		return nil, err
	}
	list, _ := fields["rows"].Array()
	out := make([]any, len(list))
	for i, v := range list {
		row, _ := v.Fields()
		assignment := map[string]any{"tableName": row["table"].Any(), "rowPks": row["key"].Any(), "spaceId": fields["space"].Any()}
		addText(assignment, "groupId", row["group"])
		addText(assignment, "type", row["type"])
		addText(assignment, "label", row["label"])
		out[i] = assignment
	}
	return tree(out), nil
}
