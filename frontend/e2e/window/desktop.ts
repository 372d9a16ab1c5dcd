// A display of one's own: an X server on a free number and a window manager,
// so that windows have a focus. Everything started here is ended by its id.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

export const run = promisify(execFile);

export class Desktop {
  private constructor(
    readonly display: string,
    private readonly processes: ChildProcess[],
  ) {}

  static async start(size = '1280x860'): Promise<Desktop> {
    const x = spawn(
      'Xvfb',
      ['-displayfd', '3', '-screen', '0', `${size}x24`, '-nolisten', 'tcp', '-noreset'],
      {
        stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      },
    );
    const number = await firstLine(x.stdio[3] as Readable, x, 'Xvfb');
    const display = `:${number}`;
    const wm = spawn('openbox', ['--sm-disable'], {
      stdio: 'ignore',
      env: { ...process.env, DISPLAY: display },
    });
    const desktop = new Desktop(display, [wm, x]);
    await until('the window manager', () =>
      desktop.tool('xdotool', 'get_num_desktops').then((s) => Number(s) > 0),
    );
    return desktop;
  }

  /** Runs one X tool on this display and returns what it prints. */
  async tool(name: string, ...args: string[]): Promise<string> {
    const { stdout } = await run(name, args, {
      env: { ...process.env, DISPLAY: this.display },
      maxBuffer: 64 << 20,
    });
    return stdout;
  }

  async stop(): Promise<void> {
    for (const p of this.processes) await end(p);
  }
}

/** Asks a process to end, and ends it when it does not. */
export async function end(
  p: ChildProcess,
  signal: NodeJS.Signals = 'SIGTERM',
  patience = 20_000,
): Promise<void> {
  if (p.exitCode !== null || p.signalCode !== null || p.pid === undefined) return;
  const gone = once(p, 'exit');
  p.kill(signal);
  const timer = setTimeout(() => p.kill('SIGKILL'), patience);
  await gone;
  clearTimeout(timer);
}

async function firstLine(from: Readable, p: ChildProcess, name: string): Promise<string> {
  let text = '';
  const failed = once(p, 'exit').then(() => {
    throw new Error(`${name} ended before it was ready`);
  });
  failed.catch(() => undefined);
  const read = (async () => {
    for await (const chunk of from) {
      text += String(chunk);
      if (text.includes('\n')) return text.split('\n')[0] ?? '';
    }
    throw new Error(`${name} said nothing`);
  })();
  return Promise.race([read, failed]);
}

/** How much longer than on an idle machine things may take. */
export const busy = () => Math.max(1, (loadavg()[0] ?? 0) / cpus().length);

/** Waits until check answers something true, and returns it. */
export async function until<T>(
  what: string,
  check: () => Promise<T> | T,
  patience = 40_000,
  every = 40,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + patience;
  let last: unknown;
  for (;;) {
    try {
      const got = await check();
      if (got) return got;
      last = undefined;
    } catch (e) {
      last = e;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${patience} ms for ${what}${last instanceof Error ? `: ${last.message}` : ''}`);
    }
    await new Promise((r) => setTimeout(r, every));
  }
}

/** The ids of the processes below pid. */
export async function children(pid: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,ppid=']);
  const pairs = stdout
    .trim()
    .split('\n')
    .map((l) => l.trim().split(/\s+/).map(Number));
  const below = [pid];
  for (const id of below)
    for (const [child, parent] of pairs) if (parent === id && child !== undefined) below.push(child);
  return below.slice(1);
}
