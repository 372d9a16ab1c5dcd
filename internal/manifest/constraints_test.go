package manifest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

func parseConstraints(t *testing.T, permission, target, constraints string) (*manifest.Constraints, string) {
	t.Helper()
	resource, action, _ := strings.Cut(permission, ".")
	m, err := manifest.Parse(with(t, map[string]any{"permissions": []any{
		map[string]any{"resource": resource, "action": action, "target": target, "reason": "Because.", "constraints": json.RawMessage(constraints)},
	}}), manifest.HostVersion)
	if err != nil {
		return nil, fault.Code(err)
	}
	return m.Permissions[0].Constraints, ""
}

func TestConstraintsAreRefusedWhereNothingCouldEnforceThem(t *testing.T) {
	table := strings.Repeat("0a", 32) + "__notes__pages"
	const bad, unknown, invalid = manifest.CodePermissionConstraint, manifest.CodeUnknownKey, manifest.CodeFieldInvalid
	for _, tt := range []struct{ permission, target, constraints, code, canonical string }{
		{"db.read", table, `{"columns":["Title","body"],"maxRows":50}`, "", `{"columns":["body","title"],"maxRows":50}`},
		{"db.readWrite", table, `{"columns":["a"]}`, "", `{"columns":["a"]}`},
		{"db.read", table, `{"columns":["a","A"]}`, bad, ""},
		{"db.read", table, `{"columns":["a\u202e"]}`, bad, ""},
		{"db.read", table, `{"columns":[]}`, invalid, ""},
		{"db.read", table, `{"maxRows":0}`, invalid, ""},
		{"db.read", table, `{"maxRows":1000001}`, invalid, ""},
		{"db.delete", table, `{"maxRows":1}`, bad, ""},
		{"db.create", table, `{"columns":["a"]}`, bad, ""},
		{"db.read", table, `{"where":"a = 1"}`, unknown, ""},
		{"files.read", "{documents}/**", `{"maxFileSize":5000000,"extensions":["txt","md"],"recursive":false}`, "", `{"maxFileSize":5000000,"extensions":["md","txt"],"recursive":false}`},
		{"files.pick", "file", `{"extensions":["png"]}`, "", `{"extensions":["png"]}`},
		{"files.read", "{documents}/**", `{"recursive":true}`, "", ""},
		{"files.read", "{documents}/**", `{}`, "", ""},
		{"files.read", "{documents}/**", `{"extensions":[".md"]}`, bad, ""},
		{"files.read", "{documents}/**", `{"extensions":["MD"]}`, bad, ""},
		{"files.read", "{documents}/**", `{"extensions":["md","md"]}`, bad, ""},
		{"files.read", "{documents}/**", `{"methods":["GET"]}`, bad, ""},
		{"net.fetch", "https://example.com/*", `{"methods":["POST","GET"],"rate":{"requests":10,"seconds":60},"maxResponse":1000}`, "", `{"methods":["GET","POST"],"rate":{"requests":10,"seconds":60},"maxResponse":1000}`},
		{"net.fetch", "https://example.com/*", `{"methods":["get"]}`, invalid, ""},
		{"net.fetch", "https://example.com/*", `{"methods":["CONNECT"]}`, invalid, ""},
		{"net.fetch", "https://example.com/*", `{"rate":{"requests":0,"seconds":60}}`, invalid, ""},
		{"net.fetch", "https://example.com/*", `{"rate":{"requests":1}}`, manifest.CodeFieldMissing, ""},
		{"net.websocket", "wss://example.com/*", `{"rate":{"requests":1,"seconds":1}}`, "", `{"rate":{"requests":1,"seconds":1}}`},
		{"net.websocket", "wss://example.com/*", `{"methods":["GET"]}`, bad, ""},
		{"net.private", "https://nas.local/*", `{"rate":{"requests":1,"seconds":1}}`, bad, ""},
		{"shell.run", "git", `{"arguments":[["status"],["log","--format=*","**"],[]]}`, "", `{"arguments":[["status"],["log","--format=*","**"],[]]}`},
		{"shell.run", "git", `{"arguments":[]}`, invalid, ""},
		{"shell.run", "git", `{"arguments":[["**","status"]]}`, bad, ""},
		{"shell.run", "git", `{"arguments":[["a**"]]}`, bad, ""},
		{"shell.run", "git", `{"arguments":[["a\u0000b"]]}`, bad, ""},
		{"shell.terminal", "bash", `{"arguments":[["-l"]]}`, bad, ""},
		{"notifications.show", "", `{"rate":{"requests":3,"seconds":3600}}`, "", `{"rate":{"requests":3,"seconds":3600}}`},
		{"clipboard.read", "", `{"rate":{"requests":3,"seconds":3600}}`, bad, ""},
		{"background.run", "", `{"rate":{"requests":3,"seconds":3600}}`, bad, ""},
	} {
		got, code := parseConstraints(t, tt.permission, tt.target, tt.constraints)
		if code != tt.code || string(got.JSON()) != tt.canonical {
			t.Errorf("%s %s: code %q, %s", tt.permission, tt.constraints, code, got.JSON())
		}
	}
}

func TestConstraintsOfAPersonAreHeldAgainstTheSameRules(t *testing.T) {
	many := &manifest.Constraints{}
	for range 51 {
		many.Arguments = append(many.Arguments, []string{"x"})
	}
	for _, c := range []*manifest.Constraints{
		many,
		{Arguments: [][]string{{strings.Repeat("x", 201)}}},
		{Arguments: [][]string{make([]string, 51)}},
		{MaxRows: -1},
	} {
		if _, err := c.Check("shell", "run"); fault.Code(err) != manifest.CodePermissionConstraint {
			t.Errorf("%v: %v", c, err)
		}
	}
	if _, err := (&manifest.Constraints{MaxResponse: -1}).Check("net", "fetch"); fault.Code(err) != manifest.CodePermissionConstraint {
		t.Error(err)
	}
	good, err := (&manifest.Constraints{Arguments: [][]string{{"status"}}}).Check("shell", "run")
	if err != nil || len(good.Arguments) != 1 {
		t.Errorf("%v %v", good, err)
	}
}
