package keys

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func goodRecord(t testing.TB) []byte {
	ring, err := generateRing()
	if err != nil {
		t.Fatal(err)
	}
	defer ring.Destroy()
	record, n, err := encodeRecord(ring)
	if err != nil {
		t.Fatal(err)
	}
	defer record.Destroy()
	return bytes.Clone(record.Bytes()[:n])
}

func TestRecordComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &Ring{}
		defer r.Destroy()
		copy(r.vaultID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "vault"))
		id := uint32(0)
		for range rapid.IntRange(1, maxRoots).Draw(t, "roots") {
			id += rapid.Uint32Range(1, 1<<27).Draw(t, "step")
			key, err := newSecret(rootSize)
			if err != nil {
				t.Fatal(err)
			}
			copy(key.Bytes(), rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key"))
			r.roots = append(r.roots, root{id, key})
		}
		record, n, err := encodeRecord(r)
		if err != nil {
			t.Fatal(err)
		}
		defer record.Destroy()
		got, err := decodeRecord(record.Bytes()[:n])
		if err != nil {
			t.Fatal(err)
		}
		defer got.Destroy()
		if got.vaultID != r.vaultID || len(got.roots) != len(r.roots) {
			t.Fatal("another record")
		}
		for i := range r.roots {
			if got.roots[i].id != r.roots[i].id || !bytes.Equal(got.roots[i].key.Bytes(), r.roots[i].key.Bytes()) {
				t.Fatalf("root %d differs", i)
			}
		}
	})
}

func TestRecordIsReadStrictly(t *testing.T) {
	good := goodRecord(t)
	replace := func(old, with string) []byte {
		if !bytes.Contains(good, []byte(old)) {
			t.Fatalf("no %q in the record", old)
		}
		return bytes.Replace(good, []byte(old), []byte(with), 1)
	}
	for name, bad := range map[string][]byte{
		"nothing":          nil,
		"no map":           {0x93, 1, 2, 3},
		"empty map":        {0x80},
		"cut":              good[:len(good)-1],
		"trailing byte":    append(bytes.Clone(good), 0xc0),
		"four entries":     append([]byte{0x84}, good[1:]...),
		"long map header":  append([]byte{0xde, 0, 5}, good[1:]...),
		"unknown format":   replace("alcove-keys/1", "someth-keys/1"),
		"other suite":      replace("AES-256-GCM", "AES-128-GCM"),
		"other order":      replace("vault", "suite"),
		"key id 0":         replace("\xa3ids\x91\x01", "\xa3ids\x91\x00"),
		"long key id":      replace("\xa3ids\x91\x01", "\xa3ids\x91\xcc\x01"),
		"two ids, one key": replace("\xa3ids\x91\x01", "\xa3ids\x92\x01\x02"),
		"descending ids":   replace("\xa3ids\x91\x01", "\xa3ids\x92\x02\x01"),
		"no ids":           replace("\xa3ids\x91\x01", "\xa3ids\x90"),
		"endless ids":      replace("\xa3ids\x91\x01", "\xa3ids\xdd\xff\xff\xff\xff"),
		"endless format":   replace("\xadalcove", "\xdb\xff\xff\xff\xffalcove"),
		"short key":        append(bytes.Clone(good[:len(good)-34]), append([]byte{0xc4, 31}, good[len(good)-31:]...)...),
	} {
		ring, err := decodeRecord(bad)
		if err == nil || ring != nil {
			t.Errorf("%s was accepted", name)
		}
		if errors.Is(err, errNewerRecord) {
			t.Errorf("%s looks newer", name)
		}
	}
}

func TestRecordOfNewerFormatIsToldApart(t *testing.T) {
	newer := bytes.Replace(goodRecord(t), []byte("alcove-keys/1"), []byte("alcove-keys/2"), 1)
	if _, err := decodeRecord(newer[:40]); !errors.Is(err, errNewerRecord) {
		t.Errorf("got %v", err)
	}
}

func FuzzRecord(f *testing.F) {
	good := goodRecord(f)
	f.Add(good)
	f.Add(good[:20])
	f.Fuzz(func(t *testing.T, data []byte) {
		ring, err := decodeRecord(data)
		if err != nil {
			return
		}
		defer ring.Destroy()
		record, n, err := encodeRecord(ring)
		if err != nil {
			t.Fatal(err)
		}
		defer record.Destroy()
		if !bytes.Equal(record.Bytes()[:n], data) {
			t.Error("two encodings of one record")
		}
	})
}

func FuzzKit(f *testing.F) {
	kit, err := generateKit()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(strings.Join(kitWords(kit), " "))
	f.Add(kit.Key())
	f.Add("1. zoom\u00a02. zoom")
	f.Fuzz(func(t *testing.T, text string) {
		if identity, err := parseKit(text); err == nil && identity == nil {
			t.Error("no identity and no error")
		}
	})
}

func FuzzSealedFile(f *testing.F) {
	p, err := newPending([]byte(testPass), 1)
	if err != nil {
		f.Fatal(err)
	}
	kit := p.Kit().Key()
	f.Add(p.pass, false)
	f.Add(p.recovery, true)
	f.Fuzz(func(t *testing.T, sealed []byte, recovery bool) {
		name, c := PassphraseFile, Passphrase([]byte("not the one"))
		if recovery {
			name, c = RecoveryFile, Recovery(kit)
		}
		if checkHeader(name, sealed) != nil || costly(sealed) {
			return
		}
		if ring, err := unseal(name, sealed, c); err == nil {
			ring.Destroy()
		}
	})
}

// costly keeps the fuzzer from spending its time in scrypt.
func costly(sealed []byte) bool {
	header, _, _ := bytes.Cut(sealed, []byte("---"))
	first, _, _ := bytes.Cut(header[bytes.Index(header, []byte("-> "))+3:], []byte("\n"))
	fields := bytes.Fields(first)
	return len(fields) == 3 && len(fields[2]) > 1
}
