package haex

import (
	"context"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/wire"
)

// maxObjects is how many objects a list has. One that has more is refused: the
// SDK has no word for the rest, and an app that takes a part for the whole
// deletes what it misses.
const maxObjects = 10_000

var errManyObjects = fault.New("storage.too_large", "There are more than 10,000 objects whose keys begin like this. Name a longer beginning.")

// request takes the arguments of a call about a storage, which are in an object
// of their own, or not.
func (t *turn) request() *args {
	if _, wrapped := t.args.value("request"); !wrapped {
		return t.args
	}
	inside := t.args.inside("request")
	t.args.adopt(inside)
	return inside
}

// onStorage makes a call about a storage.
func (t *turn) onStorage(ctx context.Context, method string, p Params, in *args) (map[string]wire.Value, error) {
	if t.args.adopt(in); t.args.err != nil {
		return nil, t.args.err
	}
	return t.call(ctx, method, p)
}

// listBackends answers the storages that the app may use.
func (t *turn) listBackends(ctx context.Context) (Result, error) {
	fields, err := t.call(ctx, "storage.places", nil)
	if err != nil {
		return nil, err
	}
	list, _ := fields["storages"].Array()
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = backend(v)
	}
	return tree(out), nil
}

// addBackend answers the new storage.
func (t *turn) addBackend(ctx context.Context) (Result, error) {
	in := t.request()
	if kind := in.text("type"); kind != "s3" {
		in.fail("The argument %q must be s3.", "type")
	}
	p := in.backend()
	if _, said := p["pathStyle"]; !said {
		p["pathStyle"] = !amazons(p["endpoint"].(string))
	}
	p["name"] = in.text("name")
	fields, err := t.onStorage(ctx, "storage.add", p, in)
	return tree(backend(fields["storage"])), err
}

// updateBackend answers the changed storage. What is left out stays.
func (t *turn) updateBackend(ctx context.Context) (Result, error) {
	in := t.request()
	p := in.backend()
	p["id"], p["name"] = in.text("backendId"), in.optionalText("name")
	fields, err := t.onStorage(ctx, "storage.change", p, in)
	return tree(backend(fields["storage"])), err
}

// backend reads where a storage is and what opens it.
func (a *args) backend() Params {
	config, p := a.inside("config"), Params{}
	for key, from := range map[string]string{
		"endpoint": "endpoint", "region": "region", "bucket": "bucket", "accessKey": "accessKeyId", "secret": "secretAccessKey", "token": "sessionToken",
	} {
		p[key] = config.optionalText(from)
	}
	if _, said := config.value("pathStyle"); said {
		p["pathStyle"] = config.truth("pathStyle")
	}
	a.adopt(config)
	return p
}

// amazons reports whether an endpoint is one of Amazon's, which takes the bucket
// in the name of the host only.
func amazons(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return endpoint == "" || err == nil && strings.Contains(u.Hostname()+".", ".amazonaws.com.")
}

func (t *turn) removeBackend(ctx context.Context) (Result, error) {
	in := t.request()
	_, err := t.onStorage(ctx, "storage.remove", Params{"id": in.text("backendId")}, in)
	return nothing, err
}

func (t *turn) testBackend(ctx context.Context) (Result, error) {
	in := t.request()
	_, err := t.onStorage(ctx, "storage.test", Params{"storage": in.text("backendId")}, in)
	return nothing, err
}

func (t *turn) upload(ctx context.Context) (Result, error) {
	in := t.request()
	data, ok := in.base64("data")
	if !ok {
		in.fail("The argument %q must be base64.", "data")
	}
	_, err := t.onStorage(ctx, "storage.put", Params{"storage": in.text("backendId"), "key": in.text("key"), "data": data}, in)
	return nothing, err
}

// download answers base64.
func (t *turn) download(ctx context.Context) (Result, error) {
	in := t.request()
	fields, err := t.onStorage(ctx, "storage.get", Params{"storage": in.text("backendId"), "key": in.text("key")}, in)
	data, _ := fields["data"].Blob()
	return tree(base64.StdEncoding.EncodeToString(data)), err
}

func (t *turn) deleteObject(ctx context.Context) (Result, error) {
	in := t.request()
	_, err := t.onStorage(ctx, "storage.delete", Params{"storage": in.text("backendId"), "key": in.text("key")}, in)
	return nothing, err
}

// listObjects answers {key, size, lastModified} of all objects, or of those
// whose keys begin with the prefix.
func (t *turn) listObjects(ctx context.Context) (Result, error) {
	in := t.request()
	fields, err := t.onStorage(ctx, "storage.list", Params{"storage": in.text("backendId"), "prefix": in.optionalText("prefix"), "limit": maxObjects}, in)
	if err != nil {
		return nil, err
	}
	if more, _ := fields["more"].Truth(); more {
		return nil, errManyObjects
	}
	list, _ := fields["objects"].Array()
	out := make([]any, len(list))
	for i, v := range list {
		object, _ := v.Fields()
		one := map[string]any{"key": object["key"].Any(), "size": object["size"].Any()}
		addTime(one, "lastModified", object["changed"])
		out[i] = one
	}
	return tree(out), nil
}

// backend is a storage in this dialect's words. What opens it is not in it.
func backend(v wire.Value) map[string]any {
	storage, _ := v.Fields()
	config := map[string]any{}
	for _, key := range []string{"endpoint", "region", "bucket"} {
		addText(config, key, storage[key])
	}
	out := map[string]any{"id": storage["id"].Any(), "type": "s3", "name": storage["name"].Any(), "enabled": true, "config": config}
	addTime(out, "createdAt", storage["created"])
	return out
}
