package items

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
)

func parse(t *testing.T, text string) *TOTP {
	t.Helper()
	c, err := ParseTOTP(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnItemIsKeptChangedAndDeleted(t *testing.T) {
	d := newDevice(t)
	codes := parse(t, "JBSWY3DPEHPK3PXP")
	id := d.create(t, Change{
		Title: new("Bank"), Username: new("ada"), Password: new("s3cret"), URLs: &[]string{"https://bank.example"}, Note: new("two\nlines"),
		Tags: &[]string{" home ", "Money", "home"}, TOTP: &codes, Fields: &[]Field{{"PIN", "1234", true}},
	})
	created := d.clock.UnixMilli()
	want := Item{
		ID: id, Title: "Bank", Username: "ada", Password: "s3cret", URLs: []string{"https://bank.example"}, Note: "two\nlines",
		Tags: []string{"home", "Money"}, TOTP: codes, Fields: []Field{{"PIN", "1234", true}}, Created: d.get(t, id).Created, Changed: d.get(t, id).Changed,
	}
	if diff := cmp.Diff(want, d.get(t, id)); diff != "" {
		t.Error(diff)
	}
	if got := d.get(t, id).Created; got == 0 || got > created {
		t.Errorf("created at %d", got)
	}

	var none *TOTP
	if err := d.Update(t.Context(), id, Change{Password: new("other"), TOTP: &none, Tags: &[]string{}}, nil); err != nil {
		t.Fatal(err)
	}
	want.Password, want.TOTP, want.Tags, want.Changed = "other", nil, []string{}, d.get(t, id).Changed
	if diff := cmp.Diff(want, d.get(t, id)); diff != "" {
		t.Error(diff)
	}

	if err := d.Delete(t.Context(), id, nil); err != nil {
		t.Fatal(err)
	}
	if got := d.titles(t); got != nil {
		t.Errorf("listed: %v", got)
	}
	for what, err := range map[string]error{
		"get":    func() error { _, err := d.Get(t.Context(), id, nil); return err }(),
		"update": d.Update(t.Context(), id, Change{Title: new("x")}, nil),
		"delete": d.Delete(t.Context(), id, nil),
	} {
		if fault.Code(err) != "items.not_found" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if list, err := d.Deleted(t.Context()); err != nil || len(list) != 1 || list[0].ID != id || list[0].Deleted == 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if err := d.Restore(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := d.get(t, id).Password; got != "other" {
		t.Errorf("it came back with %q", got)
	}
	if err := d.Remove(t.Context(), id); fault.Code(err) != "items.not_found" {
		t.Errorf("removed without being deleted: %v", err)
	}
	if err := d.Delete(t.Context(), id, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Remove(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if list, err := d.Deleted(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestADeletedItemGoesAfterItsTime: on the next deletion, and on the next open.
func TestADeletedItemGoesAfterItsTime(t *testing.T) {
	d := newDevice(t)
	old, kept := d.create(t, Change{Title: new("Old")}), d.create(t, Change{Title: new("Kept")})
	if err := d.Delete(t.Context(), old, nil); err != nil {
		t.Fatal(err)
	}
	d.clock = d.clock.Add(KeptDeleted / 2)
	if err := d.Delete(t.Context(), kept, nil); err != nil {
		t.Fatal(err)
	}
	if list, err := d.Deleted(t.Context()); err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	d.clock = d.clock.Add(KeptDeleted/2 + KeptDeleted/4)
	if err := d.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, err := d.Deleted(t.Context()); err != nil || len(list) != 1 || list[0].Title != "Kept" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestAListHoldsNothingThatOpensAnything(t *testing.T) {
	d := newDevice(t)
	codes := parse(t, "JBSWY3DPEHPK3PXP")
	d.create(t, Change{
		Title: new("Bank"), Username: new("ada"), Password: new("hunter2"), Note: new("hunter2"), URLs: &[]string{"https://bank.example"},
		TOTP: &codes, Fields: &[]Field{{"PIN", "hunter2", true}},
	})
	list, err := d.List(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(list)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	for _, secret := range []string{"hunter2", "JBSWY3DPEHPK3PXP"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%s is in %s", secret, text)
		}
	}
	if s := list[0]; !s.HasPassword || !s.HasTOTP || !s.HasNote || s.Fields != 1 {
		t.Errorf("%+v", s)
	}
}

// TestOnlyWhatIsInScopeIsReached: nothing else is told apart from what is not
// there.
func TestOnlyWhatIsInScopeIsReached(t *testing.T) {
	d := newDevice(t)
	work := d.create(t, Change{Title: new("Work"), Tags: &[]string{"work", "mail"}})
	home := d.create(t, Change{Title: new("Home"), Tags: &[]string{"home"}})
	d.create(t, Change{Title: new("Bare")})
	scope := Scope(func(tags []string) bool { return slices.Contains(tags, "work") })

	if list, err := d.List(t.Context(), scope); err != nil || len(list) != 1 || list[0].ID != work {
		t.Errorf("%+v, %v", list, err)
	}
	_, err := d.Get(t.Context(), home, scope)
	for what, err := range map[string]error{
		"get": err, "update": d.Update(t.Context(), home, Change{Title: new("x")}, scope), "delete": d.Delete(t.Context(), home, scope),
	} {
		if fault.Code(err) != "items.not_found" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := d.Create(t.Context(), Change{Title: new("x"), Tags: &[]string{"home"}}, scope); fault.Code(err) != "items.scope" {
		t.Errorf("create: %v", err)
	}
	if err := d.Update(t.Context(), work, Change{Tags: &[]string{"mail"}}, scope); fault.Code(err) != "items.scope" {
		t.Errorf("moved out: %v", err)
	}
	if err := d.Update(t.Context(), work, Change{Tags: &[]string{"work", "new"}}, scope); err != nil {
		t.Error(err)
	}
	if err := d.Delete(t.Context(), work, scope); err != nil {
		t.Error(err)
	}
	if got := d.get(t, home).Title; got != "Home" {
		t.Errorf("changed to %q", got)
	}
}

func TestItemsHaveBounds(t *testing.T) {
	d := newDevice(t)
	long := func(n int) *string { return new(strings.Repeat("x", n+1)) }
	many := func(n int) *[]string {
		list := make([]string, n+1)
		for i := range list {
			list[i] = fmt.Sprint("x", i)
		}
		return &list
	}
	title := new("x")
	for name, tt := range map[string]struct {
		Change
		code string
	}{
		"no title":       {Change{}, "items.title"},
		"long title":     {Change{Title: long(MaxTitle)}, "items.too_long"},
		"title of two":   {Change{Title: new("a\nb")}, "items.text"},
		"no text":        {Change{Title: new("a\xff")}, "items.text"},
		"long user name": {Change{Title: title, Username: long(MaxUsername)}, "items.too_long"},
		"long password":  {Change{Title: title, Password: long(MaxPassword)}, "items.too_long"},
		"password, NUL":  {Change{Title: title, Password: new("a\x00")}, "items.text"},
		"long note":      {Change{Title: title, Note: long(MaxNote)}, "items.too_long"},
		"many URLs":      {Change{Title: title, URLs: many(MaxURLs)}, "items.too_many"},
		"long URL":       {Change{Title: title, URLs: &[]string{*long(MaxURL)}}, "items.too_long"},
		"no URL":         {Change{Title: title, URLs: &[]string{"http://[::1"}}, "items.url"},
		"empty URL":      {Change{Title: title, URLs: &[]string{" "}}, "items.url"},
		"many tags":      {Change{Title: title, Tags: many(MaxTags)}, "items.too_many"},
		"long tag":       {Change{Title: title, Tags: &[]string{*long(MaxTag)}}, "items.tag"},
		"every tag":      {Change{Title: title, Tags: &[]string{"*"}}, "items.tag"},
		"two tags":       {Change{Title: title, Tags: &[]string{"a,b"}}, "items.tag"},
		"empty tag":      {Change{Title: title, Tags: &[]string{" "}}, "items.tag"},
		"hidden in tag":  {Change{Title: title, Tags: &[]string{"a\u202eb"}}, "items.tag"},
		"many fields":    {Change{Title: title, Fields: new(make([]Field, MaxFields+1))}, "items.too_many"},
		"long field":     {Change{Title: title, Fields: &[]Field{{Value: *long(MaxField)}}}, "items.too_long"},
		"long name":      {Change{Title: title, Fields: &[]Field{{Name: *long(MaxFieldKey)}}}, "items.too_long"},
	} {
		if _, err := d.Create(t.Context(), tt.Change, nil); fault.Code(err) != tt.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := d.titles(t); got != nil {
		t.Errorf("kept: %v", got)
	}
	for _, id := range []string{"", "x", "' OR 1", strings.Repeat("0", 36)} {
		if _, err := d.Get(t.Context(), id, nil); fault.Code(err) != "items.not_found" {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// TestAFullVaultTakesNoMore counts deleted items too: they can be had back.
func TestAFullVaultTakesNoMore(t *testing.T) {
	d := newDevice(t)
	err := d.st.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			INSERT INTO alcove__items__item (id, deleted_at) SELECT printf('%036d', i), ? FROM n`, MaxItems, d.clock.UnixMilli())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Create(t.Context(), Change{Title: new("One more")}, nil); fault.Code(err) != "quota.items" {
		t.Errorf("%v", err)
	}
}

// TestRowsThatLieAreReadAsFarAsTheyGo: another device may write anything.
func TestRowsThatLieAreReadAsFarAsTheyGo(t *testing.T) {
	d := newDevice(t)
	id := d.create(t, Change{Title: new("Bank"), Tags: &[]string{"home"}})
	for _, column := range []string{"urls", "tags", "fields", "totp", "created_at", "changed_at"} {
		for _, value := range []any{"{", "null", `["a*",1]`, []byte{0xff}, 1.5, strings.Repeat("[", 20_000)} {
			err := d.st.Update(t.Context(), func(tx *sql.Tx) error {
				_, err := tx.ExecContext(t.Context(), `UPDATE alcove__items__item SET `+column+` = ?`, value)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if i := d.get(t, id); i.Title != "Bank" || i.URLs == nil || i.Tags == nil || i.Fields == nil {
				t.Errorf("%s %v: %+v", column, value, i)
			}
		}
	}
}

func TestTagsAreCounted(t *testing.T) {
	d := newDevice(t)
	d.create(t, Change{Title: new("A"), Tags: &[]string{"work", "Mail"}})
	d.create(t, Change{Title: new("B"), Tags: &[]string{"work"}})
	gone := d.create(t, Change{Title: new("C"), Tags: &[]string{"gone"}})
	if err := d.Delete(t.Context(), gone, nil); err != nil {
		t.Fatal(err)
	}
	tags, err := d.Tags(t.Context())
	if diff := cmp.Diff([]Tag{{"Mail", 1}, {"work", 2}}, tags); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestNothingOfAnItemIsPrinted(t *testing.T) {
	codes := parse(t, "JBSWY3DPEHPK3PXP")
	i := Item{Title: "Bank", Password: "hunter2", TOTP: codes, Fields: []Field{{"PIN", "hunter2", true}}}
	a := Account{Password: "hunter2"}
	c := Change{Password: new("hunter2")}
	printed := fmt.Sprintf("%v %+v %#v %v %+v %#v %v %#v %v %#v %v %#v", i, i, i, a, a, a, c, c, codes, codes, i.Fields, i.Fields)
	if strings.Contains(printed, "hunter2") || strings.Contains(printed, "Hello") {
		t.Error(printed)
	}
}
