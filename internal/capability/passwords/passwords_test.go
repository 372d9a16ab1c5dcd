package passwords

import "testing"

func TestWhatAScopeReaches(t *testing.T) {
	private := func(tag string) bool { return tag == "private" }
	nothing := func(string) bool { return true }
	untagged := func(tag string) bool { return tag == Every }
	for _, tt := range []struct {
		scope Scope
		tags  []string
		want  bool
	}{
		{Scope{}, nil, false},
		{Scope{}, []string{"work"}, false},
		{Scope{Tags: []string{"work"}}, []string{"home", "work"}, true},
		{Scope{Tags: []string{"work"}}, []string{"Work"}, false},
		{Scope{Tags: []string{"work"}}, []string{"works", "wor"}, false},
		{Scope{Tags: []string{"work"}}, nil, false},
		{Scope{Tags: []string{Every}}, nil, true},
		{Scope{Tags: []string{Every}}, []string{"anything"}, true},
		{Scope{Tags: []string{Every}, Refused: private}, []string{"work", "private"}, false},
		{Scope{Tags: []string{"work"}, Refused: private}, []string{"work", "private"}, false},
		{Scope{Tags: []string{"work"}, Refused: private}, []string{"work"}, true},
		{Scope{Tags: []string{Every}, Refused: untagged}, nil, false},
		{Scope{Tags: []string{Every}, Refused: nothing}, []string{"work"}, false},
	} {
		if got := tt.scope.Has(tt.tags); got != tt.want {
			t.Errorf("%v of %v: %v", tt.scope.Tags, tt.tags, got)
		}
	}
}
