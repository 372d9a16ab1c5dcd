package keys

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"
)

// TestSecretPagesAreLockedAndLeftOutOfDumps asks the kernel.
func TestSecretPagesAreLockedAndLeftOutOfDumps(t *testing.T) {
	if err := probeLock(); err != nil {
		t.Skipf("this system allows no locked memory: %v", err)
	}
	s, err := newSecret(rootSize)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Destroy()
	s.Bytes()[0] = 1
	start := fmt.Sprintf("%x-", uintptr(unsafe.Pointer(unsafe.SliceData(s.open().data))))
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	found := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, start) {
			found = true
			if !strings.Contains(line, "rw-p") {
				t.Errorf("mapping %q", line)
			}
		}
		if found && strings.HasPrefix(line, "VmFlags:") {
			for _, flag := range []string{" lo", " dd", " wf"} {
				if !strings.Contains(line, flag) {
					t.Errorf("no%s in %q", flag, line)
				}
			}
			return
		}
	}
	t.Error("the mapping was not found")
}

func TestDestroyOverwritesBeforeItUnmaps(t *testing.T) {
	r, err := allocate(rootSize)
	if err != nil {
		t.Fatal(err)
	}
	defer r.release()
	copy(r.data, "something secret")
	// A region without its mapping: Destroy cannot take the memory away.
	s := &Secret{size: rootSize, open: func() *region { return &region{data: r.data} }}
	s.Destroy()
	if strings.Trim(string(r.data), "\x00") != "" {
		t.Errorf("left in memory: %q", r.data[:rootSize])
	}
}
