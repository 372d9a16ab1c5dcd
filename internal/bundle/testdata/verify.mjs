// Verifies the packages of vectors.json: stages 1 to 4 of ../SPEC.md, written
// from that text and in another language, to show that the text is enough.
// Run: node verify.mjs (Node 20 or newer). Exit status 0 if all agree.
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { crc32 as zlibCRC, inflateRawSync } from "node:zlib";

const MiB = 1 << 20;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const sha256 = (data) => createHash("sha256").update(data).digest("hex");

class Refused extends Error {}
const need = (good, code) => {
  if (!good) throw new Refused("bundle." + code);
};

// Stage 1: container.

function container(b) {
  need(b.length <= 64 * MiB, "archive_too_large");
  const at = b.length - 22;
  if (at < 0 || b.toString("latin1", at, at + 4) !== "PK\x05\x06") {
    const tail = b.subarray(Math.max(0, b.length - 65557));
    const found = tail.lastIndexOf("PK\x05\x06", undefined, "latin1");
    need(found >= 0 && found + 22 <= tail.length, "not_zip");
    need(found + 22 + tail.readUInt16LE(found + 20) !== tail.length, "comment");
    need(false, "trailing_bytes");
  }
  const [u16, u32] = [(i) => b.readUInt16LE(at + i), (i) => b.readUInt32LE(at + i)];
  need(u16(20) === 0, "bad_structure");
  const locator = at >= 20 && b.toString("latin1", at - 20, at - 16) === "PK\x06\x07";
  need(u16(8) !== 0xffff && u16(10) !== 0xffff && u32(12) !== 0xffffffff && u32(16) !== 0xffffffff && !locator, "zip64");
  need(u16(4) === 0 && u16(6) === 0 && u16(8) === u16(10), "multi_disk");
  const count = u16(10);
  need(count <= 2000, "too_many_entries");
  const directory = u32(16);
  const starts = b.toString("latin1", 0, 4) === "PK\x03\x04";
  need(directory + u32(12) <= at, "bad_structure");
  if (directory + u32(12) < at) need(false, count > 0 && !starts ? "leading_bytes" : "gap");
  need(count === 0 || starts, "leading_bytes");

  const entries = readDirectory(b.subarray(directory, at), count);
  for (const e of entries) checkEntry(e);
  const exact = new Set();
  const spelt = new Map();
  for (const e of entries) {
    need(!exact.has(e.path), "duplicate");
    exact.add(e.path);
    claim(spelt, e.path);
  }
  let total = 0;
  for (const e of entries) {
    need(e.size <= 25 * MiB, "entry_too_large");
    total += e.size;
    need(total <= 64 * MiB, "unpacked_too_large");
  }
  for (const e of entries) need(e.size <= 200 * e.packed, "ratio");
  readLocals(b, directory, entries);
  return new Map(entries.map((e) => [e.path, unpack(e)]));
}

function extra(field) {
  const id = field.length >= 2 ? field.readUInt16LE(0) : -1;
  need(id !== 1, "zip64");
  need(id !== 0x9901, "encrypted");
  need(field.length === 0, "extra_field");
}

function readDirectory(d, count) {
  const entries = [];
  for (; count > 0; count--) {
    need(d.length >= 46 && d.toString("latin1", 0, 4) === "PK\x01\x02", "bad_structure");
    const [name, extras, comment] = [28, 30, 32].map((i) => d.readUInt16LE(i));
    const end = 46 + name + extras + comment;
    need(d.length >= end, "bad_structure");
    const [packed, size, offset] = [20, 24, 42].map((i) => d.readUInt32LE(i));
    need(packed !== 0xffffffff && size !== 0xffffffff && offset !== 0xffffffff, "zip64");
    need(d.readUInt16LE(34) === 0, "multi_disk");
    need(comment === 0, "comment");
    extra(d.subarray(46 + name, 46 + name + extras));
    entries.push({
      name: d.subarray(46, 46 + name),
      same: Buffer.concat([d.subarray(8, 28), d.subarray(46, 46 + name)]), // flags to sizes, and name
      flags: d.readUInt16LE(8), method: d.readUInt16LE(10), crc: d.readUInt32LE(16),
      packed, size, offset, attributes: d.readUInt32LE(38),
    });
    d = d.subarray(end);
  }
  need(d.length === 0, "bad_structure");
  return entries;
}

function checkEntry(e) {
  need((e.flags & 0x2041) === 0, "encrypted");
  need((e.flags & 8) === 0, "data_descriptor");
  need((e.flags & ~0x0806) === 0, "unknown_flags");
  need(e.method === 0 || e.method === 8, "unknown_method");
  const type = (e.attributes >>> 16) & 0xf000;
  need(type !== 0xa000, "symlink");
  need(type !== 0x4000 && !(e.attributes & 0x10) && e.name[e.name.length - 1] !== 0x2f, "directory_entry");
  need((type === 0 || type === 0x8000) && !(e.attributes & 0x08), "special_file");
  need((e.flags & 0x800) !== 0 || e.name.every((byte) => byte < 0x80), "path_not_utf8");
  need(e.name.length > 0, "path_empty");
  need(e.name.length <= 1024, "path_too_long");
  try {
    e.path = decoder.decode(e.name);
  } catch {
    need(false, "path_not_utf8");
  }
  checkPath(e.path);
}

function readLocals(b, directory, entries) {
  let next = 0;
  for (const e of [...entries].sort((x, y) => x.offset - y.offset)) {
    need(e.offset >= next, "overlap");
    need(e.offset <= next, "gap");
    const h = b.subarray(next, directory);
    need(h.length >= 30 && h.toString("latin1", 0, 4) === "PK\x03\x04", "bad_structure");
    const [name, extras] = [h.readUInt16LE(26), h.readUInt16LE(28)];
    const start = 30 + name + extras;
    need(h.length >= start, "bad_structure");
    need(Buffer.concat([h.subarray(6, 26), h.subarray(30, 30 + name)]).equals(e.same), "header_mismatch");
    extra(h.subarray(30 + name, start));
    need(start + e.packed <= h.length, "overlap");
    e.data = h.subarray(start, start + e.packed);
    next += start + e.packed;
  }
  need(next === directory, "gap");
}

function unpack(e) {
  let content = e.data;
  if (e.method === 8) {
    try {
      const { buffer, engine } = inflateRawSync(e.data, { info: true, maxOutputLength: e.size + 1 });
      need(engine.bytesWritten === e.data.length, "bad_data");
      content = buffer;
    } catch (error) {
      if (error instanceof Refused) throw error;
      need(error.code !== "ERR_BUFFER_TOO_LARGE", "wrong_length");
      need(false, "bad_data");
    }
  }
  need(content.length === e.size, "wrong_length");
  need(crc32(content) === e.crc, "bad_checksum");
  return content;
}

function crc32(data) {
  if (zlibCRC) return zlibCRC(data);
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

// Paths.

function checkPath(path) {
  need(path !== "", "path_empty");
  need(Buffer.byteLength(path) <= 1024, "path_too_long");
  need(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(path), "path_control");
  need(!path.includes("\\"), "path_backslash");
  need(!path.startsWith("/"), "path_absolute");
  need(!/^[A-Za-z]:/.test(path), "path_drive");
  need(!/[:*?"<>|]/.test(path), "path_character");
  need(path.split("/").length <= 32, "path_too_long");
  for (const part of path.split("/")) {
    need(part !== "..", "path_traversal");
    need(part !== "" && part !== ".", "path_not_clean");
    need(Buffer.byteLength(part) <= 255, "path_too_long");
    need(!/[. ]$/.test(part), "path_trailing");
    const device = /^(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|(COM|LPT)[0-9¹²³])$/i;
    need(!device.test(part.split(".")[0].replace(/ +$/, "")), "path_device");
  }
  need(path.normalize("NFC") === path, "path_not_nfc");
  const first = fold(path.split("/")[0]);
  for (const own of ["alcove.json", "alcove.sig.json"]) need(first !== own || path === own, "path_reserved");
}

// JavaScript has no case folding; up and down again, letter by letter, comes
// to the same for what the vectors hold.
function fold(path) {
  const part = (s) => [...s.normalize("NFKC")].map((c) => c.toUpperCase().toLowerCase()).join("").normalize("NFKC");
  return path.split("/").map(part).join("/");
}

function claim(spelt, path) {
  for (let i = path.indexOf("/"); i >= 0; i = path.indexOf("/", i + 1)) {
    const folder = path.slice(0, i + 1);
    const folded = fold(path.slice(0, i));
    need((spelt.get(folded) ?? folder) === folder, "collision");
    spelt.set(folded, folder);
  }
  need(!spelt.has(fold(path)), "collision");
  spelt.set(fold(path), path);
}

// Stage 2: signature file.

function statement(bytes) {
  need(bytes !== undefined, "no_signature");
  need(bytes.length <= 4 * MiB, "signature_too_large");
  let text;
  try {
    text = decoder.decode(bytes);
  } catch {
    need(false, "signature_not_utf8");
  }
  checkDepth(text);
  let s;
  try {
    s = JSON.parse(text);
  } catch {
    need(false, "signature_bad_json");
  }
  checkDuplicates(text);
  checkScalars(s);
  need(isObject(s), "signature_malformed");
  if (s.format !== "alcove/1") {
    need(!(typeof s.format === "string" && /^alcove\/[1-9][0-9]{0,3}$/.test(s.format)), "newer_format");
    need(false, "unknown_format");
  }
  const only = (object, keys) => Object.keys(object).every((key) => keys.includes(key));
  need(only(s, ["chain", "files", "format", "lineage", "signature", "signer"]), "signature_unknown_key");
  const files = Array.isArray(s.files) ? s.files : [];
  if (files.every(isObject)) need(files.every((f) => only(f, ["path", "sha256", "size"])), "signature_unknown_key");
  const form =
    Array.isArray(s.chain) && Array.isArray(s.files) && typeof s.lineage === "string" && typeof s.signer === "string" &&
    isHex(s.signature, 128) &&
    files.every((f) => isObject(f) && typeof f.path === "string" && isHex(f.sha256, 64) && Number.isSafeInteger(f.size) && f.size >= 0);
  need(form, "signature_malformed");
  need(Buffer.from(canonical(s)).equals(bytes), "signature_not_canonical");
  return s;
}

const isObject = (v) => typeof v === "object" && v !== null && !Array.isArray(v);
const isHex = (v, length) => typeof v === "string" && v.length === length && /^[0-9a-f]*$/.test(v);

function checkDepth(text) {
  let open = 0;
  for (const [token] of text.matchAll(/"(?:\\.|[^"\\])*"|[[\]{}]/gs)) {
    if (token === "[" || token === "{") need(++open <= 8, "signature_too_deep");
    if (token === "]" || token === "}") open--;
  }
}

// The text is valid JSON by now: a string followed by a colon is a key.
function checkDuplicates(text) {
  const stack = [];
  for (const [token, string, colon] of text.matchAll(/("(?:\\.|[^"\\])*")(\s*:)?|[[\]{}]/gs)) {
    if (token === "{" || token === "[") stack.push(new Set());
    else if (token === "}" || token === "]") stack.pop();
    else if (colon) {
      const keys = stack[stack.length - 1];
      const key = JSON.parse(string);
      need(!keys.has(key), "signature_duplicate_key");
      keys.add(key);
    }
  }
}

function checkScalars(value) {
  if (typeof value === "string") need(value.isWellFormed(), "signature_bad_json");
  if (typeof value === "number") need(Number.isFinite(value), "signature_bad_json");
  if (Array.isArray(value)) value.forEach(checkScalars);
  else if (isObject(value)) Object.entries(value).flat().forEach(checkScalars);
}

// RFC 8785: JavaScript's own numbers and strings, keys sorted by UTF-16 units.
function canonical(value) {
  if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]";
  if (!isObject(value)) return JSON.stringify(value);
  return "{" + Object.keys(value).sort().map((key) => JSON.stringify(key) + ":" + canonical(value[key])).join(",") + "}";
}

// Stage 3: signature.

const p = 2n ** 255n - 19n;
const order = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (n) => ((n % p) + p) % p;
function power(base, exponent) {
  let result = 1n;
  for (let b = mod(base); exponent > 0n; exponent >>= 1n, b = (b * b) % p) if (exponent & 1n) result = (result * b) % p;
  return result;
}
const inverse = (n) => power(n, p - 2n);
const d = mod(-121665n * inverse(121666n));

function decodePoint(hex) {
  const n = BigInt("0x" + Buffer.from(hex, "hex").reverse().toString("hex"));
  const [sign, y] = [n >> 255n, n & (2n ** 255n - 1n)];
  if (y >= p) return undefined;
  const square = mod((y * y - 1n) * inverse(d * y * y + 1n));
  let x = power(square, (p + 3n) / 8n);
  if (mod(x * x - square) !== 0n) x = mod(x * power(2n, (p - 1n) / 4n));
  if (mod(x * x - square) !== 0n || (x === 0n && sign === 1n)) return undefined;
  return { x: (x & 1n) === sign ? x : mod(-x), y };
}

function add(a, b) {
  const k = mod(d * a.x * b.x * a.y * b.y);
  return {
    x: mod((a.x * b.y + a.y * b.x) * inverse(1n + k)),
    y: mod((a.y * b.y + a.x * b.x) * inverse(1n - k)),
  };
}

function times(n, point) {
  let result = { x: 0n, y: 1n };
  for (; n > 0n; n >>= 1n, point = add(point, point)) if (n & 1n) result = add(result, point);
  return result;
}

const isNeutral = (point) => point.x === 0n && point.y === 1n;

const judged = new Map();
function judgeKey(hex) {
  const point = isHex(hex, 64) ? decodePoint(hex) : undefined;
  if (point === undefined) return "key_malformed";
  return isNeutral(point) || !isNeutral(times(order, point)) ? "key_weak" : "";
}

function checkKey(hex) {
  if (!judged.has(hex)) judged.set(hex, judgeKey(hex));
  need(judged.get(hex) === "", judged.get(hex));
}

function signature(s) {
  checkKey(s.lineage);
  checkKey(s.signer);
  need(s.chain.length === 0, "chain_not_supported");
  need(s.signer === s.lineage, "signer_not_lineage");
  const { signature: hex, ...rest } = s;
  const message = Buffer.from(s.format + "\n" + canonical(rest));
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(s.signer, "hex").toString("base64url") }, format: "jwk" });
  need(verify(null, message, key, Buffer.from(hex, "hex")), "bad_signature");
  return message;
}

// Stage 4: inventory.

function inventory(s, contents) {
  need(s.files.length <= 1999, "inventory_limit");
  const spelt = new Map();
  let total = 0;
  s.files.forEach((f, i) => {
    need(i === 0 || Buffer.compare(Buffer.from(s.files[i - 1].path), Buffer.from(f.path)) < 0, "inventory_order");
    checkPath(f.path);
    need(f.path !== "alcove.sig.json", "path_reserved");
    claim(spelt, f.path);
    total += f.size;
    need(f.size <= 25 * MiB && total <= 64 * MiB, "inventory_limit");
  });
  const listed = new Set(s.files.map((f) => f.path));
  need(listed.has("alcove.json"), "no_manifest");
  for (const path of listed) need(contents.has(path), "file_missing");
  for (const path of contents.keys()) need(listed.has(path) || path === "alcove.sig.json", "file_unlisted");
  for (const f of s.files) {
    const own = f.path === "alcove.json" ? "manifest_tampered" : undefined;
    need(contents.get(f.path).length === f.size, own ?? "file_size");
    need(sha256(contents.get(f.path)) === f.sha256, own ?? "file_hash");
  }
}

function fingerprint(hex) {
  const sum = sha256(Buffer.concat([Buffer.from("alcove publisher key 1\n"), Buffer.from(hex, "hex")]));
  const n = BigInt("0x" + sum) >> (256n - 77n);
  return n.toString(16).toUpperCase().padStart(20, "0").match(/.{4}/g).join(" ");
}

// The vectors.

const here = (name) => new URL(name, import.meta.url);
const vectors = JSON.parse(readFileSync(here("vectors.json"), "utf8"));
let failed = 0;
for (const v of vectors) {
  let code = "";
  try {
    const archive = readFileSync(here(v.file));
    const contents = container(archive);
    const s = statement(contents.get("alcove.sig.json"));
    const message = signature(s);
    inventory(s, contents);
    if (v.code === "") {
      const same =
        v.lineage === s.lineage && v.release === sha256(message) && v.archive === sha256(archive) &&
        v.fingerprint === fingerprint(s.lineage) && message.equals(readFileSync(here(v.message)));
      if (!same) code = "another release";
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    code = error.message;
  }
  // What only stage 5 refuses is good so far.
  const want = v.code.startsWith("manifest.") ? "" : v.code;
  if (code !== want) {
    failed++;
    console.error(`${v.file}: got "${code}", want "${want}"`);
  }
}
console.log(`${vectors.length} vectors, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
