package bundle_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// hostile is one way to build a package wrong, and the code it has to meet.
type hostile struct {
	code   string
	name   string // only in variants, where several rows have one code
	change func(r *recipe)
}

// Helpers for one step of the recipe.

func withFile(path, content string) func(*recipe) {
	return func(r *recipe) { r.files[path] = []byte(content) }
}

func onPart(path string, change func(*part)) func(*recipe) {
	return func(r *recipe) {
		r.parts = func(parts []part) []part { change(find(parts, path)); return parts }
	}
}

func onHeaders(path string, change func(*header)) func(*recipe) {
	return onPart(path, func(p *part) { both(p, change) })
}

func onEnd(change func(end []byte)) func(*recipe) {
	return func(r *recipe) {
		r.archive = func(b []byte) []byte { change(b[len(b)-22:]); return b }
	}
}

func onStatement(change func(s map[string]any)) func(*recipe) {
	return func(r *recipe) { r.statement = change }
}

func onFiles(change func(list []any) []any) func(*recipe) {
	return onStatement(func(s map[string]any) { s["files"] = change(s["files"].([]any)) })
}

func onListed(path, field string, value any) func(*recipe) {
	return onFiles(func(list []any) []any {
		for _, item := range list {
			if f := item.(map[string]any); f["path"] == path {
				f[field] = value
			}
		}
		return list
	})
}

func listed(path string, size int) map[string]any {
	return map[string]any{"path": path, "size": size, "sha256": strings.Repeat("0", 64)}
}

func onSigFile(change func(string) string) func(*recipe) {
	return func(r *recipe) { r.sigFile = func(b []byte) []byte { return []byte(change(string(b))) } }
}

func onManifest(field string, value any) func(*recipe) {
	return func(r *recipe) {
		if value == nil {
			delete(r.manifest, field)
			return
		}
		r.manifest[field] = value
	}
}

func onManifestText(change func(string) string) func(*recipe) {
	return func(r *recipe) { r.manifestText = func(b []byte) []byte { return []byte(change(string(b))) } }
}

func permission(resource, action, target string) func(*recipe) {
	return onManifest("permissions", []any{map[string]any{"resource": resource, "action": action, "target": target, "reason": "Because."}})
}

const aes = "\x01\x99\x07\x00\x02\x00AE\x03\x08\x00"

// hostiles has one row for each code that Open can give.
var hostiles = []hostile{
	// Container: the file as a whole.
	{code: bundle.CodeArchiveTooLarge, change: func(r *recipe) {
		r.archive = func(b []byte) []byte { return append(b, make([]byte, bundle.MaxArchive+1-len(b))...) }
	}},
	{code: bundle.CodeNotZip, change: func(r *recipe) {
		r.archive = func(b []byte) []byte { return b[:len(b)-22] }
	}},
	{code: bundle.CodeTrailingBytes, change: func(r *recipe) {
		r.archive = func(b []byte) []byte { return append(b, "more"...) }
	}},
	{code: bundle.CodeLeadingBytes, change: func(r *recipe) {
		r.archive = func(b []byte) []byte { return append([]byte("#!/bin/sh\n"), b...) }
	}},
	{code: bundle.CodeComment, change: func(r *recipe) {
		r.archive = func(b []byte) []byte {
			binary.LittleEndian.PutUint16(b[len(b)-2:], 4)
			return append(b, "note"...)
		}
	}},
	{code: bundle.CodeZip64, change: func(r *recipe) {
		r.archive = func(b []byte) []byte {
			locator := append([]byte("PK\x06\x07"), make([]byte, 16)...)
			return bytes.Join([][]byte{b[:len(b)-22], locator, b[len(b)-22:]}, nil)
		}
	}},
	{code: bundle.CodeMultiDisk, change: onEnd(func(end []byte) { end[4] = 1 })},
	{code: bundle.CodeTooManyEntries, change: func(r *recipe) {
		for i := range bundle.MaxEntries {
			r.files[fmt.Sprintf("f/%d", i)] = nil
		}
	}},
	{code: bundle.CodeBadStructure, change: onEnd(func(end []byte) { end[8]++; end[10]++ })},

	// Container: one entry.
	{code: bundle.CodeEncrypted, change: onHeaders("start.html", func(h *header) { h.flags |= 1 })},
	{code: bundle.CodeDataDescriptor, change: onPart("start.html", func(p *part) {
		descriptor := binary.LittleEndian.AppendUint32([]byte("PK\x07\x08"), p.central.crc)
		descriptor = binary.LittleEndian.AppendUint32(descriptor, p.central.packed)
		p.after = binary.LittleEndian.AppendUint32(descriptor, p.central.size)
		both(p, func(h *header) { h.flags |= 1 << 3 })
		p.local.crc, p.local.packed, p.local.size = 0, 0, 0
	})},
	{code: bundle.CodeUnknownFlags, change: onHeaders("start.html", func(h *header) { h.flags |= 1 << 5 })},
	{code: bundle.CodeUnknownMethod, change: onHeaders("start.html", func(h *header) { h.method = 93 })},
	{code: bundle.CodeExtraField, change: onPart("start.html", func(p *part) { p.central.extra = []byte("UT\x05\x00\x03aaaa") })},
	{code: bundle.CodeSymlink, change: onHeaders("start.html", func(h *header) { h.mode = 0o120777 << 16 })},
	{code: bundle.CodeDirectoryEntry, change: withFile("sql/", "")},
	{code: bundle.CodeSpecialFile, change: onHeaders("start.html", func(h *header) { h.mode = 0o010644 << 16 })},

	// Container: names.
	{code: bundle.CodePathEmpty, change: withFile("", "x")},
	{code: bundle.CodePathTooLong, change: withFile(strings.Repeat("a/", 512)+"b", "x")},
	{code: bundle.CodePathNotUTF8, change: func(r *recipe) {
		// A name that is no UTF-8 cannot be signed: JSON has no way to say it.
		r.contents = func(files map[string][]byte) { files["caf\xe9.txt"] = []byte("x") }
	}},
	{code: bundle.CodePathControl, change: withFile("a\x07b", "x")},
	{code: bundle.CodePathBackslash, change: withFile(`sql\2.sql`, "x")},
	{code: bundle.CodePathAbsolute, change: withFile("/etc/passwd", "x")},
	{code: bundle.CodePathDrive, change: withFile("C:/autoexec.bat", "x")},
	{code: bundle.CodePathCharacter, change: withFile("start.html:stream", "x")},
	{code: bundle.CodePathTraversal, change: withFile("sql/../../evil", "x")},
	{code: bundle.CodePathNotClean, change: withFile("sql//2.sql", "x")},
	{code: bundle.CodePathTrailing, change: withFile("sql./2.sql", "x")},
	{code: bundle.CodePathDevice, change: withFile("js/nul.js", "x")},
	{code: bundle.CodePathNotNFC, change: withFile("cafe\u0301.txt", "x")},
	{code: bundle.CodePathReserved, change: withFile("Alcove.Sig.json", "x")},
	{code: bundle.CodeDuplicate, change: func(r *recipe) {
		r.parts = func(parts []part) []part { return append(parts, makePart("start.html", []byte("other"))) }
	}},
	{code: bundle.CodeCollision, change: withFile("Start.HTML", "x")},

	// Container: sizes and layout.
	{code: bundle.CodeEntryTooLarge, change: withFile("big.bin", string(compressible(bundle.MaxEntry+1)))},
	{code: bundle.CodeUnpackedTooLarge, change: func(r *recipe) {
		big := compressible(22 << 20)
		r.files["1.bin"], r.files["2.bin"], r.files["3.bin"] = big, big, big
	}},
	{code: bundle.CodeRatio, change: withFile("zeros.bin", string(make([]byte, 1<<20)))},
	{code: bundle.CodeOverlap, change: func(r *recipe) {
		r.parts = func(parts []part) []part {
			first := parts[0]
			first.ghost, first.offset, first.central.name = true, new(uint32), "again.json"
			return append(parts, first)
		}
	}},
	{code: bundle.CodeGap, change: onPart("start.html", func(p *part) { p.before = []byte("between") })},
	{code: bundle.CodeHeaderMismatch, change: onPart("start.html", func(p *part) { p.local.name = "Start.html" })},
	{code: bundle.CodeWrongLength, change: onHeaders("start.html", func(h *header) { h.size-- })},
	{code: bundle.CodeBadData, change: onPart("start.html", func(p *part) { p.packed = bytes.Repeat([]byte{0xff}, len(p.packed)) })},
	{code: bundle.CodeBadChecksum, change: onHeaders("start.html", func(h *header) { h.crc ^= 1 })},

	// The signature file.
	{code: bundle.CodeNoSignature, change: func(r *recipe) {
		r.contents = func(files map[string][]byte) { delete(files, "alcove.sig.json") }
	}},
	{code: bundle.CodeSignatureTooLarge, change: onSigFile(func(s string) string {
		return s + strings.Repeat(" \n", 2<<20) + string(compressible(1<<18))
	})},
	{code: bundle.CodeSignatureNotUTF8, change: onSigFile(func(s string) string { return strings.Replace(s, "start.html", "start.\xff", 1) })},
	{code: bundle.CodeSignatureBadJSON, change: onSigFile(func(s string) string { return s[:len(s)-1] })},
	{code: bundle.CodeSignatureTooDeep, change: onStatement(func(s map[string]any) {
		var deep any = "x"
		for range 9 {
			deep = []any{deep}
		}
		s["chain"] = deep
	})},
	{code: bundle.CodeSignatureDuplicateKey, change: onSigFile(func(s string) string {
		return `{"format":"alcove/1",` + s[1:]
	})},
	{code: bundle.CodeUnknownFormat, change: onStatement(func(s map[string]any) { s["format"] = "haextension-bundle/2" })},
	{code: bundle.CodeNewerFormat, change: onStatement(func(s map[string]any) { s["format"], s["future"] = "alcove/2", true })},
	{code: bundle.CodeSignatureUnknownKey, change: onStatement(func(s map[string]any) { s["note"] = "hi" })},
	{code: bundle.CodeSignatureMalformed, change: onStatement(func(s map[string]any) { delete(s, "chain") })},
	{code: bundle.CodeSignatureNotCanonical, change: onSigFile(func(s string) string { return s + "\n" })},

	// The signature.
	{code: bundle.CodeKeyMalformed, change: signedBy(nonCanonicalKey)},
	{code: bundle.CodeKeyWeak, change: signedBy(identityKey)},
	{code: bundle.CodeChain, change: onStatement(func(s map[string]any) { s["chain"] = []any{map[string]any{"next": s["signer"]}} })},
	{code: bundle.CodeSignerNotLineage, change: signedByAnother},
	{code: bundle.CodeBadSignature, change: func(r *recipe) {
		r.sign = func([]byte) string { return goodSignatureOf("alcove/1\nsomething else") }
	}},

	// The inventory.
	{code: bundle.CodeInventoryOrder, change: onFiles(func(list []any) []any { list[0], list[1] = list[1], list[0]; return list })},
	{code: bundle.CodeInventoryLimit, change: onListed("start.html", "size", bundle.MaxEntry+1)},
	{code: bundle.CodeNoManifest, change: func(r *recipe) { r.manifestText = func([]byte) []byte { return nil } }},
	{code: bundle.CodeFileMissing, change: onFiles(func(list []any) []any { return append(list, listed("zz.js", 0)) })},
	{code: bundle.CodeFileUnlisted, change: onFiles(func(list []any) []any { return list[:len(list)-1] })},
	{code: bundle.CodeFileSize, change: onListed("start.html", "size", len(page)+1)},
	{code: bundle.CodeFileHash, change: onListed("start.html", "sha256", strings.Repeat("0", 64))},
	{code: bundle.CodeManifestTampered, change: func(r *recipe) {
		r.contents = func(files map[string][]byte) {
			files["alcove.json"] = bytes.Replace(files["alcove.json"], []byte("api.example.com"), []byte("api.example.org"), 1)
		}
	}},

	// The manifest, signed as it is.
	{code: manifest.CodeTooLarge, change: onManifestText(func(s string) string { return s + strings.Repeat(" \n", 128<<10) + string(compressible(4096)) })},
	{code: manifest.CodeNotUTF8, change: onManifestText(func(s string) string { return strings.Replace(s, "Says hello", "Says \xe9", 1) })},
	{code: manifest.CodeBadJSON, change: onManifestText(func(s string) string { return strings.Replace(s, "{", "{,", 1) })},
	{code: manifest.CodeTooDeep, change: onManifestText(func(string) string { return strings.Repeat("[", 17) + strings.Repeat("]", 17) })},
	{code: manifest.CodeDuplicateKey, change: onManifestText(func(s string) string { return strings.Replace(s, "{", `{"name": "other",`, 1) })},
	{code: manifest.CodeNewerFormat, change: func(r *recipe) { r.manifest["formatVersion"], r.manifest["future"] = 2, true }},
	{code: manifest.CodeUnknownFormat, change: onManifest("formatVersion", "1")},
	{code: manifest.CodeOtherAlcove, change: func(r *recipe) {
		r.manifest["engines"], r.manifest["future"] = map[string]any{"alcove": ">=99.0.0"}, true
	}},
	{code: manifest.CodeUnknownKey, change: onManifest("permission", []any{})},
	{code: manifest.CodeFieldMissing, change: onManifest("permissions", nil)},
	{code: manifest.CodeFieldType, change: onManifest("author", 7)},
	{code: manifest.CodeFieldTooLong, change: onManifest("description", strings.Repeat("x", 501))},
	{code: manifest.CodeFieldInvalid, change: onManifest("display", "window")},
	{code: manifest.CodeNameInvalid, change: onManifest("name", "Hello")},
	{code: manifest.CodeVersionInvalid, change: onManifest("version", "1.2")},
	{code: manifest.CodeEnginesInvalid, change: onManifest("engines", map[string]any{"alcove": "the newest"})},
	{code: manifest.CodeTextInvalid, change: onManifest("author", "Ada\u202e moc.elpmaxe")},
	{code: manifest.CodeHomepageInvalid, change: onManifest("homepage", "javascript:alert(1)")},
	{code: manifest.CodeDuplicateEntry, change: onManifest("migrations", []any{"sql/1.sql", "sql/1.sql"})},
	{code: manifest.CodePermissionUnknown, change: permission("disk", "format", "")},
	{code: manifest.CodePermissionTarget, change: permission("net", "fetch", "https://*.com/*")},
	{code: manifest.CodePermissionConstraint, change: onManifest("permissions", []any{map[string]any{
		"resource": "clipboard", "action": "read", "reason": "To paste.", "constraints": map[string]any{"maxFileSize": 1},
	}})},
	{code: manifest.CodeExportInvalid, change: onManifest("exports", []any{map[string]any{
		"method": "find", "description": "Finds.", "effect": "read", "params": map[string]any{"$ref": "#"}, "result": true,
	}})},
	{code: manifest.CodeTableName, change: onManifest("tables", []any{map[string]any{"name": "a__b", "description": "x"}})},
	{code: manifest.CodeMigrationPlaceholder, change: withFile("sql/1.sql", "CREATE TABLE {{My Notes}} (id TEXT)")},
	{code: manifest.CodeEntryMissing, change: onManifest("entry", "sql")},
	{code: manifest.CodeEntryType, change: onManifest("entry", "icon.svg")},
	{code: manifest.CodeIconMissing, change: onManifest("icon", "logo.png")},
	{code: manifest.CodeIconType, change: withFile("icon.svg", "<html></html>")},
	{code: manifest.CodeIconTooLarge, change: withFile("icon.svg", `<svg xmlns="http://www.w3.org/2000/svg"/>`+string(compressible(manifest.MaxIcon)))},
	{code: manifest.CodeMigrationMissing, change: onManifest("migrations", []any{"sql/2.sql"})},
	{code: manifest.CodeMigrationType, change: onManifest("migrations", []any{"start.html"})},
	{code: manifest.CodeMigrationText, change: withFile("sql/1.sql", "SELECT '\xff'")},
}

func TestEachHostilePackageMeetsItsOwnCheck(t *testing.T) {
	if len(hostiles) < 45 {
		t.Fatalf("only %d rows", len(hostiles))
	}
	seen := map[string]bool{}
	for _, h := range hostiles {
		t.Run(h.code, func(t *testing.T) {
			if seen[h.code] {
				t.Fatal("two rows prove this check; the second belongs to the variants")
			}
			seen[h.code] = true
			refused(t, h)
		})
	}
}

func refused(t *testing.T, h hostile) {
	t.Helper()
	r := goodRecipe()
	h.change(r)
	b, err := bundle.Open(r.build(t))
	if code := fault.Code(err); code != h.code {
		t.Fatalf("got %q (%v), want %q", code, err, h.code)
	}
	if b != nil {
		t.Error("a bundle came with the refusal")
	}
	f, _ := errors.AsType[*fault.Error](err)
	if !strings.HasSuffix(f.Message, ".") || strings.Count(f.Message, ".") < 2 {
		t.Errorf("the message does not say what and what now: %q", f.Message)
	}
}

// TestEveryCodeHasAHostilePackage reads the codes from the source, so that a
// new one cannot be forgotten.
func TestEveryCodeHasAHostilePackage(t *testing.T) {
	proved := map[string]bool{}
	for _, h := range hostiles {
		proved[h.code] = true
	}
	for code := range besidesOpen {
		proved[code] = true
	}
	for _, v := range readHaexVectors(t, haexFolder) {
		if v.Code != "" {
			proved[v.Code] = true
		}
	}
	// Of names that a script gives; package manifest proves them.
	proved[manifest.CodeKeyMalformed], proved[manifest.CodeIDMalformed] = true, true
	codes := declaredCodes(t, "codes.go")
	codes = append(codes, declaredCodes(t, "../manifest/codes.go")...)
	if len(codes) < len(hostiles) {
		t.Fatalf("found only %d codes", len(codes))
	}
	for _, code := range codes {
		if !proved[code] {
			t.Errorf("no package is refused with %s", code)
		}
		delete(proved, code)
	}
	for code := range proved {
		t.Errorf("a row expects %s, which is not declared", code)
	}
}

func declaredCodes(t *testing.T, file string) []string {
	t.Helper()
	source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	ast.Inspect(source, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Code") {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, value)
		return true
	})
	return codes
}

// TestTheFirstFailureWins breaks one stage after the other, last one first:
// each earlier failure hides the later ones.
func TestTheFirstFailureWins(t *testing.T) {
	stages := []hostile{
		{code: manifest.CodeVersionInvalid, change: onManifest("version", "1")},
		{code: bundle.CodeFileHash, change: onListed("start.html", "sha256", strings.Repeat("0", 64))},
		{code: bundle.CodeBadSignature, change: func(r *recipe) {
			r.sign = func([]byte) string { return goodSignatureOf("something else") }
		}},
		{code: bundle.CodeSignatureNotCanonical, change: onSigFile(func(s string) string { return s + "\n" })},
		{code: bundle.CodeBadChecksum, change: onHeaders("start.html", func(h *header) { h.crc ^= 1 })},
		{code: bundle.CodeTrailingBytes, change: func(r *recipe) {
			r.archive = func(b []byte) []byte { return append(b, 0) }
		}},
	}
	r := goodRecipe()
	for _, stage := range stages {
		stage.change(r)
		if _, err := bundle.Open(r.build(t)); fault.Code(err) != stage.code {
			t.Fatalf("got %v, want %s", err, stage.code)
		}
	}
}

// compressible returns text that deflate packs, but far less than 200 times.
func compressible(size int) []byte {
	line := []byte("<!-- 0123456789abcdef0123456789abcdef The quick brown fox jumps over the lazy dog. -->\n")
	out := make([]byte, 0, size+len(line))
	for i := 0; len(out) < size; i++ {
		out = append(strconv.AppendInt(out, int64(i)*2654435761, 36), line[i%7:]...)
	}
	return out[:size]
}
