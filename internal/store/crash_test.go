package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

var testContext = context.Background()

// full reports whether the long loops are wanted.
func full() bool { return os.Getenv("ALCOVE_FULL") == "1" }

const childEnv = "ALCOVE_STORE_WRITE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(dir))
		os.Exit(1)
	}
	if dir := os.Getenv(childSecretEnv); dir != "" {
		if err := holdSecret(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// writeUntilKilled writes one transaction after the other and says the number
// of each once it is committed.
func writeUntilKilled(dir string) error {
	keys := testKeys{name: "ada"}
	s, err := Open(testContext, dir, keys)
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil {
		return err
	}
	if err := prepareWorkload(s); err != nil {
		return err
	}
	last, err := verifyWorkload(s)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewSource(time.Now().UnixNano()))
	for seq := last + 1; ; seq++ {
		if err := writeWorkload(s, rng, seq); err != nil {
			return err
		}
		fmt.Println(seq)
	}
}

func TestKilledWriterLosesNoCommit(t *testing.T) {
	loops := 10
	if full() {
		loops = 200
	}
	s := create(t)
	dir := dirOf(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	acknowledged, total := 0, 0
	for loop := range loops {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childEnv+"="+dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		// It dies somewhere within the next commits.
		lines := bufio.NewScanner(out)
		left := 1 + rand.Intn(25)
		for lines.Scan() {
			if acknowledged, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
			total++
			if left--; left == 0 {
				delay := time.Duration(rand.Intn(3000)) * time.Microsecond
				time.AfterFunc(delay, func() { _ = child.Process.Kill() })
			}
		}
		_ = child.Wait() // it was killed
		last, err := reopen(t, dir)
		if err != nil {
			t.Fatalf("loop %d: %v", loop, err)
		}
		if last < acknowledged {
			t.Fatalf("loop %d: commit %d was acknowledged, %d is there", loop, acknowledged, last)
		}
	}
	t.Logf("%d kills, %d commits", loops, total)
}
