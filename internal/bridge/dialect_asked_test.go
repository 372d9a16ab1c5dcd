package bridge

import (
	"net/http"
	"testing"

	"github.com/alcove-vault/alcove/internal/permission"
)

// asked makes a call that the person has to be asked about, and returns what
// names the question.
func (p haexPlace) asked(s *Session, method string, params m) map[string]any {
	p.t.Helper()
	result, failed := p.ask(s, method, params)
	if failed == nil || failed["code"] != int64(1004) {
		p.t.Fatalf("%s %v: %v, %v", method, params, result, failed)
	}
	return failed
}

// resolved waits for the answer to a question and holds it against what named
// the question.
func (p haexPlace) resolved(s *Session, asked map[string]any) string {
	p.t.Helper()
	data := p.until(s, "extension:permission-resolved")["data"].(map[string]any)
	for _, key := range []string{"extensionId", "resourceType", "action", "target"} {
		if data[key] == nil || data[key] != asked[key] {
			p.t.Errorf("%s: asked about %v, resolved %v", key, asked[key], data[key])
		}
	}
	return data["decision"].(string)
}

func TestAHaexCallIsAnsweredWhileThePersonIsAsked(t *testing.T) {
	p := newHaexPlace(t)
	d := newDisk(p.place, t)
	id := p.install(nil, permissions(wants("read", "{documents}/**", nil), wants("readWrite", "{downloads}/**", nil)))
	s := p.open(id)
	read := m{"path": d.at("home/Documents/a.md")}
	asked := p.asked(s, "extension_filesystem_read_file", read)
	if asked["extensionName"] != "hello" || asked["resourceType"] != "fs" || asked["action"] != "read" || asked["target"] != "{documents}/a.md" {
		t.Errorf("%v", asked)
	}
	again := p.asked(s, "extension_filesystem_read_file", read) // the same question
	if again["target"] != asked["target"] {
		t.Errorf("%v", again)
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseOnce} })
	if got := p.resolved(s, asked); got != "granted" {
		t.Fatal(got)
	}
	if got := p.good(s, "extension_filesystem_read_file", read); got != "YQ==" {
		t.Errorf("%v", got)
	}
	for _, q := range p.person.questions() {
		if q.ID != p.person.questions()[0].ID {
			t.Errorf("asked %d times", len(p.person.questions()))
		}
	}
	// Once was once.
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseDeny} })
	if got := p.resolved(s, p.asked(s, "extension_filesystem_read_file", read)); got != "denied" {
		t.Error(got)
	}
	// What the person never wants is not asked, and nor is what nobody declares.
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseNever} })
	if got := p.resolved(s, p.asked(s, "extension_filesystem_read_file", read)); got != "denied" {
		t.Error(got)
	}
	if number, reason := p.code(s, "extension_filesystem_read_file", read); number != 1002 || reason != "permission.denied" {
		t.Errorf("%d %s", number, reason)
	}
	if number, reason := p.code(s, "extension_filesystem_write_file", m{"path": d.at("home/Documents/a.md"), "data": "YQ=="}); number != 1002 || reason != "permission.undeclared" {
		t.Errorf("%d %s", number, reason)
	}
}

// A call that wants two things is made three times, and each answer counts for
// the whole of it.
func TestAHaexCallThatWantsTwoThings(t *testing.T) {
	p := newHaexPlace(t)
	d := newDisk(p.place, t)
	s := p.open(p.install(nil, permissions(wants("read", "{documents}/**", nil), wants("readWrite", "{downloads}/**", nil))))
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseOnce} })
	copying := m{"from": d.at("home/Documents/a.md"), "to": d.at("home/Downloads/b.md")}
	for _, target := range []string{"{documents}/a.md", "{downloads}/b.md"} {
		asked := p.asked(s, "extension_filesystem_copy", copying)
		if asked["target"] != target {
			t.Errorf("asked about %v, want %s", asked["target"], target)
		}
		p.resolved(s, asked)
	}
	p.good(s, "extension_filesystem_copy", copying)
	if d.read("home/Downloads/b.md") != "a" {
		t.Error("nothing was copied")
	}
	p.asked(s, "extension_filesystem_copy", copying) // both were once
}

func TestAYesThatIsKeptCountsForHaexCalls(t *testing.T) {
	p := newHaexPlace(t)
	here := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) })
	id := p.install(nil, permissions(
		m{"resource": "net", "action": "fetch", "target": here + "/*", "reason": "To test."},
		m{"resource": "net", "action": "private", "target": here + "/*", "reason": "To test."},
	))
	s := p.open(id)
	status := func() any {
		return p.good(s, "extension_permissions_check_web", m{"url": here + "/x"}).(map[string]any)["status"]
	}
	if status() != "ask" {
		t.Errorf("%v", status())
	}
	p.person.says(func(*Prompt) Answer { return Answer{Choice: ChooseUses, Uses: 2} })
	fetch := m{"url": here + "/x", "method": "GET"}
	for range 2 {
		p.resolved(s, p.asked(s, "extension_web_fetch", fetch))
	}
	if status() != "granted" {
		t.Errorf("%v", status())
	}
	// Two uses are two whole calls: nothing was spent on being asked.
	p.good(s, "extension_web_fetch", fetch)
	p.good(s, "extension_web_fetch", fetch)
	p.asked(s, "extension_web_fetch", fetch)
}

func TestADecisionElsewhereAnswersAHaexCall(t *testing.T) {
	p := newHaexPlace(t)
	d := newDisk(p.place, t)
	id := p.install(nil, permissions(wants("read", "{documents}/**", nil)))
	s := p.open(id)
	read := m{"path": d.at("home/Documents/a.md")}
	asked := p.asked(s, "extension_filesystem_read_file", read)
	p.decide(id, file("read", "{documents}/**"), permission.Allow)
	if got := p.resolved(s, asked); got != "granted" {
		t.Error(got)
	}
	p.good(s, "extension_filesystem_read_file", read)
	p.decide(id, file("read", "{documents}/**"), permission.Deny)
	if got := p.good(s, "extension_permissions_check_filesystem", m{"path": read["path"], "operation": "read"}).(map[string]any)["status"]; got != "denied" {
		t.Error(got)
	}
}

// TestHaexCheckKnowsEverySpelling allows by one name of a folder what is checked
// by another.
func TestHaexCheckKnowsEverySpelling(t *testing.T) {
	p := newHaexPlace(t)
	d := newDisk(p.place, t)
	id := p.install(nil, permissions(wants("read", "{home}/**", nil)))
	s := p.open(id)
	check := m{"path": d.at("home/Documents/a.md"), "operation": "read"}
	for decision, want := range map[permission.Decision]string{permission.Allow: "granted", permission.Deny: "denied"} {
		p.decide(id, file("read", "{home}/**"), decision)
		if got := p.good(s, "extension_permissions_check_filesystem", check).(map[string]any)["status"]; got != want {
			t.Errorf("%s: %v", decision, got)
		}
	}
}

func TestHaexChecksAskNobody(t *testing.T) {
	p := newHaexPlace(t)
	d := newDisk(p.place, t)
	id := p.install(nil, permissions(wants("read", "{documents}/**", nil)))
	s := p.open(id)
	for _, tt := range []struct {
		method string
		params m
		want   string
	}{
		{"database", m{"resource": id.TablePrefix() + "notes", "operation": "write"}, "granted"},
		{"database", m{"resource": id.TablePrefix(), "operation": "read"}, "denied"},
		{"database", m{"resource": "alcove_kv", "operation": "read"}, "denied"},
		{"web", m{"url": "https://example.com/"}, "denied"},
		{"filesystem", m{"path": d.at("home/Documents/a.md"), "operation": "read"}, "ask"},
		{"filesystem", m{"path": d.at("home/Documents/a.md"), "operation": "write"}, "denied"},
		{"filesystem", m{"path": "/etc/passwd", "operation": "read"}, "denied"},
	} {
		got := p.good(s, "extension_permissions_check_"+tt.method, tt.params).(map[string]any)
		if got["status"] != tt.want {
			t.Errorf("%s %v: %v", tt.method, tt.params, got)
		}
	}
	if number, _ := p.code(s, "extension_permissions_check_filesystem", m{"path": "/x", "operation": "all"}); number != 3001 {
		t.Errorf("%d", number)
	}
	if asked := p.person.questions(); len(asked) != 0 || p.bridge.Prompt() != nil {
		t.Errorf("asked %v", asked)
	}
}

func TestWhatAHaexFrameIsAskedEndsWithIt(t *testing.T) {
	p := newHaexPlace(t)
	d := newDisk(p.place, t)
	s := p.open(p.install(nil, permissions(wants("read", "{documents}/**", nil))))
	p.asked(s, "extension_filesystem_read_file", m{"path": d.at("home/Documents/a.md")})
	if p.bridge.Prompt() == nil {
		t.Fatal("nobody is asked")
	}
	p.bridge.Close(s.Secret)
	if q := p.bridge.Prompt(); q != nil {
		t.Errorf("still asked: %v", q)
	}
}
