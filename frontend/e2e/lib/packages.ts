// Packages for tests: a folder, changed as the test says, packed and signed.
import { cp, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from './alcove';
import { fixtures, helloExample, sdkFile } from './paths';

export interface PackOptions {
  /** Changes to alcove.json. */
  manifest?: Record<string, unknown>;
  /** Files to write beside it. */
  files?: Record<string, string>;
  /** Which publisher signs: each name is a key of its own. */
  publisher?: string;
  /** The package's file name. */
  as?: string;
}

export async function packFolder(home: Home, folder: string, options: PackOptions = {}): Promise<string> {
  const { manifest = {}, files = {}, publisher = 'publisher' } = options;
  const base = `${folder.split('/').at(-1) ?? 'package'}-${String(Date.now())}-${String(Math.random()).slice(2, 8)}`;
  const work = home.out(base);
  await cp(folder, work, { recursive: true });
  await cp(sdkFile, join(work, 'alcove-sdk.js'));
  const path = join(work, 'alcove.json');
  const old = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...old, ...manifest }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(work, name), text);
  const key = home.out(`${publisher}.key`);
  if (!existsSync(key)) await home.alcove('ext', 'keygen', '--out', key);
  const out = home.out(options.as ?? `${base}.alcove`);
  await home.alcove('ext', 'pack', work, '--key', key, '--out', out);
  return out;
}

/** The example of the SDK, as its authors would pack it. */
export const hello = (home: Home, options?: PackOptions) => packFolder(home, helloExample, options);

/** An extension that gives its vault to the test: `window.vault`. */
export const probe = (home: Home, options?: PackOptions) =>
  packFolder(home, join(fixtures, 'probe'), options);
