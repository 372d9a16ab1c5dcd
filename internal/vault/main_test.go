package vault

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/keys"
)

const (
	testPass  = "correct horse battery"
	otherPass = "a wholly new one"
)

// children are what this test binary does when a test starts it again.
var children = map[string]func() error{
	"unlock": func() error {
		u, err := Unlock(context.Background(), os.Getenv("ALCOVE_TEST_DIR"), keys.Passphrase([]byte(testPass)))
		if err != nil {
			fmt.Println(fault.Code(err))
			return nil
		}
		fmt.Println("unlocked")
		return u.Lock()
	},
	// Changes the passphrase to and fro until it is killed.
	"change": func() error {
		u, err := Unlock(context.Background(), os.Getenv("ALCOVE_TEST_DIR"), keys.Passphrase([]byte(testPass)))
		if err != nil {
			return err
		}
		now, next := []byte(testPass), []byte(otherPass)
		for {
			if err := u.ChangePassphrase(context.Background(), now, next); err != nil {
				return err
			}
			fmt.Println("changed")
			now, next = next, now
		}
	},
	"create": func() error {
		dir := os.Getenv("ALCOVE_TEST_DIR")
		p, err := Begin(filepath.Base(dir), filepath.Dir(dir), []byte(testPass))
		if err != nil {
			return err
		}
		u, err := p.Finish(context.Background(), answers(p))
		if err != nil {
			return err
		}
		return u.Lock()
	},
}

func TestMain(m *testing.M) {
	if child, ok := children[os.Getenv("ALCOVE_TEST_CHILD")]; ok {
		if err := child(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// The connection of a transaction that will not end cannot be closed; the
	// store's own tests look for others.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

func answers(p *Pending) (a [2]string) {
	words := p.Kit().Words()
	for i, position := range p.Ask() {
		a[i] = words[position]
	}
	return a
}

// created returns an open vault, locked again when the test ends, and its kit.
func created(t *testing.T) (u *Unlocked, kit string) {
	t.Helper()
	p, err := Begin("Home", t.TempDir(), []byte(testPass))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Discard)
	kit = p.Kit().Key()
	u, err = p.Finish(t.Context(), answers(p))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = u.Lock() })
	return u, kit
}

// closedVault returns the folder of a locked vault that holds a mark.
func closedVault(t *testing.T) (dir, kit string) {
	t.Helper()
	u, kit := created(t)
	mark(t, u, "here")
	if err := u.Lock(); err != nil {
		t.Fatal(err)
	}
	return u.Dir, kit
}

func unlocked(t *testing.T, dir string, c keys.Credential) *Unlocked {
	t.Helper()
	u, err := Unlock(t.Context(), dir, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = u.Lock() })
	return u
}

func mark(t *testing.T, u *Unlocked, value string) {
	t.Helper()
	if err := u.setSetting(t.Context(), "test.mark", value); err != nil {
		t.Fatal(err)
	}
}

func wantMark(t *testing.T, u *Unlocked, want string) {
	t.Helper()
	var got string
	if err := u.setting(t.Context(), "test.mark", &got); err != nil || got != want {
		t.Errorf("mark is %q, %v; want %q", got, err, want)
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

// contents maps every file below dir to its bytes.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		all[rel] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// endlessTransaction writes something and then computes for ever.
func endlessTransaction(u *Unlocked, entered chan<- struct{}) error {
	return u.Store.Update(context.Background(), func(tx *sql.Tx) error {
		if _, err := tx.Exec(`INSERT INTO alcove_setting (key, value) VALUES ('test.half', x'c401ff')`); err != nil {
			return err
		}
		close(entered)
		var n int
		return tx.QueryRow(`WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c`).Scan(&n)
	})
}
