package keys

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
)

const testPass = "correct horse battery"

func written(t *testing.T) (dir string, kit *Kit, id [16]byte) {
	t.Helper()
	dir = t.TempDir()
	p, err := New([]byte(testPass))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Discard)
	if err := p.Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir, p.Kit(), p.Ring().VaultID()
}

func open(t *testing.T, dir string, c Credential) *Ring {
	t.Helper()
	ring, err := Open(dir, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ring.Destroy)
	return ring
}

func subkey(t *testing.T, r *Ring, use Use, id uint32) []byte {
	t.Helper()
	s, err := r.Subkey(use, id)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Destroy()
	return bytes.Clone(s.Bytes())
}

func TestEveryCredentialOpensTheSameKeys(t *testing.T) {
	dir, kit, id := written(t)
	want := subkey(t, open(t, dir, Passphrase([]byte(testPass))), UsePages, 1)
	for name, c := range map[string]Credential{
		"words":          Recovery(strings.Join(kitWords(kit), " ")),
		"shouted words":  Recovery("  " + strings.ToUpper(strings.Join(kitWords(kit), "\n")) + "\n"),
		"line":           Recovery(kit.Key()),
		"line, lower":    Recovery(strings.ToLower(kit.Key()) + "\n"),
		"printed listed": Recovery(listed(kit)),
		"printed sheet":  Recovery(kit.Printable("Home 2", testTime)),
		"sheet, no line": Recovery(strings.ReplaceAll(kit.Printable("Home", testTime), kit.Key(), "")),
	} {
		t.Run(name, func(t *testing.T) {
			ring := open(t, dir, c)
			if got := subkey(t, ring, UsePages, 1); !bytes.Equal(got, want) || ring.VaultID() != id {
				t.Error("other keys")
			}
		})
	}
}

// listed is the part of the printed kit that someone would copy.
func listed(kit *Kit) string {
	var lines []string
	for line := range strings.Lines(kit.Printable("v", testTime)) {
		if strings.Contains(line, "1. ") || len(lines) > 0 && len(lines) < 6 {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func TestSubkeysDifferByUseAndID(t *testing.T) {
	dir, _, _ := written(t)
	ring := open(t, dir, Passphrase([]byte(testPass)))
	seen := map[string]string{}
	for _, use := range []Use{UsePages, UseWAL, UseWALHeader, UseBlob, UseSecret} {
		for _, id := range []uint32{1, 2, 1 << 31} {
			key := string(subkey(t, ring, use, id))
			if other, ok := seen[key]; ok {
				t.Errorf("%s/%d equals %s", use, id, other)
			}
			seen[key] = string(use)
		}
	}
	if _, err := ring.Subkey(UsePages, 0); err == nil {
		t.Error("key id 0 has a key")
	}
}

func TestNewKeysAreNotEqual(t *testing.T) {
	a, kitA, idA := written(t)
	b, kitB, idB := written(t)
	if kitA.Key() == kitB.Key() || idA == idB {
		t.Error("two vaults share an identity")
	}
	if bytes.Equal(subkey(t, open(t, a, Passphrase([]byte(testPass))), UsePages, 1),
		subkey(t, open(t, b, Passphrase([]byte(testPass))), UsePages, 1)) {
		t.Error("two vaults share a key")
	}
}

func TestOpenRefuses(t *testing.T) {
	dir, kit, _ := written(t)
	_, other, _ := written(t)
	swapped := kit.Words()
	swapped[3], swapped[4] = swapped[4], swapped[3]
	for _, tc := range []struct {
		name, code string
		c          Credential
	}{
		{"wrong passphrase", "vault.wrong_passphrase", Passphrase([]byte("correct horse batter"))},
		{"empty passphrase", "vault.wrong_passphrase", Passphrase(nil)},
		{"endless passphrase", "vault.wrong_passphrase", Passphrase(make([]byte, 5000))},
		{"kit of another vault", "vault.kit_mismatch", Recovery(other.Key())},
		{"23 words", "vault.kit_invalid", Recovery(strings.Join(kitWords(kit)[:23], " "))},
		{"two words exchanged", "vault.kit_invalid", Recovery(strings.Join(swapped[:], " "))},
		{"unknown word", "vault.kit_invalid", Recovery("qwertz " + strings.Join(kitWords(kit)[1:], " "))},
		{"all words zoom", "vault.kit_invalid", Recovery(strings.Repeat("zoom ", 24))},
		{"key line cut", "vault.kit_invalid", Recovery(kit.Key()[:len(kit.Key())-1])},
		{"nothing", "vault.kit_invalid", Recovery("")},
		{"a book", "vault.kit_invalid", Recovery(strings.Repeat("zoom ", 4000))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ring, err := Open(dir, tc.c)
			if fault.Code(err) != tc.code || ring != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestDamagedFileIsNamedAndLeftAlone(t *testing.T) {
	dir, kit, _ := written(t)
	creds := map[string]Credential{PassphraseFile: Passphrase([]byte(testPass)), RecoveryFile: Recovery(kit.Key())}
	for name, c := range creds {
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for what, bad := range map[string][]byte{
			"empty":        {},
			"cut":          good[:len(good)-1],
			"longer":       append(bytes.Clone(good), 0),
			"last bit":     flip(good, len(good)-1),
			"header":       flip(good, 3),
			"mac":          flip(good, bytes.Index(good, []byte("---"))+6),
			"huge":         make([]byte, maxSealedSize+1),
			"costly":       bytes.Replace(good, []byte(" 10\n"), []byte(" 30\n"), 1),
			"other record": sealedText(t, name, kit, "hello"),
		} {
			if bytes.Equal(bad, good) {
				continue // "costly" does not apply to the recovery file
			}
			t.Run(name+" "+what, func(t *testing.T) {
				if err := os.WriteFile(path, bad, 0o600); err != nil {
					t.Fatal(err)
				}
				_, err := Open(dir, c)
				f := fault.Of(err)
				if f.Code != "vault.damaged" || f.Data["file"] != name || !strings.Contains(f.Message, name) {
					t.Errorf("got %v", err)
				}
				if after, _ := os.ReadFile(path); !bytes.Equal(after, bad) {
					t.Error("the file was changed")
				}
			})
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := CheckFiles(dir); err != nil {
		t.Errorf("good files: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, RecoveryFile)); err != nil {
		t.Fatal(err)
	}
	if f := fault.Of(CheckFiles(dir)); f.Code != "vault.damaged" || f.Data["file"] != RecoveryFile {
		t.Errorf("missing file: %v", f)
	}
}

func flip(b []byte, i int) []byte {
	b = bytes.Clone(b)
	b[i] ^= 1
	return b
}

func sealedText(t *testing.T, name string, kit *Kit, text string) []byte {
	t.Helper()
	var to age.Recipient
	if name == RecoveryFile {
		identity, err := age.ParseX25519Identity(kit.Key())
		if err != nil {
			t.Fatal(err)
		}
		to = identity.Recipient()
	} else {
		r, err := age.NewScryptRecipient(testPass)
		if err != nil {
			t.Fatal(err)
		}
		r.SetWorkFactor(10)
		to = r
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRewrapChangesThePassphraseAndKeepsTheKit(t *testing.T) {
	dir, kit, _ := written(t)
	ring := open(t, dir, Passphrase([]byte(testPass)))
	want := subkey(t, ring, UseWAL, 1)
	if err := Rewrap(dir, ring, []byte("a wholly new one")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Passphrase([]byte(testPass))); !errors.Is(err, ErrWrongPassphrase) {
		t.Errorf("old passphrase: %v", err)
	}
	for _, c := range []Credential{Passphrase([]byte("a wholly new one")), Recovery(kit.Key())} {
		if got := subkey(t, open(t, dir, c), UseWAL, 1); !bytes.Equal(got, want) {
			t.Error("other keys")
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestWeakPassphrasesAreRefusedEverywhere(t *testing.T) {
	dir, _, _ := written(t)
	ring := open(t, dir, Passphrase([]byte(testPass)))
	before, _ := os.ReadFile(filepath.Join(dir, PassphraseFile))
	for _, tc := range []struct{ pass, code string }{
		{"", "vault.weak_passphrase"},
		{"seven77", "vault.weak_passphrase"},
		{"äöüäöüä", "vault.weak_passphrase"},
		{"not \xff text", "vault.weak_passphrase"},
		{strings.Repeat("x", 1025), "vault.passphrase_too_long"},
	} {
		if _, err := New([]byte(tc.pass)); fault.Code(err) != tc.code {
			t.Errorf("New(%q): %v", tc.pass, err)
		}
		if err := Rewrap(dir, ring, []byte(tc.pass)); fault.Code(err) != tc.code {
			t.Errorf("Rewrap(%q): %v", tc.pass, err)
		}
	}
	if after, _ := os.ReadFile(filepath.Join(dir, PassphraseFile)); !bytes.Equal(before, after) {
		t.Error("a refused passphrase changed the file")
	}
}

func TestPassphraseTypedWithCombiningAccentsIsTheSame(t *testing.T) {
	p, err := New([]byte("Käse und Brötchen")) // composed
	if err != nil {
		t.Fatal(err)
	}
	defer p.Discard()
	dir := t.TempDir()
	if err := p.Write(dir); err != nil {
		t.Fatal(err)
	}
	open(t, dir, Passphrase([]byte("Ka\u0308se und Bro\u0308tchen")))
}

func TestWriteReplacesWholeFilesForTheirOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(target, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	// A link planted where the temporary file goes must not be written through.
	if err := os.Symlink(target, filepath.Join(dir, PassphraseFile+".new")); err != nil {
		t.Fatal(err)
	}
	p, err := New([]byte(testPass))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Discard()
	for range 2 {
		if err := p.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{PassphraseFile, RecoveryFile} {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	if got, _ := os.ReadFile(target); string(got) != "mine" {
		t.Errorf("wrote through a link: %q", got)
	}
}

func TestProductSealsWithWorkFactor18(t *testing.T) {
	p, err := newPending([]byte(testPass), productWorkFactor)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Discard()
	_, rest, _ := bytes.Cut(p.pass, []byte("-> "))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	if fields := strings.Fields(string(line)); len(fields) != 3 || fields[0] != "scrypt" || fields[2] != "18" {
		t.Errorf("recipient line %q", line)
	}
}

func TestPlainAgeOpensBothFiles(t *testing.T) {
	dir, kit, id := written(t)
	passphrase, err := age.NewScryptIdentity(testPass)
	if err != nil {
		t.Fatal(err)
	}
	identities, err := age.ParseIdentities(strings.NewReader("# kit\n" + kit.Key() + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	var records [][]byte
	for name, identity := range map[string]age.Identity{PassphraseFile: passphrase, RecoveryFile: identities[0]} {
		sealed, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := age.Decrypt(bytes.NewReader(sealed), identity)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		record, err := io.ReadAll(plain)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
	if diff := cmp.Diff(records[0], records[1]); diff != "" {
		t.Errorf("the files hold different records: %s", diff)
	}
	if !bytes.Contains(records[0], id[:]) {
		t.Error("no vault id in the record")
	}
}

func kitWords(kit *Kit) []string {
	list := kit.Words()
	return list[:]
}
