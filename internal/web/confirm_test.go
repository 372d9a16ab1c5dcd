package web

import (
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
)

var gitRun = fields{"resource": "shell", "action": "run", "target": "git", "reason": "To keep versions."}

func choosing(decision string) fields {
	return fields{"resource": "shell", "action": "run", "target": "git", "decision": decision}
}

// TestRunningProgramsIsAllowedOnlyWithThePassphrase whichever way it is allowed.
func TestRunningProgramsIsAllowedOnlyWithThePassphrase(t *testing.T) {
	c := unlocked(t, Options{})
	id := c.install(nil, bundletest.With("permissions", []any{gitRun}))
	for _, step := range []struct {
		name, decision string
		passphrase     string
		code           string
		after          string
	}{
		{"allow", "allow", "", "grant.confirm", "ask"},
		{"allow with a wrong one", "allow", "not the one", "vault.wrong_passphrase", "ask"},
		{"deny", "deny", "", "", "deny"},
		{"ask", "ask", "", "", "ask"},
		{"allow with it", "allow", passphrase, "", "allow"},
	} {
		params := fields{"id": id, "choice": choosing(step.decision)}
		if step.passphrase != "" {
			params["passphrase"] = []byte(step.passphrase)
		}
		if _, code := c.call("ext.set_grant", params); code != step.code {
			t.Errorf("%s: %q, want %q", step.name, code, step.code)
		}
		if got := c.decisions(id, "shell"); len(got) != 1 || got[0] != "git "+step.after {
			t.Errorf("%s: it is %v", step.name, got)
		}
	}
	if _, code := c.call("permissions.again", fields{"id": id, "resource": "shell", "action": "run", "target": "git"}); code != "grant.confirm" {
		t.Errorf("giving it again: %q", code)
	}
}

func TestAReviewThatLetsProgramsRunNeedsThePassphrase(t *testing.T) {
	c := unlocked(t, Options{})
	accept := func(version string, more fields) string {
		t.Helper()
		review, code := c.upload(bundletest.Build(t, nil, bundletest.With("permissions", []any{gitRun}), bundletest.With("version", version)))
		if code != "" {
			t.Fatal(code)
		}
		params := fields{"id": review, "acknowledged": true, "choices": []any{choosing("allow")}}
		for k, v := range more {
			params[k] = v
		}
		_, code = c.call("install.accept", params)
		return code
	}
	if code := accept("1.0.0", nil); code != "grant.confirm" {
		t.Errorf("without: %q", code)
	}
	if list := c.must("ext.list", nil)["extensions"].([]any); len(list) != 0 {
		t.Errorf("%d apps are installed", len(list))
	}
	if code := accept("1.0.0", fields{"passphrase": []byte(passphrase)}); code != "" {
		t.Errorf("with it: %q", code)
	}
	if code := accept("1.0.1", nil); code != "" {
		t.Errorf("an update that allows no more: %q", code)
	}
}
