package webview

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// Memory returns how many bytes of its own the web process holds, in memory or
// swapped out, and 0 where that is not known.
func (*View) Memory() int64 {
	processes, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	parent := strconv.Itoa(os.Getpid())
	var sum int64
	for _, p := range processes {
		if name := p.Name(); name[0] >= '0' && name[0] <= '9' {
			if status, err := os.ReadFile("/proc/" + name + "/status"); err == nil {
				sum += pageMemory(status, parent)
			}
		}
	}
	return sum
}

// webProcess is the name that WebKitGTK gives the process of pages, as long as
// the kernel keeps names.
const webProcess = "WebKitWebProces"

// pageMemory reads the bytes out of a process's status file, 0 if it is no web
// process of parent.
func pageMemory(status []byte, parent string) int64 {
	var sum int64
	ours := 0
	for line := range bytes.Lines(status) {
		key, value, _ := strings.Cut(string(line), ":")
		value = strings.TrimSpace(value)
		switch key {
		case "Name":
			if value != webProcess {
				return 0
			}
			ours++
		case "PPid":
			if value != parent {
				return 0
			}
			ours++
		case "RssAnon", "RssShmem", "VmSwap":
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(value, " kB"), 10, 64)
			if err == nil && kilobytes >= 0 {
				sum += kilobytes << 10
			}
		}
	}
	if ours != 2 {
		return 0
	}
	return sum
}
