package keys

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

type vectors struct {
	Kits []struct {
		Secret string `json:"secret"`
		Words  string `json:"words"`
		Key    string `json:"key"`
	} `json:"kits"`
	Subkeys []struct {
		Root  string `json:"root"`
		Vault string `json:"vault"`
		Use   Use    `json:"use"`
		ID    uint32 `json:"id"`
		Key   string `json:"key"`
	} `json:"subkeys"`
	Records []struct {
		Record string   `json:"record"`
		Vault  string   `json:"vault"`
		IDs    []uint32 `json:"ids"`
		Keys   []string `json:"keys"`
	} `json:"records"`
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func ringOf(t *testing.T, vault string, ids []uint32, roots []string) *Ring {
	t.Helper()
	r := &Ring{vaultID: [16]byte(unhex(t, vault))}
	for i, id := range ids {
		key, err := newSecret(rootSize)
		if err != nil {
			t.Fatal(err)
		}
		copy(key.Bytes(), unhex(t, roots[i]))
		r.roots = append(r.roots, root{id, key})
	}
	t.Cleanup(r.Destroy)
	return r
}

func TestVectors(t *testing.T) {
	const path = "testdata/vectors.json"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want, got vectors
	for _, v := range []*vectors{&want, &got} {
		if err := json.Unmarshal(text, v); err != nil {
			t.Fatal(err)
		}
	}
	for i := range got.Kits {
		v := &got.Kits[i]
		kit := kitOf(unhex(t, v.Secret))
		v.Words, v.Key = strings.Join(kitWords(kit), " "), kit.Key()
		for _, form := range []string{v.Words, v.Key} {
			identity, err := parseKit(form)
			if err != nil || identity.String() != kit.Key() {
				t.Errorf("kit %d does not come back: %v", i, err)
			}
		}
	}
	for i := range got.Subkeys {
		v := &got.Subkeys[i]
		ring := ringOf(t, v.Vault, []uint32{1}, []string{v.Root})
		v.Key = hex.EncodeToString(subkey(t, ring, v.Use, v.ID))
	}
	for i := range got.Records {
		v := &got.Records[i]
		ring := ringOf(t, v.Vault, v.IDs, v.Keys)
		record, n, err := encodeRecord(ring)
		if err != nil {
			t.Fatal(err)
		}
		defer record.Destroy()
		v.Record = hex.EncodeToString(record.Bytes()[:n])
	}
	if *update {
		out, err := json.MarshalIndent(got, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(out, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("vectors changed (-want +got):\n%s", diff)
	}
	for i, v := range want.Records {
		ring, err := decodeRecord(unhex(t, v.Record))
		if err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		defer ring.Destroy()
		if ring.ActiveKeyID() != v.IDs[len(v.IDs)-1] || hex.EncodeToString(ring.vaultID[:]) != v.Vault {
			t.Errorf("record %d was read otherwise", i)
		}
	}
}

// TestFilesOfVersion1 opens files that an earlier Alcove wrote. They are never
// written again.
func TestFilesOfVersion1(t *testing.T) {
	dir := filepath.Join("testdata", "v1")
	line, err := os.ReadFile(filepath.Join(dir, "kit.txt"))
	if err != nil {
		t.Fatal(err)
	}
	want := "254cd6592859529c60ca32d25fe68d1a"
	a := open(t, dir, Passphrase([]byte(testPass)))
	b := open(t, dir, Recovery(string(line)))
	if a.VaultID() != b.VaultID() || !bytes.Equal(subkey(t, a, UseBlob, 7), subkey(t, b, UseBlob, 7)) {
		t.Error("the two files hold other keys")
	}
	if id := a.VaultID(); hex.EncodeToString(id[:]) != want {
		t.Errorf("vault id %x", id)
	}
}

func TestSecretKeyLineIsTheOneOfAge(t *testing.T) {
	for range 50 {
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		kit, err := generateKit()
		if err != nil {
			t.Fatal(err)
		}
		ours, err := age.ParseX25519Identity(kit.Key())
		if err != nil || ours.String() != kit.Key() {
			t.Fatalf("age reads %s as another key: %v", kit.Key(), err)
		}
		if len(identity.String()) != len(kit.Key()) {
			t.Fatal("other length")
		}
	}
}
