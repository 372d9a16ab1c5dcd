// Command netsink makes a network that ends here, for tests of what leaves a
// program. It runs as root of a network namespace of its own:
//
//	unshare --net --mount netsink
//
// It makes a second namespace inside, in which the programs under test are put
// with nsenter. Their only way out is a link to this one, where every address
// of the world is this machine: connections are accepted and answered, names
// resolve. What arrives is written to stdout, one JSON object a line, the first
// being {"ready": pid of the inner namespace}. It ends when stdin does.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The link between the two namespaces; the sink is the gateway and the resolver.
const (
	gateway4, inner4 = "198.19.255.1", "198.19.255.2"
	gateway6, inner6 = "fd00:a1c0::1", "fd00:a1c0::2"
)

func main() {
	var err error
	if len(os.Args) > 1 && os.Args[1] == "inside" {
		err = inside()
	} else {
		err = outside()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "netsink:", err)
		os.Exit(1)
	}
}

// outside is the sink: it makes the inner namespace, the link to it, and
// listens to all of it.
func outside() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command("unshare", "--net", "--mount", self, "inside")
	child.Stderr = os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	held, err := child.StdinPipe()
	if err != nil {
		return err
	}
	heard, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(heard)
	if !lines.Scan() {
		return fmt.Errorf("the inner namespace did not start: %w", child.Wait())
	}
	pid := strconv.Itoa(child.Process.Pid)
	if err := ip(
		"link set lo up",
		"link add sink0 type veth peer name way0 netns "+pid,
		"addr add "+gateway4+"/30 dev sink0",
		"addr add "+gateway6+"/64 dev sink0 nodad",
		"link set sink0 up",
		// Whatever address is asked for, it is this machine.
		"route add local default dev lo table main",
		"-6 route add local default dev lo table main",
	); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(held, "linked"); err != nil {
		return err
	}
	if !lines.Scan() {
		return fmt.Errorf("the inner namespace got no link: %w", child.Wait())
	}
	out := &report{to: os.Stdout}
	if err := watch("sink0", "link", out); err != nil {
		return err
	}
	if err := answer(out); err != nil {
		return err
	}
	out.say(line{"ready": child.Process.Pid})
	go func() { // what the inner namespace saw on its own loopback
		for lines.Scan() {
			out.pass(lines.Bytes())
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = held.Close()
	return child.Wait()
}

// inside holds the namespace of the programs under test: a loopback that is
// watched too, and a way out.
func inside() error {
	if err := ip("link set lo up"); err != nil {
		return err
	}
	fmt.Println("up")
	in := bufio.NewReader(os.Stdin)
	if _, err := in.ReadString('\n'); err != nil {
		return err
	}
	if err := ip(
		"addr add "+inner4+"/30 dev way0",
		"addr add "+inner6+"/64 dev way0 nodad",
		"link set way0 up",
		"route add default via "+gateway4,
		"-6 route add default via "+gateway6,
	); err != nil {
		return err
	}
	if err := resolver(); err != nil {
		return err
	}
	if err := watch("lo", "loopback", &report{to: os.Stdout}); err != nil {
		return err
	}
	fmt.Println("linked")
	_, _ = io.Copy(io.Discard, in)
	return nil
}

// resolver has every look-up of this mount namespace go to the sink.
func resolver() error {
	f, err := os.CreateTemp("", "netsink-resolv-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.WriteString("nameserver " + gateway4 + "\noptions timeout:1 attempts:1\n"); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	target, err := os.Readlink("/etc/resolv.conf")
	if err != nil {
		target = "/etc/resolv.conf"
	} else if !strings.HasPrefix(target, "/") {
		target = "/etc/" + target
	}
	if err := syscall.Mount(f.Name(), target, "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("bind %s: %w", target, err)
	}
	return nil
}

// ip runs one ip command after the other.
func ip(commands ...string) error {
	for _, c := range commands {
		var out []byte
		var err error
		// An interface of the other namespace may take a moment to arrive.
		for range 20 {
			if out, err = exec.Command("ip", strings.Fields(c)...).CombinedOutput(); err == nil {
				break
			}
			time.Sleep(25 * time.Millisecond)
		}
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", c, err, out)
		}
	}
	return nil
}
