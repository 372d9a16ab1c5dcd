// The two extensions of the suite: one that attacks, and an honest one beside it.
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repo } from '../window/home';
import { sdkFile } from '../lib/paths';

/**
 * Every address below /_host/ that means something, taken from the source so
 * that a new one cannot be forgotten, and a few methods of the one that takes a name.
 */
export async function routesOf(): Promise<string[]> {
  const source = await readFile(join(repo, 'internal/web/routes.go'), 'utf8');
  const paths = [...source.matchAll(/\bpath: "(\/_host\/[^"]*)"/g)].map((m) => m[1] ?? '');
  const methods = ['app.state', 'ext.list', 'vault.lock', 'install.pick'];
  return paths.flatMap((path) => (path.endsWith('/') ? methods.map((m) => path + m) : [path]));
}

/** Copies the extensions into a folder to be packed; gives their folders. */
export async function unpacked(dir: string, config: object): Promise<{ hostile: string; neighbour: string }> {
  const folders = { hostile: join(dir, 'hostile'), neighbour: join(dir, 'neighbour') };
  await cp(join(repo, 'frontend/e2e/attack/app'), folders.hostile, { recursive: true });
  await cp(join(repo, 'frontend/e2e/attack/neighbour'), folders.neighbour, { recursive: true });
  await cp(sdkFile, join(folders.neighbour, 'alcove-sdk.js'));
  await writeFile(join(folders.hostile, 'config.json'), JSON.stringify(config));
  return folders;
}

/** The name of the host page's script, which an app could learn from a copy of Alcove. */
export async function scriptName(): Promise<string> {
  const page = await readFile(join(repo, 'frontend/dist/host/index.html'), 'utf8');
  return /assets\/([^"]+\.js)"/.exec(page)?.[1] ?? '';
}
