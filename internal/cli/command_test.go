package cli

import (
	"os"
	"testing"
)

func TestWhatIsACommand(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("package", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want bool
	}{
		{nil, false},
		{[]string{""}, false},
		{[]string{"serve"}, true},
		{[]string{"help", "ext"}, true},
		{[]string{"version"}, true},
		{[]string{"instal"}, true},       // no file; its refusal names the commands
		{[]string{"package"}, false},     // a file
		{[]string{"gone.alcove"}, false}, // the window says that it is gone
		{[]string{"./instal"}, false},
		{[]string{"instal", "b.alcove"}, false},
	} {
		if got := IsCommand(test.args); got != test.want {
			t.Errorf("%q: %v", test.args, got)
		}
	}
}
