package bridge

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/alcove-vault/alcove/internal/permission"
)

func example(host string) permission.Key {
	return permission.Key{Resource: "net", Action: "fetch", Target: "https://" + host + ".example.com/*"}
}

// under opens a handle and begins a call, both about one host. The method has
// to be that of hanging.
func (p *place) under(s *Session, id int, host string, begun chan struct{}) (handle uint64, running ticketOf) {
	p.t.Helper()
	want := permission.Call{Key: permission.Key{Resource: "net", Action: "fetch", Target: "https://" + host + ".example.com/a"}}
	handle, err := s.keep(newPipe(), want)
	if err != nil {
		p.t.Fatal(err)
	}
	running = p.ticket(p.bridge.Call(context.Background(), s.Secret, envelope(p.t, id, "net.fetch", m{"url": want.Target})))
	<-begun
	return handle, running
}

// hanging puts a method in the place of net.fetch that runs until it is ended.
func hanging(p *place) (begun chan struct{}) {
	begun = make(chan struct{}, 9)
	p.bridge.methods["net.fetch"] = &method{name: "net.fetch", outside: true, parse: func(_ *Session, a *args) work {
		url := a.text("url", 100)
		return work{
			wants: wanting(permission.Call{Key: permission.Key{Resource: "net", Action: "fetch", Target: url}}),
			run: func(ctx context.Context, _ grantedTerms) (result, error) {
				begun <- struct{}{}
				<-ctx.Done()
				return nil, ctx.Err()
			},
		}
	}}
	return begun
}

// grant gives what a person grants until a date, and for good where it is zero.
func (p *place) grant(s *Session, key permission.Key, until time.Time) {
	p.t.Helper()
	g := permission.Grant{Key: key, Decision: permission.Allow}
	if !until.IsZero() {
		g.Until = until.UnixMilli()
	}
	if err := p.apps.Grant(context.Background(), s.Running.ID, g); err != nil {
		p.t.Fatal(err)
	}
	if err := p.bridge.Decide(context.Background(), s.Running.ID, key); err != nil {
		p.t.Fatal(err)
	}
}

func toldOfRevoking(p *place) (list []any) {
	for _, i := range p.page.told(eventFrame) {
		if i.data["name"] == "permission.revoked" {
			list = append(list, i.data["data"])
		}
	}
	return list
}

// TestADateEndsWhatIsOpen and what runs under the grant, as taking it back
// does, and nothing else.
func TestADateEndsWhatIsOpen(t *testing.T) {
	p := newPlace(t)
	begun := hanging(p)
	s := p.open(p.install(nil, permissions(m{"resource": "net", "action": "fetch", "target": "https://*.example.com/*", "reason": "r"})))
	p.grant(s, example("dated"), time.Now().Add(time.Hour))
	p.grant(s, example("kept"), time.Time{})
	open, running := p.under(s, 1, "dated", begun)
	kept, going := p.under(s, 2, "kept", begun)

	s.endDated()
	if _, err := s.handles.find(open); err != nil || len(toldOfRevoking(p)) != 0 {
		t.Fatalf("before the date: %v", err)
	}
	p.ahead.Store(int64(2 * time.Hour))
	s.endDated()
	if r := p.fetch(s.Secret, running); r.code() != "permission.revoked" {
		t.Errorf("the call that ran: %+v", r)
	}
	if _, code := p.call(s, "handle.read", m{"handle": open}); code != "permission.revoked" {
		t.Errorf("what was open: %q", code)
	}
	if _, err := s.handles.find(kept); err != nil || !p.bridge.Result(s.Secret, going.name, going.id).Deferred {
		t.Errorf("what another grant allows was ended: %v", err)
	}
	if told := toldOfRevoking(p); len(told) != 1 || told[0] != example("dated") {
		t.Errorf("told %v", told)
	}
	<-p.bridge.DateCame() // the one who keeps the grants is told

	// It is told once, also where the grant is still stored when others change.
	p.grant(s, example("kept"), time.Time{})
	if told := toldOfRevoking(p); len(told) != 1 {
		t.Errorf("told %v", told)
	}
}

// TestADateIsWaitedFor by the bridge itself, from the moment that the grant is
// given or the frame opened.
func TestADateIsWaitedFor(t *testing.T) {
	p := newPlace(t)
	begun := hanging(p)
	id := p.install(nil, permissions(m{"resource": "net", "action": "fetch", "target": "https://*.example.com/*", "reason": "r"}))
	first := p.open(id)
	p.grant(first, example("soon"), time.Now().Add(time.Hour))
	second := p.open(id)
	if second.dates.timer == nil {
		t.Error("a frame that is opened later waits for nothing")
	}
	_, running := p.under(first, 1, "soon", begun)
	_, other := p.under(second, 2, "soon", begun)
	p.grant(first, example("soon"), time.Now().Add(50*time.Millisecond))
	for _, c := range []struct {
		*Session
		ticketOf
	}{{first, running}, {second, other}} {
		if code := p.fetch(c.Secret, c.ticketOf).code(); code != "permission.revoked" {
			t.Errorf("the call ended with %q", code)
		}
	}
	p.bridge.Close(second.Secret)
	if second.dates.timer != nil {
		t.Error("a frame that is closed still waits")
	}
}

// TestAGrantThatNobodyUsedEndsWithWhatIsOpen when those that were not used for
// long are looked for.
func TestAGrantThatNobodyUsedEndsWithWhatIsOpen(t *testing.T) {
	p := newPlace(t)
	begun := hanging(p)
	s := p.open(p.install(nil, permissions(m{"resource": "net", "action": "fetch", "target": "https://*.example.com/*", "reason": "r"})))
	p.grant(s, example("unused"), time.Time{})
	open, running := p.under(s, 1, "unused", begun)
	err := p.store.Update(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM alcove_grant`) // as permission.End does, which counts the call as a use
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.bridge.Decide(context.Background(), s.Running.ID, example("unused")); err != nil {
		t.Fatal(err)
	}
	if code := p.fetch(s.Secret, running).code(); code != "permission.revoked" {
		t.Errorf("the call ended with %q", code)
	}
	if _, code := p.call(s, "handle.read", m{"handle": open}); code != "permission.revoked" || len(toldOfRevoking(p)) != 1 {
		t.Errorf("what was open: %q, told %v", code, toldOfRevoking(p))
	}
}

// TestTheLastUseGoesOn: what is opened with one of a number of uses is that use,
// so the end of the grant does not take it away.
func TestTheLastUseGoesOn(t *testing.T) {
	p := newPlace(t)
	begun := hanging(p)
	s := p.open(p.install(nil, permissions(m{"resource": "net", "action": "fetch", "target": "https://*.example.com/*", "reason": "r"})))
	if err := p.apps.Grant(context.Background(), s.Running.ID, permission.Grant{Key: example("twice"), Decision: permission.Allow, UsesLeft: 2}); err != nil {
		t.Fatal(err)
	}
	if err := p.bridge.Decide(context.Background(), s.Running.ID, example("twice")); err != nil {
		t.Fatal(err)
	}
	first, one := p.under(s, 1, "twice", begun)
	_, two := p.under(s, 2, "twice", begun)
	s.endDated()
	for _, ticket := range []ticketOf{one, two} {
		if !p.bridge.Result(s.Secret, ticket.name, ticket.id).Deferred {
			t.Error("a use was taken away that was given")
		}
	}
	if _, err := s.handles.find(first); err != nil || len(toldOfRevoking(p)) != 0 {
		t.Errorf("what is open: %v, told %v", err, toldOfRevoking(p))
	}
	p.decide(s.Running.ID, permission.Key{Resource: "net", Action: "fetch", Target: "https://*.example.com/*"}, permission.Deny)
	if code := p.fetch(s.Secret, two).code(); code != "permission.revoked" {
		t.Errorf("after a no: %q", code)
	}
}
