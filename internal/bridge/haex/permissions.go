package haex

import (
	"context"
	"net/http"

	"github.com/alcove-vault/alcove/internal/capability/network"
	"github.com/alcove-vault/alcove/internal/permission"
)

// status writes what would become of a call, in this dialect's words.
func status(v permission.Verdict) Result {
	word := "denied"
	switch v {
	case permission.Allowed:
		word = "granted"
	case permission.Ask:
		word = "ask"
	}
	return tree(map[string]string{"status": word})
}

// operation reads what is to be done with a resource.
func (a *args) operation(read, write string) string {
	switch op := a.text("operation"); op {
	case "read":
		return read
	case "write":
		return write
	default:
		a.fail("The argument %q must be read or write.", "operation")
		return ""
	}
}

func (t *turn) checkDatabase(context.Context) (Result, error) {
	table, action := t.args.text("resource"), t.args.operation("read", "readWrite")
	if t.args.err != nil {
		return nil, t.args.err
	}
	if t.owns(table) {
		return status(permission.Allowed), nil
	}
	return status(t.host.Judge(permission.Call{Key: permission.Key{Resource: "db", Action: action, Target: table}})), nil
}

func (t *turn) checkWeb(context.Context) (Result, error) {
	url := t.args.text("url")
	if t.args.err != nil {
		return nil, t.args.err
	}
	address, err := network.Parse(url)
	if err != nil {
		return nil, err
	}
	key := permission.Key{Resource: "net", Action: "fetch", Target: address.String()}
	return status(t.host.Judge(permission.Call{Key: key, Method: http.MethodGet})), nil
}

func (t *turn) checkFiles(ctx context.Context) (Result, error) {
	path, action := t.args.text("path"), t.args.operation("read", "readWrite")
	if t.args.err != nil {
		return nil, t.args.err
	}
	target, err := t.host.Spell(path)
	if err != nil {
		return status(permission.Denied), nil //nolint:nilerr // nobody can be let at it
	}
	return status(t.host.JudgePath(ctx, action, target)), nil
}
