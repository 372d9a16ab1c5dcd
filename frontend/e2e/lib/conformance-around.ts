// What the app in haex-apps/conformance has around it: servers to reach, files,
// and a program that asks it.
import { type ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Engine } from '../haex-apps/conformance/src/case';
import { type App, Program, freePort } from './external';
import { endServer, goServer } from './go-server';
import { HaexPublisher } from './haex-apps';
import { MailServer } from './mail-server';
import { repo } from './paths';

/** A bucket at a server of this computer, and what opens it. */
export interface Bucket {
  endpoint: string;
  region: string;
  bucket: string;
  accessKey: string;
  secret: string;
}

/** What the app is given to reach, and who reaches it. */
export class Surroundings {
  private constructor(
    private readonly publisher: HaexPublisher,
    private readonly echo: Server,
    private readonly storing: ChildProcess,
    readonly bucket: Bucket,
    readonly mail: MailServer,
    readonly program: Program,
    /** Where programs are to connect. */
    readonly programs: number,
    readonly methods: Map<string, string>,
  ) {}

  static async make(): Promise<Surroundings> {
    const echo = createServer((request, response) => {
      if (request.url === '/cut') {
        request.socket.destroy();
        return;
      }
      const key = String(request.headers['x-key'] ?? '');
      response.setHeader('X-Seen', `${request.method ?? ''} ${key}`);
      request.pipe(response);
    });
    await new Promise<void>((done) => echo.listen(0, '127.0.0.1', done));
    const storing = await goServer(
      'internal/capability/storage/storagetest',
      'TestServeStorage',
      'ALCOVE_SERVE_STORAGE',
    );
    return new Surroundings(
      await HaexPublisher.make(),
      echo,
      storing.process,
      JSON.parse(storing.address) as Bucket,
      await MailServer.start(),
      await Program.make('A program'),
      await freePort(),
      await table(),
    );
  }

  get port(): string {
    return String((this.echo.address() as AddressInfo).port);
  }

  /** The app as programs name it. */
  get app(): App {
    return { name: 'haex-conformance', extensionPublicKey: this.publisher.key };
  }

  /** The package of the app, which knows what is expected in this engine. */
  build(engine: Engine): Promise<string> {
    return this.publisher.build('conformance', { values: { engine, port: this.port, ...this.bucket } });
  }

  async stop(): Promise<void> {
    this.program.close();
    await endServer(this.storing);
    await this.mail.stop();
    await new Promise((done) => this.echo.close(done));
    await this.publisher.remove();
  }
}

/** The files that the cases begin with, below the person's home folder. */
export async function layFiles(home: string): Promise<void> {
  await mkdir(join(home, 'Documents/Work'), { recursive: true });
  await writeFile(join(home, 'Documents/plan.md'), 'the plan');
  await writeFile(join(home, 'Documents/list.txt'), 'the list');
}

/** Methods and their states in docs/haex-methods.md. */
async function table(): Promise<Map<string, string>> {
  const words: Record<string, string> = {
    works: 'works',
    'not yet': 'later',
    'not supported here': 'refused',
  };
  const text = await readFile(join(repo, 'docs/haex-methods.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `([\w.]+)` \|[^|]*\| ([a-z ]+) \|/gm)];
  return new Map(rows.map(([, method = '', state = '']) => [method, words[state] ?? state]));
}
