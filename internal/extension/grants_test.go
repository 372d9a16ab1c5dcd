package extension_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

func terms(p perm, c map[string]any) perm {
	out := perm{"constraints": c}
	for k, v := range p {
		if k != "constraints" {
			out[k] = v
		}
	}
	return out
}

func keyOf(p perm) permission.Key {
	c := choice(p, "")
	return permission.Key{Resource: c.Resource, Action: c.Action, Target: c.Target}
}

func (v *vault) held(id manifest.ID) *permission.Held {
	v.Helper()
	run := v.start(id)
	defer run.Close()
	held, err := v.Held(v.Context(), run.Row)
	if err != nil {
		v.Fatal(err)
	}
	return held
}

func TestGrantsThatAreNarrowerThanWhatIsDeclared(t *testing.T) {
	v := newVault(t)
	defer v.Close()
	id := v.install(feedReader(t, "1.0.0", nil, asks("net", "fetch", "https://*.example.com/*", false), asks("files", "pick", "file", false)))
	one := permission.Grant{Key: keyOf(api), Decision: permission.Allow, How: permission.HowPrompt, UsesLeft: 2}
	if err := v.Grant(t.Context(), id, one); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []permission.Grant{
		{Key: permission.Key{Resource: "net", Action: "fetch", Target: "https://example.org/*"}, Decision: permission.Allow},
		{Key: keyOf(api), Decision: permission.Allow, Scope: permission.ScopeSession},
		{Key: keyOf(api), Decision: "perhaps"},
	} {
		wantCode(t, v.Grant(t.Context(), id, bad), extension.CodeChoiceUnknown)
	}
	run := v.start(id)
	defer run.Close()
	for left := int64(1); left >= 0; left-- {
		if got, err := v.Spend(t.Context(), run.Row, one.Key); got != left || err != nil {
			t.Errorf("%d left, want %d: %v", got, left, err)
		}
	}
	if _, err := v.Spend(t.Context(), run.Row, one.Key); !errors.Is(err, permission.ErrSpent) {
		t.Errorf("spent: %v", err)
	}
	if err := v.Picked(t.Context(), id, permission.Picked{ID: "0123456789abcdef", Path: "/home/ada/a.md"}); err != nil {
		t.Fatal(err)
	}
	wantCode(t, v.Picked(t.Context(), id, permission.Picked{ID: "0123456789abcde0", Path: "/home/ada", Folder: true}), extension.CodeChoiceUnknown)
	if list, err := v.PickedFiles(t.Context(), run.Row); err != nil || len(list) != 1 || list[0].PickedAt == 0 {
		t.Errorf("%v %v", list, err)
	}
	v.sound()
	picked := permission.Key{Resource: "files", Action: "read", Target: "{picked-0123456789abcdef}"}
	if err := v.Revoke(t.Context(), id, picked); err != nil {
		t.Fatal(err)
	}
	if list, err := v.PickedFiles(t.Context(), run.Row); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
	ledger := v.query(`SELECT group_concat(kind || ' ' || detail, '|') FROM alcove_ledger`).(string)
	for _, line := range []string{"granted net.fetch https://api.example.com/* allow", "granted files.read {picked-0123456789abcdef} allow", "revoked files.read {picked-0123456789abcdef}"} {
		if !slices.Contains(strings.Split(ledger, "|"), line) {
			t.Errorf("no %q in %s", line, ledger)
		}
	}
}

func TestAnUpdateWithWiderConstraintsAsksAgain(t *testing.T) {
	v := newVault(t)
	defer v.Close()
	slow := terms(feeds, map[string]any{"rate": map[string]any{"requests": 10, "seconds": 60}})
	fast := terms(feeds, map[string]any{"rate": map[string]any{"requests": 100, "seconds": 60}})
	wild := asks("net", "fetch", "https://*.example.org/*", false)
	read := terms(wild, map[string]any{"methods": []string{"GET"}})
	id := v.install(feedReader(t, "1.0.0", nil, slow, read), choice(feeds, permission.Allow), choice(wild, permission.Ask))
	narrow := permission.Key{Resource: "net", Action: "fetch", Target: "https://a.example.org/*"}
	if err := v.Grant(t.Context(), id, permission.Grant{Key: narrow, Decision: permission.Allow, How: permission.HowPrompt}); err != nil {
		t.Fatal(err)
	}
	v.exec(`UPDATE alcove_grant SET used = 7, until = 9007199254740991`)

	review := v.stage(feedReader(t, "1.1.0", nil, slow, read))
	if _, err := v.Accept(t.Context(), review.ID, nil, false, nil); err != nil {
		t.Fatal(err)
	}
	held := v.held(id)
	if g, ok := held.Get(keyOf(feeds)); !ok || g.Used != 7 || g.Until == 0 || g.Decision != permission.Allow {
		t.Errorf("nothing changed, and the grant is %+v", g)
	}
	if g, ok := held.Get(narrow); !ok || g.How != permission.HowPrompt {
		t.Errorf("nothing changed, and the narrower grant is %+v", g)
	}

	review = v.stage(feedReader(t, "1.2.0", nil, fast, wild))
	for _, l := range review.Lines {
		if l.Key() == keyOf(feeds) && (l.Change != permission.Changed || l.Held != permission.Allow || l.Decision != permission.Ask) {
			t.Errorf("%+v", l)
		}
	}
	if _, err := v.Accept(t.Context(), review.ID, nil, false, nil); err != nil {
		t.Fatal(err)
	}
	held = v.held(id)
	if g, _ := held.Get(keyOf(feeds)); g.Decision != permission.Ask || g.Until != 0 {
		t.Errorf("it may do more now, and the grant is %+v", g)
	}
	if g, ok := held.Get(narrow); ok {
		t.Errorf("it may do more now, and the narrower grant is %+v", g)
	}
	v.sound()

	review = v.stage(feedReader(t, "1.3.0", nil, slow, read))
	if _, err := v.Accept(t.Context(), review.ID, []extension.Choice{choice(feeds, permission.Allow)}, false, nil); err != nil {
		t.Fatal(err)
	}
	if g, _ := v.held(id).Get(keyOf(feeds)); g.Decision != permission.Allow {
		t.Errorf("%+v", g)
	}
}

func TestGrantsThatNobodyUsesEndWithANotice(t *testing.T) {
	v := newVault(t)
	defer v.Close()
	id := v.install(feedReader(t, "1.0.0", nil, feeds, api, clip), choice(feeds, permission.Allow), choice(api, permission.Allow))
	if list, err := v.EndGrants(t.Context()); err != nil || len(list) != 0 {
		t.Fatalf("%v %v", list, err)
	}
	if err := v.Keep(t.Context(), id, keyOf(api), true); err != nil {
		t.Fatal(err)
	}
	v.exec(`UPDATE alcove_grant SET decided_at = 1`)
	list, err := v.EndGrants(t.Context())
	if err != nil || len(list) != 1 || list[0].Extension != id.String() || list[0].Key != keyOf(feeds) || list[0].Why != permission.EndedUnused ||
		list[0].Title != "Feed Reader" || list[0].Sentence != "Reach feeds.example.com" || list[0].At == 0 {
		t.Fatalf("%v %v", list, err)
	}
	d := v.detail()
	if decision(d, feeds) != permission.Ask || decision(d, api) != permission.Allow || decision(d, clip) != permission.Deny {
		t.Errorf("%+v", d.Lines)
	}
	if last := v.query(`SELECT kind || ' ' || detail FROM alcove_ledger ORDER BY id DESC LIMIT 1`); last != "ended net.fetch https://feeds.example.com/* unused" {
		t.Errorf("ledger %v", last)
	}

	// A use that is not written yet counts.
	v.exec(`UPDATE alcove_grant SET keep = 0`)
	run := v.start(id)
	defer run.Close()
	v.CountUse(run.Row, keyOf(api), permission.Allowed)
	if list, err := v.EndGrants(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}

func TestThePolicyOfAVault(t *testing.T) {
	v := newVault(t)
	defer v.Close()
	if err := v.SetPolicy(t.Context(), permission.Policy{"shell": true}); err != nil {
		t.Fatal(err)
	}
	if p, err := v.Policy(t.Context()); err != nil || !p.Forbids(permission.Key{Resource: "shell", Action: "run"}) {
		t.Errorf("%v %v", p, err)
	}
	if err := v.SetPolicy(t.Context(), permission.Policy{"printer": true}); err == nil {
		t.Error("a policy about nothing is stored")
	}
	if last := v.query(`SELECT kind || ' ' || detail FROM alcove_ledger ORDER BY id DESC LIMIT 1`); last != "policy shell" {
		t.Errorf("ledger %v", last)
	}
}
