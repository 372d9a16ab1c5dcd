// Makes packages of format 1 at random, some of them tampered with, and asks the
// SDK's own verifier about each: node cross.js FOLDER COUNT SEED
// One in ten is made by the SDK's own command.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { verifyExtensionSignature } from '@haex-space/vault-sdk';
import JSZip from 'jszip';
import { archived } from './packages1.js';
import { manifestPath, sign1, testKey, type Files, type Manifest } from './sign.js';
import type { Json } from './json.js';
import { zip, type Entry } from './zip.js';

const [folder, count, seed] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
if (!folder || !(count > 0)) throw new Error('usage: node cross.js FOLDER COUNT SEED');
mkdirSync(folder, { recursive: true });
const command = join(
  dirname(createRequire(import.meta.url).resolve('@haex-space/vault-sdk')),
  'cli/index.js',
);
const key = testKey(7);

// mulberry32: the same packages for the same seed.
let state = seed >>> 0;
function random(): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const below = (n: number): number => Math.floor(random() * n);
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;

const letters = [...'abcXYZ019 <>&"\'\\/\u2028\u2029\u007f\t\n\bé～中\u{1F600}\u{10FFFF}'];
const word = (most = 8): string => Array.from({ length: below(most) + 1 }, () => pick(letters)).join('');
const numbers = [
  0,
  -0,
  1,
  -1,
  0.1,
  1e21,
  1e-7,
  123456789012345680000,
  5e-324,
  1.7976931348623157e308,
  2 ** 53,
];

function value(depth: number): Json {
  switch (below(depth > 0 ? 7 : 4)) {
    case 0:
      return pick([null, true, false]);
    case 1:
      return pick(numbers);
    case 2:
    case 3:
      return word();
    case 4:
      return Array.from({ length: below(4) }, () => value(depth - 1));
    default:
      // "x" keeps a key from being a number, which this format has no one order for.
      return Object.fromEntries(Array.from({ length: below(4) }, () => [`x${word()}`, value(depth - 1)]));
  }
}

const base = (n: number): Manifest => ({
  name: 'haex-cross',
  version: `1.0.${n}`,
  publicKey: key.public,
  signature: '',
  permissions: {},
});

const names = [
  'a.js',
  'b',
  'B2',
  'z-',
  'z',
  'z.',
  'sub/x',
  'sub/y.css',
  'sub-x',
  'é',
  '～',
  '\u{1F600}',
  '中/文.txt',
  '_nuxt/1',
  '_nuxt/10',
  '_nuxt/2',
];

function randomFiles(): Files {
  const files: Files = { 'index.html': '<html></html>' };
  for (const name of names) {
    if (random() < 0.5) files[name.endsWith('.') ? `${name}js` : name] = Buffer.from(word(200));
  }
  return files;
}

function tamper(entries: Entry[]): Entry[] {
  const list = entries.map((e) => ({ ...e }));
  const at = (): Entry => pick(list);
  switch (below(7)) {
    case 6: {
      // A name with "./" before it, perhaps beside the one without.
      const e = at();
      if (random() < 0.3) list.push({ ...e, path: `./${e.path}`, data: pick([e.data, at().data]) });
      else e.path = `./${e.path}`;
      return list;
    }
    case 0: {
      const e = at();
      e.data = Buffer.concat([e.data, Buffer.from('!')]);
      return list;
    }
    case 1: // renamed, which this format may or may not see
      at().path = `m${below(1000)}.bin`;
      return list;
    case 2:
      list.push({ path: `n${below(1000)}`, data: Buffer.from(pick(['', 'x'])) });
      return list;
    case 3: {
      const [a, b] = [at(), at()];
      [a.data, b.data] = [b.data, a.data];
      return list;
    }
    case 4:
      return list.filter((e) => e.path === manifestPath || random() < 0.8);
    default: {
      const m = list.find((e) => e.path === manifestPath);
      const text = m?.data.toString().replace('"1.0.', pick(['"1.1.', '"1.0.']));
      if (m && text) m.data = Buffer.from(pick([text, text.replace('{', '{ ')]));
      return list;
    }
  }
}

/** A package that “haex sign” makes of what “haex init” wrote, or of a folder spelt as an author may. */
function byCommand(n: number): Buffer {
  const project = mkdtempSync(join(tmpdir(), 'haex-cross-'));
  const haex = (...args: string[]): void => {
    execFileSync(process.execPath, [command, ...args], { cwd: project, stdio: 'pipe' });
  };
  try {
    for (const [path, data] of Object.entries({ ...randomFiles(), 'deep/er/f': 'x' })) {
      mkdirSync(dirname(join(project, 'dist', path)), { recursive: true });
      writeFileSync(join(project, 'dist', path), data);
    }
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'haex-cross', version: `1.0.${n}` }));
    if (n % 20 === 0) {
      haex('init');
    } else {
      mkdirSync(join(project, 'haextension/icons'), { recursive: true });
      writeFileSync(join(project, 'haextension/icons/a.txt'), word(20));
      writeFileSync(
        join(project, 'haextension/manifest.json'),
        JSON.stringify({
          description: 'Tries <&> "é"',
          permissions: { database: [], http: [{ target: 'https://example.com/*' }] },
        }),
      );
      writeFileSync(
        join(project, 'haextension/private.key'),
        key.secret.export({ format: 'der', type: 'pkcs8' }).toString('hex'),
      );
      const folder = pick([undefined, 'haextension', './haextension', 'haextension/', './haextension/']);
      if (folder !== undefined)
        writeFileSync(
          join(project, 'haextension.config.json'),
          JSON.stringify({ dev: { haextension_dir: folder } }),
        );
    }
    haex('sign', 'dist', '-o', 'out.xt');
    return readFileSync(join(project, 'out.xt'));
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

function made(n: number): Buffer {
  const fields = { ...base(n), [`x${word()}`]: value(3), [`x${word()}`]: value(3) };
  let entries = sign1(fields, randomFiles(), key);
  if (random() < 0.5) entries = tamper(entries);
  return zip(random() < 0.5 ? archived(entries) : entries);
}

/** What the SDK says: it takes a package apart by itself. What is no manifest is refused before. */
async function valid(archive: Buffer): Promise<boolean> {
  const read = await JSZip.loadAsync(archive);
  const files = [];
  for (const entry of Object.values(read.files)) {
    if (!entry.dir) files.push({ path: entry.name, content: await entry.async('uint8array') });
  }
  const text = await read.file(manifestPath)?.async('string');
  try {
    return (await verifyExtensionSignature(files, JSON.parse(text ?? ''))).valid;
  } catch {
    return false;
  }
}

const verdicts: { file: string; valid: boolean; command: boolean }[] = [];
for (let n = 0; n < count; n++) {
  const command = n % 10 === 0;
  const archive = command ? byCommand(n) : made(n);
  writeFileSync(join(folder, `${n}.xt`), archive);
  verdicts.push({ file: `${n}.xt`, valid: await valid(archive), command });
}
writeFileSync(join(folder, 'verdicts.json'), JSON.stringify(verdicts));
