// Extensions of haex-vault, made by its own tools from the sources in haex-apps:
// a key of this run, a build, `haex sign`.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repo } from './paths';

const run = promisify(execFile);
const sources = join(repo, 'frontend/e2e/haex-apps');

export type HaexApp = 'plain' | 'vue' | 'react' | 'svelte' | 'nuxt' | 'conformance';

export interface BuildOptions {
  /** Its version, when not that of its package.json. */
  version?: string;
  /** How many of its migrations it has, from the first; all by default. */
  migrations?: number;
  /** What stands for @@name@@ in its sources. */
  values?: Record<string, string>;
}

/** Extensions of one publisher, whose key is made here and goes with the folder. */
export class HaexPublisher {
  private constructor(
    private readonly dir: string,
    /** 64 hexadecimal digits. */
    readonly key: string,
  ) {}

  static async make(): Promise<HaexPublisher> {
    const dir = await mkdtemp(join(tmpdir(), 'alcove-haex-'));
    const { command } = await tools('plain');
    await run('node', [command, 'keygen', '-o', join(dir, 'key')], { cwd: dir });
    return new HaexPublisher(dir, (await readFile(join(dir, 'key/public.key'), 'utf8')).trim());
  }

  /** Builds and signs an app; gives the path of its package. */
  async build(app: HaexApp, options: BuildOptions = {}): Promise<string> {
    const { modules, command } = await tools(app);
    const work = await mkdtemp(join(this.dir, `${app}-`));
    await cp(join(sources, app), join(work, app), {
      recursive: true,
      filter: (path) => !/\/(node_modules|dist|\.nuxt|\.output)$/.test(path),
    });
    await cp(join(sources, 'shared'), join(work, 'shared'), { recursive: true });
    await symlink(modules, join(work, 'node_modules'));
    const root = join(work, app);
    await change(join(root, 'package.json'), (text) => {
      const about = JSON.parse(text) as { version: string };
      return JSON.stringify({ ...about, version: options.version ?? about.version });
    });
    await change(join(root, 'haextension/manifest.json'), (text) =>
      text.replace('"publicKey": ""', `"publicKey": "${this.key}"`),
    );
    await fill(root, { key: this.key, ...options.values });
    if (options.migrations !== undefined) await cut(root, options.migrations);
    for (const name of ['public.key', 'private.key'])
      await cp(join(this.dir, 'key', name), join(root, 'haextension', name));

    const built = app === 'nuxt' ? '.output/public' : 'dist';
    const [tool, verb] = app === 'nuxt' ? ['nuxt/bin/nuxt.mjs', 'generate'] : ['vite/bin/vite.js', 'build'];
    await run('node', [join(modules, tool as string), verb as string], { cwd: root, maxBuffer: 16 << 20 });
    const file = join(work, `${app}.xt`);
    await run('node', [command, 'sign', built, '-o', file], { cwd: root });
    return file;
  }

  /** Signs a package of these files, the rest as `haex init` writes it, by this publisher; gives its path. */
  async pack(name: string, files: Record<string, string>): Promise<string> {
    const { command } = await tools('plain');
    const root = await mkdtemp(join(this.dir, `${name}-`));
    await writeFile(join(root, 'package.json'), JSON.stringify({ name, version: '1.0.0' }));
    await run('node', [command, 'init'], { cwd: root });
    await cp(join(this.dir, 'key'), join(root, 'haextension'), { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, 'dist', path)), { recursive: true });
      await writeFile(join(root, 'dist', path), text);
    }
    const file = join(root, `${name}.xt`);
    await run('node', [command, 'sign', 'dist', '-o', file], { cwd: root });
    return file;
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** What the app is built with, installed by its lock file where it is not there. */
async function tools(app: HaexApp): Promise<{ modules: string; command: string }> {
  const folder = app === 'nuxt' ? join(sources, 'nuxt') : sources;
  const modules = join(folder, 'node_modules');
  const command = join(modules, '@haex-space/vault-sdk/dist/cli/index.js');
  if (!existsSync(command))
    await run('npm', ['ci', '--ignore-scripts'], { cwd: folder, maxBuffer: 16 << 20 });
  return { modules, command };
}

async function change(file: string, how: (text: string) => string): Promise<void> {
  await writeFile(file, how(await readFile(file, 'utf8')));
}

/** Writes values for their names into all text of an app. */
async function fill(root: string, values: Record<string, string>): Promise<void> {
  for (const path of await readdir(root, { recursive: true })) {
    if (!/\.(sql|json|js|ts|html|vue)$/.test(path)) continue;
    await change(join(root, path), (text) =>
      text.replace(/@@(\w+)@@/g, (whole, name: string) => values[name] ?? whole),
    );
  }
}

/** Leaves only the first migrations. */
async function cut(root: string, count: number): Promise<void> {
  const dir = join(root, 'src/database/migrations');
  for (const name of (await readdir(dir))
    .filter((n) => n.endsWith('.sql'))
    .sort()
    .slice(count))
    await rm(join(dir, name));
  await change(join(dir, 'meta/_journal.json'), (text) => {
    const journal = JSON.parse(text) as { entries: unknown[] };
    return JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) });
  });
}
