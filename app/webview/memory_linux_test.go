package webview

import (
	"os"
	"testing"
)

func TestTheMemoryOfAWebProcessIsReadFromItsStatus(t *testing.T) {
	const web = "Name:\tWebKitWebProces\nUmask:\t0022\nPPid:\t17\nVmRSS:\t  900000 kB\nRssAnon:\t  400000 kB\nRssFile:\t  90000 kB\nRssShmem:\t  1000 kB\nVmSwap:\t  5 kB\n"
	for name, c := range map[string]struct {
		status, parent string
		want           int64
	}{
		"ours":               {web, "17", (400_000 + 1_000 + 5) << 10},
		"of another window":  {web, "18", 0},
		"the network's":      {"Name:\tWebKitNetworkPr\nPPid:\t17\nRssAnon:\t  400000 kB\n", "17", 0},
		"without its parent": {"Name:\tWebKitWebProces\nRssAnon:\t  400000 kB\n", "17", 0},
		"a kernel thread":    {"Name:\tWebKitWebProces\nPPid:\t17\n", "17", 0},
		"nonsense":           {"Name:\tWebKitWebProces\nPPid:\t17\nRssAnon:\t-4 kB\nVmSwap:\tmuch\n", "17", 0},
		"nothing":            {"", "17", 0},
	} {
		if got := pageMemory([]byte(c.status), c.parent); got != c.want {
			t.Errorf("%s: %d bytes, want %d", name, got, c.want)
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil || pageMemory(status, "17") != 0 {
		t.Errorf("this process, which is no web process: %v", err)
	}
}
