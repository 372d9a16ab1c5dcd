package bundle_test

import (
	"bytes"
	"compress/flate"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"maps"
	"slices"
	"testing"

	"github.com/gowebpki/jcs"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
)

// recipe builds a package step by step, written from SPEC.md and sharing no
// code with Pack, so that each step can be done wrong.
type recipe struct {
	manifest map[string]any
	files    map[string][]byte // besides alcove.json, before signing

	// Steps that can be changed, in the order they happen.
	manifestText func([]byte) []byte         // bytes of alcove.json
	statement    func(s map[string]any)      // before it is signed
	sign         func(message []byte) string // hex
	signed       func(s map[string]any)      // after it was signed
	sigFile      func([]byte) []byte         // bytes of alcove.sig.json
	contents     func(map[string][]byte)     // after it was signed
	parts        func([]part) []part
	archive      func([]byte) []byte
}

// part is one file of the container; what is said twice is there twice.
type part struct {
	local, central header
	packed         []byte
	before, after  []byte // bytes around the local record
	offset         *uint32
	hidden         bool // no directory record
	ghost          bool // no local record; offset is the first file's
}

type header struct {
	name         string
	flags        uint16
	method       uint16
	time         uint32
	crc          uint32
	packed, size uint32
	extra        []byte
	comment      string // these three only in the directory
	disk         uint16
	mode         uint32
}

func both(p *part, change func(*header)) {
	change(&p.local)
	change(&p.central)
}

// page is what every recipe's start page holds: long enough to be deflated.
var page = bytes.Repeat([]byte("<p>Good morning.</p>\n"), 20)

func goodRecipe() *recipe {
	return &recipe{
		manifest: map[string]any{
			"formatVersion": 1, "name": "hello", "version": "1.2.3", "description": "Says hello.", "author": "Ada",
			"entry": "start.html", "icon": "icon.svg", "engines": map[string]any{"alcove": ">=0.1.0"},
			"permissions": []any{map[string]any{"resource": "net", "action": "fetch", "target": "https://api.example.com/*", "reason": "Asks for the weather.", "optional": true}},
			"tables":      []any{map[string]any{"name": "notes", "description": "Your notes."}},
			"migrations":  []any{"sql/1.sql"},
			"display":     "focus",
			"locales":     map[string]any{"de": map[string]any{"title": "Hallo", "description": "Sagt hallo."}},
		},
		files: map[string][]byte{
			"start.html": page,
			"icon.svg":   []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
			"sql/1.sql":  []byte("CREATE TABLE {{notes}} (id TEXT PRIMARY KEY) STRICT;"),
		},
		manifestText: func(b []byte) []byte { return b },
		statement:    func(map[string]any) {},
		sign:         func(message []byte) string { return hex.EncodeToString(ed25519.Sign(bundletest.Key(1), message)) },
		signed:       func(map[string]any) {},
		sigFile:      func(b []byte) []byte { return b },
		contents:     func(map[string][]byte) {},
		parts:        func(p []part) []part { return p },
		archive:      func(b []byte) []byte { return b },
	}
}

func canonical(t testing.TB, value any) []byte {
	t.Helper()
	plain, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jcs.Transform(plain)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (r *recipe) build(t testing.TB) []byte {
	t.Helper()
	files := maps.Clone(r.files)
	text, err := json.MarshalIndent(r.manifest, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if text = r.manifestText(text); text != nil {
		files["alcove.json"] = text
	}
	list := []any{}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256(files[path])
		list = append(list, map[string]any{"path": path, "size": len(files[path]), "sha256": hex.EncodeToString(sum[:])})
	}
	public := bundletest.Lineage(1).String()
	statement := map[string]any{"format": "alcove/1", "lineage": public, "signer": public, "chain": []any{}, "files": list}
	r.statement(statement)
	format, _ := statement["format"].(string)
	statement["signature"] = r.sign(append([]byte(format+"\n"), canonical(t, statement)...))
	r.signed(statement)
	files["alcove.sig.json"] = r.sigFile(canonical(t, statement))
	r.contents(files)
	return r.archive(container(r.parts(partsOf(files))))
}

func deflated(content []byte) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestSpeed)
	w.Write(content)
	w.Close()
	return b.Bytes()
}

func makePart(path string, content []byte) part {
	h := header{name: path, method: 0, time: 0x21 << 16, crc: crc32.ChecksumIEEE(content), size: uint32(len(content))}
	data := content
	if packed := deflated(content); len(packed) < len(content) {
		data, h.method = packed, 8
	}
	h.packed = uint32(len(data))
	if !isASCII(path) {
		h.flags = 1 << 11
	}
	return part{local: h, central: h, packed: data}
}

func isASCII(s string) bool {
	return !slices.ContainsFunc([]byte(s), func(b byte) bool { return b >= 0x80 })
}

func partsOf(files map[string][]byte) []part {
	var parts []part
	for _, path := range slices.Sorted(maps.Keys(files)) {
		parts = append(parts, makePart(path, files[path]))
	}
	return parts
}

// find is the part of that path.
func find(parts []part, path string) *part {
	for i := range parts {
		if parts[i].central.name == path {
			return &parts[i]
		}
	}
	panic("no part " + path)
}

func container(parts []part) []byte {
	var out, directory []byte
	count := uint16(0)
	le := binary.LittleEndian
	for _, p := range parts {
		out = append(out, p.before...)
		offset := uint32(len(out))
		if !p.ghost {
			h := p.local
			out = append(out, "PK\x03\x04\x14\x00"...)
			out = le.AppendUint16(out, h.flags)
			out = le.AppendUint16(out, h.method)
			out = le.AppendUint32(out, h.time)
			out = le.AppendUint32(out, h.crc)
			out = le.AppendUint32(out, h.packed)
			out = le.AppendUint32(out, h.size)
			out = le.AppendUint16(out, uint16(len(h.name)))
			out = le.AppendUint16(out, uint16(len(h.extra)))
			out = append(append(append(out, h.name...), h.extra...), p.packed...)
		}
		out = append(out, p.after...)
		if p.hidden {
			continue
		}
		if p.offset != nil {
			offset = *p.offset
		}
		h := p.central
		directory = append(directory, "PK\x01\x02\x14\x00\x14\x00"...)
		directory = le.AppendUint16(directory, h.flags)
		directory = le.AppendUint16(directory, h.method)
		directory = le.AppendUint32(directory, h.time)
		directory = le.AppendUint32(directory, h.crc)
		directory = le.AppendUint32(directory, h.packed)
		directory = le.AppendUint32(directory, h.size)
		directory = le.AppendUint16(directory, uint16(len(h.name)))
		directory = le.AppendUint16(directory, uint16(len(h.extra)))
		directory = le.AppendUint16(directory, uint16(len(h.comment)))
		directory = le.AppendUint16(directory, h.disk)
		directory = le.AppendUint16(directory, 0)
		directory = le.AppendUint32(directory, h.mode)
		directory = le.AppendUint32(directory, offset)
		directory = append(append(append(directory, h.name...), h.extra...), h.comment...)
		count++
	}
	start := uint32(len(out))
	out = append(out, directory...)
	out = append(out, "PK\x05\x06\x00\x00\x00\x00"...)
	out = le.AppendUint16(out, count)
	out = le.AppendUint16(out, count)
	out = le.AppendUint32(out, uint32(len(directory)))
	out = le.AppendUint32(out, start)
	return le.AppendUint16(out, 0)
}

func TestTheRecipeThatEveryHostileRowStartsFromIsGood(t *testing.T) {
	b, err := bundle.Open(goodRecipe().build(t))
	if err != nil {
		t.Fatal(err)
	}
	if content, ok := b.Content("start.html"); !ok || !bytes.Equal(content, page) {
		t.Errorf("start.html is %q", content)
	}
	if _, mediaType, ok := b.Icon(); !ok || mediaType != "image/svg+xml" {
		t.Errorf("icon is %q", mediaType)
	}
	if b.Manifest.Title("de-AT") != "Hallo" || b.Manifest.Display != "focus" {
		t.Errorf("manifest %+v", b.Manifest)
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
