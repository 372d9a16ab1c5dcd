package permission_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/permission"
)

// TestAPolicyIsNamedAsInTheSettings, whose words the page keeps.
func TestAPolicyIsNamedAsInTheSettings(t *testing.T) {
	data, err := os.ReadFile("../../frontend/host/src/messages/en.json")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	if err := json.Unmarshal(data, &words); err != nil {
		t.Fatal(err)
	}
	switches := 0
	for key, help := range words {
		name, is := strings.CutSuffix(key, "_help")
		name, policy := strings.CutPrefix(name, "policy.")
		if !is || !policy {
			continue
		}
		switches++
		if label := words["policy."+name]; !strings.Contains(permission.ForbiddenBy(name), "“"+label+"”") {
			t.Errorf("%s is %q in the settings (%s), and here %s", name, label, help, permission.ForbiddenBy(name))
		}
	}
	if switches == 0 {
		t.Error("the settings have no switches")
	}
}
