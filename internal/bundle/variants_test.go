package bundle_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// variants are further ways to meet a check that has its row already.
var variants = []hostile{
	{bundle.CodeNotZip, "empty file", func(r *recipe) { r.archive = func([]byte) []byte { return nil } }},
	{bundle.CodeNotZip, "other file", func(r *recipe) { r.archive = func([]byte) []byte { return bytes.Repeat([]byte("GIF89a"), 100) } }},
	{bundle.CodeNoSignature, "empty archive", func(r *recipe) { r.parts = func([]part) []part { return nil } }},
	{bundle.CodeBadStructure, "comment cut off", onEnd(func(end []byte) { end[20] = 9 })},
	{bundle.CodeBadStructure, "directory outside", onEnd(func(end []byte) { end[18] = 0x7f })},
	{bundle.CodeBadStructure, "fewer records counted", onEnd(func(end []byte) { end[8]--; end[10]-- })},
	{bundle.CodeBadStructure, "record cut off", func(r *recipe) {
		r.parts = func(p []part) []part { p[len(p)-1].central.name = ""; return p }
		r.archive = func(b []byte) []byte {
			at := bytes.LastIndex(b, []byte("PK\x01\x02"))
			b[at+28] = 200
			return b
		}
	}},
	{bundle.CodeBadStructure, "no file at the offset", onPart("start.html", func(p *part) { p.ghost = true; p.after = make([]byte, 600) })},
	{bundle.CodeMultiDisk, "counts differ", onEnd(func(end []byte) { end[8]-- })},
	{bundle.CodeMultiDisk, "one entry elsewhere", onHeaders("start.html", func(h *header) { h.disk = 1 })},
	{bundle.CodeZip64, "count", onEnd(func(end []byte) { end[10], end[11] = 0xff, 0xff })},
	{bundle.CodeZip64, "size of one entry", onHeaders("start.html", func(h *header) { h.size = 0xffffffff })},
	{bundle.CodeZip64, "extra field", onPart("start.html", func(p *part) { p.central.extra = append([]byte{1, 0, 8, 0}, make([]byte, 8)...) })},
	{bundle.CodeComment, "of one entry", onHeaders("start.html", func(h *header) { h.comment = "x" })},
	{bundle.CodeLeadingBytes, "offsets adjusted", onPart("alcove.json", func(p *part) { p.before = []byte("MZ\x90\x00") })},
	{bundle.CodeTrailingBytes, "a line feed", func(r *recipe) { r.archive = func(b []byte) []byte { return append(b, '\n') } }},
	{bundle.CodeGap, "file without a record", onPart("start.html", func(p *part) { p.hidden = true })},
	{bundle.CodeGap, "before the directory", onPart("start.html", func(p *part) { p.after = []byte("x") })},
	{bundle.CodeGap, "between directory and end", func(r *recipe) {
		r.archive = func(b []byte) []byte { return slices.Insert(b, len(b)-22, 'x') }
	}},
	{bundle.CodeOverlap, "data reaches into the directory", func(r *recipe) {
		r.parts = func(parts []part) []part {
			both(&parts[len(parts)-1], func(h *header) { h.packed += 5 })
			return parts
		}
	}},
	{bundle.CodeEncrypted, "strong encryption", onHeaders("start.html", func(h *header) { h.flags |= 1 << 6 })},
	{bundle.CodeEncrypted, "masked directory", onHeaders("start.html", func(h *header) { h.flags |= 1 << 13 })},
	{bundle.CodeEncrypted, "AES field", onPart("start.html", func(p *part) { p.central.extra = []byte(aes) })},
	{bundle.CodeExtraField, "only in the local header", onPart("start.html", func(p *part) { p.local.extra = []byte("UT\x05\x00\x03aaaa") })},
	{bundle.CodeDirectoryEntry, "by mode", onHeaders("start.html", func(h *header) { h.mode = 0o040755 << 16 })},
	{bundle.CodeDirectoryEntry, "by attribute", onHeaders("start.html", func(h *header) { h.mode = 0x10 })},
	{bundle.CodeSpecialFile, "volume label", onHeaders("start.html", func(h *header) { h.mode = 0x08 })},
	{bundle.CodeSpecialFile, "device", onHeaders("start.html", func(h *header) { h.mode = 0o020666 << 16 })},

	{bundle.CodePathTooLong, "one part", withFile(strings.Repeat("a", 256), "x")},
	{bundle.CodePathTooLong, "33 parts", withFile(strings.Repeat("a/", 32)+"b", "x")},
	{bundle.CodePathNotUTF8, "not marked", func(r *recipe) {
		r.files["café.txt"] = []byte("x")
		r.parts = func(parts []part) []part {
			both(find(parts, "café.txt"), func(h *header) { h.flags = 0 })
			return parts
		}
	}},
	{bundle.CodePathControl, "NUL", withFile("a\x00b", "x")},
	{bundle.CodePathControl, "DEL", withFile("a\x7f", "x")},
	{bundle.CodePathControl, "right to left", withFile("gpj.\u202eexe.html", "x")},
	{bundle.CodePathControl, "zero width", withFile("a\u200bb", "x")},
	{bundle.CodePathControl, "line separator", withFile("a\u2028b", "x")},
	{bundle.CodePathBackslash, "traversal by backslash", withFile(`..\..\evil`, "x")},
	{bundle.CodePathDrive, "relative to a drive", withFile("c:evil", "x")},
	{bundle.CodePathTraversal, "first", withFile("../evil", "x")},
	{bundle.CodePathTraversal, "last", withFile("a/..", "x")},
	{bundle.CodePathNotClean, "dot", withFile("./a", "x")},
	{bundle.CodePathTrailing, "space", withFile("a /b", "x")},
	{bundle.CodePathTrailing, "dots", withFile("...", "x")},
	{bundle.CodePathDevice, "port", withFile("COM7", "x")},
	{bundle.CodePathDevice, "superscript", withFile("lpt¹.txt", "x")},
	{bundle.CodePathDevice, "two dots", withFile("Aux.tar.gz", "x")},
	{bundle.CodePathDevice, "space before the dot", withFile("con .txt", "x")},
	{bundle.CodePathDevice, "console", withFile("CONIN$", "x")},
	{bundle.CodePathReserved, "folder", withFile("alcove.sig.json/x", "x")},
	{bundle.CodePathReserved, "full width", withFile("ａlcove.json", "x")},
	{bundle.CodePathReserved, "signature lists itself", onFiles(func(list []any) []any { return slices.Insert(list, 1, any(listed("alcove.sig.json", 1))) })},
	{bundle.CodeCollision, "sharp s", func(r *recipe) { r.files["straße"], r.files["STRASSE"] = nil, nil }},
	{bundle.CodeCollision, "ligature", func(r *recipe) { r.files["ﬁle"], r.files["file"] = nil, nil }},
	{bundle.CodeCollision, "Greek final sigma", func(r *recipe) { r.files["σς"], r.files["ΣΣ"] = nil, nil }},
	{bundle.CodeCollision, "file and folder", withFile("start.html/x", "x")},
	{bundle.CodeCollision, "folder and file", func(r *recipe) { r.files["ZZ/x"], r.files["zz"] = nil, nil }},
	{bundle.CodeCollision, "letter that folds to a slash", func(r *recipe) { r.files["ab"], r.files["a\uff0fb"], r.files["a/b"] = nil, nil, nil }},
	{bundle.CodeCollision, "folder in two spellings", withFile("SQL/2.sql", "x")},

	{bundle.CodeHeaderMismatch, "flags", onPart("start.html", func(p *part) { p.local.flags = 1 << 11 })},
	{bundle.CodeHeaderMismatch, "method", onPart("start.html", func(p *part) { p.local.method = 0 })},
	{bundle.CodeHeaderMismatch, "time", onPart("start.html", func(p *part) { p.local.time++ })},
	{bundle.CodeHeaderMismatch, "checksum", onPart("start.html", func(p *part) { p.local.crc++ })},
	{bundle.CodeHeaderMismatch, "packed size", onPart("start.html", func(p *part) { p.local.packed++ })},
	{bundle.CodeHeaderMismatch, "size", onPart("start.html", func(p *part) { p.local.size++ })},
	{bundle.CodeWrongLength, "says more", onHeaders("start.html", func(h *header) { h.size++ })},
	{bundle.CodeWrongLength, "stored", onPart("icon.svg", func(p *part) { p.central.size--; p.local.size-- })},
	{bundle.CodeBadData, "stream cut off", onPart("start.html", func(p *part) {
		p.packed = p.packed[:len(p.packed)-4]
		both(p, func(h *header) { h.packed -= 4 })
	})},
	{bundle.CodeBadData, "bytes after the stream", onPart("start.html", func(p *part) {
		p.packed = append(slices.Clone(p.packed), "hidden"...)
		both(p, func(h *header) { h.packed += 6 })
	})},
	{bundle.CodeRatio, "nothing packed", onPart("icon.svg", func(p *part) {
		p.packed = nil
		both(p, func(h *header) { h.packed = 0; h.method = 8 })
	})},

	{bundle.CodeSignatureBadJSON, "byte order mark", onSigFile(func(s string) string { return "\ufeff" + s })},
	{bundle.CodeSignatureBadJSON, "two values", onSigFile(func(s string) string { return s + s })},
	{bundle.CodeSignatureBadJSON, "lone surrogate", onSigFile(func(s string) string { return strings.Replace(s, "start.html", `\ud800`, 1) })},
	{bundle.CodeSignatureBadJSON, "no double", onSigFile(func(s string) string { return strings.Replace(s, `"size":`, `"size":1e999`, 1) })},
	{bundle.CodeSignatureDuplicateKey, "by escape", onSigFile(func(s string) string { return `{"f\u006frmat":"alcove/1",` + s[1:] })},
	{bundle.CodeSignatureDuplicateKey, "of a file", onSigFile(func(s string) string {
		return strings.Replace(s, `"path":"start.html"`, `"path":"start.html","path":"start.html"`, 1)
	})},
	{bundle.CodeSignatureMalformed, "no object", onSigFile(func(string) string { return `[]` })},
	{bundle.CodeSignatureMalformed, "files null", onStatement(func(s map[string]any) { s["files"] = nil })},
	{bundle.CodeSignatureMalformed, "size no integer", onListed("start.html", "size", 1.5)},
	{bundle.CodeSignatureMalformed, "size negative", onListed("start.html", "size", -1)},
	{bundle.CodeSignatureMalformed, "hash in capitals", onListed("start.html", "sha256", strings.Repeat("A", 64))},
	{bundle.CodeSignatureMalformed, "hash too short", onListed("start.html", "sha256", "00")},
	{bundle.CodeSignatureMalformed, "file without size", onFiles(func(list []any) []any { delete(list[0].(map[string]any), "size"); return list })},
	{bundle.CodeSignatureMalformed, "signature missing", func(r *recipe) { r.signed = func(s map[string]any) { delete(s, "signature") } }},
	{bundle.CodeSignatureUnknownKey, "of a file", onListed("start.html", "mode", 7)},
	{bundle.CodeSignatureUnknownKey, "other case", func(r *recipe) {
		r.signed = func(s map[string]any) { s["Signature"] = s["signature"] }
	}},
	{bundle.CodeSignatureUnknownKey, "file key in other case", onFiles(func(list []any) []any {
		f := list[0].(map[string]any)
		f["Path"] = f["path"]
		delete(f, "path")
		return list
	})},
	{bundle.CodeSignatureNotCanonical, "spaces", onSigFile(func(s string) string { return strings.Replace(s, ":", ": ", 1) })},
	{bundle.CodeSignatureNotCanonical, "escape", onSigFile(func(s string) string { return strings.Replace(s, "start", `st\u0061rt`, 1) })},
	{bundle.CodeUnknownFormat, "missing", onStatement(func(s map[string]any) { delete(s, "format") })},
	{bundle.CodeUnknownFormat, "leading zero", onStatement(func(s map[string]any) { s["format"] = "alcove/01" })},
	{bundle.CodeUnknownFormat, "no string", onStatement(func(s map[string]any) { s["format"] = 1 })},
	{bundle.CodeKeyMalformed, "too short", onStatement(func(s map[string]any) { s["signer"] = "00" })},
	{bundle.CodeKeyMalformed, "capitals", onStatement(func(s map[string]any) { s["signer"] = strings.ToUpper(s["signer"].(string)) })},
	{bundle.CodeKeyMalformed, "not on the curve", onStatement(func(s map[string]any) { s["lineage"] = "02" + strings.Repeat("0", 62) })},
	{bundle.CodeKeyMalformed, "minus zero", signedBy(append([]byte{1}, append(make([]byte, 30), 0x80)...))},
	{bundle.CodeKeyWeak, "order eight", signedBy(orderEight)},
	{bundle.CodeKeyWeak, "lineage only", onStatement(func(s map[string]any) { s["lineage"] = hex.EncodeToString(orderEight) })},
	{bundle.CodeBadSignature, "scalar beyond the order", func(r *recipe) {
		sign := r.sign
		r.sign = func(message []byte) string { return addOrder(sign(message)) }
	}},
	{bundle.CodeBadSignature, "another format's signature", func(r *recipe) {
		sign := r.sign
		r.sign = func(message []byte) string {
			return sign(bytes.Replace(message, []byte("alcove/1\n"), []byte("alcove/2\n"), 1))
		}
	}},
	{bundle.CodeBadSignature, "list changed afterwards", func(r *recipe) {
		r.signed = func(s map[string]any) { s["files"] = append(s["files"].([]any), listed("zz", 0)) }
	}},
	{bundle.CodeInventoryOrder, "twice", onFiles(func(list []any) []any { return append(list, list[len(list)-1]) })},
	{bundle.CodeInventoryLimit, "files", onFiles(func([]any) []any {
		var list []any
		for i := range bundle.MaxEntries {
			list = append(list, listed(fmt.Sprintf("f/%05d", i), 0))
		}
		return list
	})},
	{bundle.CodeInventoryLimit, "together", onFiles(func([]any) []any {
		return []any{listed("a", 25<<20), listed("b", 25<<20), listed("c", 25<<20)}
	})},
	{bundle.CodePathTraversal, "only in the list", onFiles(func(list []any) []any { return slices.Insert(list, 0, any(listed("../x", 1))) })},
	{bundle.CodeCollision, "only in the list", onFiles(func(list []any) []any { return slices.Insert(list, 0, any(listed("START.html", 1))) })},
	{bundle.CodeFileUnlisted, "added", func(r *recipe) { r.contents = func(files map[string][]byte) { files["evil.js"] = []byte("x") } }},
	{bundle.CodeFileMissing, "taken out", func(r *recipe) { r.contents = func(files map[string][]byte) { delete(files, "start.html") } }},
	{bundle.CodeFileHash, "contents changed", func(r *recipe) {
		r.contents = func(files map[string][]byte) {
			files["start.html"] = bytes.Replace(page, []byte("Good"), []byte("Evil"), 1)
		}
	}},
	{bundle.CodeFileHash, "contents of two exchanged", func(r *recipe) {
		r.files["a"], r.files["b"] = []byte("1"), []byte("2")
		r.contents = func(files map[string][]byte) { files["a"], files["b"] = files["b"], files["a"] }
	}},
	{bundle.CodeFileSize, "contents longer", func(r *recipe) {
		r.contents = func(files map[string][]byte) { files["start.html"] = append(page, '!') }
	}},
	{manifest.CodeMigrationText, "too long", withFile("sql/1.sql", string(compressible(1<<20+1)))},
	{manifest.CodeMigrationText, "NUL", withFile("sql/1.sql", "SELECT 1\x00")},
	{manifest.CodeIconType, "other kind", func(r *recipe) {
		r.manifest["icon"], r.files["icon.png"] = "icon.png", []byte("\xff\xd8\xff\xe0")
	}},
	{manifest.CodeIconType, "no image name", func(r *recipe) { r.manifest["icon"] = "start.html" }},
	{manifest.CodeEntryMissing, "the signature file", onManifest("entry", "alcove.sig.json")},
	{bundle.CodeManifestTampered, "longer", func(r *recipe) {
		r.contents = func(files map[string][]byte) { files["alcove.json"] = append(files["alcove.json"], '\n') }
	}},
}

func TestVariantsMeetTheSameCheck(t *testing.T) {
	for _, h := range variants {
		t.Run(h.code+"/"+h.name, func(t *testing.T) { refused(t, h) })
	}
}

// addOrder adds the group order to S: the same signature to a verifier that
// reduces S first.
func addOrder(signature string) string {
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	b := mustHex(signature)
	slices.Reverse(b[32:])
	s := new(big.Int).SetBytes(b[32:])
	s.Add(s, order).FillBytes(b[32:])
	slices.Reverse(b[32:])
	return hex.EncodeToString(b)
}

// TestNoFlippedBitChangesWhatIsInstalled flips bits of a good package. Nearly
// all are refused; the rest lie in fields that SPEC.md says are ignored, and
// leave release and contents as they are.
func TestNoFlippedBitChangesWhatIsInstalled(t *testing.T) {
	good := goodRecipe().build(t)
	want := open(t, good)
	accepted := 0
	for at := range good {
		for _, bit := range []byte{0x01, 0x80} {
			data := bytes.Clone(good)
			data[at] ^= bit
			got, err := bundle.Open(data)
			if err != nil {
				continue
			}
			accepted++
			if got.Release != want.Release || !slices.Equal(got.Files, want.Files) {
				t.Fatalf("bit %#x of byte %d changes the package", bit, at)
			}
		}
	}
	// Per entry 24 of the flipped bits lie in fields without a meaning here
	// (SPEC.md, "Container"), and one may be padding after a deflate stream.
	if limit := (len(want.Files) + 1) * 25; accepted > limit {
		t.Errorf("%d flipped bits are accepted, more than %d", accepted, limit)
	}
}

// TestFirstBadEntryIsNamedHoweverManyUnpack has an archive that is large
// enough to be unpacked by several processors at once.
func TestFirstBadEntryIsNamedHoweverManyUnpack(t *testing.T) {
	r := goodRecipe()
	for i := range 90 {
		r.files[fmt.Sprintf("js/%02d.js", i)] = compressible(40<<10 + i)
	}
	r.parts = func(parts []part) []part {
		for i := 20; i < 90; i++ {
			both(find(parts, fmt.Sprintf("js/%02d.js", i)), func(h *header) { h.crc ^= 1 })
		}
		return parts
	}
	data := r.build(t)
	if len(data) < 256<<10 {
		t.Fatalf("%d bytes are unpacked by one", len(data))
	}
	for range 20 {
		if _, err := bundle.Open(data); err == nil || !strings.Contains(err.Error(), "(js/20.js)") {
			t.Fatalf("got %v", err)
		}
	}
}

// TestDeepestPathsThatAreAllowed has the most folders that paths can name, in
// letters that are slow to fold.
func TestDeepestPathsThatAreAllowed(t *testing.T) {
	r := goodRecipe()
	deep := strings.Repeat("ﬃ-ẞ/", 31)
	for i := range 1900 {
		r.files[fmt.Sprintf("%04d%s%s", i, deep, strings.Repeat("é", 100))] = nil
	}
	if b := open(t, r.build(t)); len(b.Files) != 1904 {
		t.Errorf("%d files", len(b.Files))
	}
}
