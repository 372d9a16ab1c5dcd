package bridge

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/wire"
)

// pack encodes what a test writes as a Go value.
func pack(t testing.TB, value any) []byte {
	t.Helper()
	data, err := msgpack.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

type m = map[string]any

func TestEnvelopesThatAreRefused(t *testing.T) {
	nested := any("x")
	for range 31 {
		nested = []any{nested}
	}
	many := make([]any, maxItems)
	cases := []struct {
		name string
		data []byte
		code string
		id   uint64
	}{
		{"nothing", nil, "request.malformed", 0},
		{"text", pack(t, "hello"), "request.malformed", 0},
		{"no id", pack(t, m{"v": 1, "method": "context.get", "params": m{}}), "request.malformed", 0},
		{"negative id", pack(t, m{"v": 1, "id": -1, "method": "context.get", "params": m{}}), "request.malformed", 0},
		{"an id too large for a page", pack(t, m{"v": 1, "id": uint64(1 << 53), "method": "context.get", "params": m{}}), "request.malformed", 0},
		{"fractional id", pack(t, m{"v": 1, "id": 1.5, "method": "context.get", "params": m{}}), "request.malformed", 0},
		{"no version", pack(t, m{"id": 7, "method": "context.get", "params": m{}}), "request.malformed", 7},
		{"version 2", pack(t, m{"v": 2, "id": 7, "method": "context.get", "params": m{}}), "request.malformed", 7},
		{"no method", pack(t, m{"v": 1, "id": 7, "params": m{}}), "request.malformed", 7},
		{"a long method", pack(t, m{"v": 1, "id": 7, "method": strings.Repeat("a", 65), "params": m{}}), "request.malformed", 7},
		{"no params", pack(t, m{"v": 1, "id": 7, "method": "context.get"}), "request.malformed", 7},
		{"a list of params", pack(t, m{"v": 1, "id": 7, "method": "context.get", "params": []any{}}), "request.malformed", 7},
		{"an identity", pack(t, m{"v": 1, "id": 7, "method": "context.get", "params": m{}, "extension": "other"}), "request.malformed", 7},
		{"a time", pack(t, m{"v": 1, "id": 7, "method": "kv.set", "params": m{"value": msgpack.RawMessage("\xd6\xff\x00\x00\x00\x01")}}), "request.malformed", 0},
		{"too deep", pack(t, m{"v": 1, "id": 7, "method": "kv.set", "params": m{"value": nested}}), "request.too_large", 0},
		{"too many values", pack(t, m{"v": 1, "id": 7, "method": "kv.set", "params": m{"value": many}}), "request.too_large", 0},
		{"too long", append(pack(t, m{"v": 1}), make([]byte, MaxEnvelope)...), "request.too_large", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, err := decodeRequest(c.data)
			if fault.Code(err) != c.code || r.ID != c.id {
				t.Errorf("id %d, %v; want id %d, %s", r.ID, err, c.id, c.code)
			}
		})
	}
}

func TestAGoodEnvelopeKeepsItsParts(t *testing.T) {
	r, err := decodeRequest(pack(t, m{"v": 1, "id": maxID, "method": "kv.get", "params": m{"key": "a"}}))
	if err != nil || r.ID != maxID || r.Method != "kv.get" {
		t.Fatalf("%+v %v", r, err)
	}
	if key, _ := r.Params["key"].Text(); key != "a" {
		t.Errorf("key %q", key)
	}
}

func TestAReplyIsNeverOverItsBound(t *testing.T) {
	big := make([]byte, MaxReply)
	if _, err := encodeResult(1, func(e *wire.Encoder) error { return e.EncodeBytes(big) }); fault.Code(err) != "quota.bytes" {
		t.Errorf("error %v", err)
	}
}

func TestAnErrorWithoutACodeTellsNothing(t *testing.T) {
	reply := encodeError(3, bytes.ErrTooLarge)
	if bytes.Contains(reply, []byte(bytes.ErrTooLarge.Error())) || !bytes.Contains(reply, []byte("internal")) {
		t.Errorf("%q", reply)
	}
	// Data that has no encoding does not cost the reply.
	reply = encodeError(3, fault.New("x.y", "Z.").With("bad", make(chan int)))
	if !bytes.Contains(reply, []byte("x.y")) {
		t.Errorf("%q", reply)
	}
}

// FuzzEnvelope takes arbitrary bytes through decoding and the schema of every
// method. Nothing may panic, and what decodes encodes to the same call.
func FuzzEnvelope(f *testing.F) {
	all := methods()
	for name := range all {
		f.Add(pack(f, m{"v": 1, "id": 1, "method": name, "params": m{
			"sql": "SELECT ?", "params": []any{1, "a", nil, 1.5, []byte{1}, true}, "key": "k", "value": m{"a": []any{1}},
			"statements": []any{m{"sql": "x", "params": []any{}}}, "migrations": []any{m{"name": "a", "sql": "b"}},
			"prefix": "", "after": "", "limit": 5, "url": "https://example.com/", "path": "{documents}/a",
		}}))
	}
	f.Add(pack(f, m{"v": 1, "id": 1, "method": "net.websocket", "params": m{"url": "httpd://example.com/"}}))
	f.Add([]byte("\x84\xa1v\x01\xa2id\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xa6method\xa6kv.get\xa6params\xdf\xff\xff\xff\xff"))
	session := &Session{Running: &extension.Running{}}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeRequest(data)
		if err != nil {
			if code := fault.Code(err); code != "request.malformed" && code != "request.too_large" {
				t.Fatalf("code %s", code)
			}
			encodeError(r.ID, err)
			return
		}
		for _, method := range all {
			a := newArgs(r.Params)
			w := method.parse(session, a)
			if err := a.done(); err != nil {
				// Most are request.malformed; an address, a host or a tag has a code
				// of its own.
				if fault.Code(err) == fault.CodeInternal {
					t.Fatalf("%s: %v", method.name, err)
				}
				if encodeError(r.ID, err) == nil {
					t.Fatalf("%s: no reply", method.name)
				}
			} else if w.run == nil {
				t.Fatalf("%s: nothing to run", method.name)
			}
		}
	})
}
