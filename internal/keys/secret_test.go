package keys

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

var testTime = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// leaks are ways in which a value ends up in a log or a message.
func leaks(v any) map[string]string {
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%08b"} {
		out[verb] = fmt.Sprintf(verb, v)
		out[verb+" nested"] = fmt.Sprintf(verb, struct{ V any }{v})
		out[verb+" hidden"] = fmt.Sprintf(verb, struct{ v any }{v})
		out[verb+" hidden pointer"] = fmt.Sprintf(verb, &struct{ v any }{v})
		out[verb+" slice"] = fmt.Sprintf(verb, []any{v})
	}
	out["Sprint"] = fmt.Sprint(v)
	out["error"] = fmt.Errorf("open: %v", v).Error()
	j, err := json.Marshal(map[string]any{"v": v})
	out["json"] = string(j) + fmt.Sprint(err)
	for name, h := range map[string]func(*bytes.Buffer) slog.Handler{
		"slog text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"slog json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(h(&b)).Info("m", "v", v, slog.Group("g", "v", v), "list", []any{v})
		out[name] = b.String()
	}
	return out
}

func TestSecretsDoNotPrint(t *testing.T) {
	secret, err := newSecret(32)
	if err != nil {
		t.Fatal(err)
	}
	defer secret.Destroy()
	copy(secret.Bytes(), "TOPSECRETTOPSECRETTOPSECRETTOPSE")
	kit := kitOf(secret.Bytes())
	ring, err := generateRing()
	if err != nil {
		t.Fatal(err)
	}
	defer ring.Destroy()
	copy(ring.roots[0].key.Bytes(), secret.Bytes())

	marks := []string{
		"TOPSECRET", fmt.Sprintf("%x", "TOPSECRET"), fmt.Sprintf("%X", "TOPSECRET"),
		"84 79 80 83", "0x54, 0x4f", "VE9QU0VDUkVU", kit.Words()[0] + " ", kit.Words()[7], kit.Key()[20:40], "hunter22",
	}
	for name, v := range map[string]any{
		"secret": secret, "kit": kit, "kit value": *kit, "ring": ring,
		"passphrase": Passphrase([]byte("hunter22")), "recovery": Recovery(kit.Key()),
		"pending": &Pending{ring: ring, kit: kit},
	} {
		for how, text := range leaks(v) {
			for _, mark := range marks {
				if strings.Contains(text, mark) {
					t.Errorf("%s shows itself in %s: %s", name, how, text)
				}
			}
			if !strings.Contains(text, redacted) && !strings.Contains(how, "hidden") {
				t.Errorf("%s in %s is not marked as redacted: %s", name, how, text)
			}
		}
	}
}

func TestDestroyedSecretIsGone(t *testing.T) {
	s, err := newSecret(rootSize)
	if err != nil {
		t.Fatal(err)
	}
	copy(s.Bytes(), "something")
	s.Destroy()
	s.Destroy()
	if s.Bytes() != nil || s.open != nil {
		t.Error("bytes after Destroy")
	}

	ring, err := generateRing()
	if err != nil {
		t.Fatal(err)
	}
	ring.Destroy()
	if _, err := ring.Subkey(UsePages, 1); err == nil || ring.ActiveKeyID() != 0 {
		t.Errorf("destroyed ring still derives: %v", err)
	}
	if _, _, err := encodeRecord(ring); err == nil {
		t.Error("destroyed ring can be sealed")
	}
}

func TestKitIsGoneAfterDiscard(t *testing.T) {
	p, err := New([]byte(testPass))
	if err != nil {
		t.Fatal(err)
	}
	kit := p.Kit()
	p.Discard()
	p.Discard()
	if kit.Key() != "" || kit.Words()[0] != "" || p.Ring() != nil {
		t.Error("something is left")
	}
}

func TestPrintedKitHoldsBothFormsAndTheVault(t *testing.T) {
	kit, err := generateKit()
	if err != nil {
		t.Fatal(err)
	}
	text := kit.Printable("Home", testTime)
	for _, want := range append(kitWords(kit), kit.Key(), "Home", "20 November 2026", RecoveryFile, `"Use recovery kit"`) {
		if !strings.Contains(text, want) {
			t.Errorf("missing %q", want)
		}
	}
	if !kit.SameWord(3, " "+strings.ToUpper(kit.Words()[3])) || kit.SameWord(3, "notit") {
		t.Error("SameWord")
	}
}
