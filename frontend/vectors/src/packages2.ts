// Packages of format 2, good and bad, with the verdict of each.
import { files, key, other, page, type Vector } from './packages1.js';
import {
  format2,
  manifestPath,
  sign,
  sign2,
  signaturePath,
  type Files,
  type Manifest,
  type Statement,
  type Steps,
} from './sign.js';
import { zip, type Entry } from './zip.js';

const manifest: Manifest = {
  name: 'haex-probe',
  displayName: 'Probe',
  version: '2.0.0-rc.1+build.007',
  publicKey: key.public,
  permissions: { web: [] },
  entry: 'index.html',
  homepage: null,
};

interface Recipe extends Steps {
  fields?: Manifest;
  without?: string;
  more?: Files;
  entries?: (entries: Entry[]) => Entry[];
}

function package2(r: Recipe): Buffer {
  const m = Object.fromEntries(Object.entries({ ...manifest, ...r.fields }).filter(([k]) => k !== r.without));
  return zip((r.entries ?? ((e) => e))(sign2(m, { ...files, ...r.more }, key, r)));
}

const good = (r: Recipe = {}): Vector => ({ code: '', archive: package2(r) });
const bad = (code: string, kind: string, r: Recipe): Vector => ({ code, kind, archive: package2(r) });

const on =
  (path: string, change: (e: Entry) => Partial<Entry>) =>
  (entries: Entry[]): Entry[] =>
    entries.map((e) => (e.path === path ? { ...e, ...change(e) } : e));
const extra =
  (path: string, data = 'x') =>
  (entries: Entry[]): Entry[] => [...entries, { path, data: Buffer.from(data), flags: 1 << 11 }];
const drop =
  (path: string) =>
  (entries: Entry[]): Entry[] =>
    entries.filter((e) => e.path !== path);
const contents = (path: string, data: string): Recipe => ({
  entries: on(path, () => ({ data: Buffer.from(data) })),
});
const more = (path: string, data = 'x'): Recipe => ({ more: { [path]: data } });
const says = (change: (s: Statement) => void): Recipe => ({ statement: change });

const weak = `01${'00'.repeat(31)}`;

/** Adds the group's order to S: the same signature to a verifier that reduces S first. */
function stretched(signature: string): string {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = Buffer.from(signature, 'hex').subarray(32).reverse();
  const sum = (BigInt(`0x${s.toString('hex')}`) + order).toString(16).padStart(64, '0');
  return signature.slice(0, 64) + Buffer.from(sum, 'hex').reverse().toString('hex');
}

export const packages2: Record<string, Vector> = {
  'v2-good': good(),
  'v2-names': good({ more: { 'l/～.json': '1', 'l/\u{1F600}.json': '2', 'l/über.json': '3' } }),
  'v2-deflated': good({ entries: on('index.html', () => ({ method: 8 })) }),
  'v2-migrations': good({
    fields: { migrationsDir: 'db' },
    more: { 'db/0001.sql': 'SELECT 1', 'db/0000.sql': 'SELECT 2' },
  }),

  'v2-moved-contents': bad('bundle.file_size', 'file_mismatch', {
    entries: (e) =>
      on('_nuxt/b.js', (b) => ({ data: Buffer.concat([Buffer.from('export const b = 2;\n'), b.data]) }))(
        on('_nuxt/a.js', (a) => ({ data: a.data.subarray(0, -20) }))(e),
      ),
  }),
  'v2-renamed': bad('bundle.file_missing', 'file_mismatch', {
    entries: on('_nuxt/b.js', () => ({ path: '_nuxt/c.js' })),
  }),
  'v2-added': bad('bundle.file_unlisted', 'file_mismatch', { entries: extra('evil.js') }),
  'v2-added-empty': bad('bundle.file_unlisted', 'file_mismatch', { entries: extra('empty.js', '') }),
  'v2-taken-out': bad('bundle.file_missing', 'file_mismatch', { entries: drop('_nuxt/b.js') }),
  'v2-changed': bad(
    'bundle.file_hash',
    'file_mismatch',
    contents('index.html', page.replace('a.js', 'b.js')),
  ),
  'v2-manifest-changed': bad('bundle.manifest_tampered', 'file_mismatch', {
    entries: on(manifestPath, (e) => ({ data: Buffer.from(e.data.toString().replace('Probe', 'Prove')) })),
  }),
  'v2-duplicate': bad('bundle.duplicate', 'entry_duplicate', { entries: extra('index.html', page) }),
  'v2-case-collision': bad('bundle.collision', 'entry_duplicate', more('Index.html')),
  'v2-traversal': bad('bundle.path_traversal', 'entry_path_invalid', more('a/../../evil.js')),
  'v2-absolute': bad('bundle.path_absolute', 'entry_path_invalid', more('/etc/evil.js')),
  'v2-backslash': bad('bundle.path_backslash', 'entry_path_invalid', more('a\\evil.js')),
  'v2-dot-folder': bad('bundle.path_not_clean', 'entry_path_invalid', {
    entries: on('_nuxt/a.js', (e) => ({ path: `./${e.path}` })),
  }),
  'v2-dot-signature': bad('bundle.path_not_clean', 'entry_path_invalid', {
    entries: on(signaturePath, (e) => ({ path: `./${e.path}` })),
  }),
  'v2-not-nfc': bad('bundle.path_not_nfc', 'entry_path_invalid', more('cafe\u0301.txt')),
  'v2-config': bad('bundle.forbidden_file', 'entry_path_invalid', more('haextension.config.json', '{}')),
  'v2-public-key': bad('bundle.forbidden_file', 'entry_path_invalid', more('haextension/public.key')),
  'v2-private-key': bad('bundle.forbidden_file', 'entry_path_invalid', more('haextension/Private.key')),
  'v2-symlink': bad('bundle.symlink', 'entry_kind', {
    entries: on('_nuxt/a.js', () => ({ mode: 0o120777 })),
  }),
  'v2-folder': bad('bundle.directory_entry', 'entry_kind', { entries: extra('_nuxt/', '') }),
  'v2-encrypted': bad('bundle.encrypted', 'entry_kind', { entries: on('index.html', () => ({ flags: 1 })) }),
  'v2-streamed': bad('bundle.data_descriptor', 'archive_invalid', {
    entries: on('index.html', () => ({ streamed: true, flags: 1 << 3 })),
  }),
  'v2-local-header': bad('bundle.header_mismatch', 'archive_invalid', {
    entries: on('index.html', () => ({ local: { path: 'indeX.html' } })),
  }),
  'v2-bomb': bad('bundle.entry_too_large', 'entry_too_large', {
    entries: (e) => [...e, { path: 'bomb.bin', data: Buffer.alloc(26 << 20), method: 8 }],
  }),
  'v2-overflow': bad('bundle.wrong_length', 'entry_too_large', {
    entries: on('index.html', () => ({ method: 8, size: 16 })),
  }),
  'v2-ratio': bad('bundle.ratio', 'entry_ratio', {
    entries: (e) => [...e, { path: 'zeros.bin', data: Buffer.alloc(1 << 20), method: 8 }],
  }),
  'v2-truncated': { code: 'bundle.not_zip', kind: 'archive_invalid', archive: package2({}).subarray(0, -22) },

  'v2-no-signature': bad('bundle.no_signature', 'signature_invalid', { entries: drop(signaturePath) }),
  'v2-no-manifest': bad('bundle.no_manifest', 'manifest_invalid', {
    statement: (s) => {
      s.files = s.files.filter((f) => f.path !== manifestPath);
    },
    entries: drop(manifestPath),
  }),
  'v2-signature-spaces': bad('bundle.signature_not_canonical', 'signature_invalid', {
    signature: (t) => `${t}\n`,
  }),
  'v2-signature-no-json': bad('bundle.signature_bad_json', 'signature_invalid', {
    signature: (t) => t.slice(0, -1),
  }),
  'v2-signature-key-twice': bad('bundle.signature_duplicate_key', 'signature_invalid', {
    signature: (t) => `{"format":"${format2}",${t.slice(1)}`,
  }),
  'v2-signature-more': bad(
    'bundle.signature_unknown_key',
    'signature_invalid',
    says((s) => {
      s['chain'] = [];
    }),
  ),
  'v2-signature-less': bad('bundle.signature_malformed', 'signature_invalid', {
    signed: (s) => {
      delete s.signature;
    },
  }),
  'v2-file-more': bad(
    'bundle.signature_unknown_key',
    'signature_invalid',
    says((s) => {
      Object.assign(s.files[0] ?? {}, { mode: 1 });
    }),
  ),
  'v2-size-negative': bad(
    'bundle.signature_malformed',
    'signature_invalid',
    says((s) => {
      Object.assign(s.files[0] ?? {}, { size: -1 });
    }),
  ),
  'v2-format-newer': bad(
    'bundle.newer_format',
    'signature_invalid',
    says((s) => {
      s.format = 'haextension-bundle/3';
    }),
  ),
  'v2-format-older': bad(
    'bundle.unknown_format',
    'signature_invalid',
    says((s) => {
      s.format = 'haextension-bundle/1';
    }),
  ),
  'v2-format-alcove': bad(
    'bundle.unknown_format',
    'signature_invalid',
    says((s) => {
      s.format = 'alcove/1';
    }),
  ),
  'v2-unsorted': bad(
    'bundle.inventory_order',
    'signature_invalid',
    says((s) => {
      s.files.reverse();
    }),
  ),
  'v2-lists-itself': bad(
    'bundle.path_reserved',
    'file_mismatch',
    says((s) => {
      s.files.push({ path: signaturePath, sha256: '0'.repeat(64), size: 1 });
      s.files.sort((a, b) => (a.path < b.path ? -1 : 1));
    }),
  ),
  'v2-bad-signature': bad('bundle.bad_signature', 'signature_invalid', {
    sign: (m) => sign(Buffer.concat([m, m]), key),
  }),
  'v2-other-signer': bad('bundle.bad_signature', 'signature_invalid', { sign: (m) => sign(m, other) }),
  'v2-no-domain': bad('bundle.bad_signature', 'signature_invalid', {
    sign: (m) => sign(m.subarray(format2.length + 1), key),
  }),
  'v2-malleable': bad('bundle.bad_signature', 'signature_invalid', { sign: (m) => stretched(sign(m, key)) }),
  'v2-key-weak': bad('bundle.key_weak', 'manifest_invalid', {
    ...says((s) => {
      s.publicKey = weak;
    }),
    fields: { publicKey: weak },
  }),
  'v2-key-capitals': bad(
    'bundle.key_malformed',
    'signature_invalid',
    says((s) => {
      s.publicKey = key.public.toUpperCase();
    }),
  ),

  'v2-manifest-spaces': bad('manifest.not_canonical', 'manifest_not_canonical', {
    manifest: (t) => JSON.stringify(JSON.parse(t), null, 2),
  }),
  'v2-manifest-float': bad('manifest.not_canonical', 'manifest_not_canonical', { fields: { ratio: 1.5 } }),
  'v2-manifest-large-number': bad('manifest.not_canonical', 'manifest_not_canonical', {
    fields: { n: 2 ** 53 },
  }),
  'v2-manifest-exponent': bad('manifest.not_canonical', 'manifest_not_canonical', { fields: { n: 1e21 } }),
  'v2-manifest-letters': bad('manifest.not_canonical', 'manifest_not_canonical', { fields: { größe: 1 } }),
  'v2-manifest-twice': bad('manifest.duplicate_key', 'manifest_not_canonical', {
    manifest: (t) => `{"name":"x",${t.slice(1)}`,
  }),
  'v2-other-key': bad('manifest.key_mismatch', 'public_key_mismatch', {
    fields: { publicKey: other.public },
  }),
  'v2-signature-field': bad('manifest.unknown_key', 'manifest_invalid', { fields: { signature: '' } }),
  'v2-name': bad('manifest.name_invalid', 'manifest_invalid', { fields: { name: 'Notes_App' } }),
  'v2-version': bad('manifest.version_invalid', 'manifest_invalid', { fields: { version: '1.0' } }),
  'v2-version-missing': bad('manifest.field_missing', 'manifest_invalid', { without: 'version' }),
  'v2-entry': bad('manifest.entry_missing', 'manifest_invalid', { fields: { entry: 'start.html' } }),
  'v2-permissions': bad('manifest.field_type', 'manifest_invalid', { fields: { permissions: [] } }),
  'v2-migrations-dir': bad('manifest.field_invalid', 'manifest_invalid', {
    fields: { migrationsDir: '../db' },
  }),
};
