package bundle

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// FuzzJournal checks that any journal is refused with a code, or lists files of
// its folder, none twice.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(`{"version":"7","dialect":"sqlite","entries":[{"idx":1,"tag":"0001_b","when":1727000000000},{"idx":0,"tag":"0000_a"}]}`))
	f.Add([]byte(`{"entries":[]}`))
	f.Add([]byte(`{"entries":[{"idx":0,"tag":"../x"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := journaled("db", data)
		if refusal, ok := errors.AsType[*fault.Error](err); err != nil && (!ok || refusal.Code != manifest.CodeMigrationJournal) {
			t.Fatalf("refused without a code: %v", err)
		}
		for i, name := range list {
			rest, ok := strings.CutPrefix(name, "db/")
			if !ok || strings.Contains(rest, "/") || slices.Contains(list[:i], name) {
				t.Fatalf("%q", list)
			}
		}
	})
}

// FuzzRestricted checks that what passes for the canonical form of format 2 is
// what comes out when it is written again, and has no number a reader could round.
func FuzzRestricted(f *testing.F) {
	f.Add([]byte(`{"name":"a","n":[-1,0,9007199254740991]}`))
	f.Add([]byte(`{"n":1.5}`))
	f.Add([]byte(`{"a":{"ä":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		err := restricted(data)
		if refusal, ok := errors.AsType[*fault.Error](err); err != nil && (!ok || refusal.Code == fault.CodeInternal) {
			t.Fatalf("refused without a code: %v", err)
		}
		if err != nil {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		var value any
		if err := decoder.Decode(&value); err != nil {
			t.Fatal(err)
		}
		again, err := canonical(value)
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%q is written %q (%v)", data, again, err)
		}
	})
}

// ico is an icon file that says a size for a picture.
func ico(picture []byte) []byte {
	out := []byte(icoHeader + "\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00")
	out = binary.LittleEndian.AppendUint32(out, uint32(len(picture)))
	return append(binary.LittleEndian.AppendUint32(out, 22), picture...)
}

func bitmap(width, height uint32) []byte {
	out := binary.LittleEndian.AppendUint32(nil, dibSize)
	out = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(out, width), height)
	return append(out, make([]byte, dibSize-12)...)
}

func TestIconFilesAreHeldToTheSizeOfEachPicture(t *testing.T) {
	png := func(width uint32) []byte {
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte(pngPreface+"\x00\x00\x00\x0dIHDR"), width), 16)
	}
	for name, tt := range map[string]struct {
		data []byte
		good bool
	}{
		"bitmap":           {ico(bitmap(16, 32)), true},
		"PNG":              {ico(png(16)), true},
		"large bitmap":     {ico(bitmap(30000, 32)), false},
		"tall bitmap":      {ico(bitmap(16, 1<<31)), false},
		"large PNG":        {ico(png(30000)), false},
		"cut off":          {ico(bitmap(16, 32))[:40], false},
		"no picture":       {[]byte(icoHeader + "\x00\x00"), false},
		"many pictures":    {[]byte(icoHeader + "\xff\xff"), false},
		"no icon":          {[]byte("GIF89a"), false},
		"unknown bitmap":   {ico(make([]byte, 64)), false},
		"picture too long": {binary.LittleEndian.AppendUint32(ico(nil)[:18], 1<<30), false},
	} {
		if got := iconFault("favicon.ico", tt.data) == nil; got != tt.good {
			t.Errorf("%s: %v", name, got)
		}
	}
}
