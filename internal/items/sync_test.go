package items

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestItemsComeToOtherDevices: an item, then what each of two devices changed of
// it while they did not meet.
func TestItemsComeToOtherDevices(t *testing.T) {
	a, b := newDevice(t), newDevice(t)
	id := a.create(t, Change{Title: new("Bank"), Username: new("ada"), Password: new("one"), Tags: &[]string{"home"}})
	account, err := a.AddAccount(t.Context(), good())
	if err != nil {
		t.Fatal(err)
	}
	a.tell(t, b)
	if diff := cmp.Diff(a.get(t, id), b.get(t, id)); diff != "" {
		t.Error(diff)
	}
	if got, err := b.Account(t.Context(), account); err != nil || got.Password != "secret" || got.IMAP.Host != "imap.example.com" {
		t.Errorf("%v, %v", got.IMAP, err)
	}

	if err := a.Update(t.Context(), id, Change{Password: new("two")}, nil); err != nil {
		t.Fatal(err)
	}
	if err := b.Update(t.Context(), id, Change{Username: new("ada@example.com")}, nil); err != nil {
		t.Fatal(err)
	}
	a.tell(t, b)
	b.tell(t, a)
	for name, d := range map[string]*device{"a": a, "b": b} {
		if i := d.get(t, id); i.Password != "two" || i.Username != "ada@example.com" || i.Tags[0] != "home" {
			t.Errorf("on %s: %q, %q, %v", name, i.Password, i.Username, i.Tags)
		}
	}
	if err := b.Delete(t.Context(), id, nil); err != nil {
		t.Fatal(err)
	}
	if err := b.Remove(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	b.tell(t, a)
	if _, err := a.lookUpAny(t, id); err == nil {
		t.Error("it is still on the other device")
	}
	for name, d := range map[string]*device{"a": a, "b": b} {
		if err := d.tracked.Check(t.Context(), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// lookUpAny finds an item that may be deleted.
func (d *device) lookUpAny(t *testing.T, id string) (Summary, error) {
	t.Helper()
	list, err := d.Deleted(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		if i.ID == id {
			return i, nil
		}
	}
	_, err = d.Get(t.Context(), id, nil)
	return Summary{}, err
}

// TestNoOldValuesAreKept: a person who deletes a password for good means it.
func TestNoOldValuesAreKept(t *testing.T) {
	d := newDevice(t)
	id := d.create(t, Change{Title: new("Bank"), Password: new("one")})
	if err := d.Update(t.Context(), id, Change{Password: new("two")}, nil); err != nil {
		t.Fatal(err)
	}
	d.open(t) // once more: what is set stays
	if bounds, _, err := d.tracked.History(t.Context(), prefix); err != nil || !bounds.Off {
		t.Errorf("%+v, %v", bounds, err)
	}
}
