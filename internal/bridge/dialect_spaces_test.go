package bridge

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/alcove-vault/alcove/internal/permission"
)

func spacing(action string) m {
	return m{"resource": "spaces", "action": action, "reason": "To share."}
}

func spaceKey(action string) permission.Key {
	return permission.Key{Resource: "spaces", Action: action}
}

// spaceOf is the one space as an app is told of it.
func (p haexPlace) spaceOf(s *Session) map[string]any {
	p.t.Helper()
	list := p.good(s, "extension_space_list", m{}).([]any)
	if len(list) != 1 {
		p.t.Fatalf("%v", list)
	}
	return list[0].(map[string]any)
}

// TestTheVaultIsTheOneHaexSpace goes the way of an app that offers to share.
func TestTheVaultIsTheOneHaexSpace(t *testing.T) {
	p := newHaexPlace(t)
	p.bridge.UseName("Home")
	id := p.install(nil, permissions(spacing("readWrite")))
	s, other := p.open(id), p.open(p.install(nil, named("other"), permissions(spacing("read"))))
	p.allow(other, spaceKey("read"))

	asked := p.asked(s, "extension_space_list", m{})
	if asked["resourceType"] != "spaces" || asked["action"] != "read" || asked["target"] != "*" {
		t.Errorf("%v", asked)
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseOnce} })
	if got := p.resolved(s, asked); got != "granted" {
		t.Fatal(got)
	}
	space := p.spaceOf(s)
	p.person.says(nil)
	name, _ := space["id"].(string)
	at, err := time.Parse("2006-01-02T15:04:05.000Z", space["createdAt"].(string))
	if uuid.Validate(name) != nil || err != nil || time.Since(at) > time.Hour {
		t.Errorf("%v, %v", space, err)
	}
	if space["name"] != "Home" || space["originUrl"] != "" || !reflect.DeepEqual(space["capabilities"], []any{"space/read", "space/write"}) {
		t.Errorf("%v", space)
	}
	if p.spaceOf(other)["id"] == name {
		t.Error("two apps know the vault by the same name")
	}

	pages := strings.Trim(table(id, "pages"), `"`)
	full := m{"tableName": pages, "rowPks": `{"id":"a"}`, "spaceId": name, "groupId": "g", "type": "Page", "label": "First"}
	plain := m{"tableName": pages, "rowPks": "b", "spaceId": name, "groupId": nil}
	rows := m{"assignments": []any{full, plain}}
	if asked := p.asked(s, "extension_space_assign", rows); asked["action"] != "readWrite" || asked["target"] != "*" {
		t.Errorf("%v", asked)
	}
	p.allow(s, spaceKey("readWrite"))
	if got := p.good(s, "extension_space_assign", rows); got != int64(2) {
		t.Errorf("%v", got)
	}
	if got := p.good(s, "extension_space_assign", rows); got != int64(0) {
		t.Errorf("again: %v", got)
	}
	want := []any{
		map[string]any{"tableName": pages, "rowPks": "b", "spaceId": name},
		map[string]any{"tableName": pages, "rowPks": `{"id":"a"}`, "spaceId": name, "groupId": "g", "type": "Page", "label": "First"},
	}
	for what, tt := range map[string]struct {
		params m
		want   []any
	}{
		"all":        {m{"tableName": pages}, want},
		"no keys":    {m{"tableName": pages, "rowPks": []any{}}, want},
		"some":       {m{"tableName": pages, "rowPks": []any{"c", "b"}}, want[:1]},
		"none":       {m{"tableName": pages + "2"}, []any{}},
		"in capital": {m{"tableName": strings.ToUpper(pages), "rowPks": []any{"b"}}, want[:1]},
	} {
		if got := p.good(s, "extension_space_get_assignments", tt.params); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v", what, got)
		}
	}
	p.bridge.Close(s.Secret)
	s = p.open(id)
	if got := p.spaceOf(s)["id"]; got != name {
		t.Errorf("the vault has another name now: %v", got)
	}
	if got := p.good(s, "extension_space_unassign", m{"assignments": []any{plain}}); got != int64(1) {
		t.Errorf("%v", got)
	}
	if got := p.good(s, "extension_space_get_assignments", m{"tableName": pages}); !reflect.DeepEqual(got, want[1:]) {
		t.Errorf("%v", got)
	}
	if got := p.recorded("spaces.assign"); len(got) != 3 || got[1] != "allowed " {
		t.Errorf("%q", got)
	}
}

func TestHaexSpacesThatThereAreNot(t *testing.T) {
	p := newHaexPlace(t)
	id := p.install(nil, permissions(spacing("readWrite")))
	s := p.open(id)
	p.allow(s, spaceKey("readWrite"))
	reader := p.open(p.install(nil, named("reader"), permissions(spacing("read"))))
	p.allow(reader, spaceKey("read"))
	nobody := p.open(p.install(nil, named("nobody")))
	of := func(s *Session, change m) m {
		row := m{"tableName": s.Context.Prefix + "pages", "rowPks": "a", "spaceId": s.spaceName()}
		for key, value := range change {
			row[key] = value
		}
		return m{"assignments": []any{m{"tableName": s.Context.Prefix + "pages", "rowPks": "first", "spaceId": s.spaceName()}, row}}
	}
	for what, tt := range map[string]struct {
		s      *Session
		method string
		params m
		number int64
		reason string
	}{
		"undeclared":            {nobody, "extension_space_list", m{}, 1002, "permission.undeclared"},
		"only to be read":       {reader, "extension_space_assign", of(reader, nil), 1002, "permission.undeclared"},
		"another space":         {s, "extension_space_assign", of(s, m{"spaceId": "00000000-0000-8000-8000-000000000000"}), 1001, "spaces.not_found"},
		"another app's id":      {s, "extension_space_unassign", of(s, m{"spaceId": reader.spaceName()}), 1001, "spaces.not_found"},
		"another app's table":   {s, "extension_space_assign", of(s, m{"tableName": reader.Context.Prefix + "pages"}), 1000, "spaces.table"},
		"no full name":          {s, "extension_space_assign", of(s, m{"tableName": "pages"}), 1000, "spaces.table"},
		"the host's":            {s, "extension_space_get_assignments", m{"tableName": "alcove__spaces__row"}, 1000, "spaces.table"},
		"no JSON":               {s, "extension_space_assign", of(s, m{"rowPks": `{"id":`}), 3001, "spaces.key"},
		"no JSON to look for":   {s, "extension_space_get_assignments", m{"tableName": s.Context.Prefix + "pages", "rowPks": []any{"[1"}}, 3001, "spaces.key"},
		"a key that is a list":  {s, "extension_space_assign", of(s, m{"rowPks": []any{"a"}}), 3001, "request.malformed"},
		"a long label":          {s, "extension_space_assign", of(s, m{"label": strings.Repeat("x", 129)}), 3001, "spaces.text"},
		"no rows":               {s, "extension_space_assign", m{"assignments": "a"}, 3001, "request.malformed"},
		"rows that are no maps": {s, "extension_space_assign", m{"assignments": []any{"a"}}, 3001, "request.malformed"},
		"keys that are no list": {s, "extension_space_get_assignments", m{"tableName": s.Context.Prefix + "pages", "rowPks": "a"}, 3001, "request.malformed"},
		"members of a space":    {s, "extension_space_get_members", m{"spaceId": s.spaceName()}, 8000, "method.unknown"},
	} {
		if number, reason := p.code(tt.s, tt.method, tt.params); number != tt.number || reason != tt.reason {
			t.Errorf("%s: %d %s", what, number, reason)
		}
	}
	if got := p.good(s, "extension_space_get_assignments", m{"tableName": s.Context.Prefix + "pages"}).([]any); len(got) != 0 {
		t.Errorf("something was noted all the same: %v", got)
	}
	if got := p.good(s, "extension_space_assign", m{"assignments": []any{}}); got != int64(0) {
		t.Errorf("%v", got)
	}
}

// TestHaexNotificationsAreTakenBackAndTellOfClicks: the app is told of those that
// it showed, and of no others.
func TestHaexNotificationsAreTakenBackAndTellOfClicks(t *testing.T) {
	p := newHaexPlace(t)
	d := new(desk).sit(p.place)
	wanted := permissions(m{"resource": "notifications", "action": "show", "reason": "To remind."})
	s, other := p.open(p.install(nil, wanted)), p.open(p.install(nil, named("other"), wanted))
	p.allow(s, noticing)
	show := func(options m) string {
		return p.good(s, "extension_notifications_show", m{"options": options}).(map[string]any)["id"].(string)
	}
	first, second, third := show(m{"title": "a", "primary": m{"path": "/event/1"}}), show(m{"body": "b"}), show(m{"title": "c"})
	if number, reason := p.code(other, "extension_notifications_dismiss", m{"id": third}); number != 1001 || reason != "notifications.unknown" || len(d.shown) != 3 {
		t.Errorf("of another app: %d %s, %v", number, reason, d.shown)
	}
	if got := p.good(s, "extension_notifications_dismiss", m{"id": third}); got != nil || len(d.shown) != 2 {
		t.Errorf("%v, %v", got, d.shown)
	}
	if number, _ := p.code(s, "extension_notifications_dismiss", m{"id": third}); number != 1001 {
		t.Errorf("again: %d", number)
	}
	if number, reason := p.code(s, "extension_notifications_show", m{"options": m{"title": "t", "primary": m{"path": strings.Repeat("/", 2049)}}}); number != 3001 || reason != "request.malformed" {
		t.Errorf("a long path: %d %s", number, reason)
	}

	app := s.Running.ID.String()
	for _, id := range []string{"none", first, first, second} {
		p.bridge.Clicked(app, id)
		p.bridge.Clicked(other.Running.ID.String(), id)
	}
	var got []any
	for _, e := range p.events(s) {
		if event := e.(map[string]any); event["type"] == "haextension:notification:click" {
			got = append(got, event["data"])
		}
	}
	want := []any{map[string]any{"notificationId": first, "path": "/event/1"}, map[string]any{"notificationId": second}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if left := p.events(other); len(left) != 0 {
		t.Errorf("another app hears %v", left)
	}
}
