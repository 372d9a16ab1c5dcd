// Package bundletest makes signed packages for tests.
//
// The keys are fixed, so that hashes and identities in golden files stay the
// same. They are public: nothing real is ever signed with them.
package bundletest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"testing"
	"testing/fstest"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// Key is the n-th test key; different numbers give different publishers.
func Key(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

// Lineage is the public half of Key(n).
func Lineage(n byte) manifest.Key { return bundle.PublicKey(Key(n)) }

// ID is the identity of the extension name by publisher n.
func ID(n byte, name string) manifest.ID { return manifest.ID{Lineage: Lineage(n), Name: name} }

type options struct {
	key    byte
	fields map[string]any
}

// Option changes what Build makes.
type Option func(*options)

// WithKey signs with Key(n) instead of Key(1).
func WithKey(n byte) Option { return func(o *options) { o.key = n } }

// With sets one field of the manifest, such as "name" or "permissions"; nil
// takes it out.
func With(field string, value any) Option { return func(o *options) { o.fields[field] = value } }

// Build packs and signs files. Without an "alcove.json" among them it writes
// the smallest manifest ("hello" 1.0.0) changed by the options, and without a
// "start.html" an empty page of that name.
func Build(t testing.TB, files map[string]string, opts ...Option) []byte {
	t.Helper()
	o := options{key: 1, fields: map[string]any{
		"formatVersion": 1,
		"name":          "hello",
		"version":       "1.0.0",
		"description":   "Says hello.",
		"author":        "Ada",
		"entry":         "start.html",
		"engines":       map[string]any{"alcove": ">=0.1.0"},
		"permissions":   []any{},
	}}
	for _, opt := range opts {
		opt(&o)
	}
	fsys := fstest.MapFS{}
	for path, content := range files {
		fsys[path] = &fstest.MapFile{Data: []byte(content)}
	}
	if fsys[manifest.FileName] == nil {
		for field, value := range o.fields {
			if value == nil {
				delete(o.fields, field)
			}
		}
		data, err := json.MarshalIndent(o.fields, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		fsys[manifest.FileName] = &fstest.MapFile{Data: data}
	}
	if fsys["start.html"] == nil {
		fsys["start.html"] = &fstest.MapFile{Data: []byte("<!doctype html><title>Hello</title>")}
	}
	data, err := bundle.Pack(fsys, Key(o.key))
	if err != nil {
		t.Fatalf("pack: %v", err)
	}
	return data
}
