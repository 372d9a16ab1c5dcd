// Packages of format 1, good and bad, with the verdict of each.
import { sign1, manifestPath, testKey, type Files, type Manifest } from './sign.js';
import { zip, type Entry } from './zip.js';

export interface Vector {
  /** Code of the refusal; "" if the package is good. */
  code: string;
  /** What the format's own verifier calls it; of format 2 only. */
  kind?: string;
  archive: Buffer;
}

export const key = testKey(1);
export const other = testKey(2);

export const page =
  '<!DOCTYPE html><html><head></head><body><script src="./_nuxt/a.js"></script></body></html>\n';

const tidy: Manifest = {
  name: 'haex-probe',
  version: '1.2.3',
  author: null,
  entry: null,
  icon: null,
  publicKey: key.public,
  signature: '',
  permissions: { database: [], filesystem: [], http: [], shell: [] },
  homepage: null,
  description: 'Tries <everything> & more',
  singleInstance: null,
  displayMode: null,
  migrationsDir: null,
  i18n: null,
};

const table = (publicKey: string): string => `${publicKey}__haex-probe__notes`;

export const files: Files = {
  'index.html': page,
  '_nuxt/a.js': `const manifest={publicKey:"${key.public}"};\nexport const a = 1;\nexport const b = 2;\n`,
  '_nuxt/b.js': 'export const c = 3;\n',
};

const config = (folder: string): string =>
  `{\n  "dev": { "port": 5173, "haextension_dir": ${JSON.stringify(folder)} }\n}`;

const migrations = (
  publicKey: string,
  journal: unknown = {
    entries: [
      { idx: 1, tag: 'b' },
      { idx: 0, tag: 'a' },
    ],
  },
): Files => ({
  'db/meta/_journal.json': JSON.stringify(journal),
  'db/a.sql': `CREATE TABLE \`${table(publicKey)}\` (\`id\` text PRIMARY KEY NOT NULL);\n--> statement-breakpoint\nCREATE INDEX \`${table(publicKey)}_by\` ON \`${table(publicKey)}\` (\`id\`)`,
  'db/b.sql': `ALTER TABLE \`${table(publicKey)}\` ADD \`title\` text;`,
});

const package1 = (m: Manifest, f: Files, change: (entries: Entry[]) => Entry[] = (e) => e): Buffer =>
  zip(change(sign1(m, f, key)));

/** Writes an archive as archiver does: deflated in a stream, folders listed. */
export const archived = (entries: Entry[]): Entry[] => {
  const folders = new Set(
    entries.flatMap((e) =>
      e.path
        .split('/')
        .slice(0, -1)
        .map((_, i, all) => `${all.slice(0, i + 1).join('/')}/`),
    ),
  );
  folders.delete('./'); // no folder of its own
  const listed = [...folders].map((path) => ({ path, data: Buffer.alloc(0), mode: 0o40755 }));
  return [...listed, ...entries.map((e) => ({ ...e, method: 8 as const, streamed: true, mode: 0o100644 }))];
};

const on =
  (path: string, change: (e: Entry) => Partial<Entry>) =>
  (entries: Entry[]): Entry[] =>
    entries.map((e) => (e.path === path ? { ...e, ...change(e) } : e));
const extra =
  (...more: Entry[]) =>
  (entries: Entry[]): Entry[] => [...entries, ...more];
const text = (path: string, data = 'x', more: Partial<Entry> = {}): Entry => ({
  path,
  data: Buffer.from(data),
  ...more,
});

const dotted = (e: Entry): Entry => ({ ...e, path: `./${e.path}` });

/** Changes the manifest after it was signed. */
const rewritten =
  (change: (m: Manifest) => Manifest | string) =>
  (entries: Entry[]): Entry[] =>
    on(manifestPath, (e) => {
      const changed = change(JSON.parse(e.data.toString()) as Manifest);
      return { data: Buffer.from(typeof changed === 'string' ? changed : JSON.stringify(changed, null, 2)) };
    })(entries);

const without = (field: string): Manifest =>
  Object.fromEntries(Object.entries(tidy).filter(([k]) => k !== field));
const asks = (permissions: Manifest): Manifest => ({ ...tidy, permissions });
const good = (archive: Buffer): Vector => ({ code: '', archive });
const bad = (code: string, archive: Buffer): Vector => ({ code, archive });
const refused = (code: string, m: Manifest, f: Files = files): Vector => bad(code, package1(m, f));
const spoilt = (code: string, change: (entries: Entry[]) => Entry[]): Vector =>
  bad(code, package1(tidy, files, change));

const weak = `01${'00'.repeat(31)}`;

export const packages1: Record<string, Vector> = {
  'v1-minimal': good(package1(tidy, { 'index.html': page })),
  'v1-archived': good(
    package1(
      tidy,
      {
        ...files,
        'haextension.config.json': config('haextension'),
        'haextension/public.key': key.public,
      },
      archived,
    ),
  ),
  'v1-names': good(
    package1(tidy, { ...files, 'l/～.json': '1', 'l/\u{1F600}.json': '2', 'l/über.json': '3' }, archived),
  ),
  'v1-newer': good(package1({ ...tidy, version: '3.0.0' }, files, archived)),
  'v1-migrations': good(
    package1({ ...tidy, migrationsDir: 'db' }, { ...files, ...migrations(key.public) }, archived),
  ),
  'v1-asks': good(
    package1(
      asks({
        database: [{ target: `${other.public}__other__*`, operation: 'read_write' }],
        filesystem: [
          { target: '*', action: 'readWrite' },
          { target: '/etc/*', operation: 'read' },
          { path: '*', actions: ['read'] },
        ],
        http: [{ target: 'https://*.example.com/*' }],
        web: [{ target: 'example.org', operation: 'GET', status: 'granted' }],
        shell: [{ target: '*', operation: 'execute' }],
        passwords: [{ target: 'haex-mail', operation: 'readWrite' }],
        mail: [{ target: '*', operation: 'fetch' }],
        cloudStorage: [{ target: '*', operation: 'read' }],
      }),
      files,
      archived,
    ),
  ),
  // What the signature does not see. Both verify, and are other releases.
  'v1-moved-contents': good(
    package1(tidy, files, (entries) =>
      on('_nuxt/a.js', (e) => ({ data: e.data.subarray(0, -20) }))(
        on('_nuxt/b.js', (e) => ({ data: Buffer.concat([Buffer.from('export const b = 2;\n'), e.data]) }))(
          entries,
        ),
      ),
    ),
  ),
  'v1-renamed': good(
    package1(
      tidy,
      files,
      on('_nuxt/b.js', () => ({ path: '_nuxt/c.js' })),
    ),
  ),

  'v1-tampered': spoilt(
    'bundle.bad_signature',
    on('index.html', () => ({ data: Buffer.from(page.replace('a.js', 'b.js')) })),
  ),
  'v1-manifest-changed': spoilt(
    'bundle.bad_signature',
    rewritten((m) => ({ ...m, version: '9.9.9' })),
  ),
  'v1-other-key': spoilt(
    'bundle.bad_signature',
    rewritten((m) => ({ ...m, publicKey: other.public })),
  ),
  'v1-order-changed': spoilt(
    'bundle.bad_signature',
    on('_nuxt/b.js', () => ({ path: 'z.js' })),
  ),
  'v1-unsigned': spoilt(
    'bundle.no_signature',
    rewritten((m) => ({ ...m, signature: '' })),
  ),
  'v1-no-signature': spoilt(
    'bundle.no_signature',
    rewritten((m) => Object.fromEntries(Object.entries(m).filter(([k]) => k !== 'signature'))),
  ),
  'v1-signature-short': spoilt(
    'bundle.signature_malformed',
    rewritten((m) => ({ ...m, signature: String(m['signature']).slice(1) })),
  ),
  'v1-signature-capitals': spoilt(
    'bundle.signature_malformed',
    rewritten((m) => ({ ...m, signature: String(m['signature']).toUpperCase() })),
  ),
  'v1-signature-number': spoilt(
    'manifest.field_type',
    rewritten((m) => ({ ...m, signature: 1 })),
  ),
  'v1-key-short': refused('bundle.key_malformed', { ...tidy, publicKey: key.public.slice(2) }),
  'v1-key-capitals': refused('bundle.key_malformed', { ...tidy, publicKey: key.public.toUpperCase() }),
  'v1-key-weak': refused('bundle.key_weak', { ...tidy, publicKey: weak }),
  'v1-key-missing': refused('bundle.key_malformed', without('publicKey')),

  'v1-duplicate': spoilt('bundle.duplicate', extra(text('index.html', page))),
  'v1-case-collision': spoilt('bundle.collision', extra(text('Index.html'))),
  'v1-folder-collision': spoilt('bundle.collision', extra(text('_Nuxt/', '', { mode: 0o40755 }))),
  'v1-folder-is-file': spoilt('bundle.collision', extra(text('index.html/', '', { mode: 0o40755 }))),
  'v1-folder-twice': spoilt('bundle.duplicate', extra(text('d/', ''), text('d/', ''))),
  'v1-folder-with-contents': spoilt('bundle.directory_entry', extra(text('d/'))),
  'v1-folder-as-file': spoilt('bundle.directory_entry', extra(text('d', '', { mode: 0o40755 }))),
  'v1-folder-is-link': spoilt('bundle.symlink', extra(text('d/', '', { mode: 0o120777 }))),
  'v1-not-nfc': spoilt('bundle.path_not_nfc', extra(text('cafe\u0301.txt'))),
  'v1-symlink': spoilt('bundle.symlink', extra(text('link', 'index.html', { mode: 0o120777 }))),
  'v1-traversal': spoilt('bundle.path_traversal', extra(text('a/../../b'))),
  'v1-absolute': spoilt('bundle.path_absolute', extra(text('/b'))),
  'v1-backslash': spoilt('bundle.path_backslash', extra(text('a\\b'))),
  'v1-drive': spoilt('bundle.path_drive', extra(text('c:/b'))),
  'v1-stream-name': spoilt('bundle.path_character', extra(text('a.js:b'))),
  'v1-control': spoilt('bundle.path_control', extra(text('a\u0000b'))),
  // "haex init" writes ./haextension into its configuration, and "haex sign" puts that before names.
  'v1-dot-folder': good(
    package1(
      tidy,
      { ...files, 'haextension.config.json': config('./haextension'), 'haextension/public.key': key.public },
      (entries) => archived(entries).map((e) => (e.path.startsWith('haextension/') ? dotted(e) : e)),
    ),
  ),
  'v1-dot-everywhere': good(
    package1(tidy, { ...files, 'haextension.config.json': config('./haextension/') }, (entries) =>
      entries.map(dotted),
    ),
  ),
  'v1-dot-beside': spoilt('bundle.duplicate', (entries) => [
    ...entries,
    ...entries.filter((e) => e.path === manifestPath).map(dotted),
  ]),
  'v1-dot-collision': spoilt('bundle.collision', extra(text('./Index.html'))),
  'v1-dot-twice': spoilt('bundle.path_not_clean', extra(text('././a'))),
  'v1-dot-within': spoilt('bundle.path_not_clean', extra(text('a/./b'))),
  'v1-dot-alone': spoilt('bundle.path_empty', extra(text('./', '', { mode: 0o40755 }))),
  'v1-dot-traversal': spoilt('bundle.path_traversal', extra(text('./../a'))),
  'v1-dot-absolute': spoilt('bundle.path_absolute', extra(text('.//a'))),
  'v1-dot-private-key': spoilt('bundle.forbidden_file', extra(text('./haextension/private.key'))),
  'v1-dot-local-name': spoilt(
    'bundle.header_mismatch',
    on(manifestPath, (e) => ({ path: `./${manifestPath}`, local: { path: e.path } })),
  ),
  // A mark of another format makes it one of that format, which takes no "./".
  'v1-dot-native': spoilt('bundle.path_not_clean', extra(text('./alcove.sig.json', '{}'))),
  'v1-dot-format2': spoilt('bundle.path_not_clean', extra(text('./haextension/signature.json', '{}'))),
  'v1-imitated-manifest': spoilt('bundle.path_reserved', extra(text('haextension/Manifest.json', '{}'))),
  'v1-private-key': refused('bundle.forbidden_file', tidy, { ...files, 'haextension/private.key': 'none' }),
  'v1-encrypted': spoilt(
    'bundle.encrypted',
    on('index.html', () => ({ flags: 1 })),
  ),
  'v1-local-name': spoilt(
    'bundle.header_mismatch',
    on('index.html', () => ({ local: { path: 'other.html' } })),
  ),
  'v1-local-checksum': spoilt(
    'bundle.header_mismatch',
    on('index.html', () => ({ local: { crc: 1 } })),
  ),
  'v1-stream-says-twice': spoilt(
    'bundle.header_mismatch',
    on('index.html', (e) => ({ streamed: true, local: { size: e.data.length } })),
  ),
  'v1-descriptor-checksum': spoilt(
    'bundle.header_mismatch',
    on('index.html', () => ({ streamed: true, descriptor: { crc: 1 } })),
  ),
  'v1-descriptor-size': spoilt(
    'bundle.header_mismatch',
    on('index.html', () => ({ streamed: true, descriptor: { size: 1 } })),
  ),
  'v1-overflow': spoilt(
    'bundle.wrong_length',
    on('index.html', () => ({ method: 8, size: 16 })),
  ),
  'v1-ratio': spoilt('bundle.ratio', extra({ path: 'zeros.bin', data: Buffer.alloc(1 << 20), method: 8 })),
  'v1-truncated': bad('bundle.not_zip', package1(tidy, files).subarray(0, -22)),

  'v1-baked-key': refused(
    'bundle.baked_key',
    { ...tidy, migrationsDir: 'db' },
    { 'index.html': page, ...migrations(other.public) },
  ),
  'v1-config-folder': refused('bundle.config_invalid', tidy, {
    ...files,
    'haextension.config.json': config('ext'),
  }),
  'v1-config-folder-twice': refused('bundle.config_invalid', tidy, {
    ...files,
    'haextension.config.json': config('././haextension'),
  }),
  'v1-config-slash': good(
    package1(tidy, { ...files, 'haextension.config.json': config('haextension/') }, archived),
  ),
  'v1-config-broken': refused('bundle.config_invalid', tidy, {
    ...files,
    'haextension.config.json': '{"dev":',
  }),

  'v1-key-twice': spoilt(
    'manifest.duplicate_key',
    rewritten((m) => `{"version":"0.0.1",${JSON.stringify(m).slice(1)}`),
  ),
  'v1-numeric-key': refused('manifest.unknown_key', asks({ '10': [] })),
  'v1-proto-key': spoilt(
    'manifest.unknown_key',
    rewritten((m) => JSON.stringify(m).replace('"http":[]', '"__proto__":{"x":1},"http":[]')),
  ),
  'v1-name': refused('manifest.name_invalid', { ...tidy, name: 'Haex_Notes' }),
  'v1-name-separator': refused('manifest.name_invalid', { ...tidy, name: 'haex__notes' }),
  'v1-name-long': refused('manifest.name_invalid', { ...tidy, name: 'a'.repeat(41) }),
  'v1-name-missing': refused('manifest.field_missing', without('name')),
  'v1-version': refused('manifest.version_invalid', { ...tidy, version: '0.0-dev' }),
  'v1-entry': refused('manifest.entry_missing', { ...tidy, entry: 'start.html' }),
  'v1-entry-type': refused('manifest.entry_type', { ...tidy, entry: '_nuxt/a.js' }),
  'v1-display': refused('manifest.field_invalid', { ...tidy, displayMode: 'fullscreen' }),
  'v1-instance': refused('manifest.field_type', { ...tidy, singleInstance: 'yes' }),
  'v1-language': refused('manifest.field_invalid', { ...tidy, i18n: { 'English!': { name: 'Notes' } } }),
  'v1-hidden-text': refused('manifest.text_invalid', { ...tidy, description: 'Good\u202egnihton' }),
  'v1-permissions-list': refused('manifest.field_type', asks({ http: { target: '*' } })),
  'v1-constraint': refused(
    'manifest.permission_constraint',
    asks({
      database: [
        { target: `${other.public}__other__*`, operation: 'read', constraints: { where_clause: '1=1' } },
      ],
    }),
  ),
  'v1-constraint-shell': refused(
    'manifest.permission_constraint',
    asks({ shell: [{ target: 'git', operation: 'execute', constraints: { allowed_subcommands: ['log'] } }] }),
  ),
  'v1-journal': refused(
    'manifest.migration_journal',
    { ...tidy, migrationsDir: 'db' },
    {
      ...files,
      ...migrations(key.public, {
        entries: [
          { idx: 0, tag: 'a' },
          { idx: 0, tag: 'b' },
        ],
      }),
    },
  ),
  'v1-journal-outside': refused(
    'manifest.migration_journal',
    { ...tidy, migrationsDir: 'db' },
    { ...files, ...migrations(key.public, { entries: [{ idx: 0, tag: '../a' }] }) },
  ),
  'v1-migration-missing': refused(
    'manifest.migration_missing',
    { ...tidy, migrationsDir: 'db' },
    { ...files, ...migrations(key.public, { entries: [{ idx: 0, tag: 'c' }] }) },
  ),
};
