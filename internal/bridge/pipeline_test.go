package bridge

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// TestEveryCallPassesTheStepsInOrder sends a call that every step would refuse
// and then takes away one reason after the other: each time the next step of
// the list answers. Nothing runs before all have passed.
func TestEveryCallPassesTheStepsInOrder(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil)
	s := p.open(id)
	key := permission.Key{Resource: "clipboard", Action: "read"}
	var quota, failure error = fault.New("test.quota", "Q."), fault.New("test.execution", "E.")
	ran, timed := 0, false
	p.bridge.methods["test.all"] = &method{name: "test.all", deadline: time.Minute, parse: func(_ *Session, a *args) work {
		a.text("x", 10)
		return work{wants: wanting(permission.Call{Key: key}), quota: func() error { return quota }, run: func(ctx context.Context, _ grantedTerms) (result, error) {
			ran++
			_, timed = ctx.Deadline()
			return empty, failure
		}}
	}}
	s.rate = rate.NewLimiter(0, 0)
	decide(s, key, permission.Deny)
	secret, params := "not the secret", m{"x": "y", "unknown": 1}
	big := true
	expect := func(want string) {
		t.Helper()
		e := m{"v": 1, "id": 5, "method": "test.all", "params": params}
		if big {
			e["filler"] = make([]byte, MaxEnvelope)
		}
		if got := p.send(secret, pack(t, e)); got.code() != want {
			t.Fatalf("code %q, want %q", got.code(), want)
		}
	}
	expect("session.ended")
	secret = s.Secret
	expect("request.too_large")
	big = false
	expect("quota.rate")
	s.rate = rate.NewLimiter(rate.Inf, 1)
	expect("request.malformed")
	params = m{"x": "y"}
	expect("permission.undeclared")
	expect("permission.undeclared")
	s.Running.Manifest.Permissions = []manifest.Permission{{Resource: "clipboard", Action: "read"}}
	p.bridge.Forbid(permission.Policy{"clipboard.read": true})
	expect("permission.policy")
	p.bridge.Forbid(nil)
	expect("permission.denied")
	decide(s, key, permission.Ask)
	p.person.says(func(*Prompt) Answer { return Answer{} })
	expect("permission.dismissed")
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseDeny} })
	expect("permission.denied")
	decide(s, key, permission.Allow)
	expect("test.quota")
	quota = nil
	if ran != 0 {
		t.Fatalf("it ran %d times before every step had passed", ran)
	}
	expect("test.execution")
	failure = nil
	expect("")
	if ran != 2 || !timed {
		t.Errorf("ran %d times, with deadline %v", ran, timed)
	}
	want := []string{
		"allowed request.malformed", "undeclared permission.undeclared", "undeclared permission.undeclared", "forbidden permission.policy",
		"denied permission.denied", "denied permission.dismissed", "denied permission.denied", "allowed test.quota", "allowed test.execution", "allowed ",
	}
	if got := p.recorded("test.all"); !slices.Equal(got, want) {
		t.Errorf("ledger %q, want %q", got, want)
	}
	names := []string{"size and rate", "schema", "declared", "granted", "quota", "execution"}
	for i, step := range steps {
		if step.name != names[i] {
			t.Errorf("step %d is %q, want %q", i, step.name, names[i])
		}
	}
}

func TestWhatIsUnavailableIsStillRefusedFirst(t *testing.T) {
	p := newPlace(t)
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseOnce} })
	s := p.open(p.install(nil, permissions(
		m{"resource": "clipboard", "action": "read", "reason": "r"},
	)))
	for _, c := range []struct {
		method string
		params m
		want   string
	}{
		{"clipboard.read", m{}, "capability.unavailable"},
		{"clipboard.write", m{"text": "x"}, "permission.undeclared"},
		{"shell.run", m{"program": "sh", "args": []any{"-c", "id"}}, "permission.undeclared"},
		{"db.read", m{}, "method.unknown"},
		{"vault.lock", m{}, "method.unknown"},
	} {
		if _, code := p.call(s, c.method, c.params); code != c.want {
			t.Errorf("%s %v: %q, want %q", c.method, c.params, code, c.want)
		}
	}
	p.decide(s.Running.ID, permission.Key{Resource: "clipboard", Action: "read"}, permission.Deny)
	if _, code := p.call(s, "clipboard.read", m{}); code != "permission.denied" {
		t.Errorf("after a deny: %q", code)
	}
}

// Every action a manifest can declare and a page could call has a method, so
// that it is answered with the right code.
func TestEveryActionOfTheGrammarIsAMethod(t *testing.T) {
	all := methods()
	// Actions that methods of other names want.
	wanted := map[string]string{"net.private": "net.fetch", "files.readWrite": "files.write", "secrets.use": "secrets.get", "passwords.read": "passwords.get", "passwords.readWrite": "passwords.update", "mail.fetch": "mail.message", "storage.read": "storage.get", "storage.readWrite": "storage.put"}
	for _, resource := range []string{"files", "net", "shell", "secrets", "passwords", "mail", "storage", "clipboard", "notifications", "peers", "background"} {
		actions := manifest.Actions(resource)
		if len(actions) == 0 {
			t.Errorf("%s has no actions", resource)
		}
		for action := range actions {
			name := resource + "." + action
			if by := wanted[name]; by != "" {
				name = by
			}
			if all[name] == nil {
				t.Errorf("%s.%s is wanted by no method", resource, action)
			}
		}
	}
}

// blocker adds a method that runs until its context ends or hold is closed,
// and tells when a call has begun.
func blocker(p *place, deadline time.Duration, obeys bool) (begun chan struct{}, hold chan struct{}) {
	begun, hold = make(chan struct{}, 200), make(chan struct{})
	p.bridge.methods["test.block"] = &method{name: "test.block", implicit: true, deadline: deadline, parse: func(_ *Session, _ *args) work {
		return work{run: func(ctx context.Context, _ grantedTerms) (result, error) {
			begun <- struct{}{}
			if !obeys {
				<-hold
				return empty, nil
			}
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-hold:
				return empty, nil
			}
		}}
	}}
	return begun, hold
}

func block(t *testing.T) []byte {
	return pack(t, m{"v": 1, "id": 9, "method": "test.block", "params": m{}})
}

func TestTheSixtyFifthCallAtOnceIsRefused(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	begun, hold := blocker(p, time.Minute, true)
	replies := make(chan reply)
	for range maxCalls {
		go func() { replies <- p.send(s.Secret, block(t)) }()
		<-begun
	}
	if r := p.send(s.Secret, block(t)); r.code() != "quota.calls" || r.ID != 9 {
		t.Errorf("call 65: %q, id %d", r.code(), r.ID)
	}
	close(hold)
	for range maxCalls {
		if r := <-replies; r.code() != "" {
			t.Errorf("a running call ended with %s", r.code())
		}
	}
	if r := p.send(s.Secret, block(t)); r.code() != "" {
		t.Errorf("after the others: %q", r.code())
	}
}

func TestACallIsEndedAtItsDeadline(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	blocker(p, time.Millisecond, true)
	if r := p.send(s.Secret, block(t)); r.code() != "quota.time" {
		t.Errorf("code %q", r.code())
	}
}

func TestABurstOverTheRateIsRefused(t *testing.T) {
	p := newPlace(t)
	s := p.open(p.install(nil))
	s.rate = rate.NewLimiter(0, 3)
	codes := map[string]int{}
	for range 5 {
		_, code := p.call(s, "context.get", m{})
		codes[code]++
	}
	if codes[""] != 3 || codes["quota.rate"] != 2 {
		t.Errorf("codes %v", codes)
	}
}

func TestLockingAbortsRunningCallsInTime(t *testing.T) {
	for name, obeys := range map[string]bool{"calls that notice": true, "calls that do not": false} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			s := p.open(p.install(nil))
			begun, hold := blocker(p, time.Hour, obeys)
			done := make(chan reply)
			go func() { done <- p.send(s.Secret, block(t)) }()
			<-begun
			start := time.Now()
			p.bridge.CloseAll()
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("closing took %v", took)
			}
			close(hold)
			if r := <-done; r.code() != "session.ended" && obeys {
				t.Errorf("the running call ended with %q", r.code())
			}
			if r := p.send(s.Secret, block(t)); r.code() != "session.ended" {
				t.Errorf("a call afterwards: %q", r.code())
			}
			if _, err := p.bridge.Open(context.Background(), s.Running.ID, Environment{}); fault.Code(err) != "session.ended" {
				t.Errorf("opening afterwards: %v", err)
			}
		})
	}
}

func TestAnAppThatIsSwitchedOffDoesNotOpen(t *testing.T) {
	p := newPlace(t)
	id := p.install(nil)
	if err := p.apps.Disable(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := p.bridge.Open(context.Background(), id, Environment{}); !errors.Is(err, fault.New(extension.CodeDisabled, "")) {
		t.Errorf("error %v", err)
	}
}
