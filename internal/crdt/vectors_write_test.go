package crdt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// writeVectors writes the files that the tests of the vectors read.
func writeVectors(t *testing.T) {
	t.Helper()
	must(t, os.MkdirAll(vectorDir, 0o755))
	for name, raw := range map[string][]byte{"every-operation": sampleChangeset(t), "first-example": firstExample(t), "automatic-key": automaticExample(t), "levels": levelsExample(t)} {
		c, ops, err := readAll(bytes.NewReader(raw))
		must(t, err)
		must(t, os.WriteFile(vectorDir+"/"+name+".changes", raw, 0o644))
		writeJSON(t, name, inWords(c, ops))
	}
	var values []valueVector
	all := vectorValues()
	for _, sql := range slices.Sorted(maps.Keys(all)) {
		values = append(values, describeValue(sql, all[sql]))
	}
	writeJSON(t, "values", values)
	writeJSON(t, "refused", refusedVectors(t))
}

func writeJSON(t *testing.T, name string, v any) {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	must(t, err)
	must(t, os.WriteFile(vectorDir+"/"+name+".json", append(b, '\n'), 0o644))
}

// firstExample is the worked example of SPEC.md.
func firstExample(t *testing.T) []byte {
	t.Helper()
	site := SiteID{0xaa, 15: 1}
	h := &header{kind: kindLog, site: site, upto: 65_536, deps: []dep{{site, 65_536, 0}}}
	var out bytes.Buffer
	w, err := newChangesetWriter(&out, h, []int64{0, 1})
	must(t, err)
	n, err := w.define(&tableDef{gid: GlobalID{0x70}, app: "p__notes__", key: []keyPart{{0, sqlvalue.Binary}}, columns: []GlobalID{{0x71}, {0x72}}})
	must(t, err)
	must(t, w.row(n, 1, stamp{32_768, 1, 0}, []stamped{{2, stamp{65_536, 1, 0}}}, sqlvalue.AppendText(sqlvalue.AppendText(nil, []byte("a")), []byte("hi"))))
	must(t, w.end())
	return out.Bytes()
}

// automaticExample is a snapshot with a table whose integer keys SQLite makes.
func automaticExample(t *testing.T) []byte {
	t.Helper()
	h := &header{kind: kindSnapshot, site: SiteID{1}, upto: 99, deps: []dep{{SiteID{1}, 99, 40}, {SiteID{2}, 50, 50}}}
	var out bytes.Buffer
	w, err := newChangesetWriter(&out, h, []int64{0, 1, 2})
	must(t, err)
	n, err := w.define(&tableDef{gid: GlobalID{5}, app: "p__todo__", auto: true, key: []keyPart{{1, sqlvalue.Binary}}, columns: []GlobalID{{6}, {7}}})
	must(t, err)
	for _, st := range []stamp{{99, 1, 0}, {50, 2, 0}} { // two rows with the number 7
		must(t, w.row(n, 1, st, nil, sqlvalue.AppendInteger(sqlvalue.AppendNull(nil), 7)))
	}
	must(t, w.tomb(n, appendAutoKey(sqlvalue.AppendInteger(nil, 8), Stamp{50, SiteID{2}, 0}), tomb{2, stamp{99, 1, 0}}))
	must(t, w.end())
	return out.Bytes()
}

// levelsExample is a snapshot that tells which migrations two sites had run.
func levelsExample(t *testing.T) []byte {
	t.Helper()
	return levelsOf(t, kindSnapshot, saidLevel{"p__a__", stamp{20, 1, 2}}, saidLevel{"p__b__", stamp{20, 1, 1}}, saidLevel{"p__a__", stamp{90, 1, 3}}, saidLevel{"p__a__", stamp{50, 2, 1}})
}

// saidLevel is that a site had run st.m migrations of an app from st.h on.
type saidLevel struct {
	app string
	st  stamp
}

// levelsOf is a stream of a device that tells levels. The sites of their stamps
// are indexes.
func levelsOf(t *testing.T, kind byte, list ...saidLevel) []byte {
	t.Helper()
	h := &header{kind: kind, site: SiteID{1}, upto: 99, deps: []dep{{SiteID{1}, 99, 0}, {SiteID{2}, 50, 0}}}
	if kind == kindLog {
		h.from = 10
	}
	var out bytes.Buffer
	w, err := newChangesetWriter(&out, h, []int64{0, 1, 2})
	must(t, err)
	for _, l := range list {
		must(t, w.level(l.app, l.st))
	}
	must(t, w.end())
	return out.Bytes()
}

// refusedVectors are changesets with one thing wrong each, otherwise sealed as
// they should be.
func refusedVectors(t *testing.T) (list []refused) {
	t.Helper()
	good := firstExample(t)
	add := func(name, code string, b []byte) { list = append(list, refused{name, code, hex.EncodeToString(b)}) }
	seal := func(b []byte) []byte {
		sum := sha256.Sum256(b)
		return append(bytes.Clone(b), sum[:]...)
	}
	body := good[:len(good)-sha256.Size]
	edit := func(from, to []byte) []byte {
		if bytes.Count(body, from) != 1 {
			t.Fatalf("%x comes %d times", from, bytes.Count(body, from))
		}
		return seal(bytes.Replace(body, from, to, 1))
	}
	add("the trailer is missing", "crdt.truncated", body)
	add("the sum is of something else", "crdt.malformed", append(bytes.Clone(body), make([]byte, sha256.Size)...))
	add("something follows", "crdt.malformed", append(bytes.Clone(good), 0))
	add("another format", "crdt.newer_format", edit([]byte("changes 1"), []byte("changes 2")))
	add("another magic", "crdt.malformed", edit([]byte("alcove"), []byte("Alcove")))
	row := []byte{byte(opRow), 0, 1}
	add("a table that is not defined", "crdt.malformed", edit(row, []byte{byte(opRow), 1, 1}))
	add("a row with an even life", "crdt.malformed", edit(row, []byte{byte(opRow), 0, 2}))
	set := append([]byte{1, 2}, 3)
	set = binary.AppendVarint(set, 32_768)
	add("a column that is not defined", "crdt.malformed", edit(set, append([]byte{1, 4}, set[2:]...)))
	add("a stamp later than the header says", "crdt.malformed", edit(set, binary.AppendVarint([]byte{1, 2, 3}, 32_769)))
	add("a site that is not in the header", "crdt.malformed", edit(set, binary.AppendVarint([]byte{1, 2, 5}, 32_768)))
	at := func(h, site int64, m uint32) saidLevel { return saidLevel{"p__a__", stamp{h, site, m}} }
	for _, v := range []struct {
		name string
		raw  []byte
	}{
		{"a level of no migration", levelsOf(t, kindSnapshot, at(20, 1, 0))},
		{"a level of the reserved site", levelsOf(t, kindSnapshot, at(0, 0, 2))},
		{"a level later than the header", levelsOf(t, kindSnapshot, at(51, 2, 2))},
		{"a level told twice", levelsOf(t, kindSnapshot, at(20, 1, 2), at(20, 1, 2))},
		{"levels out of order", levelsOf(t, kindSnapshot, at(20, 2, 2), at(20, 1, 2))},
		{"a level of another, in changes", levelsOf(t, kindLog, at(20, 2, 2))},
		{"a level from before, in changes", levelsOf(t, kindLog, at(10, 1, 2))},
		{"a level at a time that is no time", levelsOf(t, kindSnapshot, at(0, 1, 2))},
	} {
		add(v.name, "crdt.malformed", v.raw)
	}
	add("a value that is none", "crdt.malformed", edit([]byte{3, 2, 'h', 'i'}, []byte{9, 2, 'h', 'i'}))
	return list
}
