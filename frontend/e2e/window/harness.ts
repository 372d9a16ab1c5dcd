// Drives the real window: starts it in a home of its own, runs scripts in its
// page through the socket that only a windowtest build has, and moves the real
// mouse and keyboard.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { enough } from '../lib/patience';
import { Desktop, end, until } from './desktop';
import { built, type Home, repo, testBinary } from './home';
import { type Field, fill } from './typing';

const shots = join(repo, 'frontend/e2e/.shots');

export { busy, children, Desktop, run, until } from './desktop';
export { binary, built, Home, repo, testBinary } from './home';

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Found {
  found: boolean;
  rect: Rect;
  text: string;
  value?: string;
  focused: boolean;
}

export interface StartOptions {
  args?: string[];
  env?: NodeJS.ProcessEnv;
  binary?: string;
  cwd?: string;
}

/** One run of Alcove's window. */
export class AppWindow {
  log = '';
  private sequence = 0;
  private id = '';

  private constructor(
    readonly desktop: Desktop,
    readonly pid: number,
    private readonly socket: string,
    private readonly process?: ChildProcess,
  ) {}

  /** Takes over a window that something else started with ALCOVE_TEST_SOCKET set. */
  static async attach(desktop: Desktop, socket: string): Promise<AppWindow> {
    await until('the test socket', () => existsSync(socket));
    const pid = await until('the window', async () => {
      const id =
        (await desktop.tool('xdotool', 'search', '--onlyvisible', '--name', '^Alcove$'))
          .trim()
          .split('\n')
          .pop() ?? '';
      return Number(await desktop.tool('xdotool', 'getwindowpid', id));
    });
    const w = new AppWindow(desktop, pid, socket);
    await w.settle();
    return w;
  }

  /** Starts the program and waits for nothing but the way in. */
  static async launch(desktop: Desktop, home: Home, o: StartOptions = {}): Promise<AppWindow> {
    const socket = join(home.dir, `test-${Date.now()}.sock`);
    const p = spawn(o.binary ?? testBinary, o.args ?? [], {
      cwd: o.cwd ?? home.home,
      env: { ...home.env(desktop.display), ALCOVE_TEST_SOCKET: socket, ...o.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const w = new AppWindow(desktop, p.pid ?? 0, socket, p);
    const keep = (chunk: Buffer) => {
      w.log = (w.log + chunk.toString()).slice(-200_000);
    };
    p.stdout?.on('data', keep);
    p.stderr?.on('data', keep);
    await until('the test socket', () => existsSync(socket) || p.exitCode !== null, enough, 2);
    return w;
  }

  static async start(desktop: Desktop, home: Home, o: StartOptions = {}): Promise<AppWindow> {
    const w = await AppWindow.launch(desktop, home, o);
    try {
      await w.settle();
    } catch (e) {
      await w.kill9();
      throw new Error(`${String(e)}\n${w.log}`, { cause: e });
    }
    return w;
  }

  private async settle(): Promise<void> {
    await until('the page', () => this.evaluate('return document.readyState === "complete"'), enough);
    await this.locate();
  }

  /** Finds the window and gives it the focus; the mouse is moved relative to it. */
  async locate(): Promise<void> {
    const d = this.desktop;
    this.id = await until('the window', async () => {
      const out = await d.tool(
        'xdotool',
        'search',
        '--onlyvisible',
        '--pid',
        String(this.pid),
        '--name',
        '^Alcove$',
      );
      return out.trim().split('\n').pop();
    });
    await d.tool('xdotool', 'windowactivate', '--sync', this.id);
  }

  /** Runs body as an async function in the host page. */
  async evaluate<T = unknown>(body: string, ms = 5000): Promise<T> {
    return this.ask<T>({ js: body, ms });
  }

  /** What Go says the window shows: onboarding, locked or unlocked. Needs no page. */
  async phase(): Promise<string> {
    return this.ask<string>({ phase: true });
  }

  private async ask<T>(question: object): Promise<T> {
    const conn = connect(this.socket);
    try {
      await once(conn, 'connect');
      conn.write(`${JSON.stringify(question)}\n`);
      for await (const line of createInterface({ input: conn })) {
        const answer = JSON.parse(line) as { ok?: T; error?: string };
        if (answer.error !== undefined) throw new Error(answer.error);
        return answer.ok as T;
      }
      throw new Error('the window closed');
    } finally {
      conn.destroy();
    }
  }

  /** Looks an element of the host page up; text picks among several. */
  async find(selector: string, text?: string): Promise<Found> {
    return this.evaluate<Found>(`
      const all = [...document.querySelectorAll(${JSON.stringify(selector)})];
      const wanted = ${JSON.stringify(text ?? null)};
      const plain = (e) => (e.innerText || e.getAttribute('aria-label') || '').trim();
      const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width > 0;
      const e = all.find((e) => seen(e) && (wanted === null || plain(e) === wanted)) ?? all.find((e) => seen(e) && plain(e).includes(wanted ?? ''));
      if (!e) return { found: false };
      e.scrollIntoView({ block: 'nearest' });
      const r = e.getBoundingClientRect();
      return { found: true, rect: { x: r.x, y: r.y, width: r.width, height: r.height }, text: plain(e), value: e.value, focused: document.activeElement === e };
    `);
  }

  /**
   * Looks an element of the visible extension frame up, in page coordinates. Where the
   * frame says nothing for a second it is not found; who wants it has to ask again.
   */
  async findInFrame(selector: string): Promise<Found> {
    const id = ++this.sequence;
    return this.evaluate<Found>(`
      const seen = (f) => f.checkVisibility({ visibilityProperty: true }) && f.getBoundingClientRect().width > 0;
      const frame = [...document.querySelectorAll('.Frame')].map((f) => f.shadowRoot.querySelector('iframe')).find(seen);
      if (!frame) return { found: false };
      const answer = await new Promise((resolve) => {
        const timer = setTimeout(() => done({ found: false }), 1000);
        const done = (a) => { clearTimeout(timer); removeEventListener('message', heard, true); resolve(a); };
        const heard = (e) => {
          if (e.data?.alcove_windowtest !== 'answer' || e.data.id !== ${id}) return;
          e.stopImmediatePropagation();
          done(e.data);
        };
        addEventListener('message', heard, true);
        frame.contentWindow.postMessage({ alcove_windowtest: 'ask', id: ${id}, selector: ${JSON.stringify(selector)} }, '*');
      });
      if (answer.rect) {
        const f = frame.getBoundingClientRect();
        answer.rect.x += f.x;
        answer.rect.y += f.y;
      }
      return answer;
    `);
  }

  async see(selector: string, text?: string, patience?: number): Promise<Found> {
    return until(
      `${selector} ${text ?? ''}`,
      async () => {
        const f = await this.find(selector, text);
        return f.found ? f : null;
      },
      patience,
    );
  }

  async seeInFrame(selector: string, patience?: number): Promise<Found> {
    return until(
      `${selector} in the frame`,
      async () => {
        const f = await this.findInFrame(selector);
        return f.found ? f : null;
      },
      patience,
    );
  }

  /** Clicks an element of the host page with the real mouse, once it stands still. */
  async click(selector: string, text?: string): Promise<void> {
    await this.clickRect(await this.still(() => this.see(selector, text)));
  }

  async clickInFrame(selector: string): Promise<void> {
    await this.clickRect(await this.still(() => this.seeInFrame(selector)));
  }

  /** Where something is when two frames in a row show it at the same place. */
  private async still(look: () => Promise<Found>): Promise<Rect> {
    let last = '';
    return until('it to stand still', async () => {
      const { rect } = await look();
      const same = JSON.stringify(rect) === last;
      last = JSON.stringify(rect);
      if (same) return rect;
      await this.evaluate('await new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))');
      return null;
    });
  }

  async clickRect(r: Rect): Promise<void> {
    const x = Math.round(r.x + r.width / 2);
    const y = Math.round(r.y + r.height / 2);
    const move = (...args: (string | number)[]) => ['mousemove', ...args, '--window', this.id].map(String);
    // Where the pointer is there already, --sync would wait for a motion that never comes.
    await this.desktop.tool(
      'xdotool',
      ...move(),
      String(x + 2),
      String(y),
      ...move('--sync'),
      String(x),
      String(y),
      'click',
      '1',
    );
  }

  /** What the window's frame says. */
  async title(): Promise<string> {
    return (await this.desktop.tool('xdotool', 'getwindowname', this.id)).trim();
  }

  /** Moves the window. */
  async moveTo(x: number, y: number): Promise<void> {
    await this.desktop.tool('xdotool', 'windowmove', '--sync', this.id, String(x), String(y));
  }

  /** Where a place of the page is on the screen. */
  async place(r: Pick<Rect, 'x' | 'y'>): Promise<{ x: number; y: number }> {
    const out = await this.desktop.tool('xwininfo', '-id', this.id);
    const number = (name: string) =>
      Number(new RegExp(`Absolute upper-left ${name}: +(-?\\d+)$`, 'm').exec(out)?.[1]);
    return { x: r.x + number('X'), y: r.y + number('Y') };
  }

  /** Drags a file from another program's window onto the middle of this one. */
  async drop(file: string): Promise<void> {
    const program = await built('dragsource');
    const source = spawn(program, [file], {
      env: { ...process.env, DISPLAY: this.desktop.display },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      await once(source.stdout, 'data');
      const tool = (...args: string[]) => this.desktop.tool('xdotool', ...args);
      const at = await tool('mousemove', '--window', this.id, '600', '380', 'getmouselocation', '--shell');
      const number = (name: string) => Number(new RegExp(`^${name}=(-?\\d+)$`, 'm').exec(at)?.[1]);
      const [x, y] = [number('X'), number('Y')];
      const ended = once(source, 'exit');
      await tool('mousemove', '--sync', '24', '24', 'mousedown', '1');
      for (let step = 1; step <= 20; step++) {
        await tool(
          'mousemove',
          String((24 + ((x - 24) * step) / 20) | 0),
          String((24 + ((y - 24) * step) / 20) | 0),
          'sleep',
          '0.02',
        );
      }
      await tool('sleep', '0.3', 'mousemove_relative', '1', '1', 'sleep', '0.3', 'mouseup', '1');
      const timer = setTimeout(() => source.kill(), 20_000);
      await ended;
      clearTimeout(timer);
    } finally {
      await end(source);
    }
  }

  async key(...keys: string[]): Promise<void> {
    await this.desktop.tool('xdotool', 'key', '--clearmodifiers', ...keys);
  }

  async type(text: string): Promise<void> {
    await this.desktop.tool('xdotool', 'type', '--delay', '25', '--', text);
  }

  /** Clicks a field of the host page and types into it. */
  async fill(selector: string, text: string): Promise<void> {
    await fill(
      this.field(
        selector,
        () => this.click(selector),
        () => this.find(selector),
      ),
      text,
    );
  }

  /** The same in the visible extension's frame. */
  async fillInFrame(selector: string, text: string): Promise<void> {
    await fill(
      this.field(
        selector,
        () => this.clickInFrame(selector),
        () => this.findInFrame(selector),
      ),
      text,
    );
  }

  private field(name: string, click: Field['click'], look: Field['look']): Field {
    const type = async (text: string) => {
      await this.key('ctrl+a');
      await this.type(text);
    };
    return { name, click, look, type };
  }

  /** Takes a picture of the whole screen. */
  async screenshot(name: string): Promise<string> {
    await mkdir(shots, { recursive: true });
    // What was just put into the page is on the screen two frames later, and
    // still after the longest motion of 180 ms.
    await this.evaluate(
      'await new Promise((r) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(r)), 250))',
      2000,
    ).catch(() => undefined);
    const path = join(shots, `${name}.png`);
    await this.desktop.tool('import', '-window', 'root', path);
    return path;
  }

  get running(): boolean {
    if (this.process) return this.process.exitCode === null && this.process.signalCode === null;
    return existsSync(`/proc/${this.pid}`);
  }

  /** Waits for the process to end by itself and returns its status. */
  async ended(): Promise<number | null> {
    await until('the process to end', () => !this.running);
    return this.process?.exitCode ?? null;
  }

  async kill9(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.process) await end(this.process, signal);
    else if (this.running) {
      process.kill(this.pid, signal);
      await this.ended();
    }
  }
}
