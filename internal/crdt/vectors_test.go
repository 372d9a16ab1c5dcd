package crdt

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/sqlvalue"
)

// The vectors are in testdata/vectors: changesets as bytes beside what they say,
// changesets that are refused with the code, and values in their two forms.
// ALCOVE_WRITE_VECTORS=1 writes them anew, for a change of the format.
const vectorDir = "testdata/vectors"

// said is a changeset in words. Bytes are in hexadecimal, times are texts.
type said struct {
	Kind, Site, From, Upto string
	Sites                  []saidSite
	Tables                 []saidTable
	Operations             []saidOp
}

type saidSite struct{ ID, Seen, Stable string }

type saidTable struct {
	GID, App   string
	Generation int64
	Automatic  bool
	Columns    []string
	Key        []string // index and collation
}

type saidOp struct {
	Op     string
	Table  int      `json:",omitempty"`
	GID    string   `json:",omitempty"`
	App    string   `json:",omitempty"`
	Key    string   `json:",omitempty"`
	Life   int64    `json:",omitempty"`
	Stamp  string   `json:",omitempty"` // h/site/m
	Cells  []string `json:",omitempty"` // set: h/site/m
	Values string   `json:",omitempty"`
	Data   string   `json:",omitempty"`
	Number int64    `json:",omitempty"`
}

var opNames = map[opKind]string{opRow: "row", opCells: "cells", opTomb: "dead", opParked: "parked", opPurge: "purge", opGeneration: "generation", opFloor: "floor", opLevel: "level"}

func inWords(c *changesetReader, ops []op) said {
	stampText := func(st stamp) string { return fmt.Sprintf("%d/%d/%d", st.h, st.site, st.m) }
	s := said{Kind: map[byte]string{kindLog: "changes", kindSnapshot: "snapshot"}[c.kind], Site: hex.EncodeToString(c.site[:]), From: fmt.Sprint(c.from), Upto: fmt.Sprint(c.upto)}
	for _, d := range c.deps {
		s.Sites = append(s.Sites, saidSite{hex.EncodeToString(d.Site[:]), fmt.Sprint(d.Seen), fmt.Sprint(d.Stable)})
	}
	for _, d := range c.defs {
		t := saidTable{GID: hex.EncodeToString(d.gid[:]), App: d.app, Generation: d.generation, Automatic: d.auto}
		for _, g := range d.columns {
			t.Columns = append(t.Columns, hex.EncodeToString(g[:]))
		}
		for _, k := range d.key {
			t.Key = append(t.Key, fmt.Sprintf("%d %s", k.column, collationName(k.collation)))
		}
		s.Tables = append(s.Tables, t)
	}
	for _, o := range ops {
		x := saidOp{Op: opNames[o.kind], Table: o.table, Key: hex.EncodeToString(o.k), Life: o.cl, App: o.app, Values: hex.EncodeToString(o.values), Data: hex.EncodeToString(o.data), Number: o.generation + o.upto}
		if o.birth != (stamp{}) {
			x.Stamp = stampText(o.birth)
		}
		if o.gid != (GlobalID{}) {
			x.GID = hex.EncodeToString(o.gid[:])
		}
		for _, e := range o.cells {
			x.Cells = append(x.Cells, fmt.Sprintf("%d: %s", e.set, stampText(e.stamp)))
		}
		s.Operations = append(s.Operations, x)
	}
	return s
}

// again writes what was read of a changeset.
func again(t *testing.T, c *changesetReader, ops []op) []byte {
	t.Helper()
	index := make([]int64, len(c.deps)+1)
	for i := range index {
		index[i] = int64(i)
	}
	var b bytes.Buffer
	w, err := newChangesetWriter(&b, &c.header, index)
	must(t, err)
	for i := range c.defs {
		_, err := w.define(&c.defs[i])
		must(t, err)
	}
	for _, o := range ops {
		switch o.kind {
		case opRow:
			err = w.row(o.table, o.cl, o.birth, o.cells, o.values)
		case opCells:
			err = w.cells(o.table, o.k, o.cl, o.birth, o.cells, o.values)
		case opTomb:
			err = w.tomb(o.table, o.k, tomb{o.cl, o.birth})
		case opParked:
			err = w.parked(o.gid, o.k, o.data)
		case opPurge:
			err = w.purge(o.gid, o.k, o.cl, o.upto, o.birth)
		case opGeneration:
			err = w.generation(o.app, o.generation)
		case opFloor:
			err = w.floor(o.gid, o.cl)
		case opLevel:
			err = w.level(o.app, o.birth)
		}
		must(t, err)
	}
	must(t, w.end())
	return b.Bytes()
}

func TestVectorsOfChangesets(t *testing.T) {
	if os.Getenv("ALCOVE_WRITE_VECTORS") == "1" {
		writeVectors(t)
	}
	files, err := filepath.Glob(vectorDir + "/*.changes")
	must(t, err)
	if len(files) < 3 {
		t.Fatalf("%d vectors", len(files))
	}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		must(t, err)
		want, err := os.ReadFile(strings.TrimSuffix(path, ".changes") + ".json")
		must(t, err)
		c, ops, err := readAll(bytes.NewReader(raw))
		must(t, err)
		got, err := json.MarshalIndent(inWords(c, ops), "", "  ")
		must(t, err)
		if string(got)+"\n" != string(want) {
			t.Errorf("%s says\n%s", path, got)
		}
		if !bytes.Equal(again(t, c, ops), raw) {
			t.Errorf("%s is written otherwise", path)
		}
	}
}

// refused is a changeset that must not be taken.
type refused struct{ Name, Code, Bytes string }

func TestVectorsOfRefusedChangesets(t *testing.T) {
	var list []refused
	raw, err := os.ReadFile(vectorDir + "/refused.json")
	must(t, err)
	must(t, json.Unmarshal(raw, &list))
	for _, v := range list {
		b, err := hex.DecodeString(v.Bytes)
		must(t, err)
		if _, _, err := readAll(bytes.NewReader(b)); fault.Code(err) != v.Code {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
}

// valueVector is a value as JSON has it, and its forms.
type valueVector struct {
	SQL                                 string // as SQLite writes it
	Exact, Binary, NoCase, RTrim, Class string
}

func vectorValues() map[string]any {
	return map[string]any{
		"NULL": nil, "0": int64(0), "-1": int64(-1), "9223372036854775807": int64(1<<63 - 1), "1.0": 1.0, "-0.0": math.Copysign(0, -1), "1.5": 1.5,
		"9223372036854775808.0": 0x1p63, "''": "", "'Key  '": "Key  ", "'Ä'": "Ä", "x''": []byte{}, "x'4b'": []byte{0x4b},
	}
}

func describeValue(sql string, v any) valueVector {
	x := sqlvalue.Of(v)
	form := func(c sqlvalue.Collation) string { return hex.EncodeToString(sqlvalue.AppendKey(nil, x, c)) }
	return valueVector{sql, hex.EncodeToString(sqlvalue.Append(nil, x)), form(sqlvalue.Binary), form(sqlvalue.NoCase), form(sqlvalue.RTrim), fmt.Sprintf("%T", v)}
}

func TestVectorsOfValues(t *testing.T) {
	var list []valueVector
	raw, err := os.ReadFile(vectorDir + "/values.json")
	must(t, err)
	must(t, json.Unmarshal(raw, &list))
	values := vectorValues()
	if len(list) != len(values) {
		t.Errorf("%d vectors of %d values", len(list), len(values))
	}
	for _, want := range list {
		if got := describeValue(want.SQL, values[want.SQL]); got != want {
			t.Errorf("%s is %+v", want.SQL, got)
		}
	}
}
