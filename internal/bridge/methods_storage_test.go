package bridge

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/capability/storage/storagetest"
	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/permission"
)

// storing is a permission about storages.
func storing(action, place string) m {
	return m{"resource": "storage", "action": action, "target": place, "reason": "To keep copies."}
}

// near is the permission to reach an address of the own network.
func near(endpoint string) m {
	return m{"resource": "net", "action": "private", "target": endpoint + "/*", "reason": "To reach it."}
}

// keepStorage adds a storage to the vault, as the person does.
func (p *place) keepStorage(one items.Storage) (id string) {
	p.t.Helper()
	id, err := p.bridge.items.AddStorage(p.t.Context(), one)
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// placeOf is the place of a storage that is not kept yet.
func placeOf(t *testing.T, one items.Storage) string {
	t.Helper()
	one, err := items.CheckStorage(one)
	if err != nil {
		t.Fatal(err)
	}
	return one.Place()
}

// adding is what an app says of a storage that it adds.
func adding(one items.Storage) m {
	return m{"name": one.Name, "endpoint": one.Endpoint, "bucket": one.Bucket, "accessKey": one.AccessKey, "secret": one.Secret, "pathStyle": true}
}

// questions are what the person is asked from now on, each answered alike.
func (p *place) questions(choice string) (asked *[]string) {
	asked = new([]string)
	p.person.says(func(q *Prompt) Answer {
		*asked = append(*asked, said(q))
		return Answer{Choice: choice}
	})
	return asked
}

// TestAStorageNeedsAGrantForItsPlace goes the way of an app that keeps copies.
func TestAStorageNeedsAGrantForItsPlace(t *testing.T) {
	p := newPlace(t)
	one := storagetest.New(t)
	storage := p.keepStorage(one)
	id := p.install(nil, permissions(storing("readWrite", "*")))
	s := p.open(id)
	asked := p.questions(ChooseDeny)
	for _, method := range []string{"storage.places", "storage.list"} {
		params := m{"storage": storage}
		if method == "storage.places" {
			params = m{}
		}
		if _, code := p.call(s, method, params); code != "permission.denied" {
			t.Errorf("%s: %q", method, code)
		}
	}
	host := strings.TrimPrefix(one.Endpoint, "http://")
	if want := "Hello wants to read files in Backups (bucket alcove at " + host + ")"; !slices.Equal(*asked, []string{want, want}) {
		t.Errorf("%q", *asked)
	}
	p.person.says(nil)

	p.decide(id, storageKey("read", one.Place()), permission.Allow)
	list := p.must(s, "storage.places", m{})["storages"].([]any)
	text := fmt.Sprint(list)
	if len(list) != 1 || !strings.Contains(text, "write:false") || !strings.Contains(text, "own:false") || strings.Contains(text, one.Secret) || strings.Contains(text, one.AccessKey) {
		t.Error(text)
	}
	p.must(s, "storage.test", m{"storage": storage})
	asked = p.questions(ChooseAlways)
	p.must(s, "storage.put", m{"storage": storage, "key": "a/1", "data": []byte{1, 2}})
	if len(*asked) != 1 || !strings.Contains((*asked)[0], "read, change and delete files in Backups") {
		t.Errorf("%q", *asked)
	}
	p.person.says(nil)
	p.must(s, "storage.put", m{"storage": storage, "key": "b", "data": "text"})
	if got := p.must(s, "storage.get", m{"storage": storage, "key": "a/1"})["data"]; fmt.Sprint(got) != "[1 2]" {
		t.Errorf("%v", got)
	}
	got := p.must(s, "storage.list", m{"storage": storage, "limit": 1})
	if objects := got["objects"].([]any); len(objects) != 1 || objects[0].(map[string]any)["key"] != "a/1" || got["more"] != true {
		t.Errorf("%v", got)
	}
	got = p.must(s, "storage.list", m{"storage": storage, "prefix": "a/", "after": "a/1"})
	if len(got["objects"].([]any)) != 0 || got["more"] != false {
		t.Errorf("%v", got)
	}
	p.must(s, "storage.delete", m{"storage": storage, "key": "a/1"})
	if p.meter(s, "network").Used == 0 {
		t.Error("what goes to a storage is no traffic")
	}
	p.wantCodes(s, map[string]struct {
		method string
		params m
		code   string
	}{
		"no object":      {"storage.get", m{"storage": storage, "key": "a/1"}, "storage.no_object"},
		"no storage":     {"storage.get", m{"storage": "00000000-0000-7000-8000-000000000000", "key": "a"}, "items.no_storage"},
		"not an id":      {"storage.test", m{"storage": "x"}, "items.no_storage"},
		"no key":         {"storage.put", m{"storage": storage, "key": "", "data": "x"}, "storage.key"},
		"up":             {"storage.put", m{"storage": storage, "key": "../x", "data": "x"}, "storage.key"},
		"two lines":      {"storage.delete", m{"storage": storage, "key": "a\nb"}, "storage.key"},
		"a long key":     {"storage.get", m{"storage": storage, "key": strings.Repeat("k", 1025)}, "request.malformed"},
		"too many":       {"storage.list", m{"storage": storage, "limit": 10_001}, "request.malformed"},
		"the person's":   {"storage.remove", m{"id": storage}, "storage.not_own"},
		"another name":   {"storage.change", m{"id": storage, "name": "Mine"}, "storage.not_own"},
		"its own secret": {"storage.get", m{"storage": storage, "key": "a", "secret": "x"}, "request.malformed"},
	})
}

// TestAStorageElsewhereIsAnother: a grant is about where files go, not about a
// name.
func TestAStorageElsewhereIsAnother(t *testing.T) {
	p := newPlace(t)
	one := storagetest.New(t)
	storage := p.keepStorage(one)
	id := p.install(nil, permissions(storing("readWrite", "*")))
	s := p.open(id)
	p.decide(id, storageKey("readWrite", one.Place()), permission.Allow)
	p.must(s, "storage.test", m{"storage": storage})
	one.ID, one.Prefix, one.Secret = storage, "other", ""
	if err := p.bridge.items.ChangeStorage(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	p.questions(ChooseDeny)
	if _, code := p.call(s, "storage.test", m{"storage": storage}); code != "permission.denied" {
		t.Errorf("%q", code)
	}
}

// TestAStorageOutOfReachIsNotThere: undeclared or forbidden, nothing tells.
func TestAStorageOutOfReachIsNotThere(t *testing.T) {
	p := newPlace(t)
	one := storagetest.New(t)
	storage := p.keepStorage(one)
	elsewhere := p.install(nil, permissions(storing("read", "https://s3.example.com/other")))
	s := p.open(elsewhere)
	for _, id := range []string{storage, "00000000-0000-7000-8000-000000000000"} {
		if _, code := p.call(s, "storage.test", m{"storage": id}); code != "items.no_storage" {
			t.Errorf("%q", code)
		}
		if _, code := p.call(s, "storage.put", m{"storage": id, "key": "a", "data": "x"}); code != "permission.undeclared" {
			t.Errorf("%q", code)
		}
	}
	if got := fmt.Sprint(p.must(s, "storage.places", m{})); got != "map[storages:[]]" {
		t.Error(got)
	}
	none := p.open(p.install(nil, bundletest.With("name", "third"), bundletest.WithKey(3)))
	for _, method := range []string{"storage.places", "storage.test"} {
		params := m{}
		if method == "storage.test" {
			params["storage"] = storage
		}
		if _, code := p.call(none, method, params); code != "permission.undeclared" {
			t.Errorf("%s: %q", method, code)
		}
	}
	allowed := p.install(nil, bundletest.With("name", "fourth"), bundletest.WithKey(4), permissions(storing("read", "*")))
	s = p.open(allowed)
	p.decide(allowed, storageKey("read", "*"), permission.Allow)
	p.must(s, "storage.test", m{"storage": storage})
	p.bridge.Forbid(permission.Policy{"net": true})
	for _, method := range []string{"storage.places", "storage.test"} {
		params := m{}
		if method == "storage.test" {
			params["storage"] = storage
		}
		if _, code := p.call(s, method, params); code != "permission.policy" {
			t.Errorf("%s: %q", method, code)
		}
	}
}

// TestAnAppsOwnStorage is added with the person's word each time, is seen by no
// other app, and becomes the person's when they say so.
func TestAnAppsOwnStorage(t *testing.T) {
	p := newPlace(t)
	one := storagetest.New(t)
	id := p.install(nil, permissions(storing("readWrite", "*"), near(one.Endpoint)))
	s := p.open(id)
	asked := p.questions(ChooseDeny)
	if _, code := p.call(s, "storage.add", adding(one)); code != "permission.denied" {
		t.Errorf("%q", code)
	}
	host := strings.TrimPrefix(one.Endpoint, "http://")
	if want := "Hello wants to add the storage " + host + ", bucket alcove"; !slices.Equal(*asked, []string{want}) {
		t.Errorf("%q", *asked)
	}
	asked = p.questions(ChooseOnce)
	added := p.must(s, "storage.add", adding(one))["storage"].(map[string]any)
	if len(*asked) != 2 || !strings.Contains((*asked)[1], "your own network") || added["own"] != true || strings.Contains(fmt.Sprint(added), one.Secret) {
		t.Errorf("%q, %v", *asked, added)
	}
	storage := added["id"].(string)
	asked = p.questions(ChooseAlways)
	p.must(s, "storage.put", m{"storage": storage, "key": "a", "data": "x"})
	if len(*asked) != 1 || !strings.Contains((*asked)[0], "your own network") {
		t.Errorf("%q", *asked) // of its own storage it was asked when it was added
	}
	asked = p.questions(ChooseDeny)
	if got := fmt.Sprint(p.must(s, "storage.places", m{})); !strings.Contains(got, storage) || !strings.Contains(got, "own:true") {
		t.Error(got)
	}
	if got := p.must(s, "storage.change", m{"id": storage, "name": "Mine"})["storage"].(map[string]any); got["name"] != "Mine" || got["bucket"] != "alcove" {
		t.Errorf("%v", got)
	}
	p.must(s, "storage.test", m{"storage": storage}) // by the keys it had
	if len(*asked) != 0 {
		t.Errorf("%q", *asked)
	}
	if _, code := p.call(s, "storage.change", m{"id": storage, "bucket": "another"}); code != "permission.denied" || len(*asked) != 1 {
		t.Errorf("%q, %q", code, *asked)
	}

	other := p.install(nil, bundletest.With("name", "other"), bundletest.WithKey(2), permissions(storing("readWrite", "*")))
	o := p.open(other)
	p.decide(other, storageKey("readWrite", "*"), permission.Allow)
	if got := fmt.Sprint(p.must(o, "storage.places", m{})); got != "map[storages:[]]" {
		t.Error(got)
	}
	for method, params := range map[string]m{
		"storage.test": {"storage": storage}, "storage.get": {"storage": storage, "key": "a"}, "storage.put": {"storage": storage, "key": "a", "data": "y"},
	} {
		if _, code := p.call(o, method, params); code != "items.no_storage" {
			t.Errorf("%s: %q", method, code)
		}
	}
	if _, code := p.call(o, "storage.remove", m{"id": storage}); code != "storage.not_own" {
		t.Errorf("%q", code)
	}

	if err := p.bridge.items.ShareStorage(t.Context(), storage); err != nil {
		t.Fatal(err)
	}
	p.must(o, "storage.get", m{"storage": storage, "key": "a"})
	if _, code := p.call(s, "storage.get", m{"storage": storage, "key": "a"}); code != "permission.denied" {
		t.Errorf("%q", code)
	}
	if _, code := p.call(s, "storage.remove", m{"id": storage}); code != "storage.not_own" {
		t.Errorf("%q", code)
	}
	p.questions(ChooseOnce)
	second := p.must(s, "storage.add", adding(one))["storage"].(map[string]any)["id"].(string)
	p.must(s, "storage.remove", m{"id": second})
	if _, err := p.bridge.items.Storage(t.Context(), second); err == nil {
		t.Error("it is still there")
	}
}

// TestAnAppLeadsNobodyIntoTheOwnNetworkByAStorage: not without the permission for
// that, however it is written.
func TestAnAppLeadsNobodyIntoTheOwnNetworkByAStorage(t *testing.T) {
	p := newPlace(t)
	reached := 0
	one := storagetest.Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	id := p.install(nil, permissions(storing("readWrite", "*")))
	s := p.open(id)
	p.questions(ChooseOnce)
	if _, code := p.call(s, "storage.add", adding(one)); code != "permission.undeclared" {
		t.Errorf("%q", code)
	}
	// A public name for it is found out when it is connected to.
	one.Owner = s.Context.ID
	kept := p.keepStorage(one)
	r := s.reachingStorage("read")
	r.places = append(r.places, storageKey("read", one.Place()))
	server, err := r.server(t.Context(), kept)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.bridge.storage.Test(t.Context(), server); err == nil || reached > 0 {
		t.Errorf("%v, reached %d times", err, reached)
	}
}

// TestASharedStorageLeadsNobodyIntoTheOwnNetwork: sharing makes a storage the
// person's, and its name is still the app's, which can stand for another address
// each time.
func TestASharedStorageLeadsNobodyIntoTheOwnNetwork(t *testing.T) {
	p := newPlace(t)
	here := storagetest.Serve(t, http.NotFoundHandler()).Endpoint
	s := p.open(p.install(nil, permissions(storing("readWrite", "*"))))
	address := strings.TrimPrefix(here, "http://")
	reaches := func(endpoint, owner string, share bool) bool {
		one := storagetest.Serve(t, http.NotFoundHandler())
		one.Endpoint, one.Owner = endpoint, owner
		kept := p.keepStorage(one)
		if share {
			if err := p.bridge.items.ShareStorage(t.Context(), kept); err != nil {
				t.Fatal(err)
			}
		}
		r := s.reachingStorage("read")
		r.places = append(r.places, storageKey("read", one.Place()))
		server, err := r.server(t.Context(), kept)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := server.Dial(t.Context(), "tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}
	app := s.Context.ID
	for _, test := range []struct {
		endpoint, owner string
		share, want     bool
	}{
		{"http://s3.example.com", "", false, true}, // a person typed it
		{"http://s3.example.com", "", true, true},
		{"http://s3.example.com", app, false, false},
		{"http://s3.example.com", app, true, false},
		{here, app, false, false},
		{here, app, true, true}, // the person saw where it is
	} {
		if got := reaches(test.endpoint, test.owner, test.share); got != test.want {
			t.Errorf("%v: %v", test, got)
		}
	}
}

// TestTakingAStorageBackEndsWhatRuns: also a call that waits for the server.
func TestTakingAStorageBackEndsWhatRuns(t *testing.T) {
	p := newPlace(t)
	began := make(chan struct{})
	one := storagetest.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
	}))
	storage := p.keepStorage(one)
	id := p.install(nil, permissions(storing("read", "*")))
	s := p.open(id)
	key := storageKey("read", placeOf(t, one))
	p.decide(id, key, permission.Allow)
	ticket := p.ask(s, 1, "storage.get", m{"storage": storage, "key": "a"})
	<-began
	p.decide(id, key, permission.Deny)
	if got := p.fetch(s.Secret, ticket); got.code() != "permission.revoked" {
		t.Errorf("%q", got.code())
	}
}
