package spelling_test

import (
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/spelling"
)

func TestWhatABucketIsCalled(t *testing.T) {
	for _, name := range []string{"abc", "a.b-c", "1-9", strings.Repeat("a", 63)} {
		if !spelling.IsBucket(name) {
			t.Errorf("%q is no bucket", name)
		}
	}
	for _, name := range []string{"", "ab", "Abc", "-ab", "ab.", "a..b", "a/b", "a_b", "ü-b", "abc\n", strings.Repeat("a", 64)} {
		if spelling.IsBucket(name) {
			t.Errorf("%q is a bucket", name)
		}
	}
}

func TestWhatFoldersInABucketAreCalled(t *testing.T) {
	for _, path := range []string{"a", "a/B_c/.d-e", "..."} {
		if !spelling.IsFolders(path) {
			t.Errorf("%q is no folder", path)
		}
	}
	for _, path := range []string{"", "/", "a/", "/a", "a//b", ".", "a/..", "../a", "a/./b", "a b", "a*", "ü", "a\n"} {
		if spelling.IsFolders(path) {
			t.Errorf("%q is a folder", path)
		}
	}
}
