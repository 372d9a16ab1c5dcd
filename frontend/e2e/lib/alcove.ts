// Runs the product: the command line, and `alcove serve` as a process that can
// be killed, both in a home of their own.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { binary } from './paths';
import { enough } from './patience';

export const passphrase = 'mossy lantern drifts past seven gates';

export interface Outcome {
  status: number;
  stdout: string;
  stderr: string;
}

/** A home with nothing in it; below it is everything a program may write to. */
export class Home {
  readonly #servers: Server[] = [];
  /** What programs are told besides. */
  readonly besides: NodeJS.ProcessEnv = {};

  private constructor(readonly dir: string) {}

  static async make(): Promise<Home> {
    const home = new Home(await mkdtemp('/tmp/alcove-e2e-'));
    for (const name of ['home', 'tmp', 'run', 'out']) await mkdir(join(home.dir, name), { mode: 0o700 });
    await writeFile(home.passphraseFile, passphrase, { mode: 0o600 });
    return home;
  }

  get home(): string {
    return join(this.dir, 'home');
  }
  /** The vault the tests use; whether it exists is the test's choice. */
  get vault(): string {
    return join(this.home, 'vaults', 'Home');
  }
  /** What the test itself writes: keys, packages, kits. Not searched for plaintext. */
  out(name: string): string {
    return join(this.dir, 'out', name);
  }
  get passphraseFile(): string {
    return this.out('passphrase');
  }
  /** Every folder in which no plaintext may be. */
  get searched(): string[] {
    return [this.home, join(this.dir, 'tmp'), join(this.dir, 'run')];
  }

  get env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      LANG: 'C.UTF-8',
      HOME: this.home,
      TMPDIR: join(this.dir, 'tmp'),
      XDG_CONFIG_HOME: join(this.home, '.config'),
      XDG_DATA_HOME: join(this.home, '.local/share'),
      XDG_CACHE_HOME: join(this.home, '.cache'),
      XDG_STATE_HOME: join(this.home, '.local/state'),
      XDG_RUNTIME_DIR: join(this.dir, 'run'),
      ...this.besides,
    };
  }

  /** Runs one command; never rejects for its exit status. */
  run(...args: string[]): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const options = { env: this.env, cwd: this.home, maxBuffer: 64 << 20 };
      execFile(binary, args, options, (error, stdout, stderr) => {
        const status = error ? error.code : 0;
        if (typeof status === 'number') resolve({ status, stdout, stderr });
        else reject(error as Error);
      });
    });
  }

  /** Runs one command that must succeed; gives what it printed. */
  async alcove(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(...args);
    if (status !== 0) throw new Error(`alcove ${args.join(' ')}: ${String(status)}\n${stderr}${stdout}`);
    return stdout;
  }

  /** Makes the vault, with the packages installed. Its kit is out('kit.txt'). */
  async makeVault(packages: string[] = []): Promise<void> {
    const made = await template();
    await mkdir(join(this.home, 'vaults'), { recursive: true, mode: 0o700 });
    // A copy of the closed folder is the same vault, and much quicker than new keys.
    await cp(join(made, 'Home'), this.vault, { recursive: true });
    await cp(join(made, 'kit.txt'), this.out('kit.txt'));
    for (const path of packages) {
      await this.alcove('ext', 'install', path, ...this.vaultFlags, '--grant', 'default');
    }
  }

  get vaultFlags(): string[] {
    return ['--vault', this.vault, '--passphrase-file', this.passphraseFile];
  }

  /** Serves the vault; `unlocked` opens it at once, `program` is one that runs alcove. */
  async serve(options: { unlocked?: boolean; program?: string } = {}): Promise<Server> {
    const server = await Server.start(this, options.unlocked === true, options.program ?? binary);
    this.#servers.push(server);
    return server;
  }

  /** What every server printed, but its address. */
  get log(): string {
    return this.#servers.map((s) => s.log.replace(/token=\S+/g, 'token=…')).join('\n---\n');
  }

  async remove(): Promise<void> {
    for (const server of this.#servers) await server.kill();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** A running `alcove serve`. */
export class Server {
  log = '';

  private constructor(
    readonly process: ChildProcess,
    readonly url: string,
  ) {}

  static async start(home: Home, unlocked: boolean, program: string): Promise<Server> {
    const file = home.out(`url-${String(Date.now())}`);
    const flags = unlocked ? ['--passphrase-file', home.passphraseFile] : [];
    const args = ['serve', '--vault', home.vault, '--url-file', file, ...flags];
    const child = spawn(program, args, { env: home.env, cwd: home.home, stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    const keep = (chunk: Buffer) => (log += chunk.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    for (let waited = 0; waited < enough; waited += 25) {
      if (child.exitCode !== null) break;
      const url = (await readFile(file, 'utf8').catch(() => '')).trim();
      if (url !== '') {
        const server = new Server(child, url);
        const more = (chunk: Buffer) => (server.log += chunk.toString());
        child.stdout.on('data', more);
        child.stderr.on('data', more);
        return server;
      }
      await sleep(25);
    }
    child.kill('SIGKILL');
    throw new Error(`alcove serve did not start:\n${log}`);
  }

  /** kill -9, as a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }
  /** As Ctrl+C does; gives the exit status. */
  async stop(): Promise<number | null> {
    await this.#end('SIGINT');
    return this.process.exitCode;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill(signal);
    await gone;
  }
}

let made: Promise<string> | undefined;

// One vault per worker, made by the command line and then copied.
function template(): Promise<string> {
  made ??= (async () => {
    const home = await Home.make();
    await mkdir(join(home.home, 'vaults'), { recursive: true, mode: 0o700 });
    const kit = join(home.home, 'vaults', 'kit.txt');
    await home.alcove(
      ...['vault', 'create', home.vault, '--passphrase-file', home.passphraseFile, '--recovery-out', kit],
    );
    process.once('exit', () => void rm(home.dir, { recursive: true, force: true }));
    return join(home.home, 'vaults');
  })();
  return made;
}
