package bridge

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/capability/storage/storagetest"
	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/permission"
)

// remote names a method about a storage.
func remote(name string) string { return "extension_remote_storage_" + name }

// requested wraps arguments as the SDK does.
func requested(params m) m { return m{"request": params} }

// brought is a storage as an app of this dialect adds it.
func brought(one items.Storage) m {
	return requested(m{"name": "Mine", "type": "s3", "config": m{
		"endpoint": one.Endpoint, "region": one.Region, "bucket": one.Bucket, "accessKeyId": one.AccessKey, "secretAccessKey": one.Secret,
	}})
}

// TestHaexRemoteStorage goes the way of an app that syncs files.
func TestHaexRemoteStorage(t *testing.T) {
	p := newHaexPlace(t)
	one := storagetest.New(t)
	s := p.open(p.install(nil, permissions(storing("readWrite", "*"), near(one.Endpoint))))
	if got := p.good(s, remote("list_backends"), m{}); !reflect.DeepEqual(got, []any{}) {
		t.Errorf("%v", got)
	}
	backend := p.keepStorage(one)
	asked := p.asked(s, remote("list_backends"), m{})
	if asked["resourceType"] != "filesync" || asked["action"] != "read" || asked["target"] != one.Place() {
		t.Errorf("%v", asked)
	}
	p.person.says(func(q *Prompt) Answer {
		if q.Keeps {
			return Answer{Choice: ChooseAlways}
		}
		return Answer{Choice: ChooseOnce}
	})
	if got := p.resolved(s, asked); got != "granted" {
		t.Fatal(got)
	}
	list := p.good(s, remote("list_backends"), m{}).([]any)
	if len(list) != 1 {
		t.Fatalf("%v", list)
	}
	info := list[0].(map[string]any)
	at := info["createdAt"].(string)
	delete(info, "createdAt")
	want := map[string]any{
		"id": backend, "type": "s3", "name": "Backups", "enabled": true,
		"config": map[string]any{"endpoint": one.Endpoint, "region": "us-east-1", "bucket": "alcove"},
	}
	if !reflect.DeepEqual(info, want) || !regexp.MustCompile(`^\d{4}-\d\d-\d\dT[\d:.]{12}Z$`).MatchString(at) {
		t.Errorf("%v, %s", info, at)
	}

	object := func(key string, more m) m {
		params := m{"backendId": backend, "key": key}
		for name, value := range more {
			params[name] = value
		}
		return requested(params)
	}
	write := object("a/1", m{"data": "AQID"})
	if got := p.resolved(s, p.asked(s, remote("upload"), write)); got != "granted" {
		t.Fatal(got)
	}
	if got := p.good(s, remote("upload"), write); got != nil {
		t.Errorf("%v", got)
	}
	if got := p.good(s, remote("download"), object("a/1", nil)); got != "AQID" {
		t.Errorf("%v", got)
	}
	objects := p.good(s, remote("list"), requested(m{"backendId": backend, "prefix": "a/"})).([]any)
	found := objects[0].(map[string]any)
	if len(objects) != 1 || found["key"] != "a/1" || found["size"] != int64(3) || !strings.HasSuffix(found["lastModified"].(string), "Z") {
		t.Errorf("%v", objects)
	}
	p.good(s, remote("test_backend"), m{"backendId": backend})
	p.good(s, remote("delete"), object("a/1", nil))
	if got := p.good(s, remote("list"), requested(m{"backendId": backend})); !reflect.DeepEqual(got, []any{}) {
		t.Errorf("%v", got)
	}

	// Its own: the person is asked, also about the network at home.
	for range 2 {
		if got := p.resolved(s, p.asked(s, remote("add_backend"), brought(one))); got != "granted" {
			t.Fatal(got)
		}
	}
	added := p.good(s, remote("add_backend"), brought(one)).(map[string]any)
	if added["name"] != "Mine" || strings.Contains(fmt.Sprint(added), one.Secret) || strings.Contains(fmt.Sprint(added), one.AccessKey) {
		t.Errorf("%v", added)
	}
	own := added["id"].(string)
	p.good(s, remote("test_backend"), m{"backendId": own})
	changed := p.good(s, remote("update_backend"), requested(m{"backendId": own, "name": "Ours", "config": m{"region": "eu-central-1"}})).(map[string]any)
	if changed["name"] != "Ours" || changed["config"].(map[string]any)["region"] != "eu-central-1" || changed["config"].(map[string]any)["bucket"] != "alcove" {
		t.Errorf("%v", changed)
	}
	p.good(s, remote("test_backend"), m{"backendId": own}) // the keys are those it had
	if list = p.good(s, remote("list_backends"), m{}).([]any); len(list) != 2 {
		t.Errorf("%v", list)
	}
	p.good(s, remote("remove_backend"), m{"backendId": own})
	if list = p.good(s, remote("list_backends"), m{}).([]any); len(list) != 1 {
		t.Errorf("%v", list)
	}
}

func TestHaexRemoteStorageThatDoesNotMap(t *testing.T) {
	p := newHaexPlace(t)
	one := storagetest.New(t)
	backend := p.keepStorage(one)
	wrong := one
	wrong.Name, wrong.AccessKey = "Wrong", "AKIDWRONG"
	wrong.Prefix = "wrong"
	closed := p.keepStorage(wrong)
	id := p.install(nil, permissions(storing("readWrite", "*")))
	s := p.open(id)
	p.decide(id, storageKey("readWrite", "*"), permission.Allow)
	nobody := "00000000-0000-7000-8000-000000000000"
	pathed := brought(one)
	pathed["request"].(m)["config"].(m)["endpoint"] = "https://example.com/storage/s3"
	dav := brought(one)
	dav["request"].(m)["type"] = "webdav"
	for what, tt := range map[string]struct {
		method string
		params m
		number int64
		reason string
	}{
		"no backend":     {"download", requested(m{"backendId": nobody, "key": "a"}), 1001, "items.no_storage"},
		"no object":      {"download", requested(m{"backendId": backend, "key": "a"}), 1001, "storage.no_object"},
		"no key":         {"delete", requested(m{"backendId": backend}), 3001, "request.malformed"},
		"no id":          {"list", requested(m{}), 3001, "request.malformed"},
		"nothing":        {"upload", m{}, 3001, "request.malformed"},
		"no base64":      {"upload", requested(m{"backendId": backend, "key": "a", "data": "!"}), 3001, "request.malformed"},
		"up":             {"upload", requested(m{"backendId": backend, "key": "../a", "data": "YQ=="}), 3001, "storage.key"},
		"wrong keys":     {"test_backend", m{"backendId": closed}, 6000, "storage.login"},
		"another kind":   {"add_backend", dav, 3001, "request.malformed"},
		"below a path":   {"add_backend", pathed, 3001, "items.endpoint"},
		"at home":        {"add_backend", brought(one), 1002, "permission.undeclared"},
		"the person's":   {"update_backend", requested(m{"backendId": backend, "name": "x"}), 1002, "storage.not_own"},
		"not there":      {"remove_backend", m{"backendId": nobody}, 1002, "storage.not_own"},
		"not an object":  {"upload", m{"request": "x"}, 3001, "request.malformed"},
		"no credentials": {"add_backend", requested(m{"name": "n", "type": "s3", "config": m{"region": "r", "bucket": "bucket"}}), 3001, "items.access_key"},
	} {
		if number, reason := p.code(s, remote(tt.method), tt.params); number != tt.number || reason != tt.reason {
			t.Errorf("%s: %d %s", what, number, reason)
		}
	}
	none := p.open(p.install(nil, bundletest.With("name", "third"), bundletest.WithKey(3), permissions(storing("read", "*"))))
	if number, reason := p.code(none, remote("upload"), requested(m{"backendId": backend, "key": "a", "data": "YQ=="})); number != 1002 || reason != "permission.undeclared" {
		t.Errorf("%d %s", number, reason)
	}
}

// TestHaexRemoteStorageHasSizes: what does not fit is refused, and nothing of it
// is passed for the whole.
func TestHaexRemoteStorageHasSizes(t *testing.T) {
	p := newHaexPlace(t)
	piece := bytes.Repeat([]byte("x"), 1<<20)
	size := 24
	one := storagetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("list-type") {
			var page strings.Builder
			from := r.URL.Query().Get("continuation-token")
			for i := range 1000 {
				fmt.Fprintf(&page, "<Contents><Key>%s-%d</Key><Size>1</Size></Contents>", from, i)
			}
			_, _ = fmt.Fprintf(w, "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>%sx</NextContinuationToken>%s</ListBucketResult>", from, page.String())
			return
		}
		w.Header().Set("Last-Modified", "Fri, 02 Jan 2026 03:04:05 GMT")
		for range size {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	}))
	backend := p.keepStorage(one)
	id := p.install(nil, permissions(storing("readWrite", "*")))
	s := p.open(id)
	p.decide(id, storageKey("readWrite", "*"), permission.Allow)
	read := requested(m{"backendId": backend, "key": "a"})
	if got := p.good(s, remote("download"), read).(string); len(got) != base64.StdEncoding.EncodedLen(24<<20) {
		t.Errorf("%d characters", len(got))
	}
	size = 25
	if number, reason := p.code(s, remote("download"), read); number != 7000 || reason != "storage.too_large" {
		t.Errorf("%d %s", number, reason)
	}
	if number, reason := p.code(s, remote("list"), requested(m{"backendId": backend})); number != 7000 || reason != "storage.too_large" {
		t.Errorf("%d %s", number, reason)
	}
	large := requested(m{"backendId": backend, "key": "a", "data": strings.Repeat("A", MaxEnvelope)})
	if number, reason := p.code(s, remote("upload"), large); number != 7000 || reason != "request.too_large" {
		t.Errorf("%d %s", number, reason)
	}
}
