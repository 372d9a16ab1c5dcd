package bridge

import (
	"testing"

	"github.com/alcove-vault/alcove/internal/bridge/haex"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
	"github.com/alcove-vault/alcove/internal/wire"
)

// haexPlace is an open vault whose apps all speak the dialect haex.
type haexPlace struct{ *place }

func newHaexPlace(t testing.TB) haexPlace {
	p := newPlace(t)
	p.bridge.UseDialects(func(*extension.Running) string { return DialectHaex })
	p.bridge.UseDevice([]byte("device"))
	return haexPlace{p}
}

// ask makes a call as the page does for the SDK and returns its result or its
// error.
func (p haexPlace) ask(s *Session, method string, params m) (result any, failed map[string]any) {
	p.t.Helper()
	return p.settled(s, p.bridge.Call(p.t.Context(), s.Secret, pack(p.t, m{"v": 1, "id": 7, "method": method, "params": params})))
}

// fetched is the result of a call that has to succeed in the end.
func (p haexPlace) fetched(s *Session, method string, reply Reply) any {
	p.t.Helper()
	result, failed := p.settled(s, reply)
	if failed != nil {
		p.t.Fatalf("%s: %v", method, failed)
	}
	return result
}

// settled waits until a call is done.
func (p haexPlace) settled(s *Session, reply Reply) (result any, failed map[string]any) {
	p.t.Helper()
	for reply.Deferred {
		t := p.ticket(reply)
		p.page.await(func(i item) bool { return i.kind == eventDone && i.key == t.name })
		reply = p.bridge.Result(s.Secret, t.name, t.id)
	}
	v, err := wire.Parse(reply.Envelope, wire.Limits{Bytes: MaxReply, Depth: wire.MaxDepth, Items: 10_000_000})
	if err != nil {
		p.t.Fatal(err)
	}
	fields, _ := v.Fields()
	failed, _ = fields["error"].Any().(map[string]any)
	return fields["ok"].Any(), failed
}

// good makes a call that has to succeed.
func (p haexPlace) good(s *Session, method string, params m) any {
	p.t.Helper()
	result, failed := p.ask(s, method, params)
	if failed != nil {
		p.t.Fatalf("%s %v: %v", method, params, failed)
	}
	return result
}

// code makes a call that has to fail, and returns the number and the reason.
func (p haexPlace) code(s *Session, method string, params m) (int64, string) {
	p.t.Helper()
	result, failed := p.ask(s, method, params)
	if failed == nil {
		p.t.Errorf("%s %v: %v", method, params, result)
		return 0, ""
	}
	if _, isText := failed["message"].(string); !isText {
		p.t.Errorf("%s: no message in %v", method, failed)
	}
	number, _ := failed["code"].(int64)
	return number, failed["reason"].(string)
}

// events takes what waits for the frame.
func (p haexPlace) events(s *Session) []any {
	p.t.Helper()
	return p.good(s, haex.MethodTake, m{}).(map[string]any)["events"].([]any)
}

// follow takes events as the page does, until each says that it has seen enough:
// again at once where there are more, and where it asked too often.
func (p haexPlace) follow(s *Session, each func(event map[string]any) (enough bool)) {
	p.t.Helper()
	for enough := false; !enough; {
		p.page.mu.Lock()
		changed := p.page.changed
		p.page.mu.Unlock()
		result, failed := p.ask(s, haex.MethodTake, m{})
		if failed != nil {
			if failed["reason"] != errRate.Code {
				p.t.Fatalf("%v", failed)
			}
			continue
		}
		taken := result.(map[string]any)
		for _, e := range taken["events"].([]any) {
			enough = each(e.(map[string]any)) || enough
		}
		if !enough && taken["more"] != true {
			<-changed
		}
	}
}

// until takes events until one has the type.
func (p haexPlace) until(s *Session, kind string) (found map[string]any) {
	p.t.Helper()
	p.follow(s, func(event map[string]any) bool {
		if event["type"] == kind && found == nil {
			found = event
		}
		return found != nil
	})
	return found
}

func TestAHaexFrameGetsItsContext(t *testing.T) {
	p := newHaexPlace(t)
	a, b := p.open(p.install(nil)), p.open(p.install(nil, named("other")))
	first := p.good(a, "extension_context_get", m{}).(map[string]any)
	device := first["deviceId"].(string)
	if first["theme"] != "dark" || first["locale"] != "de-AT" || first["platform"] != "linux" || len(device) != 36 {
		t.Errorf("%v", first)
	}
	if other := p.good(b, "extension_context_get", m{}).(map[string]any)["deviceId"]; other == device {
		t.Error("two apps know the device by the same name")
	}
	if info, _ := p.bridge.Info(a.Secret); !info.Ready {
		t.Error("the app has not started")
	}
}

func TestAHaexFrameIsToldOfWhatThereIsNot(t *testing.T) {
	p := newHaexPlace(t)
	s := p.open(p.install(nil))
	for _, tt := range []struct {
		method string
		number int64
		reason string
	}{
		{"no_such_thing", 8000, "method.unknown"},
		{"db.query", 8000, "method.unknown"}, // one of Alcove's own
		{"files.pick", 8000, "method.unknown"},
		{"kv.clear", 8000, "method.unknown"},
		{"localsend_init", 8000, "method.unsupported"},
		{"external_bridge_respond", 3001, "request.malformed"},
		{"extension_web_storage_get_item", 3001, "request.malformed"},
	} {
		if number, reason := p.code(s, tt.method, m{}); number != tt.number || reason != tt.reason {
			t.Errorf("%s: %d %s", tt.method, number, reason)
		}
	}
	if number, _ := p.code(s, "external_bridge_respond", m{"requestId": "r", "success": true}); number != 1001 {
		t.Errorf("an answer to no request: %d", number)
	}
}

func TestAnAppOfAlcovesOwnKnowsNoHaexMethod(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	for _, method := range []string{"extension_context_get", haex.MethodTake, haex.MethodClear, haex.MethodMigrate, haex.MethodOpen, haex.MethodReplace, haex.MethodCompose, haex.MethodSpace, haex.MethodAssign, haex.MethodUnassign, haex.MethodAssigned} {
		if _, code := p.call(s, method, m{}); code != "method.unknown" {
			t.Errorf("%s: %q", method, code)
		}
	}
}

func TestAHaexFramesSessionEnds(t *testing.T) {
	p := newHaexPlace(t)
	s := p.open(p.install(nil))
	p.bridge.Close(s.Secret)
	if r := p.read(p.bridge.Call(t.Context(), s.Secret, pack(t, m{"v": 1, "id": 1, "method": "extension_context_get", "params": m{}})).Envelope); r.code() != "session.ended" {
		t.Errorf("%+v", r)
	}
}

// table is the full name of one of the app's tables.
func table(id manifest.ID, name string) string { return `"` + id.TablePrefix() + name + `"` }

func TestHaexStorageIsDurableAndTheAppsOwn(t *testing.T) {
	p := newHaexPlace(t)
	id := p.install(nil)
	s := p.open(id)
	p.good(s, "extension_web_storage_set_item", m{"key": "k", "value": "v"})
	p.good(s, "extension_web_storage_set_item", m{"key": "l", "value": ""})
	p.bridge.Close(s.Secret)
	s, other := p.open(id), p.open(p.install(nil, bundletest.WithKey(2)))
	if got := p.good(s, "extension_web_storage_get_item", m{"key": "k"}); got != "v" {
		t.Errorf("%v", got)
	}
	if got := p.good(s, "extension_web_storage_get_item", m{"key": "l"}); got != "" {
		t.Errorf("%v", got)
	}
	if got := p.good(other, "extension_web_storage_get_item", m{"key": "k"}); got != nil {
		t.Errorf("another app reads %v", got)
	}
	if got := p.good(s, "extension_web_storage_keys", m{}).([]any); len(got) != 2 || got[0] != "k" {
		t.Errorf("%v", got)
	}
	p.good(other, "extension_web_storage_set_item", m{"key": "mine", "value": "x"})
	p.good(s, "extension_web_storage_remove_item", m{"key": "k"})
	p.good(s, "extension_web_storage_clear", m{})
	if got := p.good(s, "extension_web_storage_keys", m{}).([]any); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := p.good(other, "extension_web_storage_keys", m{}).([]any); len(got) != 1 {
		t.Errorf("another app has %v", got)
	}
	p.good(s, "extension_web_storage_set_item", m{"key": "k", "value": "v"}) // the count is right again
}

// The ledger and the meters know calls by what they are in Alcove, once each.
func TestHaexCallsAreCountedAsWhatTheyAre(t *testing.T) {
	p := newHaexPlace(t)
	d := newDisk(p.place, t)
	id := p.install(nil, permissions(wants("readWrite", "{documents}/**", nil)))
	s := p.open(id)
	p.allow(s, file("readWrite", "{documents}/**"))
	p.good(s, "extension_filesystem_write_file", m{"path": d.at("home/Documents/n"), "data": make([]byte, 10_000)})
	p.code(s, "extension_filesystem_read_file", m{"path": d.at("home/Downloads/x.txt")})
	if got := p.recorded("files.write"); len(got) != 1 || got[0] != "allowed " {
		t.Errorf("%q", got)
	}
	if got := p.recorded("files.read"); len(got) != 1 || got[0] != "undeclared permission.undeclared" {
		t.Errorf("%q", got)
	}
	if got := p.recorded("extension_filesystem_write_file"); len(got) != 0 {
		t.Errorf("%q", got)
	}
	lines, err := p.ledger.Activity(t.Context(), ledger.Filter{}, ledger.Cursor{}, ledger.MaxPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if line.Method == "files.write" && line.Out < 10_000 {
			t.Errorf("%+v", line)
		}
	}
	meters, err := p.bridge.Meters(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, meter := range meters {
		most := map[string]int64{"calls": 2, "files": 12_000, "traffic": 12_000}[meter.Name]
		if most > 0 && (meter.Used > most || meter.Used < most*8/10) {
			t.Errorf("%+v", meter)
		}
	}
}
