package kv_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/alcove-vault/alcove/internal/capability/kv"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type testKeys struct{}

func (testKeys) VaultID() [16]byte   { return [16]byte{1} }
func (testKeys) ActiveKeyID() uint32 { return 1 }

func (testKeys) Subkey(use string, id uint32) ([]byte, error) {
	sum := sha256.Sum256([]byte(fmt.Sprintf("%s %d", use, id)))
	return sum[:], nil
}

func newStore(t *testing.T) *store.Store {
	t.Helper()
	st, err := store.Create(context.Background(), t.TempDir(), testKeys{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// fill writes n keys of size bytes each for extension 7 without asking kv.
func fill(t *testing.T, st *store.Store, n, size int) {
	t.Helper()
	err := st.Update(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?)
			INSERT INTO alcove_kv (extension, key, value, updated_at) SELECT 7, printf('%08d', i), zeroblob(?), 0 FROM n`, n, size)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOneMoreKeyThanAllowedIsRefused(t *testing.T) {
	st := newStore(t)
	fill(t, st, kv.MaxKeys, 1)
	ctx := context.Background()
	space := kv.New(st, 7)
	if err := space.Set(ctx, "one more", []byte{0xc0}); fault.Code(err) != "quota.keys" {
		t.Errorf("one more key: %v", err)
	}
	if err := space.Set(ctx, "00000001", []byte{0xc0}); err != nil {
		t.Errorf("a key that is there already: %v", err)
	}
	if err := kv.New(st, 8).Set(ctx, "a", []byte{0xc0}); err != nil {
		t.Errorf("another extension pays for it: %v", err)
	}
	if _, err := space.Delete(ctx, "00000002"); err != nil {
		t.Fatal(err)
	}
	if err := space.Set(ctx, "one more", []byte{0xc0}); err != nil {
		t.Errorf("after a deletion: %v", err)
	}
}

func TestMoreBytesThanAllowedAreRefused(t *testing.T) {
	st := newStore(t)
	fill(t, st, 64, 1<<20-8) // with their keys 64 MiB to the byte
	ctx := context.Background()
	space := kv.New(st, 7)
	if err := space.Set(ctx, "a", []byte{0xc0}); fault.Code(err) != "quota.bytes" {
		t.Errorf("a byte more: %v", err)
	}
	if err := space.Set(ctx, "00000001", make([]byte, 1<<20-7)); fault.Code(err) != "quota.bytes" {
		t.Errorf("a value that grows: %v", err)
	}
	if err := space.Set(ctx, "00000001", make([]byte, 1<<20-9)); err != nil {
		t.Errorf("a value that shrinks: %v", err)
	}
}

func TestKeysAndValuesAreBounded(t *testing.T) {
	space := kv.New(newStore(t), 7)
	ctx := context.Background()
	for key, want := range map[string]string{"": "kv.key", "a\x00b": "kv.key", strings.Repeat("k", 513): "kv.key", strings.Repeat("k", 512): ""} {
		if err := space.Set(ctx, key, []byte{0xc0}); fault.Code(err) != want {
			t.Errorf("key of %d bytes: %v", len(key), err)
		}
	}
	if err := space.Set(ctx, "a", make([]byte, 1<<20+1)); fault.Code(err) != "quota.value" {
		t.Errorf("a large value: %v", err)
	}
}
