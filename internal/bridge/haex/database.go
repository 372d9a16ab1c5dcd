package haex

import (
	"context"
	"strings"

	"github.com/alcove-vault/alcove/internal/spelling"
	"github.com/alcove-vault/alcove/internal/wire"
)

// Bounds of one call.
const (
	maxStatements = 10_000
	maxValues     = 32_766
)

// statement reads {sql, params}. One of the SDK's two interfaces says query
// instead of sql.
func (a *args) statement() Params {
	sql := a.optionalText("sql")
	if _, ok := a.value("sql"); !ok {
		sql = a.text("query")
	}
	return a.bound(sql, a.list("params", maxValues))
}

func (a *args) bound(sql string, values []wire.Value) Params {
	params, ok := bind(values)
	if !ok {
		a.fail("The values of a statement must be null, true, false, numbers of at most 64 bits, text, bytes, lists or objects.")
	}
	return Params{"sql": sql, "params": params}
}

// query runs a statement that reads, and one that writes as execute does: the
// SDK sends INSERT with RETURNING here, too.
func (t *turn) query(ctx context.Context) (Result, error) {
	p := t.args.statement()
	if t.args.err != nil {
		return nil, t.args.err
	}
	fields, err := t.call(ctx, "db.query", p)
	if has(err, "db.not_a_query") {
		fields, err = t.call(ctx, "db.execute", p)
	}
	if err != nil {
		fields, err = t.askedOne(ctx, p, err)
	}
	return writeOutcome(fields), err
}

// execute runs a statement that writes, and one that reads as query does: all
// that the SDK's ORM reads as a list comes here.
func (t *turn) execute(ctx context.Context) (Result, error) {
	p := t.args.statement()
	if t.args.err != nil {
		return nil, t.args.err
	}
	if mayRead(p["sql"].(string)) {
		return t.query(ctx)
	}
	fields, err := t.call(ctx, "db.execute", p)
	if err != nil {
		fields, err = t.askedOne(ctx, p, err)
	}
	return writeOutcome(fields), err
}

// mayRead reports whether a statement begins as one that reads does. It is only
// a guess, which saves the writer's turn: the store says what it is.
func mayRead(sql string) bool {
	word := strings.ToUpper(strings.TrimLeft(sql, " \t\r\n("))
	for _, begin := range []string{"SELECT", "VALUES", "WITH"} {
		if strings.HasPrefix(word, begin) {
			return true
		}
	}
	return false
}

// transaction runs statements, all or none: [sql, values] or {sql, params}
// each.
func (t *turn) transaction(ctx context.Context) (Result, error) {
	var list []any
	for i, v := range t.args.list("statements", maxStatements) {
		if pair, ok := v.Array(); ok && len(pair) >= 1 && len(pair) <= 2 {
			sql, isText := pair[0].Text()
			values := []wire.Value(nil)
			if len(pair) == 2 && pair[1].Kind() != wire.Nil {
				if values, ok = pair[1].Array(); !ok {
					isText = false
				}
			}
			if isText {
				list = append(list, t.args.bound(sql, values))
				continue
			}
		}
		fields, ok := v.Fields()
		if !ok {
			t.args.fail("Statement %d must be a list of its text and its values.", i)
			break
		}
		each := &args{fields: fields}
		list = append(list, each.statement())
		if each.err != nil {
			t.args.err = each.err
			break
		}
	}
	if t.args.err != nil {
		return nil, t.args.err
	}
	fields, err := t.call(ctx, "db.transaction", Params{"statements": list})
	if err != nil {
		fields, err = t.asked(ctx, list, err)
	}
	if err != nil {
		return nil, err
	}
	affected := int64(0)
	results, _ := fields["results"].Array()
	for _, r := range results {
		each, _ := r.Fields()
		n, _ := each["rowsAffected"].Int64()
		affected += n
	}
	return tree(map[string]any{"rows": []any{}, "rowsAffected": affected}), nil
}

// owns reports whether a table is the extension's own.
func (f *Frame) owns(table string) bool {
	_, own := spelling.OwnTable(f.host.Own(), table)
	return own
}
