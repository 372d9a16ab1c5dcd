// Where the programs are, and a home for each run of them.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { run } from './desktop';

export const repo = resolve(import.meta.dirname, '../../..');
export const testBinary = process.env.ALCOVE_WINDOWTEST_BIN ?? join(repo, 'build/bin/alcove-windowtest');
export const binary = process.env.ALCOVE_BIN ?? join(repo, 'build/bin/alcove');

const programs = new Map<string, Promise<string>>();

/** Builds one of the tests' own programs, once. */
export function built(name: string, ...tags: string[]): Promise<string> {
  const key = [name, ...tags].join();
  const made = programs.get(key) ?? build(name, tags);
  programs.set(key, made);
  return made;
}

async function build(name: string, tags: string[]): Promise<string> {
  const out = join(repo, 'build/bin', name);
  const args = [
    'build',
    '-tags',
    ['webkit2_41', ...tags].join(),
    '-trimpath',
    '-ldflags',
    '-w -s',
    '-o',
    out,
    `./app/testdata/${name}`,
  ];
  await run('go', args, { cwd: repo });
  return out;
}

/** A home with nothing in it: every folder a program may write to. */
export class Home {
  private constructor(readonly dir: string) {}

  static async make(): Promise<Home> {
    const home = new Home(await mkdtemp('/tmp/alcove-window-'));
    for (const d of ['home', 'tmp', 'run']) await mkdir(join(home.dir, d), { mode: 0o700 });
    return home;
  }

  get home(): string {
    return join(this.dir, 'home');
  }

  env(display: string): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      LANG: 'C.UTF-8',
      DISPLAY: display,
      HOME: this.home,
      TMPDIR: join(this.dir, 'tmp'),
      XDG_RUNTIME_DIR: join(this.dir, 'run'),
      NO_AT_BRIDGE: '1',
      DBUS_SESSION_BUS_ADDRESS: 'disabled:',
      GSETTINGS_BACKEND: 'memory',
    };
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}
