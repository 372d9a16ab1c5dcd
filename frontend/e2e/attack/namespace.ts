// A network namespace whose only way out ends in a sink that sees every packet.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { end } from '../window/desktop';
import { built } from '../window/home';
import { Belonging, type Network, type Seen, zone } from './seen';

/** The line that netsink writes for each thing it sees. */
interface Line {
  ready?: number;
  at: 'link' | 'loopback';
  kind: string | number;
  to: string;
  port: number;
  name?: string;
  path?: string;
}

// A look-up is followed by a connection to what it gave, which is the gateway.
const gateway = '198.19.255.1';
// Where net.fetch-local knocks; nobody listens there.
const localPort = 8907;

export class Namespace implements Network {
  readonly way = 'in a network namespace of its own, every packet';
  readonly whole = true;
  readonly env = {};
  private readonly lines: Line[] = [];
  private readonly ports = new Set<number>();
  private readonly belonging: Belonging;
  private readonly addresses: Map<string, string>;
  private wrapped = 0;

  private constructor(
    private readonly sink: ChildProcess,
    private readonly dir: string,
    ids: string[],
  ) {
    this.belonging = new Belonging(ids);
    // From the range that is set aside for measurements, one address a case.
    this.addresses = new Map(ids.map((id, i) => [id, `198.18.${(i >> 8) + 1}.${(i & 255).toString()}`]));
  }

  /** Ordinary users need a user namespace around it, which some systems forbid. */
  private static get flags(): string[] {
    return process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  }

  /** Throws, and says why, where the system allows no namespace. */
  static async start(dir: string, ids: string[]): Promise<Namespace> {
    const program = await built('netsink');
    const sink = spawn('unshare', [...Namespace.flags, '--net', '--mount', program], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let said = '';
    sink.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const network = new Namespace(sink, dir, ids);
    const lines = createInterface({ input: sink.stdout });
    const ready = new Promise<number>((resolve, reject) => {
      lines.on('line', (text) => {
        const line = JSON.parse(text) as Line;
        if (line.ready !== undefined) resolve(line.ready);
        else network.lines.push(line);
      });
      sink.on('error', reject);
      sink.on('exit', () => {
        reject(new Error(said.trim() || 'the sink ended'));
      });
    });
    network.inner = await ready;
    return network;
  }

  private inner = 0;

  get config(): object {
    return {
      addresses: Object.fromEntries(this.addresses),
      zone,
      http: '198.18.0.1',
      udp: '198.18.0.1:3478',
    };
  }

  async wrap(program: string): Promise<string> {
    const path = join(this.dir, `inside-${String((this.wrapped += 1))}`);
    const user = process.getuid?.() === 0 ? '' : '--user --preserve-credentials ';
    const enter = `exec nsenter --target ${String(this.inner)} ${user}--net --mount --wd="$PWD"`;
    await writeFile(path, `#!/bin/sh\n${enter} -- ${program} "$@"\n`);
    await chmod(path, 0o755);
    return path;
  }

  expect(port: number): void {
    this.ports.add(port);
  }

  async seen(): Promise<Seen[]> {
    await new Promise((r) => setTimeout(r, 100)); // what is on the way is there by then
    const byAddress = new Map([...this.addresses].map(([id, address]) => [address, id]));
    return this.lines.flatMap((l): Seen[] => {
      if (l.at === 'loopback') {
        if (this.ports.has(l.port)) return [];
        const id = l.port === localPort ? 'net.fetch-local' : null;
        return [{ id, what: `${String(l.kind)} to this machine's port ${String(l.port)}` }];
      }
      if (l.kind === 'http') {
        const id = this.belonging.path(l.path ?? '') ?? byAddress.get(l.to) ?? null;
        return [{ id, what: `request for ${l.path ?? ''}` }];
      }
      if (l.name !== undefined) return [{ id: this.belonging.name(l.name), what: `look-up of ${l.name}` }];
      if (l.to === gateway && l.kind === 'tcp') return [];
      const id = byAddress.get(l.to) ?? null;
      return [{ id, what: id === null ? `${String(l.kind)} to ${l.to}:${String(l.port)}` : String(l.kind) }];
    });
  }

  async stop(): Promise<void> {
    this.sink.stdin?.end();
    if (this.sink.exitCode !== null) return;
    const gone = once(this.sink, 'exit');
    const timer = setTimeout(() => void end(this.sink), 2000);
    await gone;
    clearTimeout(timer);
  }
}
